import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Enqueued, LeasedEvent, LeaseRules, MoveTarget, NewEvent, QueueCounts, Retry } from '../../ports/event-queue.ts';
import { openDatabase } from './database.ts';
import { QueueCandidates } from './queue-candidates.ts';
import { QueueIntake } from './queue-intake.ts';
import { type EventRow, QUEUE_MIGRATIONS } from './queue-schema.ts';

/** Marks leases that hold after a restart. */
const LASTING = 'lasting-';
/** Events that one lease call may drop or move on its way to those that it hands out. */
const PASSED_OVER_MAX = 1_000;

/** One holder's lease. */
export interface LeaseName {
  readonly queue: string;
  readonly id: string;
  readonly lease: string;
}

/** What came of a lease call. */
export interface LeaseAnswer {
  readonly events: readonly LeasedEvent[];
  /** Events that went to the queue of the redrive. */
  readonly moved: number;
  /** The queue had as many leases as it may. */
  readonly exhausted: boolean;
}

/**
 * Queues in one SQLite file, called from one thread. A leased event is one whose `lease` is set; `visible_at` is then
 * the end of the lease. Writes belong into {@link QueueTables.transaction}.
 */
export class QueueTables {
  readonly #database: DatabaseSync;
  readonly #names: () => string;
  #isLazy = false;
  readonly #intake: QueueIntake;
  readonly #candidates: QueueCandidates;
  readonly #take: StatementSync;
  readonly #remove: StatementSync;
  readonly #removeLate: StatementSync;
  readonly #drop: StatementSync;
  readonly #redrive: StatementSync;
  readonly #giveBack: StatementSync;
  readonly #extend: StatementSync;
  readonly #counts: StatementSync;
  readonly #leased: StatementSync;
  readonly #next: StatementSync;
  readonly #moving: StatementSync;
  readonly #movingHome: StatementSync;
  readonly #move: StatementSync;
  readonly #expire: StatementSync;
  readonly #purge: StatementSync;
  /** Leases of a queue: never more than these. Those that ended are still counted until it matters. */
  readonly #leasesAtMost = new Map<string, number>();

  /**
   * Leases that an earlier process held are void: it is gone, for the file belongs to one process. Those of holders
   * elsewhere last. `names` gives random names.
   */
  constructor(path: string, names: () => string) {
    const database = openDatabase(path, QUEUE_MIGRATIONS);
    this.#database = database;
    this.#names = names;
    database.exec(`UPDATE event SET lease = NULL, visible_at = 0 WHERE lease IS NOT NULL AND lease NOT LIKE '${LASTING}%'`);
    const held = 'queue = ? AND id = ? AND lease = ? AND visible_at > ?';
    const last = '(SELECT max(sequence) + 1 FROM event)';
    this.#intake = new QueueIntake(database);
    this.#candidates = new QueueCandidates(database);
    this.#take = database.prepare(
      `UPDATE event SET lease = ?, visible_at = ?, receive_count = receive_count + 1,
         first_leased_at = coalesce(first_leased_at, ?) WHERE sequence = ?`,
    );
    this.#remove = database.prepare(`DELETE FROM event WHERE ${held}`);
    this.#removeLate = database.prepare('DELETE FROM event WHERE queue = ? AND id = ? AND lease = ?');
    this.#drop = database.prepare('DELETE FROM event WHERE sequence = ?');
    this.#redrive = database.prepare(
      `UPDATE OR REPLACE event SET sequence = ${last}, queue = ?, origin = queue, lease = NULL, visible_at = ?, enqueued_at = ?
       WHERE sequence = ?`,
    );
    this.#giveBack = database.prepare(
      `UPDATE event SET lease = NULL, visible_at = ?, attributes = coalesce(?, attributes) WHERE ${held}`,
    );
    this.#extend = database.prepare(`UPDATE event SET visible_at = ? WHERE ${held}`);
    this.#counts = database.prepare(
      `SELECT count(*) FILTER (WHERE lease IS NOT NULL AND visible_at > ?2) AS leased,
              count(*) FILTER (WHERE lease IS NULL AND visible_at > ?2) AS delayed,
              count(*) AS total, min(enqueued_at) AS oldest FROM event WHERE queue = ?1`,
    );
    this.#leased = database.prepare(
      'SELECT count(*) AS leased FROM event WHERE queue = ? AND lease IS NOT NULL AND visible_at > ?',
    );
    this.#next = database.prepare('SELECT min(visible_at) AS at FROM event WHERE queue = ? AND visible_at > ?');
    const movable = 'SELECT sequence, origin FROM event WHERE queue = ? AND visible_at <= ?';
    this.#moving = database.prepare(`${movable} ORDER BY sequence LIMIT ?`);
    this.#movingHome = database.prepare(`${movable} AND origin IN (SELECT value FROM json_each(?)) ORDER BY sequence LIMIT ?`);
    this.#move = database.prepare(
      `UPDATE event SET sequence = ${last}, queue = ?, id = ?, origin = NULL, lease = NULL, visible_at = ?, enqueued_at = ?,
         receive_count = 0, first_leased_at = NULL WHERE sequence = ?`,
    );
    this.#expire = database.prepare('DELETE FROM event WHERE queue = ? AND enqueued_at <= ?');
    this.#purge = database.prepare('DELETE FROM event WHERE queue = ?');
  }

  /**
   * Runs the work and makes all of it durable at once. With `lazily` it is on disk with the next one that is not: a power cut
   * may undo it, the end of the process does not.
   */
  transaction(work: () => void, lazily = false): void {
    if (lazily !== this.#isLazy) {
      this.#database.exec(`PRAGMA synchronous = ${lazily ? 'NORMAL' : 'FULL'}`);
      this.#isLazy = lazily;
    }
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  enqueue(events: readonly NewEvent[], nowMs: number): Enqueued[] {
    return this.#intake.take(events, nowMs);
  }

  lease(queue: string, countMax: number, visibleForMs: number, nowMs: number, rules: LeaseRules): LeaseAnswer {
    const free = this.#freeLeases(queue, nowMs, rules.leasedMax);
    if (free <= 0) return { events: [], moved: 0, exhausted: true };
    const wanted = Math.min(countMax, free);
    const events: LeasedEvent[] = [];
    let [moved, passedOver] = [0, 0];
    for (let isDone = false; !isDone && events.length < wanted && passedOver < PASSED_OVER_MAX;) {
      const find = rules.groupRuns ? 'runs' : 'single';
      const rows = this.#candidates[find](queue, nowMs, wanted - events.length);
      isDone = true;
      for (const row of rows) {
        const outcome = this.#passOver(row, nowMs, rules);
        if (outcome === 'stays') events.push(this.#handOut(row, visibleForMs, nowMs, rules));
        else [isDone, passedOver, moved] = [false, passedOver + 1, moved + (outcome === 'moved' ? 1 : 0)];
      }
    }
    if (rules.leasedMax !== undefined) this.#countLeases(queue, events.length);
    return { events, moved, exhausted: false };
  }

  /** What is too old is removed, and what was handed out too often goes elsewhere. */
  #passOver(row: EventRow, nowMs: number, { enqueuedAfterMs, redrive }: LeaseRules): 'stays' | 'removed' | 'moved' {
    if (enqueuedAfterMs !== undefined && row.enqueued_at <= enqueuedAfterMs) {
      this.#drop.run(row.sequence);
      return 'removed';
    }
    if (!redrive || row.receive_count < redrive.receiveCountMax) return 'stays';
    this.#redrive.run(redrive.to, nowMs, redrive.renewed ? nowMs : row.enqueued_at, row.sequence);
    return 'moved';
  }

  #handOut(row: EventRow, visibleForMs: number, nowMs: number, rules: LeaseRules): LeasedEvent {
    const lease = `${rules.outlivesRestart ? LASTING : ''}${this.#names()}`;
    const leasedUntilMs = nowMs + visibleForMs;
    this.#take.run(lease, leasedUntilMs, nowMs, row.sequence);
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
      firstLeasedAtMs: row.first_leased_at ?? nowMs,
      ...(row.number === null ? {} : { number: row.number }),
      ...(row.origin === null ? {} : { origin: row.origin }),
    };
  }

  #freeLeases(queue: string, nowMs: number, leasedMax: number | undefined): number {
    if (leasedMax === undefined) return Infinity;
    const atMost = this.#leasesAtMost.get(queue);
    if (atMost === undefined || atMost >= leasedMax) {
      this.#leasesAtMost.set(queue, (this.#leased.get(queue, nowMs) as { leased: number }).leased);
    }
    return leasedMax - (this.#leasesAtMost.get(queue) ?? 0);
  }

  #countLeases(queue: string, change: number): void {
    const atMost = this.#leasesAtMost.get(queue);
    if (atMost !== undefined) this.#leasesAtMost.set(queue, Math.max(0, atMost + change));
  }

  ack(leases: readonly LeaseName[], nowMs: number, late: boolean): number {
    let count = 0;
    for (const { queue, id, lease } of leases) {
      const removed = late ? this.#removeLate.run(queue, id, lease) : this.#remove.run(queue, id, lease, nowMs);
      count += Number(removed.changes);
    }
    return count;
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

  move(queue: string, target: MoveTarget, countMax: number, nowMs: number): number {
    const found =
      'to' in target
        ? this.#moving.all(queue, nowMs, countMax)
        : this.#movingHome.all(queue, nowMs, JSON.stringify(target.origins), countMax);
    for (const { sequence, origin } of found as unknown as { sequence: number; origin: string | null }[]) {
      this.#move.run('to' in target ? target.to : origin, this.#names(), nowMs, nowMs, sequence);
    }
    return found.length;
  }

  expire(queue: string, enqueuedUntilMs: number): void {
    this.#expire.run(queue, enqueuedUntilMs);
  }

  nextVisibleAtMs(queue: string, afterMs: number): number | undefined {
    return (this.#next.get(queue, afterMs) as { at: number | null }).at ?? undefined;
  }

  purge(queue: string): void {
    this.#leasesAtMost.delete(queue);
    this.#purge.run(queue);
  }

  close(): void {
    this.#database.close();
  }
}
