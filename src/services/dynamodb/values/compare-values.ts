import { type AttributeValue, attributeOf, type Item, typeOf } from './attribute-value.ts';
import { compareNumbers } from './numbers.ts';

/** Whether two values are the same: of one type, sets without regard to order, lists and maps all the way down. */
export function equalValues(a: AttributeValue, b: AttributeValue): boolean {
  if ('S' in a) return 'S' in b && a.S === b.S;
  if ('N' in a) return 'N' in b && a.N === b.N;
  if ('B' in a) return 'B' in b && a.B === b.B;
  if ('BOOL' in a) return 'BOOL' in b && a.BOOL === b.BOOL;
  if ('NULL' in a) return 'NULL' in b;
  if ('SS' in a) return 'SS' in b && equalSets(a.SS, b.SS);
  if ('NS' in a) return 'NS' in b && equalSets(a.NS, b.NS);
  if ('BS' in a) return 'BS' in b && equalSets(a.BS, b.BS);
  if ('L' in a) return 'L' in b && equalLists(a.L, b.L);
  return 'M' in b && equalItems(a.M, b.M);
}

/** Whether two items have the same attributes with the same values. */
export function equalItems(a: Item, b: Item): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => {
      const [one, other] = [attributeOf(a, name), attributeOf(b, name)];
      return one !== undefined && other !== undefined && equalValues(one, other);
    })
  );
}

/** The order of two values: negative, 0 or positive; undefined where there is none, as between types. Texts go by their bytes. */
export function compareValues(a: AttributeValue, b: AttributeValue): number | undefined {
  if (typeOf(a) !== typeOf(b)) return undefined;
  if ('S' in a && 'S' in b) return Buffer.compare(Buffer.from(a.S), Buffer.from(b.S));
  if ('N' in a && 'N' in b) return compareNumbers(a.N, b.N);
  if ('B' in a && 'B' in b) return Buffer.compare(Buffer.from(a.B, 'base64'), Buffer.from(b.B, 'base64'));
  return undefined;
}

function equalSets(a: readonly string[], b: readonly string[]): boolean {
  const other = new Set(b);
  return a.length === b.length && a.every((value) => other.has(value));
}

function equalLists(a: readonly AttributeValue[], b: readonly AttributeValue[]): boolean {
  return (
    a.length === b.length &&
    a.every((value, index) => {
      const other = b[index];
      return other !== undefined && equalValues(value, other);
    })
  );
}
