import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { LeasedEvent, NewEvent, QueueCounts, Retry } from '../../ports/event-queue.ts';
import { openDatabase } from './database.ts';

const MIGRATIONS = [
  `CREATE TABLE event (
     sequence INTEGER PRIMARY KEY,
     queue TEXT NOT NULL, id TEXT NOT NULL, group_id TEXT,
     visible_at INTEGER NOT NULL, enqueued_at INTEGER NOT NULL,
     lease TEXT, receive_count INTEGER NOT NULL DEFAULT 0,
     attributes TEXT NOT NULL, payload BLOB NOT NULL
   ) STRICT;
   CREATE UNIQUE INDEX event_id ON event (queue, id);
   CREATE INDEX event_visible ON event (queue, visible_at, sequence);
   CREATE INDEX event_group ON event (queue, group_id, sequence) WHERE group_id IS NOT NULL;`,
];

interface Row {
  readonly sequence: number;
  readonly queue: string;
  readonly id: string;
  readonly group_id: string | null;
  readonly visible_at: number;
  readonly enqueued_at: number;
  readonly lease: string | null;
  readonly receive_count: number;
  readonly attributes: string;
  readonly payload: Uint8Array;
}

/** One holder's lease. */
export interface LeaseName {
  readonly queue: string;
  readonly id: string;
  readonly lease: string;
}

/**
 * Queues in one SQLite file, called from one thread. A leased event is one whose `lease` is set; `visible_at` is then
 * the end of the lease. Writes belong into {@link QueueTables.transaction}.
 */
export class QueueTables {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #candidates: StatementSync;
  readonly #take: StatementSync;
  readonly #remove: StatementSync;
  readonly #giveBack: StatementSync;
  readonly #extend: StatementSync;
  readonly #counts: StatementSync;
  readonly #next: StatementSync;
  readonly #purge: StatementSync;

  /** Leases that an earlier process held are void: it is gone, for the file belongs to one process. */
  constructor(path: string) {
    const database = openDatabase(path, MIGRATIONS);
    this.#database = database;
    database.exec('UPDATE event SET lease = NULL, visible_at = 0 WHERE lease IS NOT NULL');
    const held = 'queue = ? AND id = ? AND lease = ? AND visible_at > ?';
    this.#insert = database.prepare(
      `INSERT INTO event (queue, id, group_id, visible_at, enqueued_at, attributes, payload) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (queue, id) DO NOTHING`,
    );
    // Of a group only its oldest event, and none while one of it is leased.
    this.#candidates = database.prepare(
      `SELECT * FROM event AS e WHERE queue = ?1 AND visible_at <= ?2 AND (group_id IS NULL OR NOT EXISTS (
         SELECT 1 FROM event AS o WHERE o.queue = e.queue AND o.group_id = e.group_id
           AND (o.sequence < e.sequence OR (o.lease IS NOT NULL AND o.visible_at > ?2))))
       ORDER BY visible_at, sequence LIMIT ?3`,
    );
    this.#take = database.prepare(
      'UPDATE event SET lease = ?, visible_at = ?, receive_count = receive_count + 1 WHERE sequence = ?',
    );
    this.#remove = database.prepare(`DELETE FROM event WHERE ${held}`);
    this.#giveBack = database.prepare(
      `UPDATE event SET lease = NULL, visible_at = ?, attributes = coalesce(?, attributes) WHERE ${held}`,
    );
    this.#extend = database.prepare(`UPDATE event SET visible_at = ? WHERE ${held}`);
    this.#counts = database.prepare(
      `SELECT count(*) FILTER (WHERE lease IS NOT NULL AND visible_at > ?2) AS leased,
              count(*) FILTER (WHERE lease IS NULL AND visible_at > ?2) AS delayed,
              count(*) AS total, min(enqueued_at) AS oldest FROM event WHERE queue = ?1`,
    );
    this.#next = database.prepare('SELECT min(visible_at) AS at FROM event WHERE queue = ?');
    this.#purge = database.prepare('DELETE FROM event WHERE queue = ?');
  }

  /** Runs the work and makes all of it durable at once. */
  transaction(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  enqueue(events: readonly NewEvent[], nowMs: number): void {
    for (const event of events) {
      this.#insert.run(
        event.queue,
        event.id,
        event.group ?? null,
        event.visibleAtMs,
        nowMs,
        JSON.stringify(event.attributes ?? null),
        event.payload,
      );
    }
  }

  lease(queue: string, countMax: number, visibleForMs: number, nowMs: number, names: () => string): LeasedEvent[] {
    const rows = this.#candidates.all(queue, nowMs, countMax) as unknown as Row[];
    return rows.map((row) => {
      const lease = names();
      const leasedUntilMs = nowMs + visibleForMs;
      this.#take.run(lease, leasedUntilMs, row.sequence);
      return {
        id: row.id,
        queue: row.queue,
        visibleAtMs: row.visible_at,
        ...(row.group_id === null ? {} : { group: row.group_id }),
        attributes: JSON.parse(row.attributes) as unknown,
        payload: row.payload,
        lease,
        leasedUntilMs,
        receiveCount: row.receive_count + 1,
        enqueuedAtMs: row.enqueued_at,
      };
    });
  }

  ack(leases: readonly LeaseName[], nowMs: number): number {
    return leases.reduce((count, { queue, id, lease }) => count + Number(this.#remove.run(queue, id, lease, nowMs).changes), 0);
  }

  retry(retries: readonly Retry[], nowMs: number): number {
    return retries.reduce((count, { queue, id, lease, visibleAtMs, attributes }) => {
      const text = attributes === undefined ? null : JSON.stringify(attributes);
      return count + Number(this.#giveBack.run(visibleAtMs, text, queue, id, lease, nowMs).changes);
    }, 0);
  }

  extend(queue: string, id: string, lease: string, visibleForMs: number, nowMs: number): boolean {
    return Number(this.#extend.run(nowMs + visibleForMs, queue, id, lease, nowMs).changes) > 0;
  }

  counts(queue: string, nowMs: number): QueueCounts {
    const row = this.#counts.get(queue, nowMs) as { leased: number; delayed: number; total: number; oldest: number | null };
    const visible = row.total - row.leased - row.delayed;
    return {
      visible,
      delayed: row.delayed,
      leased: row.leased,
      ...(row.oldest === null ? {} : { oldestEnqueuedAtMs: row.oldest }),
    };
  }

  nextVisibleAtMs(queue: string): number | undefined {
    return (this.#next.get(queue) as { at: number | null }).at ?? undefined;
  }

  purge(queue: string): void {
    this.#purge.run(queue);
  }

  close(): void {
    this.#database.close();
  }
}
