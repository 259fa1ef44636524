import { type AttributeValue, attributeOf, type Item, type KeyValue } from '../values/attribute-value.ts';
import { encodeKeyValue } from '../values/key-encoding.ts';
import type { AttributeDefinition, KeySchemaElement, KeyType } from './table-record.ts';

/** An attribute that is part of a key. */
export interface KeyAttribute {
  readonly name: string;
  readonly type: KeyType;
}

/** The key of a table or an index. */
export interface KeyAttributes {
  readonly partition: KeyAttribute;
  readonly sort?: KeyAttribute;
}

const NOTHING = new Uint8Array(0);

/** The key that a schema describes. */
export function keyAttributes(schema: readonly KeySchemaElement[], definitions: readonly AttributeDefinition[]): KeyAttributes {
  const attribute = (keyType: 'HASH' | 'RANGE'): KeyAttribute | undefined => {
    const name = schema.find((element) => element.KeyType === keyType)?.AttributeName;
    const type = definitions.find(({ AttributeName }) => AttributeName === name)?.AttributeType;
    return name === undefined || type === undefined ? undefined : { name, type };
  };
  const [partition, sort] = [attribute('HASH'), attribute('RANGE')];
  if (!partition) throw new Error('a key has a partition');
  return { partition, ...(sort ? { sort } : {}) };
}

/** The bytes of an item's key; undefined when it lacks one of the attributes, or has another type there. */
export function keyBytes(keys: KeyAttributes, item: Item): { partition: Uint8Array; sort: Uint8Array } | undefined {
  const partition = encoded(keys.partition, item);
  const sort = keys.sort ? encoded(keys.sort, item) : NOTHING;
  return partition && sort && { partition, sort };
}

function encoded({ name, type }: KeyAttribute, item: Item): Uint8Array | undefined {
  const value = attributeOf(item, name);
  return value && isOfType(value, type) ? encodeKeyValue(value) : undefined;
}

function isOfType(value: AttributeValue, type: KeyType): value is KeyValue {
  return Object.hasOwn(value, type);
}
