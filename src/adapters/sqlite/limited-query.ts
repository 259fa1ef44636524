import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';

/** Up to here a count has a statement of its own; above it, powers of two have. */
const EXACT_MAX = 16;

/**
 * A query whose last word is the number of rows. SQLite plans a statement with a bound LIMIT anew at each call, which costs more than
 * a small lease itself, so the number stands in the text, and there is a statement for each of few numbers.
 */
export class LimitedQuery<Row> {
  readonly #database: DatabaseSync;
  readonly #sql: string;
  readonly #statements = new Map<number, StatementSync>();

  /** `sql` ends before its LIMIT. */
  constructor(database: DatabaseSync, sql: string) {
    this.#database = database;
    this.#sql = sql;
  }

  /** At most so many rows. */
  all(countMax: number, ...parameters: SQLInputValue[]): Row[] {
    if (countMax <= 0) return [];
    const limit = countMax <= EXACT_MAX ? countMax : 2 ** Math.ceil(Math.log2(countMax));
    const rows = this.#statement(limit).all(...parameters) as unknown as Row[];
    return rows.length > countMax ? rows.slice(0, countMax) : rows;
  }

  #statement(limit: number): StatementSync {
    const known = this.#statements.get(limit);
    if (known) return known;
    const statement = this.#database.prepare(`${this.#sql} LIMIT ${limit}`);
    this.#statements.set(limit, statement);
    return statement;
  }
}
