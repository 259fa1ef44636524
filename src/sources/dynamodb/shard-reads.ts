import type { Clock } from '../../ports/clock.ts';
import { type ItemStore, type PageBounds, sequenceAt, type StoredRecord } from '../../ports/item-store.ts';
import { isOver, STREAM_RETENTION_MS, type TableShard, type TableStream } from './table-streams.ts';

/** What was read of a shard. */
export interface ShardPage {
  readonly records: readonly StoredRecord[];
  /** Go on behind this sequence number; undefined when the shard is closed and nothing more is in it. */
  readonly after?: number;
}

/** Reads shards of tables' streams. */
export class ShardReads {
  readonly #store: ItemStore;
  readonly #clock: Clock;
  /** Whatever has a sequence number up to this one is on disk, or has failed. */
  #settledTo = 0;

  constructor(store: ItemStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Whatever is written from now on has a greater sequence number. */
  lastSequence(): number {
    return this.#store.lastSequence();
  }

  /** Records up to this one are removed, or may be at any moment. */
  horizon(): number {
    return sequenceAt(this.#clock.now() - STREAM_RETENTION_MS) - 1;
  }

  /** Behind which sequence number the oldest record of the shard is. */
  oldest(shard: TableShard): number {
    return Math.max(shard.startSequence - 1, this.horizon());
  }

  async read(stream: TableStream, shard: TableShard, after: number, bounds: PageBounds): Promise<ShardPage> {
    // Asked before the records are: one that was decided before the end of the shard may still be on its way.
    const isClosed = await this.#isClosed(shard);
    const records = await this.#store.records({
      stream: stream.id,
      lane: shard.lane,
      after: Math.max(after, this.oldest(shard)),
      ...(shard.endSequence === undefined ? {} : { until: shard.endSequence }),
      ...bounds,
    });
    const last = records.at(-1)?.sequence;
    if (last !== undefined) return { records, after: last };
    return isClosed ? { records } : { records, after };
  }

  async #isClosed({ endSequence }: TableShard): Promise<boolean> {
    if (endSequence === undefined) return false;
    if (!isOver(endSequence, this.#settledTo)) {
      const last = this.#store.lastSequence();
      await this.#store.settled();
      this.#settledTo = Math.max(this.#settledTo, last);
    }
    return true;
  }
}
