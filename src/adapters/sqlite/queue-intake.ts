import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Enqueued, NewEvent } from '../../ports/event-queue.ts';
import type { QueueNames } from './queue-names.ts';

/** Puts new events into the tables: numbered, and once where they say by which id they are known. */
export class QueueIntake {
  readonly #names: QueueNames;
  readonly #insert: StatementSync;
  readonly #seen: StatementSync;
  readonly #see: StatementSync;
  readonly #forget: StatementSync;
  readonly #count: StatementSync;

  constructor(database: DatabaseSync, names: QueueNames) {
    this.#names = names;
    this.#insert = database.prepare(
      `INSERT INTO event (queue, id, once_id, lane, group_id, visible_at, enqueued_at, attributes, payload, number)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    );
    this.#seen = database.prepare('SELECT event_id, number FROM seen WHERE queue = ? AND id = ?');
    this.#see = database.prepare('INSERT INTO seen (queue, id, until, event_id, number) VALUES (?, ?, ?, ?, ?)');
    this.#forget = database.prepare('DELETE FROM seen WHERE until <= ?');
    this.#count = database.prepare('UPDATE counter SET last = last + 1 RETURNING last');
  }

  take(events: readonly NewEvent[], nowMs: number): Enqueued[] {
    if (events.some(({ deduplication }) => deduplication)) this.#forget.run(nowMs);
    return events.map((event) => this.#take(event, nowMs));
  }

  #take(event: NewEvent, nowMs: number): Enqueued {
    const { deduplication } = event;
    const queue = this.#names.of(event.queue);
    const first = deduplication && (this.#seen.get(queue, deduplication.id) as { event_id: string; number: number | null });
    if (first) return enqueued(first.event_id, first.number);
    const number = event.numbered ? (this.#count.get() as { last: number }).last : null;
    this.#insert.run(
      queue,
      event.id,
      event.once ? event.id : null,
      event.lane === undefined || event.group !== undefined ? null : this.#names.of(event.lane),
      event.group ?? null,
      event.visibleAtMs,
      nowMs,
      JSON.stringify(event.attributes ?? null),
      event.payload,
      number,
    );
    if (deduplication) this.#see.run(queue, deduplication.id, deduplication.untilMs, event.id, number);
    return enqueued(event.id, number);
  }
}

function enqueued(id: string, number: number | null): Enqueued {
  return number === null ? { id } : { id, number };
}
