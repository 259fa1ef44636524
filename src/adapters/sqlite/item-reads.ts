import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { partitionHash } from '../../model/partition-hash.ts';
import type {
  ItemPage,
  ItemRef,
  Measure,
  PageBounds,
  QueryRequest,
  RecordRequest,
  ScanRequest,
  StoredItem,
  StoredRecord,
} from '../../ports/item-store.ts';
import { type Bound, boundsOf } from './item-bounds.ts';
import type { ItemQuestion, ItemReading } from './item-messages.ts';
import type { ItemRow } from './item-schema.ts';
import { QueueNames } from './queue-names.ts';

type Value = number | Uint8Array;

const CACHE_KIBIBYTES = 32_768;
/** What others write empties the cache of a connection; the file in memory stays. */
const MAPPED_BYTES = 17_179_869_184;
const HASHES = 2 ** 32;
const EMPTY_PAGE: ItemPage = { items: [], isEnd: true };
const ITEM_COLUMNS = 'i.partition, i.sort, i.revision, i.bytes, i.body';
const FROM_ITEMS = { columns: ITEM_COLUMNS, tables: 'item AS i', of: 'i', key: ['i.sort'] };
// The entries first: SQLite would choose so anyway, but is not to think about it.
const FROM_ENTRIES = {
  columns: 'i.partition, i.sort, i.revision, e.bytes, i.body, e.partition AS entry_partition, e.sort AS entry_sort',
  tables: 'entry AS e CROSS JOIN item AS i ON i.id = e.item',
  of: 'e',
  key: ['e.sort', 'e.item_partition', 'e.item_sort'],
};

// No statement has a LIMIT: one that is bound makes SQLite prepare the statement anew each time. Reading just ends.

/** A connection that reads the file of items, from whichever thread; what others have committed it sees. */
export class ItemReads {
  readonly #database: DatabaseSync;
  readonly #names: QueueNames;
  readonly #get: StatementSync;
  readonly #measure: StatementSync;
  readonly #records: StatementSync;
  /** By their text: there are a few dozen forms. */
  readonly #statements = new Map<string, StatementSync>();

  constructor(path: string) {
    this.#database = new DatabaseSync(path, { readOnly: true, timeout: 10_000 });
    this.#database.exec(`PRAGMA cache_size = -${CACHE_KIBIBYTES}; PRAGMA mmap_size = ${MAPPED_BYTES}`);
    this.#names = new QueueNames(this.#database);
    this.#get = this.#database.prepare(
      'SELECT revision, body FROM item WHERE place = ? AND hash = ? AND partition = ? AND sort = ?',
    );
    this.#measure = this.#database.prepare('SELECT items, bytes FROM tally WHERE place = ?');
    this.#records = this.#database.prepare(
      'SELECT sequence, body FROM record WHERE stream = ? AND lane = ? AND sequence > ? AND sequence <= ? ORDER BY sequence',
    );
  }

  /** The greatest number that was given and kept. */
  lastSequence(): number {
    return (this.#database.prepare('SELECT last FROM counter').get() as { last: number }).last;
  }

  answer(question: ItemQuestion): ItemReading {
    switch (question.call) {
      case 'get':
        return this.#atOneMoment(() => question.items.map((item) => this.get(item)));
      case 'query':
        return this.query(question.request);
      case 'scan':
        return this.scan(question.request);
      case 'records':
        return this.records(question.request);
      case 'measure':
        return this.measure(question.name);
    }
  }

  get({ table, partition, sort }: ItemRef): StoredItem | undefined {
    const place = this.#names.known(table);
    if (place === undefined) return undefined;
    const row = this.#get.get(place, partitionHash(partition), partition, sort) as Pick<ItemRow, 'revision' | 'body'> | undefined;
    return row && { table, partition, sort, revision: row.revision, body: row.body };
  }

  query(request: QueryRequest): ItemPage {
    const { table, index, partition, range, descending = false, after, ...bounds } = request;
    const place = this.#names.known(index ?? table);
    if (place === undefined) return EMPTY_PAGE;
    const { columns, tables, of, key } = index === undefined ? FROM_ITEMS : FROM_ENTRIES;
    const { low, high } = boundsOf(range, after, descending);
    const direction = descending ? ' DESC' : '';
    const sql = `SELECT ${columns} FROM ${tables} WHERE ${of}.place = ? AND ${of}.hash = ? AND ${of}.partition = ?${
      comparison(key, '>', low) + comparison(key, '<', high)
    } ORDER BY ${key.map((column) => column + direction).join(', ')}`;
    const values: Value[] = [place, partitionHash(partition), partition, ...(low?.key ?? []), ...(high?.key ?? [])];
    return this.#page(table, sql, values, bounds);
  }

  scan(request: ScanRequest): ItemPage {
    const { table, index, segment = 0, segments = 1, after, ...bounds } = request;
    const place = this.#names.known(index ?? table);
    if (place === undefined) return EMPTY_PAGE;
    const { columns, tables, of, key } = index === undefined ? FROM_ITEMS : FROM_ENTRIES;
    const order = [`${of}.hash`, `${of}.partition`, ...key];
    const start = after ? `(${order.join(', ')}) > (${order.map(() => '?').join(', ')})` : `${of}.hash >= ?`;
    const sql = `SELECT ${columns} FROM ${tables} WHERE ${of}.place = ? AND ${start} AND ${of}.hash < ? ORDER BY ${order.join(', ')}`;
    const from = after ? placeOf(after) : [Math.ceil((segment * HASHES) / segments)];
    return this.#page(table, sql, [place, ...from, Math.ceil(((segment + 1) * HASHES) / segments)], bounds);
  }

  records({ stream, lane, after, until = Number.MAX_SAFE_INTEGER, countMax, bytesMax }: RecordRequest): StoredRecord[] {
    const place = this.#names.known(stream);
    const records: StoredRecord[] = [];
    if (place === undefined) return records;
    let bytes = 0;
    for (const row of this.#records.iterate(place, lane, after, until)) {
      const record = row as unknown as StoredRecord;
      records.push({ sequence: record.sequence, body: record.body });
      bytes += record.body.length;
      if (records.length >= countMax || bytes >= bytesMax) break;
    }
    return records;
  }

  measure(name: string): Measure {
    const place = this.#names.known(name);
    const row = place === undefined ? undefined : (this.#measure.get(place) as Measure | undefined);
    return { items: row?.items ?? 0, bytes: row?.bytes ?? 0 };
  }

  close(): void {
    this.#database.close();
  }

  #page(table: string, sql: string, values: readonly Value[], { countMax, bytesMax }: PageBounds): ItemPage {
    const statement = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    const items: ItemPage['items'][number][] = [];
    let bytes = 0;
    for (const found of statement.iterate(...values)) {
      const row = found as unknown as ItemRow;
      items.push(itemOf(table, row));
      bytes += row.bytes;
      if (items.length >= countMax || bytes >= bytesMax) return { items, isEnd: false };
    }
    return { items, isEnd: true };
  }

  #atOneMoment<Result>(read: () => Result): Result {
    this.#database.exec('BEGIN');
    try {
      return read();
    } finally {
      this.#database.exec('COMMIT');
    }
  }
}

function itemOf(table: string, row: ItemRow): ItemPage['items'][number] {
  const { partition, sort, revision, body, entry_partition: entryPartition, entry_sort: entrySort } = row;
  const item = { table, partition, sort, revision, body };
  return entryPartition && entrySort ? { ...item, entry: { partition: entryPartition, sort: entrySort } } : item;
}

function comparison(key: readonly string[], sign: '<' | '>', bound: Bound | undefined): string {
  if (!bound) return '';
  const columns = key.slice(0, bound.key.length);
  const operator = `${sign}${bound.inclusive ? '=' : ''}`;
  return ` AND (${columns.join(', ')}) ${operator} (${columns.map(() => '?').join(', ')})`;
}

function placeOf({ partition, sort, entry }: NonNullable<ScanRequest['after']>): Value[] {
  if (!entry) return [partitionHash(partition), partition, sort];
  return [partitionHash(entry.partition), entry.partition, entry.sort, partition, sort];
}
