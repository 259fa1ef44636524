import { after, before, type HashRange } from './hash-keys.ts';
import { openShards, PASSING_MS, type ShardRecord, type StreamRecord } from './stream-record.ts';

/** A stream after one of its shards was cut in two, the second of which begins with `at`. */
export function splitShard(stream: StreamRecord, shard: ShardRecord, at: string, nowMs: number): StreamRecord {
  return replace(
    stream,
    [shard],
    [
      { from: shard.from, to: before(at) },
      { from: at, to: shard.to },
    ],
    nowMs,
  );
}

/** A stream after two adjacent shards became one. */
export function mergeShards(stream: StreamRecord, one: ShardRecord, other: ShardRecord, nowMs: number): StreamRecord {
  const [left, right] = one.from < other.from ? [one, other] : [other, one];
  return replace(stream, [one, other], [{ from: left.from, to: right.to }], nowMs);
}

/**
 * A stream whose open shards are these ranges, by splits and merges alone: shards are cut where a range begins, then what is
 * within one range is merged. Shards on the way live for no time, as on AWS.
 */
export function reshardTo(stream: StreamRecord, ranges: readonly HashRange[], nowMs: number): StreamRecord {
  let result = stream;
  for (const { from } of ranges) {
    const cut = openShards(result).find((shard) => shard.from < from && from <= shard.to);
    if (cut) result = splitShard(result, cut, from, nowMs);
  }
  for (const range of ranges) {
    for (;;) {
      const [one, other] = openShards(result)
        .filter(({ from, to }) => from >= range.from && to <= range.to)
        .toSorted((a, b) => (a.from < b.from ? -1 : 1));
      if (!one || !other) break;
      result = mergeShards(result, one, other, nowMs);
    }
  }
  return result;
}

/** Whether the ranges of two shards touch. */
export function areAdjacent(one: HashRange, other: HashRange): boolean {
  const [left, right] = one.from < other.from ? [one, other] : [other, one];
  return left.to < right.from && after(left.to) === right.from;
}

function replace(
  stream: StreamRecord,
  parents: readonly ShardRecord[],
  ranges: readonly HashRange[],
  nowMs: number,
): StreamRecord {
  const numbers = parents.map(({ number }) => number);
  const createdAtS = Math.max(Math.floor(nowMs / 1_000), ...parents.map((parent) => parent.createdAtS + 1));
  const children = ranges.map(({ from, to }, index): ShardRecord => {
    return { number: stream.shardsEver + index, createdAtS, openedAtMs: nowMs, parents: numbers, from, to };
  });
  return {
    ...stream,
    shards: [
      ...stream.shards.map((shard) =>
        numbers.includes(shard.number) ? { ...shard, closed: { atMs: nowMs, isSealed: false } } : shard,
      ),
      ...children,
    ],
    shardsEver: stream.shardsEver + ranges.length,
    passing: { status: 'UPDATING', untilMs: nowMs + PASSING_MS },
  };
}
