import {
  LogBusy,
  type LogPage,
  type LogPlace,
  type LogReadRequest,
  type NewLogRecord,
  type RecordLog,
  ShardSealed,
} from '../../ports/record-log.ts';
import { type LogCall, SEALED } from './log-messages.ts';
import { ThreadCalls } from './thread-calls.ts';

/** Bytes that may be on their way to the disk. */
const PENDING_BYTES_MAX = 268_435_456;
const PENDING_CALLS_MAX = 50_000;
/** What a record counts for besides its data. */
const RECORD_BYTES = 200;
/** Shards whose ends are known here; those of others are asked for. */
const TIPS_MAX = 10_000;

/** Records in one SQLite file, kept by a thread of its own. */
export class SqliteRecordLog implements RecordLog {
  readonly #thread: ThreadCalls<LogCall>;
  readonly #listeners = new Map<string, Set<() => void>>();
  /** Pages of shards in which nothing waits, so that asking for more costs nothing. Whatever changes a shard takes its page away. */
  readonly #tips = new Map<string, LogPage>();
  #pendingBytes = 0;

  private constructor(thread: ThreadCalls<LogCall>) {
    this.#thread = thread;
  }

  /** Opens the file. `onFailure` hears when the thread breaks: nothing can be kept from then on. */
  static async open(path: string, onFailure: (error: Error) => void): Promise<SqliteRecordLog> {
    return new SqliteRecordLog(await ThreadCalls.start<LogCall>('log-thread', path, onFailure));
  }

  async append(records: readonly NewLogRecord[]): Promise<readonly LogPlace[]> {
    const bytes = records.reduce((sum, { data }) => sum + data.length + RECORD_BYTES, 0);
    if (this.#pendingBytes + bytes > PENDING_BYTES_MAX || this.#thread.count >= PENDING_CALLS_MAX) throw new LogBusy();
    this.#pendingBytes += bytes;
    try {
      return (await this.#thread.call({ call: 'append', records })) as LogPlace[];
    } catch (error) {
      const { message } = error as Error;
      throw message.startsWith(SEALED) ? new ShardSealed(message.slice(SEALED.length)) : error;
    } finally {
      this.#pendingBytes -= bytes;
      for (const shard of new Set(records.map((record) => record.shard))) this.#changed(shard);
    }
  }

  async read(request: LogReadRequest): Promise<LogPage> {
    const tip = this.#tips.get(request.shard);
    if (tip?.next === request.from) return tip;
    const page = (await this.#thread.call({ call: 'read', request })) as LogPage;
    // Only what nothing was written to in the meantime is known for sure; writes are answered in order with reads.
    if (page.records.length === 0 && !page.isMore && this.#tips.size < TIPS_MAX) this.#tips.set(request.shard, page);
    return page;
  }

  async seek(shard: string, timestampMs: number): Promise<number> {
    return (await this.#thread.call({ call: 'seek', shard, timestampMs })) as number;
  }

  async end(shard: string): Promise<number> {
    return (await this.#thread.call({ call: 'end', shard })) as number;
  }

  async seal(shard: string): Promise<number> {
    const last = (await this.#thread.call({ call: 'seal', shard })) as number;
    this.#changed(shard);
    return last;
  }

  async trim(shard: string, beforeMs: number, countMax: number): Promise<number> {
    const removed = (await this.#thread.call({ call: 'trim', shard, beforeMs, countMax })) as number;
    if (removed > 0) this.#tips.delete(shard);
    return removed;
  }

  async drop(shard: string, countMax: number): Promise<boolean> {
    const isGone = (await this.#thread.call({ call: 'drop', shard, countMax })) as boolean;
    this.#changed(shard);
    return isGone;
  }

  onChange(shard: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(shard) ?? new Set();
    this.#listeners.set(shard, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(shard) === listeners) this.#listeners.delete(shard);
    };
  }

  close(): Promise<void> {
    return this.#thread.close();
  }

  #changed(shard: string): void {
    this.#tips.delete(shard);
    for (const listener of this.#listeners.get(shard) ?? []) listener();
  }
}
