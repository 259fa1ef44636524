import type { KeyAttribute, KeyAttributes } from '../tables/key-attributes.ts';
import type { OpenIndex, OpenTable } from '../tables/open-table.ts';
import type { DocumentPath } from '../expressions/document-path.ts';
import { type AttributeValue, attributeOf, type Item, type KeyValue, typeOf } from '../values/attribute-value.ts';
import { encodeKeyValue } from '../values/key-encoding.ts';
import { invalidParameter, validation } from '../values/validation.ts';

const PARTITION_BYTES_MAX = 2_048;
const SORT_BYTES_MAX = 1_024;

/** The attributes of a key, that of the partition first. */
export function attributesOf({ partition, sort }: KeyAttributes): readonly KeyAttribute[] {
  return sort ? [partition, sort] : [partition];
}

/** Checks that a `Key` has the attributes of the table's key and no others. Throws ValidationException. */
export function checkKey(table: OpenTable, key: Item): void {
  const attributes = attributesOf(table.keys);
  const fits = ({ name, type }: KeyAttribute): boolean => {
    const value = attributeOf(key, name);
    return value !== undefined && type in value;
  };
  if (Object.keys(key).length !== attributes.length || !attributes.every(fits))
    throw validation('The provided key element does not match the schema');
  checkKeyValues(table.keys, key);
}

/** Checks an item to be written: its key, and what it has of the keys of indexes. Throws ValidationException. */
export function checkItemKeys(table: OpenTable, item: Item): void {
  for (const { name, type } of attributesOf(table.keys)) {
    const value = attributeOf(item, name);
    if (!value) throw invalidParameter(`Missing the key ${name} in the item`);
    if (!(type in value)) throw invalidParameter(`Type mismatch for key ${name} expected: ${type} actual: ${typeOf(value)}`);
  }
  checkKeyValues(table.keys, item);
  for (const index of table.indexes.values()) checkIndexKeys(index, item);
}

/** Checks that no path goes into an attribute of a key, which has nothing in it. Throws ValidationException. */
export function checkKeyPaths(table: OpenTable, paths: readonly DocumentPath[]): void {
  const nested = new Set(paths.filter((path) => path.length > 1).map(([name]) => name));
  const refuse = (keys: KeyAttributes, what: string): void => {
    for (const { name } of attributesOf(keys)) {
      if (nested.has(name))
        throw validation(
          `Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ${what}: ${name}`,
        );
    }
  };
  refuse(table.keys, 'Key');
  for (const { keys } of table.indexes.values()) refuse(keys, 'IndexKey');
}

/** Checks that an update leaves the table's key as it is. Throws ValidationException. */
export function checkUpdatedPaths(table: OpenTable, paths: readonly DocumentPath[]): void {
  for (const { name } of attributesOf(table.keys)) {
    if (paths.some(([first]) => first === name))
      throw invalidParameter(`Cannot update attribute ${name}. This attribute is part of the key`);
  }
  checkKeyPaths(table, paths);
}

/** Checks values of a key for what no key may be, as far as they are there. */
export function checkKeyValues(keys: KeyAttributes, item: Item): void {
  for (const attribute of attributesOf(keys)) {
    const value = attributeOf(item, attribute.name);
    if (value && isEmpty(value))
      throw validation(
        `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${kindOf(value)} value. Key: ${attribute.name}`,
      );
    if (value) checkKeySize(value, attribute === keys.partition);
  }
}

function checkIndexKeys({ record, keys }: OpenIndex, item: Item): void {
  for (const attribute of attributesOf(keys)) {
    const value = attributeOf(item, attribute.name);
    if (!value) continue;
    if (!(attribute.type in value))
      throw invalidParameter(
        `Type mismatch for Index Key ${attribute.name} Expected: ${attribute.type} Actual: ${typeOf(value)} IndexName: ${record.name}`,
      );
    if (isEmpty(value))
      throw validation(
        `One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty ${kindOf(value)} value. IndexName: ${record.name}, IndexKey: ${attribute.name}`,
      );
    checkKeySize(value, attribute === keys.partition);
  }
}

function checkKeySize(value: AttributeValue, isPartition: boolean): void {
  if ('N' in value) return;
  const bytes = encodeKeyValue(value as KeyValue).length;
  if (isPartition && bytes > PARTITION_BYTES_MAX)
    throw invalidParameter(`Size of hashkey has exceeded the maximum size limit of${PARTITION_BYTES_MAX} bytes`);
  if (!isPartition && bytes > SORT_BYTES_MAX)
    throw invalidParameter(`Aggregated size of all range keys has exceeded the size limit of ${SORT_BYTES_MAX} bytes`);
}

function isEmpty(value: AttributeValue): boolean {
  return ('S' in value && value.S === '') || ('B' in value && value.B === '');
}

function kindOf(value: AttributeValue): string {
  return 'S' in value ? 'string' : 'binary';
}
