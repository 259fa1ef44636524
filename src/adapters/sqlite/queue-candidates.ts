import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { LimitedQuery } from './limited-query.ts';
import type { EventRow } from './queue-schema.ts';

/** Queues whose place among their groups is remembered; one that is forgotten begins with its first group again. */
const CURSORS_MAX = 10_000;
/** Lanes looked at in one call; the next call goes on behind them. */
const LANES_LOOKED_AT = 32;

/** Finds the events that may be handed out. */
export class QueueCandidates {
  readonly #single: LimitedQuery<EventRow>;
  readonly #groups: LimitedQuery<{ name: string }>;
  readonly #run: LimitedQuery<EventRow>;
  readonly #nextLane: StatementSync;
  readonly #ofLane: StatementSync;
  readonly #cursors = new Map<number, string>();
  readonly #laneCursors = new Map<number, number>();

  constructor(database: DatabaseSync) {
    // Of a group only its oldest event, and none while one of it is leased.
    this.#single = new LimitedQuery(
      database,
      `SELECT * FROM event AS e WHERE queue = ?1 AND visible_at <= ?2 AND (group_id IS NULL OR NOT EXISTS (
         SELECT 1 FROM event AS o WHERE o.queue = e.queue AND o.group_id = e.group_id
           AND (o.sequence < e.sequence OR (o.lease IS NOT NULL AND o.visible_at > ?2))))
       ORDER BY visible_at, sequence`,
    );
    // From group to group by the index, so that a long backlog of one group costs no more than a short one.
    this.#groups = new LimitedQuery(
      database,
      `WITH RECURSIVE g(name) AS (
         SELECT min(group_id) FROM event WHERE queue = ?1 AND group_id > ?3
         UNION ALL SELECT (SELECT min(group_id) FROM event WHERE queue = ?1 AND group_id > g.name) FROM g WHERE g.name IS NOT NULL)
       SELECT name FROM g WHERE name IS NOT NULL
         AND (SELECT visible_at FROM event WHERE queue = ?1 AND group_id = name ORDER BY sequence LIMIT 1) <= ?2
         AND NOT EXISTS (SELECT 1 FROM event WHERE queue = ?1 AND group_id = name AND lease IS NOT NULL AND visible_at > ?2)`,
    );
    this.#run = new LimitedQuery(database, 'SELECT * FROM event WHERE queue = ? AND group_id = ? ORDER BY sequence');
    this.#nextLane = database.prepare('SELECT min(lane) AS lane FROM event WHERE queue = ? AND lane > ?');
    this.#ofLane = database.prepare(
      'SELECT * FROM event WHERE queue = ? AND lane = ? AND visible_at <= ? ORDER BY visible_at, sequence LIMIT 1',
    );
  }

  /** Oldest visibility first. */
  single(queue: number, nowMs: number, countMax: number): EventRow[] {
    return this.#single.all(countMax, queue, nowMs);
  }

  /** One of each lane in turn, as far as there is room, and then the oldest of all: no lane's backlog keeps another waiting. */
  lanes(queue: number, nowMs: number, countMax: number): EventRow[] {
    const rows = this.#oneOfEachLane(queue, nowMs, countMax);
    if (rows.length >= countMax) return rows;
    const taken = new Set(rows.map(({ sequence }) => sequence));
    const oldest = this.single(queue, nowMs, countMax).filter(({ sequence }) => !taken.has(sequence));
    return [...rows, ...oldest.slice(0, countMax - rows.length)];
  }

  #oneOfEachLane(queue: number, nowMs: number, countMax: number): EventRow[] {
    const rows: EventRow[] = [];
    const begin = this.#laneCursors.get(queue) ?? 0;
    let [lane, isAround] = [begin, false];
    for (let step = 0; step < LANES_LOOKED_AT && rows.length < countMax; step += 1) {
      const next = (this.#nextLane.get(queue, lane) as { lane: number | null }).lane;
      if (isAround && (next === null || next > begin)) break;
      if (next === null) {
        [lane, isAround] = [0, true];
        continue;
      }
      lane = next;
      const row = this.#ofLane.get(queue, lane, nowMs) as EventRow | undefined;
      if (row) rows.push(row);
    }
    if (this.#laneCursors.size >= CURSORS_MAX) this.#laneCursors.clear();
    this.#laneCursors.set(queue, lane);
    return rows;
  }

  /** Runs of whole groups, which take turns: the search goes on after the group that was last. */
  runs(queue: number, nowMs: number, countMax: number): EventRow[] {
    const after = this.#cursors.get(queue) ?? '';
    const names = this.#names(queue, nowMs, after, countMax);
    if (names.length < countMax && after !== '') {
      for (const name of this.#names(queue, nowMs, '', countMax - names.length)) if (!names.includes(name)) names.push(name);
    }
    const rows: EventRow[] = [];
    for (const name of names) {
      if (rows.length >= countMax) break;
      for (const row of this.#run.all(countMax - rows.length, queue, name)) {
        // What is behind a delayed event waits for it.
        if (row.visible_at > nowMs) break;
        rows.push(row);
      }
      this.#remember(queue, name);
    }
    return rows;
  }

  #names(queue: number, nowMs: number, after: string, countMax: number): string[] {
    return this.#groups.all(countMax, queue, nowMs, after).map(({ name }) => name);
  }

  #remember(queue: number, name: string): void {
    if (this.#cursors.size >= CURSORS_MAX && !this.#cursors.has(queue)) this.#cursors.clear();
    this.#cursors.set(queue, name);
  }
}
