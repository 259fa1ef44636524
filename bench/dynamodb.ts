import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SqliteItemStore } from '../src/adapters/sqlite/item-store.ts';
import { systemClock } from '../src/adapters/system/clock.ts';
import type { ItemRef } from '../src/ports/item-store.ts';
import type { Figure } from './figure.ts';
import { median } from './load.ts';

const IN_FLIGHT = 64;
const TABLE = 'table';
const INDEX = 'index';
const BODY = Buffer.from(JSON.stringify({ text: 'x'.repeat(220) }));
const NO_SORT = new Uint8Array(0);

/**
 * The store of items under a table with one index: writes and reads by key with 64 in flight, pages by the index, and a hot item.
 * Each block of it alternates with the same on a bare SQLite table, with as many rows in a transaction as there are in flight.
 */
export async function benchDynamoDb(options: { items: number; calls: number; blocks: number }): Promise<Figure[]> {
  const directory = await mkdtemp(join(tmpdir(), 'lambkin-bench-'));
  const store = await SqliteItemStore.open(join(directory, 'items.db'), systemClock(), (error) => {
    throw error;
  });
  const bare = new BareTable(join(directory, 'bare.db'));
  try {
    await fill(store, bare, options.items);
    const { calls, blocks, items } = options;
    const any = (): number => Math.floor(Math.random() * items);
    const puts = await alternate(
      blocks,
      () => inFlight(calls, () => put(store, any())),
      () => bare.put(calls, any),
    );
    const gets = await alternate(
      blocks,
      () => inFlight(calls, () => get(store, any())),
      () => bare.get(calls, any),
    );
    const pages = await alternate(
      blocks,
      () => inFlight(calls, () => page(store, any())),
      () => bare.page(calls, any),
    );
    const hot = await alternate(
      blocks,
      () => inFlight(calls, () => put(store, 0)),
      () => bare.put(calls, () => 0),
    );
    return [
      figure(`items: writes by key in ${items} items with an index`, puts),
      figure('items: reads by key', gets),
      figure('items: pages of 10 by the index', pages),
      figure('items: writes of one hot item', hot),
    ];
  } finally {
    await store.close();
    bare.close();
    await rm(directory, { recursive: true, force: true });
  }
}

interface Rates {
  readonly ours: readonly number[];
  readonly bare: readonly number[];
}

function figure(name: string, { ours, bare }: Rates): Figure {
  const ratios = ours.map((rate, at) => rate / (bare[at] ?? 1));
  return { name, unit: '1/s', lambkin: median(ours), bare: median(bare), ratio: median(ratios) };
}

/** Calls a second, of both in turns. */
async function alternate(blocks: number, ours: () => Promise<number>, bare: () => number): Promise<Rates> {
  const rates = { ours: [] as number[], bare: [] as number[] };
  for (let block = 0; block < blocks; block += 1) {
    rates.ours.push(await ours());
    rates.bare.push(bare());
  }
  return rates;
}

async function inFlight(calls: number, call: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  let left = calls;
  const work = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await call();
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
  return (calls * 1_000) / (performance.now() - startedMs);
}

function keyOf(number: number): ItemRef {
  return { table: TABLE, partition: Buffer.from(`item-${number}`), sort: NO_SORT };
}

function put(store: SqliteItemStore, number: number): Promise<void> {
  const key = keyOf(number);
  const entries = [{ index: INDEX, partition: groupOf(number), sort: key.partition, bytes: BODY.length }];
  return store.transact([key], () => ({ writes: [{ put: key, body: BODY, bytes: BODY.length, entries }], result: undefined }));
}

async function get(store: SqliteItemStore, number: number): Promise<void> {
  const [found] = await store.get([keyOf(number)]);
  if (!found) throw new Error('an item is missing');
}

async function page(store: SqliteItemStore, number: number): Promise<void> {
  const partition = groupOf(number);
  const { items } = await store.query({ table: TABLE, index: INDEX, partition, countMax: 10, bytesMax: 1_000_000 });
  if (items.length === 0) throw new Error('a page is empty');
}

function groupOf(number: number): Buffer {
  return Buffer.from(`group-${number % 10_000}`);
}

async function fill(store: SqliteItemStore, bare: BareTable, items: number): Promise<void> {
  bare.fill(items);
  for (let from = 0; from < items; from += 2_000)
    await Promise.all(Array.from({ length: Math.min(2_000, items - from) }, (_, at) => put(store, from + at)));
}

/** The same by hand, in the thread that asks. */
class BareTable {
  readonly #database: DatabaseSync;

  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    this.#database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;
      CREATE TABLE item (key BLOB PRIMARY KEY, team BLOB NOT NULL, body BLOB NOT NULL); CREATE INDEX item_team ON item (team, key)`);
  }

  fill(items: number): void {
    this.#write(Array.from({ length: items }, (_, number) => number));
  }

  put(calls: number, any: () => number): number {
    return this.#perSecond(calls, () => {
      for (let done = 0; done < calls; done += IN_FLIGHT) this.#write(Array.from({ length: IN_FLIGHT }, any));
    });
  }

  get(calls: number, any: () => number): number {
    const statement = this.#database.prepare('SELECT body FROM item WHERE key = ?');
    return this.#perSecond(calls, () => {
      for (let done = 0; done < calls; done += 1) statement.get(Buffer.from(`item-${any()}`));
    });
  }

  page(calls: number, any: () => number): number {
    const statement = this.#database.prepare('SELECT body FROM item WHERE team = ? ORDER BY key LIMIT 10');
    return this.#perSecond(calls, () => {
      for (let done = 0; done < calls; done += 1) statement.all(groupOf(any()));
    });
  }

  close(): void {
    this.#database.close();
  }

  #write(numbers: readonly number[]): void {
    const statement = this.#database.prepare('INSERT OR REPLACE INTO item (key, team, body) VALUES (?, ?, ?)');
    this.#database.exec('BEGIN IMMEDIATE');
    for (const number of numbers) statement.run(Buffer.from(`item-${number}`), groupOf(number), BODY);
    this.#database.exec('COMMIT');
  }

  #perSecond(calls: number, work: () => void): number {
    const startedMs = performance.now();
    work();
    return (calls * 1_000) / (performance.now() - startedMs);
  }
}
