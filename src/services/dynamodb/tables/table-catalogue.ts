import type { Locality } from '../../../model/arn.ts';
import type { Change, Document, MetadataStore } from '../../../ports/metadata-store.ts';
import { type TableStream, streamArn } from '../../../sources/dynamodb/table-streams.ts';
import { noSuchTable, noTableNamed } from '../dynamodb-errors.ts';
import { OpenTable } from './open-table.ts';
import {
  LEFTOVER_KIND,
  type LeftoverRecord,
  STREAM_KIND,
  streamKey,
  TABLE_KIND,
  tableKey,
  type TableRecord,
} from './table-record.ts';

const READ_AT_ONCE = 200;

/** Every table and stream, in memory: which are there is known without waiting. What changes is written first. */
export class TableCatalogue {
  readonly #store: MetadataStore;
  readonly #tables = new Map<string, OpenTable>();
  readonly #streams = new Map<string, TableStream>();
  /** The end of the last change of each table, for they take turns. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(store: MetadataStore) {
    this.#store = store;
  }

  /** Reads what is there. Nothing is known before. */
  async load(): Promise<void> {
    await this.#each<TableRecord>(TABLE_KIND, (place, name, record) => {
      this.#tables.set(idOf(place, name), new OpenTable(place, name, record));
    });
    await this.#each<TableStream>(STREAM_KIND, (_, __, stream) => void this.#streams.set(streamArn(stream), stream));
  }

  /** A table by its name or ARN, as operations on items name it. Throws ResourceNotFoundException. */
  open(place: Locality, nameOrArn: string): OpenTable {
    const found = this.find(place, nameOrArn);
    if (!found) throw noSuchTable();
    return found;
  }

  /** The same for operations on tables, which say its name. */
  named(place: Locality, nameOrArn: string): OpenTable {
    const found = this.find(place, nameOrArn);
    if (!found) throw noTableNamed(tableNameOf(nameOrArn));
    return found;
  }

  find(place: Locality, nameOrArn: string): OpenTable | undefined {
    const [, region, account, name] = /^arn:[^:]+:dynamodb:([^:]*):([^:]*):table\/([^/]+)$/.exec(nameOrArn) ?? [];
    if (region === undefined) return this.#tables.get(idOf(place, nameOrArn));
    return region === place.region && account === place.account ? this.#tables.get(idOf(place, name ?? '')) : undefined;
  }

  /** In the order of names. */
  tables(place: Locality): OpenTable[] {
    const own = [...this.#tables.values()].filter((table) => isIn(place, table.place));
    return own.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Of all accounts and regions. */
  all(): OpenTable[] {
    return [...this.#tables.values()];
  }

  stream(arn: string): TableStream | undefined {
    return this.#streams.get(arn);
  }

  /** In the order of ARNs; with a table's name only those of tables of this name. */
  streams(place?: Locality, tableName?: string): TableStream[] {
    return [...this.#streams]
      .filter(([, stream]) => (!place || isIn(place, stream)) && (tableName === undefined || stream.tableName === tableName))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, stream]) => stream);
  }

  /** Runs changes of one table one after the other. */
  async inTurn<Result>(place: Locality, name: string, change: () => Promise<Result>): Promise<Result> {
    const id = idOf(place, name);
    const turn = (this.#turns.get(id) ?? Promise.resolve()).then(change, change);
    this.#turns.set(id, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(id) === turn) this.#turns.delete(id);
    }
  }

  /**
   * Writes a table that is new or has changed, with other changes. What is written into the table meanwhile is written as the
   * changed table wants it; `changes` is asked when nothing is written as before any more.
   */
  async put(place: Locality, name: string, record: TableRecord, changes: () => readonly Change[]): Promise<OpenTable> {
    const id = idOf(place, name);
    const known = this.#tables.get(id);
    const before = known?.record;
    known?.change(record);
    const others = changes();
    try {
      await this.#store.commit([{ put: tableKey(place, name), body: record }, ...others]);
    } catch (error) {
      if (before) known?.change(before);
      throw error;
    }
    this.#follow(others);
    const table = known ?? new OpenTable(place, name, record);
    this.#tables.set(id, table);
    return table;
  }

  /** Removes a table, with other changes, which are asked for when nothing is written into it any more. */
  async remove(table: OpenTable, changes: () => readonly Change[]): Promise<void> {
    table.close();
    const others = changes();
    try {
      await this.#store.commit([{ remove: tableKey(table.place, table.name) }, ...others]);
    } catch (error) {
      table.reopen();
      throw error;
    }
    this.#follow(others);
    this.#tables.delete(idOf(table.place, table.name));
  }

  /** Writes something that goes with no table. */
  async commit(changes: readonly Change[]): Promise<void> {
    await this.#store.commit(changes);
  }

  /** Forgets a stream from which nothing can be read any more. */
  async forgetStream(stream: TableStream): Promise<void> {
    await this.#store.commit([{ remove: streamKey(stream) }]);
    this.#streams.delete(streamArn(stream));
  }

  /** What is still to be removed of tables and indices, some of it. */
  async leftovers(): Promise<Document<LeftoverRecord>[]> {
    const found: Document<LeftoverRecord>[] = [];
    for (const place of await this.#store.scopes(LEFTOVER_KIND))
      found.push(...(await this.#store.list<LeftoverRecord>({ ...place, kind: LEFTOVER_KIND, limit: READ_AT_ONCE })));
    return found;
  }

  #follow(changes: readonly Change[]): void {
    for (const change of changes) {
      if (!('put' in change) || change.put.kind !== STREAM_KIND) continue;
      const stream = change.body as TableStream;
      this.#streams.set(streamArn(stream), stream);
    }
  }

  async #each<Body>(kind: string, take: (place: Locality, id: string, body: Body) => void): Promise<void> {
    for (const { account, region } of await this.#store.scopes(kind)) {
      for (let after: string | undefined = ''; after !== undefined;) {
        const page: readonly Document<Body>[] = await this.#store.list<Body>({
          account,
          region,
          kind,
          after,
          limit: READ_AT_ONCE,
        });
        for (const { key, body } of page) take({ account, region }, key.id, body);
        after = page.length < READ_AT_ONCE ? undefined : page.at(-1)?.key.id;
      }
    }
  }
}

/** The name that a name or an ARN of a table has. */
export function tableNameOf(nameOrArn: string): string {
  return nameOrArn.startsWith('arn:') ? nameOrArn.slice(nameOrArn.indexOf('/') + 1) : nameOrArn;
}

function idOf({ account, region }: Locality, name: string): string {
  return `${account}/${region}/${name}`;
}

function isIn(place: Locality, { account, region }: Locality): boolean {
  return place.account === account && place.region === region;
}
