import type { IndexEntry } from '../../../ports/item-store.ts';
import { attributeOf, type Item } from '../values/attribute-value.ts';
import type { TableRecord } from './table-record.ts';

/** All entries are in one partition of the index, in the order of time. */
export const EXPIRY_PARTITION = new Uint8Array(0);
/** Beyond it there is no time. */
const SECONDS_MAX = 2 ** 47;

/** When an item ends, Unix time in seconds; undefined for one that doesn't, or whose attribute is no number. */
export function expirySeconds(attribute: string, item: Item): number | undefined {
  const value = attributeOf(item, attribute);
  if (!value || !('N' in value)) return undefined;
  const seconds = Math.floor(Number(value.N));
  return seconds > 0 && seconds < SECONDS_MAX ? seconds : undefined;
}

/** The place of an item in the index by which those that have ended are found. */
export function expiryEntry(timeToLive: TableRecord['timeToLive'], item: Item): IndexEntry | undefined {
  const seconds = timeToLive && expirySeconds(timeToLive.attribute, item);
  if (!timeToLive || seconds === undefined) return undefined;
  return { index: timeToLive.index, partition: EXPIRY_PARTITION, sort: expirySort(seconds), bytes: 0 };
}

/** A time as that index sorts it. */
export function expirySort(seconds: number): Uint8Array {
  const sort = new Uint8Array(6);
  new DataView(sort.buffer).setUint16(0, Math.floor(seconds / 2 ** 32));
  new DataView(sort.buffer).setUint32(2, seconds % 2 ** 32);
  return sort;
}
