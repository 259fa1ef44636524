import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { LogPage, LogPlace, LogReadRequest, LogRecord, NewLogRecord } from '../../ports/record-log.ts';
import { openDatabase } from './database.ts';
import { LOG_MIGRATIONS, POSITION_BITS } from './log-schema.ts';
import { type LogCall, SEALED } from './log-messages.ts';

interface Shard {
  readonly id: bigint;
  first: number;
  next: number;
  lastArrivalMs: number;
  sealed: boolean;
}

interface RecordRow {
  readonly position: number;
  readonly arrived: number;
  readonly key: string;
  readonly data: Uint8Array;
}

const LAST_POSITION = (1n << POSITION_BITS) - 1n;
/** Pages of the write-ahead log after which it is carried into the file: 16 MiB. */
const CHECKPOINT_PAGES = 4_096;

/** The shards and records of one file, for the thread that owns it. What it knows of shards it keeps in memory. */
export class LogTables {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #range: StatementSync;
  readonly #arrived: StatementSync;
  readonly #shards = new Map<string, Shard>();

  constructor(path: string) {
    this.#database = openDatabase(path, LOG_MIGRATIONS);
    this.#database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    this.#insert = this.#database.prepare('INSERT INTO record (place, arrived, key, data) VALUES (?, ?, ?, ?)');
    this.#range = this.#database.prepare(
      `SELECT place & ${LAST_POSITION} AS position, arrived, key, data FROM record WHERE place BETWEEN ? AND ? ORDER BY place LIMIT ?`,
    );
    this.#arrived = this.#database.prepare('SELECT arrived FROM record WHERE place = ?');
  }

  /** Runs `body` in one transaction; when it throws nothing has happened. */
  transaction(body: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      body();
      this.#database.exec('COMMIT');
    } catch (error) {
      // What is in memory may be ahead of what is in the file now.
      this.#shards.clear();
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Runs one call within the transaction of its batch. */
  run(call: LogCall): unknown {
    switch (call.call) {
      case 'append':
        return this.#append(call.records);
      case 'read':
        return this.#read(call.request);
      case 'seek':
        return this.#seek(this.#shard(call.shard), call.timestampMs);
      case 'end':
        return this.#shard(call.shard).next;
      case 'seal':
        return this.#seal(call.shard);
      case 'trim':
        return this.#trim(call.shard, call.beforeMs, call.countMax);
      case 'drop':
        return this.#drop(call.shard, call.countMax);
    }
  }

  close(): void {
    this.#database.close();
  }

  #append(records: readonly NewLogRecord[]): LogPlace[] {
    const sealed = records.find(({ shard }) => this.#shard(shard).sealed);
    if (sealed) throw new SealedFault(`${SEALED}${sealed.shard}`);
    return records.map((record) => {
      const shard = this.#shard(record.shard);
      const position = shard.next;
      const arrivalMs = Math.max(record.arrivalMs, shard.lastArrivalMs);
      this.#insert.run(placeOf(shard, position), arrivalMs, record.partitionKey, record.data);
      shard.next += 1;
      shard.lastArrivalMs = arrivalMs;
      return { position, arrivalMs };
    });
  }

  #read({ shard: name, from, recordsMax, bytesMax }: LogReadRequest): LogPage {
    const shard = this.#shard(name);
    const start = Math.max(from, shard.first);
    const records: LogRecord[] = [];
    let bytes = 0;
    for (const row of this.#range.iterate(placeOf(shard, start), placeOf(shard, LAST_POSITION), recordsMax)) {
      const { position, arrived, key, data } = row as unknown as RecordRow;
      records.push({ position, arrivalMs: arrived, partitionKey: key, data });
      bytes += data.length + key.length;
      if (bytes >= bytesMax) break;
    }
    const next = (records.at(-1)?.position ?? start - 1) + 1;
    const isMore = next < shard.next;
    return { records, next, isMore, isEnd: shard.sealed && !isMore, first: shard.first };
  }

  /** Positions have no gaps and times don't go back, so halving finds it. */
  #seek(shard: Shard, timestampMs: number): number {
    let [low, high] = [shard.first, shard.next];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const { arrived } = this.#arrived.get(placeOf(shard, middle)) as { arrived: number };
      if (arrived >= timestampMs) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #seal(name: string): number {
    const shard = this.#shard(name);
    this.#database.prepare('UPDATE shard SET sealed = 1 WHERE id = ?').run(shard.id);
    shard.sealed = true;
    return shard.next - 1;
  }

  #trim(name: string, beforeMs: number, countMax: number): number {
    const shard = this.#shard(name);
    const end = Math.min(this.#seek(shard, beforeMs), shard.first + countMax);
    const removed = end - shard.first;
    if (removed > 0) this.#removeUntil(shard, end);
    return removed;
  }

  #drop(name: string, countMax: number): boolean {
    const shard = this.#shard(name);
    const end = Math.min(shard.next, shard.first + countMax);
    if (end > shard.first) this.#removeUntil(shard, end);
    if (end < shard.next) return false;
    this.#database.prepare('DELETE FROM shard WHERE id = ?').run(shard.id);
    this.#shards.delete(name);
    return true;
  }

  #removeUntil(shard: Shard, end: number): void {
    const [from, to] = [placeOf(shard, shard.first), placeOf(shard, end - 1)];
    this.#database.prepare('DELETE FROM record WHERE place BETWEEN ? AND ?').run(from, to);
    this.#database.prepare('UPDATE shard SET first = ? WHERE id = ?').run(end, shard.id);
    shard.first = end;
  }

  #shard(name: string): Shard {
    const known = this.#shards.get(name);
    if (known) return known;
    this.#database.prepare('INSERT INTO shard (name) VALUES (?) ON CONFLICT DO NOTHING').run(name);
    const row = this.#database.prepare('SELECT id, first, sealed FROM shard WHERE name = ?').get(name) as {
      id: number;
      first: number;
      sealed: number;
    };
    const last = this.#database
      .prepare(
        `SELECT place & ${LAST_POSITION} AS position, arrived FROM record WHERE place BETWEEN ? AND ? ORDER BY place DESC LIMIT 1`,
      )
      .get(placeOf({ id: BigInt(row.id) }, 0), placeOf({ id: BigInt(row.id) }, LAST_POSITION)) as
      | { position: number; arrived: number }
      | undefined;
    const shard: Shard = {
      id: BigInt(row.id),
      first: row.first,
      next: (last?.position ?? row.first - 1) + 1,
      lastArrivalMs: last?.arrived ?? 0,
      sealed: row.sealed === 1,
    };
    this.#shards.set(name, shard);
    return shard;
  }
}

/** A call was refused before it wrote anything; others of its batch are not touched by it. */
export class SealedFault extends Error {}

function placeOf({ id }: Pick<Shard, 'id'>, position: number | bigint): bigint {
  return (id << POSITION_BITS) | BigInt(position);
}
