import type { DatabaseSync, StatementSync } from 'node:sqlite';
import {
  type Change,
  type Document,
  type DocumentKey,
  type ListRequest,
  type MetadataStore,
  RevisionConflict,
  type Totals,
} from '../../ports/metadata-store.ts';
import { openDatabase } from './database.ts';
import { LimitedQuery } from './limited-query.ts';

const MIGRATIONS = [
  `CREATE TABLE document (
     account TEXT NOT NULL, region TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
     revision INTEGER NOT NULL, body TEXT NOT NULL,
     PRIMARY KEY (account, region, kind, id)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX document_kind ON document (kind, account, region);`,
  // The index holds all that a sum needs, so that it reads no document.
  `ALTER TABLE document ADD COLUMN weight INTEGER NOT NULL DEFAULT 0;
   CREATE INDEX document_weight ON document (account, region, kind, id, weight);`,
];

interface Row {
  readonly account: string;
  readonly region: string;
  readonly kind: string;
  readonly id: string;
  readonly revision: number;
  readonly body: string;
}

interface Pending {
  readonly changes: readonly Change[];
  readonly resolve: (documents: Document[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Documents in one SQLite file. Text is compared by its UTF-8 bytes, SQLite's own order. */
export class SqliteMetadataStore implements MetadataStore {
  readonly #database: DatabaseSync;
  readonly #get: StatementSync;
  readonly #listFrom: LimitedQuery<Row>;
  readonly #listAfter: LimitedQuery<Row>;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #scopes: StatementSync;
  readonly #totals: StatementSync;
  readonly #watchers = new Set<(key: DocumentKey) => void>();
  #pending: Pending[] = [];

  /** Throws `DataDirectoryInUse` when another process has the file. */
  constructor(path: string) {
    const database = openDatabase(path, MIGRATIONS);
    this.#database = database;
    const key = 'account = ? AND region = ? AND kind = ?';
    this.#get = database.prepare(`SELECT * FROM document WHERE ${key} AND id = ?`);
    // With both bounds in one statement SQLite starts at the first of them, and reads all that lies before the other.
    this.#listFrom = new LimitedQuery(database, `SELECT * FROM document WHERE ${key} AND id >= ? AND id < ? ORDER BY id`);
    this.#listAfter = new LimitedQuery(database, `SELECT * FROM document WHERE ${key} AND id > ? AND id < ? ORDER BY id`);
    this.#put = database.prepare(
      `INSERT INTO document (account, region, kind, id, revision, body, weight) VALUES (?, ?, ?, ?, 1, ?, ?)
       ON CONFLICT DO UPDATE SET revision = revision + 1, body = excluded.body, weight = excluded.weight RETURNING revision`,
    );
    this.#remove = database.prepare(`DELETE FROM document WHERE ${key} AND id = ?`);
    this.#totals = database.prepare(
      `SELECT COUNT(*) AS documents, COALESCE(SUM(weight), 0) AS weight FROM document INDEXED BY document_weight
       WHERE ${key} AND id >= ? AND id < ?`,
    );
    this.#scopes = database.prepare('SELECT DISTINCT account, region FROM document WHERE kind = ?');
  }

  async get<Body>(key: DocumentKey): Promise<Document<Body> | undefined> {
    return this.#read(key) as Document<Body> | undefined;
  }

  async list<Body>(request: ListRequest): Promise<Document<Body>[]> {
    const { account, region, kind, prefix = '', after, limit } = request;
    const isAfter = after !== undefined && Buffer.compare(Buffer.from(after), Buffer.from(prefix)) >= 0;
    const [query, start] = isAfter ? [this.#listAfter, after] : [this.#listFrom, prefix];
    return query.all(limit, account, region, kind, start, endOfPrefix(prefix)).map((row) => documentOf(row) as Document<Body>);
  }

  async totals(request: Pick<ListRequest, 'account' | 'region' | 'kind' | 'prefix'>): Promise<Totals> {
    const { account, region, kind, prefix = '' } = request;
    const { documents, weight } = this.#totals.get(account, region, kind, prefix, endOfPrefix(prefix)) as unknown as Totals;
    return { documents, weight };
  }

  /** Commits made in one turn of the event loop share a transaction, and so a sync. */
  commit(changes: readonly Change[]): Promise<Document[]> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ changes, resolve, reject });
      if (this.#pending.length === 1) setImmediate(() => this.#flush());
    });
  }

  async scopes(kind: string): Promise<{ account: string; region: string }[]> {
    return (this.#scopes.all(kind) as unknown as { account: string; region: string }[]).map(({ account, region }) => ({
      account,
      region,
    }));
  }

  watch(listener: (key: DocumentKey) => void): () => void {
    this.#watchers.add(listener);
    return () => void this.#watchers.delete(listener);
  }

  async close(): Promise<void> {
    this.#flush();
    this.#database.close();
  }

  #flush(): void {
    const batch = this.#pending;
    this.#pending = [];
    if (batch.length === 0) return;
    const answers: (() => void)[] = [];
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      for (const one of batch) answers.push(this.#apply(one));
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      for (const { reject } of batch) reject(error);
      return;
    }
    for (const answer of answers) answer();
  }

  /** Applies one caller's changes within the shared transaction; what fails is undone alone. */
  #apply({ changes, resolve, reject }: Pending): () => void {
    this.#database.exec('SAVEPOINT change');
    try {
      const documents = changes.flatMap((change) => this.#write(change));
      this.#database.exec('RELEASE change');
      return () => {
        resolve(documents);
        for (const change of changes) this.#announce('put' in change ? change.put : change.remove);
      };
    } catch (error) {
      this.#database.exec('ROLLBACK TO change; RELEASE change');
      if (!(error instanceof RevisionConflict)) throw error;
      return () => reject(error);
    }
  }

  #write(change: Change): Document[] {
    const key = 'put' in change ? change.put : change.remove;
    if (change.expect !== undefined) {
      const revision = this.#read(key)?.revision;
      if (change.expect === 'absent' ? revision !== undefined : revision !== change.expect) throw new RevisionConflict(key);
    }
    const { account, region, kind, id } = key;
    if ('remove' in change) {
      this.#remove.run(account, region, kind, id);
      return [];
    }
    const body = JSON.stringify(change.body);
    const { revision } = this.#put.get(account, region, kind, id, body, change.weight ?? 0) as { revision: number };
    return [{ key, revision, body: JSON.parse(body) as unknown }];
  }

  #read(key: DocumentKey): Document | undefined {
    const row = this.#get.get(key.account, key.region, key.kind, key.id) as unknown as Row | undefined;
    return row && documentOf(row);
  }

  #announce(key: DocumentKey): void {
    for (const watcher of this.#watchers) watcher(key);
  }
}

function documentOf({ account, region, kind, id, revision, body }: Row): Document {
  return { key: { account, region, kind, id }, revision, body: JSON.parse(body) as unknown };
}

/** The first text after all that begin with the prefix; no valid text holds this last code point. */
function endOfPrefix(prefix: string): string {
  return `${prefix}\u{10ffff}`;
}
