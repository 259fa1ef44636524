import type { LogRecord } from '../../../ports/log-sink.ts';

/** Bookkeeping of a record besides its characters, so that empty lines are bounded too. */
const RECORD_COST = 64;

interface Gap {
  readonly timestampMs: number;
  dropped: number;
}

/**
 * Records of one stream that wait to be written. Where some were dropped for want of room, one record tells how many,
 * in their place. Sizes are in characters, {@link RECORD_COST} a record added.
 */
export class PendingRecords {
  #entries: (LogRecord | Gap)[] = [];
  #size = 0;
  /** The gap at the end, still growing. */
  #gap: Gap | undefined;

  get size(): number {
    return this.#size;
  }

  get empty(): boolean {
    return this.#entries.length === 0;
  }

  /** Takes records while the size stays within `sizeMax`. Once it drops, it goes on until half of the room is free. */
  add(records: readonly LogRecord[], sizeMax: number): void {
    for (const record of records) {
      const cost = record.message.length + RECORD_COST;
      const limit = this.#gap ? sizeMax / 2 : sizeMax;
      if (this.#size + cost > limit) {
        this.drop(record.timestampMs, 1);
        continue;
      }
      this.#gap = undefined;
      this.#entries.push(record);
      this.#size += cost;
    }
  }

  /** Notes that records were lost here. */
  drop(timestampMs: number, count: number): void {
    if (this.#gap === undefined) {
      this.#gap = { timestampMs, dropped: 0 };
      this.#entries.push(this.#gap);
      this.#size += RECORD_COST;
    }
    this.#gap.dropped += count;
  }

  /** Removes the first records, about `sizeMax` of them but at least one. */
  take(sizeMax: number): LogRecord[] {
    const taken: LogRecord[] = [];
    let size = 0;
    for (const entry of this.#entries) {
      const cost = ('message' in entry ? entry.message.length : 0) + RECORD_COST;
      if (taken.length > 0 && size + cost > sizeMax) break;
      size += cost;
      taken.push('message' in entry ? entry : { timestampMs: entry.timestampMs, message: droppedMessage(entry.dropped) });
    }
    this.#entries = this.#entries.slice(taken.length);
    this.#size -= size;
    if (this.#entries.length === 0) this.#gap = undefined;
    return taken;
  }
}

function droppedMessage(count: number): string {
  return `LAMBKIN ${count} log ${count === 1 ? 'record was' : 'records were'} dropped here: they came faster than they could be written`;
}
