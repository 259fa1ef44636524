import type { AttributeValue, Item } from './attribute-value.ts';

/** What tests write for a value: numbers as numbers or bigints, sets as Sets of one type, bytes as Buffers. */
export type Plain =
  | string
  | number
  | bigint
  | boolean
  | null
  | Buffer
  | ReadonlySet<string | number | Buffer>
  | readonly Plain[]
  | { readonly [name: string]: Plain };

/** The value for what a test writes. */
export function value(plain: Plain): AttributeValue {
  if (typeof plain === 'string') return { S: plain };
  if (typeof plain === 'number' || typeof plain === 'bigint') return { N: String(plain) };
  if (typeof plain === 'boolean') return { BOOL: plain };
  if (plain === null) return { NULL: true };
  if (Buffer.isBuffer(plain)) return { B: plain.toString('base64') };
  if (plain instanceof Set) return set([...(plain as ReadonlySet<string | number | Buffer>)]);
  if (Array.isArray(plain)) return { L: (plain as readonly Plain[]).map(value) };
  return { M: item(plain as { readonly [name: string]: Plain }) };
}

/** The item for what a test writes. */
export function item(plain: { readonly [name: string]: Plain }): Item {
  return Object.fromEntries(Object.entries(plain).map(([name, each]) => [name, value(each)]));
}

/** The same with ordinary objects, to be compared. */
export function plainly<Value>(given: Value): Value {
  return JSON.parse(JSON.stringify(given)) as Value;
}

function set(elements: readonly (string | number | Buffer)[]): AttributeValue {
  const texts = elements.map((element) => (Buffer.isBuffer(element) ? element.toString('base64') : String(element)));
  const [first] = elements;
  if (typeof first === 'string') return { SS: texts };
  return typeof first === 'number' ? { NS: texts } : { BS: texts };
}
