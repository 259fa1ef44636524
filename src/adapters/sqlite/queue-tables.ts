import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Enqueued, LeasedEvent, LeaseRules, MoveTarget, NewEvent, QueueCounts, Retry } from '../../ports/event-queue.ts';
import { openDatabase } from './database.ts';
import { QueueCandidates } from './queue-candidates.ts';
import { QueueIntake } from './queue-intake.ts';
import { QueueNames } from './queue-names.ts';
import { type EventRow, QUEUE_MIGRATIONS } from './queue-schema.ts';

/** Marks leases that hold after a restart. */
const LASTING = 'lasting-';
/** Events that one lease call may drop or move on its way to those that it hands out. */
const PASSED_OVER_MAX = 1_000;

/** Pages of the log that are carried into the file at a time, 16 MiB: what comes and goes in between never gets there. */
const CHECKPOINT_PAGES = 4_096;
const CACHE_KIBIBYTES = 16_384;
/** How often the leases of a queue that has as many as it may are counted again. */
const LEASES_READ_AGAIN_MS = 100;

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
  readonly #randomName: () => string;
  readonly #names: QueueNames;
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
  readonly #countVisible: StatementSync;
  readonly #countHidden: StatementSync;
  readonly #leased: StatementSync;
  readonly #next: StatementSync;
  readonly #moving: StatementSync;
  readonly #movingHome: StatementSync;
  readonly #move: StatementSync;
  readonly #expire: StatementSync;
  readonly #purge: StatementSync;
  /** Leases of a queue: never more than these. Those that ended are still counted until it matters. */
  readonly #leasesAtMost = new Map<number, { count: number; readAtMs: number }>();

  /**
   * Leases that an earlier process held are void: it is gone, for the file belongs to one process. Those of holders
   * elsewhere last. `randomName` gives names that nobody guesses.
   */
  constructor(path: string, randomName: () => string) {
    const database = openDatabase(path, QUEUE_MIGRATIONS);
    this.#database = database;
    database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}; PRAGMA cache_size = -${CACHE_KIBIBYTES}`);
    this.#randomName = randomName;
    this.#names = new QueueNames(database);
    database.exec(`UPDATE event SET lease = NULL, visible_at = 0 WHERE lease IS NOT NULL AND lease NOT LIKE '${LASTING}%'`);
    const held = 'sequence = ? AND lease = ? AND queue = ? AND id = ?';
    const last = '(SELECT max(sequence) + 1 FROM event)';
    this.#intake = new QueueIntake(database, this.#names);
    this.#candidates = new QueueCandidates(database);
    this.#take = database.prepare(
      `UPDATE event SET lease = ?, visible_at = ?, receive_count = receive_count + 1,
         first_leased_at = coalesce(first_leased_at, ?) WHERE sequence = ?`,
    );
    this.#remove = database.prepare(`DELETE FROM event WHERE ${held} AND visible_at > ?`);
    this.#removeLate = database.prepare(`DELETE FROM event WHERE ${held}`);
    this.#drop = database.prepare('DELETE FROM event WHERE sequence = ?');
    this.#redrive = database.prepare(
      `UPDATE OR REPLACE event SET sequence = ${last}, queue = ?, origin = queue, lease = NULL, visible_at = ?, enqueued_at = ?
       WHERE sequence = ?`,
    );
    this.#giveBack = database.prepare(
      `UPDATE event SET lease = NULL, visible_at = ?, attributes = coalesce(?, attributes) WHERE ${held} AND visible_at > ?`,
    );
    this.#extend = database.prepare(`UPDATE event SET visible_at = ? WHERE ${held} AND visible_at > ?`);
    // The visible ones by the index alone: a long backlog is counted fast.
    this.#countVisible = database.prepare('SELECT count(*) AS visible FROM event WHERE queue = ? AND visible_at <= ?');
    this.#countHidden = database.prepare(
      `SELECT count(*) FILTER (WHERE lease IS NOT NULL) AS leased, count(*) FILTER (WHERE lease IS NULL) AS delayed,
         (SELECT min(enqueued_at) FROM event WHERE queue = ?1) AS oldest
       FROM event WHERE queue = ?1 AND visible_at > ?2`,
    );
    this.#leased = database.prepare(
      'SELECT count(*) AS leased FROM event WHERE queue = ? AND lease IS NOT NULL AND visible_at > ?',
    );
    this.#next = database.prepare('SELECT min(visible_at) AS at FROM event WHERE queue = ? AND visible_at > ?');
    const movable = 'SELECT sequence, origin FROM event WHERE queue = ? AND visible_at <= ?';
    this.#moving = database.prepare(`${movable} ORDER BY sequence LIMIT ?`);
    this.#movingHome = database.prepare(`${movable} AND origin IN (SELECT value FROM json_each(?)) ORDER BY sequence LIMIT ?`);
    this.#move = database.prepare(
      `UPDATE event SET sequence = ${last}, queue = ?, id = ?, once_id = NULL, origin = NULL, lease = NULL, visible_at = ?, enqueued_at = ?,
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
      this.#names.forget();
      throw error;
    }
  }

  enqueue(events: readonly NewEvent[], nowMs: number): Enqueued[] {
    return this.#intake.take(events, nowMs);
  }

  lease(queueName: string, countMax: number, visibleForMs: number, nowMs: number, rules: LeaseRules): LeaseAnswer {
    const queue = this.#names.known(queueName);
    if (queue === undefined) return { events: [], moved: 0, exhausted: false };
    const free = this.#freeLeases(queue, nowMs, rules.leasedMax);
    if (free <= 0) return { events: [], moved: 0, exhausted: true };
    const wanted = Math.min(countMax, free);
    const events: LeasedEvent[] = [];
    let [moved, passedOver] = [0, 0];
    for (let isDone = false; !isDone && events.length < wanted && passedOver < PASSED_OVER_MAX;) {
      const find = rules.groupRuns ? 'runs' : rules.lanesInTurn ? 'lanes' : 'single';
      const rows = this.#candidates[find](queue, nowMs, wanted - events.length);
      isDone = true;
      for (const row of rows) {
        const outcome = this.#passOver(row, nowMs, rules);
        if (outcome === 'stays') events.push(this.#handOut(row, queueName, visibleForMs, nowMs, rules));
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
    this.#redrive.run(this.#names.of(redrive.to), nowMs, redrive.renewed ? nowMs : row.enqueued_at, row.sequence);
    return 'moved';
  }

  #handOut(row: EventRow, queue: string, visibleForMs: number, nowMs: number, rules: LeaseRules): LeasedEvent {
    const lease = `${rules.outlivesRestart ? LASTING : ''}${this.#randomName()}`;
    const leasedUntilMs = nowMs + visibleForMs;
    this.#take.run(lease, leasedUntilMs, nowMs, row.sequence);
    return {
      id: row.id,
      queue,
      visibleAtMs: row.visible_at,
      ...(row.group_id === null ? {} : { group: row.group_id }),
      attributes: JSON.parse(row.attributes) as unknown,
      payload: row.payload,
      lease: `${row.sequence}.${lease}`,
      leasedUntilMs,
      receiveCount: row.receive_count + 1,
      enqueuedAtMs: row.enqueued_at,
      firstLeasedAtMs: row.first_leased_at ?? nowMs,
      ...(row.number === null ? {} : { number: row.number }),
      ...(row.origin === null ? {} : { origin: this.#names.text(row.origin) }),
    };
  }

  #freeLeases(queue: number, nowMs: number, leasedMax: number | undefined): number {
    if (leasedMax === undefined) return Infinity;
    const atMost = this.#leasesAtMost.get(queue);
    const isStale = atMost !== undefined && atMost.count >= leasedMax && nowMs - atMost.readAtMs >= LEASES_READ_AGAIN_MS;
    if (atMost && !isStale) return leasedMax - atMost.count;
    const { leased } = this.#leased.get(queue, nowMs) as { leased: number };
    this.#leasesAtMost.set(queue, { count: leased, readAtMs: nowMs });
    return leasedMax - leased;
  }

  #countLeases(queue: number, change: number): void {
    const atMost = this.#leasesAtMost.get(queue);
    if (atMost) atMost.count = Math.max(0, atMost.count + change);
  }

  ack(leases: readonly LeaseName[], nowMs: number, late: boolean): number {
    let count = 0;
    for (const name of leases) {
      const row = this.#rowOf(name);
      if (!row) continue;
      const removed = late ? this.#removeLate.run(...row) : this.#remove.run(...row, nowMs);
      if (Number(removed.changes) === 0) continue;
      count += 1;
      // Of late ones it isn't known whether they were among those counted.
      if (!late) this.#countLeases(row[2], -1);
    }
    return count;
  }

  /** Where the event of a lease is, which the lease's name tells; undefined for names that nobody gave. */
  #rowOf({ queue, id, lease }: LeaseName): [sequence: number, lease: string, queue: number, id: string] | undefined {
    const dot = lease.indexOf('.');
    const sequence = Number(lease.slice(0, Math.max(0, dot)));
    const number = this.#names.known(queue);
    if (dot < 1 || !Number.isSafeInteger(sequence) || number === undefined) return undefined;
    return [sequence, lease.slice(dot + 1), number, id];
  }

  retry(retries: readonly Retry[], nowMs: number): number {
    return retries.reduce((count, { visibleAtMs, attributes, ...name }) => {
      const text = attributes === undefined ? null : JSON.stringify(attributes);
      const row = this.#rowOf(name);
      return row ? count + Number(this.#giveBack.run(visibleAtMs, text, ...row, nowMs).changes) : count;
    }, 0);
  }

  extend(name: LeaseName, visibleForMs: number, nowMs: number): boolean {
    const row = this.#rowOf(name);
    return row !== undefined && Number(this.#extend.run(nowMs + visibleForMs, ...row, nowMs).changes) > 0;
  }

  counts(queueName: string, nowMs: number): QueueCounts {
    const queue = this.#names.known(queueName);
    if (queue === undefined) return { visible: 0, delayed: 0, leased: 0 };
    const { visible } = this.#countVisible.get(queue, nowMs) as { visible: number };
    const { leased, delayed, oldest } = this.#countHidden.get(queue, nowMs) as {
      leased: number;
      delayed: number;
      oldest: number | null;
    };
    return { visible, delayed, leased, ...(oldest === null ? {} : { oldestEnqueuedAtMs: oldest }) };
  }

  move(queueName: string, target: MoveTarget, countMax: number, nowMs: number): number {
    const queue = this.#names.known(queueName);
    if (queue === undefined) return 0;
    const found =
      'to' in target
        ? this.#moving.all(queue, nowMs, countMax)
        : this.#movingHome.all(queue, nowMs, this.#numbersOf(target.origins), countMax);
    const to = 'to' in target ? this.#names.of(target.to) : undefined;
    for (const { sequence, origin } of found as unknown as { sequence: number; origin: number | null }[]) {
      this.#move.run(to ?? origin, this.#randomName(), nowMs, nowMs, sequence);
    }
    return found.length;
  }

  #numbersOf(queues: readonly string[]): string {
    return JSON.stringify(queues.map((queue) => this.#names.known(queue)).filter((number) => number !== undefined));
  }

  expire(queue: string, enqueuedUntilMs: number): void {
    const number = this.#names.known(queue);
    if (number !== undefined) this.#expire.run(number, enqueuedUntilMs);
  }

  nextVisibleAtMs(queue: string, afterMs: number): number | undefined {
    const number = this.#names.known(queue);
    return number === undefined ? undefined : ((this.#next.get(number, afterMs) as { at: number | null }).at ?? undefined);
  }

  purge(queue: string): void {
    const number = this.#names.known(queue);
    if (number === undefined) return;
    this.#leasesAtMost.delete(number);
    this.#purge.run(number);
  }

  close(): void {
    this.#database.close();
  }
}
