import type { Clock, Timer } from '../../../ports/clock.ts';
import type { LogRecord, LogSink, LogStreamName } from '../../../ports/log-sink.ts';
import type { Logger } from '../../../ports/logger.ts';
import type { LogStore } from './log-store.ts';
import { PendingRecords } from './pending-records.ts';

/** Longest time a record waits in memory before it is written. */
const WRITE_DELAY_MS = 200;
/** Records of one stream that are written without waiting for that. */
const WRITE_AT_SIZE = 262_144;
/** One stream's share of a round, so that a loud stream delays a quiet one by one write of this size. */
const BLOCK_SIZE_MAX = 1_048_576;
/** Room of one stream, in characters as {@link PendingRecords} counts them. */
const STREAM_SIZE_MAX = 4_194_304;
/** Room of all streams. A stream may always hold {@link STREAM_SIZE_MIN}, however loud the others are. */
const TOTAL_SIZE_MAX = 67_108_864;
const STREAM_SIZE_MIN = 65_536;
/** Longest message kept; CloudWatch's limit for an event. */
const MESSAGE_CHARACTERS_MAX = 1_048_550;

interface PendingStream {
  readonly name: LogStreamName;
  readonly records: PendingRecords;
}

/** The log sink: buffers within bounds and writes in rounds, one block for each stream that has something pending. */
export class LogWriter implements LogSink {
  readonly #store: LogStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #pending = new Map<string, PendingStream>();
  #totalSize = 0;
  #timer: Timer | undefined;
  #writing: Promise<void> | undefined;
  #closed = false;

  constructor(store: LogStore, clock: Clock, logger: Logger) {
    this.#store = store;
    this.#clock = clock;
    this.#logger = logger;
  }

  write(stream: LogStreamName, records: readonly LogRecord[]): void {
    if (records.length === 0 || this.#closed) return;
    const key = keyOf(stream);
    let pending = this.#pending.get(key);
    if (pending === undefined) {
      pending = { name: stream, records: new PendingRecords() };
      this.#pending.set(key, pending);
    }
    const before = pending.records.size;
    const free = TOTAL_SIZE_MAX - this.#totalSize + before;
    pending.records.add(records.map(shortened), Math.min(STREAM_SIZE_MAX, Math.max(STREAM_SIZE_MIN, free)));
    this.#totalSize += pending.records.size - before;
    if (pending.records.size >= WRITE_AT_SIZE) void this.#writeSoon();
    else this.#timer ??= this.#clock.setTimeout(() => void this.#writeSoon(), WRITE_DELAY_MS);
  }

  async flush(): Promise<void> {
    await this.drain();
    await this.#store.sync();
  }

  /** Resolves when everything written before can be read, though it may not be durable. */
  async drain(): Promise<void> {
    // The rounds in progress may have begun before the last write; the next ones can't have.
    await this.#writing;
    if (this.#pending.size > 0) await this.#writeSoon();
  }

  /** Writes what is pending and takes nothing any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
  }

  #writeSoon(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#writing ??= this.#writeRounds().finally(() => {
      this.#writing = undefined;
      this.#plan();
    });
    return this.#writing;
  }

  /** What came during a round: loud streams go on at once, the others wait for their time. */
  #plan(): void {
    if (this.#closed || this.#pending.size === 0) return;
    for (const { records } of this.#pending.values()) {
      if (records.size >= WRITE_AT_SIZE) {
        void this.#writeSoon();
        return;
      }
    }
    this.#timer ??= this.#clock.setTimeout(() => void this.#writeSoon(), WRITE_DELAY_MS);
  }

  /** Ends when everything that was pending at its beginning is written; what came later is left for the next. */
  async #writeRounds(): Promise<void> {
    let round = [...this.#pending].map(([key, pending]) => ({ key, pending, size: pending.records.size }));
    while (round.length > 0) {
      for (const entry of round) {
        entry.size -= await this.#writeBlock(entry.pending);
        if (entry.pending.records.empty) this.#pending.delete(entry.key);
      }
      round = round.filter((entry) => entry.size > 0 && !entry.pending.records.empty);
    }
  }

  /** Never rejects: what can't be written is counted as dropped. Returns the size of what it took. */
  async #writeBlock(pending: PendingStream): Promise<number> {
    const before = pending.records.size;
    const block = pending.records.take(BLOCK_SIZE_MAX);
    const takenSize = before - pending.records.size;
    this.#totalSize -= takenSize;
    const last = block.at(-1);
    if (last === undefined) return takenSize;
    try {
      await this.#store.append(pending.name, block);
    } catch (error) {
      this.#logger.error(
        { error: String(error), group: pending.name.group, records: block.length },
        'log records could not be written',
      );
      const size = pending.records.size;
      pending.records.drop(last.timestampMs, block.length);
      this.#totalSize += pending.records.size - size;
    }
    return takenSize;
  }
}

function keyOf(stream: LogStreamName): string {
  return JSON.stringify([stream.account, stream.region, stream.group, stream.stream]);
}

function shortened(record: LogRecord): LogRecord {
  if (record.message.length <= MESSAGE_CHARACTERS_MAX) return record;
  return { timestampMs: record.timestampMs, message: record.message.slice(0, MESSAGE_CHARACTERS_MAX) };
}
