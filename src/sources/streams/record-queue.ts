import { SYNC_PAYLOAD_BYTES_MAX } from '../../model/limits.ts';
import type { HeldRecord } from './held-record.ts';

/** A batch that may be cut, and whether it can grow no more. */
export interface Cut {
  readonly batch: readonly HeldRecord[];
  /** The next record would make it too many or too large, or is one that it must not have. */
  readonly isClosed: boolean;
  /** Its one record is too large for any event. */
  readonly isOversized: boolean;
}

/** What limits a batch. */
export interface CutLimits {
  readonly recordsMax: number;
  /** Of the event without its records. */
  readonly overheadBytes: number;
  /** Records that the batch may have; by default all. */
  readonly fits?: (record: HeldRecord) => boolean;
}

/** The records of a lane that wait for their batch, in order. Bounded by what the shard's reader reads ahead. */
export class RecordQueue {
  readonly #records: HeldRecord[] = [];

  get length(): number {
    return this.#records.length;
  }

  get first(): HeldRecord | undefined {
    return this.#records[0];
  }

  push(record: HeldRecord): void {
    this.#records.push(record);
  }

  /**
   * The batch that the next records make: cut by number, before the record that would take its event over 6 MB, and before
   * the first that does not fit. Nothing is removed. Source: Lambda developer guide, "Batching behavior".
   */
  cut({ recordsMax, overheadBytes, fits = () => true }: CutLimits): Cut {
    let bytes = overheadBytes;
    let count = 0;
    for (const record of this.#records) {
      bytes += record.bytes + 1;
      if (count >= recordsMax || !fits(record) || bytes > SYNC_PAYLOAD_BYTES_MAX) break;
      count += 1;
    }
    const first = this.#records[0];
    const isOversized = count === 0 && first !== undefined && overheadBytes + first.bytes + 1 > SYNC_PAYLOAD_BYTES_MAX;
    if (isOversized) count = 1;
    return {
      batch: this.#records.slice(0, count),
      isClosed: isOversized || count >= recordsMax || count < this.#records.length,
      isOversized,
    };
  }

  /** Removes the first records. */
  drop(count: number): void {
    this.#records.splice(0, count);
  }
}
