import type { AttributeValue, Item } from './attribute-value.ts';
import { numberSize } from './numbers.ts';
import { tooDeep } from './validation.ts';

/** How deep lists and maps may be in each other. */
export const LEVELS_MAX = 32;

/** What an item counts for: its names and values in bytes, by the page of item sizes and formats. */
export function itemSize(item: Item): number {
  let size = 0;
  for (const [name, value] of Object.entries(item)) size += Buffer.byteLength(name) + valueSize(value);
  return size;
}

/** What a value counts for without its name. */
export function valueSize(value: AttributeValue): number {
  if ('S' in value) return Buffer.byteLength(value.S);
  if ('N' in value) return numberSize(value.N);
  if ('B' in value) return Buffer.byteLength(value.B, 'base64');
  if ('SS' in value) return sum(value.SS, (text) => Buffer.byteLength(text));
  if ('NS' in value) return sum(value.NS, numberSize);
  if ('BS' in value) return sum(value.BS, (text) => Buffer.byteLength(text, 'base64'));
  // Three bytes for a list or map itself, and one for each of its elements.
  if ('L' in value) return 3 + sum(value.L, (element) => 1 + valueSize(element));
  if ('M' in value) return 3 + Object.keys(value.M).length + itemSize(value.M);
  return 1;
}

function sum<Value>(values: readonly Value[], sizeOf: (value: Value) => number): number {
  return values.reduce((total, value) => total + sizeOf(value), 0);
}

/** Checks how deep an item is that was made of others. Throws ValidationException. */
export function checkDepth(item: Item): void {
  for (const value of Object.values(item)) checkLevels(value, 0);
}

function checkLevels(value: AttributeValue, level: number): void {
  const inner = 'L' in value ? value.L : 'M' in value ? Object.values(value.M) : undefined;
  if (!inner) return;
  if (level >= LEVELS_MAX) throw tooDeep();
  for (const each of inner) checkLevels(each, level + 1);
}
