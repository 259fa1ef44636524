import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Names kept in memory; past it they are read from the table again. */
const CACHED_MAX = 50_000;

/** Numbers for the names of queues and lanes, so that rows and their indices stay small. A number is never given back. */
export class QueueNames {
  readonly #find: StatementSync;
  readonly #read: StatementSync;
  readonly #add: StatementSync;
  readonly #numbers = new Map<string, number>();

  constructor(database: DatabaseSync) {
    this.#find = database.prepare('SELECT id FROM name WHERE text = ?');
    this.#read = database.prepare('SELECT text FROM name WHERE id = ?');
    this.#add = database.prepare('INSERT INTO name (text) VALUES (?) RETURNING id');
  }

  /** The name's number, which it gets now if it had none. */
  of(text: string): number {
    const known = this.known(text);
    if (known !== undefined) return known;
    const { id } = this.#add.get(text) as { id: number };
    return this.#keep(text, id);
  }

  /** The name's number; undefined when it has none, so that nothing is kept under it. */
  known(text: string): number | undefined {
    const cached = this.#numbers.get(text);
    if (cached !== undefined) return cached;
    const found = this.#find.get(text) as { id: number } | undefined;
    return found && this.#keep(text, found.id);
  }

  /** The name of a number. */
  text(id: number): string {
    return (this.#read.get(id) as { text: string }).text;
  }

  /** Numbers of a transaction that was undone are not kept. */
  forget(): void {
    this.#numbers.clear();
  }

  #keep(text: string, id: number): number {
    if (this.#numbers.size >= CACHED_MAX) this.#numbers.clear();
    this.#numbers.set(text, id);
    return id;
  }
}
