import type { SortRange } from '../../../ports/item-store.ts';
import type { KeyTest } from '../expressions/key-condition.ts';
import type { KeyAttribute } from '../tables/key-attributes.ts';
import { type AttributeValue, attributeOf, type Item, type KeyValue } from '../values/attribute-value.ts';
import { encodeKeyValue } from '../values/key-encoding.ts';
import { invalidParameter, validation } from '../values/validation.ts';
import { checkKeyValues } from './key-checks.ts';
import type { ReadSource } from './read-source.ts';

/** What a query reads of its table or index. */
export interface KeyRange {
  readonly partition: Uint8Array;
  readonly range?: SortRange;
}

/** What a key condition means for the key of a table or index. Throws ValidationException where it does not suit that. */
export function keyRange({ keys }: ReadSource, tests: ReadonlyMap<string, KeyTest>): KeyRange {
  const { partition, sort } = keys;
  if (tests.size > 1 && !sort) throw validation('Query key condition not supported');
  const hash = tests.get(partition.name);
  if (!hash) throw validation(`Query condition missed key schema element: ${partition.name}`);
  checkTypes(partition, hash);
  if (hash.operator !== '=') throw validation('Query key condition not supported');
  const [value] = hash.values;
  checkKeyValues(keys, { [partition.name]: value });
  const range = sort && tests.get(sort.name);
  if (sort && !range && tests.size > 1) throw validation(`Query condition missed key schema element: ${sort.name}`);
  if (sort && range) checkTypes(sort, range);
  if (sort && range && range.operator !== 'begins_with')
    for (const each of range.values) checkKeyValues(keys, { [sort.name]: each });
  return { partition: encoded(value), ...(range ? { range: sortRange(range) } : {}) };
}

/** Checks that a query can go on at a key. Throws ValidationException. */
export function checkWithin({ keys }: ReadSource, start: Item, tests: ReadonlyMap<string, KeyTest>): void {
  const { partition, sort } = keys;
  const isOwn = encoded(attributeOf(start, partition.name)).equals(encoded(tests.get(partition.name)?.values[0]));
  const range = sort && tests.get(sort.name);
  if (sort && range && !isWithin(encoded(attributeOf(start, sort.name)), sortRange(range)))
    throw validation('The provided starting key does not match the range key predicate');
  if (!isOwn) throw validation('The provided starting key is outside query boundaries based on provided conditions');
}

function sortRange({ operator, values }: KeyTest): SortRange {
  const [low, high] = values.map(encoded);
  if (!low) throw new TypeError('a test has a value');
  switch (operator) {
    case '=':
      return { from: { sort: low, inclusive: true }, to: { sort: low, inclusive: true } };
    case '<':
    case '<=':
      return { to: { sort: low, inclusive: operator === '<=' } };
    case '>':
    case '>=':
      return { from: { sort: low, inclusive: operator === '>=' } };
    case 'begins_with':
      return { prefix: low };
    case 'between':
      return { from: { sort: low, inclusive: true }, to: { sort: high ?? low, inclusive: true } };
  }
}

function isWithin(sort: Buffer, { from, to, prefix }: SortRange): boolean {
  if (prefix) return sort.subarray(0, prefix.length).equals(prefix);
  const beyond = (order: number, inclusive: boolean): boolean => (inclusive ? order < 0 : order <= 0);
  if (from && beyond(Buffer.compare(sort, from.sort), from.inclusive)) return false;
  return !(to && beyond(Buffer.compare(to.sort, sort), to.inclusive));
}

function checkTypes({ type }: KeyAttribute, { values }: KeyTest): void {
  if (values.some((value) => !(type in value))) throw invalidParameter('Condition parameter type does not match schema type');
}

function encoded(value: AttributeValue | undefined): Buffer {
  return encodeKeyValue(value as KeyValue);
}
