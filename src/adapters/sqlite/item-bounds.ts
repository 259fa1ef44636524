import type { ItemPlace, SortRange } from '../../ports/item-store.ts';

/** One end of a range: a sort key, or a place among entries of equal ones. */
export interface Bound {
  readonly key: readonly Uint8Array[];
  readonly inclusive: boolean;
}

/** Both ends, the lower one first. */
export interface Bounds {
  readonly low?: Bound;
  readonly high?: Bound;
}

/**
 * The ends of what is to be read: those of the range, and in their stead the place after which reading goes on, where that is
 * nearer.
 */
export function boundsOf(range: SortRange | undefined, after: ItemPlace | undefined, descending: boolean): Bounds {
  const { low, high } = rangeOf(range);
  if (!after) return { ...(low ? { low } : {}), ...(high ? { high } : {}) };
  const { partition, sort, entry } = after;
  const place: Bound = { key: entry ? [entry.sort, partition, sort] : [sort], inclusive: false };
  if (descending) return { ...(low ? { low } : {}), high: high && isBefore(high, place) ? high : place };
  return { low: low && isBefore(place, low) ? low : place, ...(high ? { high } : {}) };
}

function rangeOf(range: SortRange = {}): { low: Bound | undefined; high: Bound | undefined } {
  if (range.prefix) {
    const end = endOfPrefix(range.prefix);
    return { low: { key: [range.prefix], inclusive: true }, high: end && { key: [end], inclusive: false } };
  }
  const { from, to } = range;
  return {
    low: from && { key: [from.sort], inclusive: from.inclusive },
    high: to && { key: [to.sort], inclusive: to.inclusive },
  };
}

/** The least bytes behind all that begin with the prefix; undefined when nothing is behind them. */
function endOfPrefix(prefix: Uint8Array): Uint8Array | undefined {
  const last = prefix.findLastIndex((byte) => byte !== 0xff);
  if (last === -1) return undefined;
  const end = new Uint8Array(prefix.subarray(0, last + 1));
  end[last] = (end[last] ?? 0) + 1;
  return end;
}

function isBefore(one: Bound, other: Bound): boolean {
  return Buffer.compare(one.key[0] ?? Buffer.alloc(0), other.key[0] ?? Buffer.alloc(0)) < 0;
}
