import type { Clock } from '../../ports/clock.ts';
import {
  type Decision,
  type IndexEntry,
  type ItemPage,
  type ItemRef,
  type ItemStore,
  ItemStoreBusy,
  type Measure,
  type QueryRequest,
  type RecordRequest,
  type ScanRequest,
  type StoredItem,
  type StoredRecord,
} from '../../ports/item-store.ts';
import { copiedEntry, copiedRef } from './item-copies.ts';
import type { ItemCall, ItemQuestion } from './item-messages.ts';
import { ItemReads } from './item-reads.ts';
import { ItemTransactions } from './item-transactions.ts';
import { LaneEnds } from './lane-ends.ts';
import { type PackedPage, unpackPage } from './packed-page.ts';
import { ThreadCalls } from './thread-calls.ts';

/** Calls that may wait for a thread at a time. */
const PENDING_MAX = 50_000;
/** So many items are read at once; more of them are left to the thread, for they could be large. */
const READ_AT_ONCE_MAX = 4;
/** Pages that come to no more are read at once too; most partitions are small. */
const FEW_ITEMS = 32;
const FEW_BYTES = 65_536;

/**
 * Items in one SQLite file: a thread writes, another one reads pages, and single items are read right here, for that costs less
 * than to ask.
 */
export class SqliteItemStore implements ItemStore {
  readonly #writer: ThreadCalls<ItemCall>;
  readonly #reader: ThreadCalls<ItemQuestion>;
  readonly #reads: ItemReads;
  readonly #ends = new LaneEnds();
  readonly #transactions: ItemTransactions;

  private constructor(path: string, clock: Clock, writer: ThreadCalls<ItemCall>, reader: ThreadCalls<ItemQuestion>) {
    this.#writer = writer;
    this.#reader = reader;
    this.#reads = new ItemReads(path);
    this.#transactions = new ItemTransactions(clock, writer, this.#reads, this.#ends);
  }

  /** Opens the file. `onFailure` hears when a thread breaks: nothing can be written, or read, from then on. */
  static async open(path: string, clock: Clock, onFailure: (error: Error) => void): Promise<SqliteItemStore> {
    const writer = await ThreadCalls.start<ItemCall>('item-writer-thread', path, onFailure);
    const reader = await ThreadCalls.start<ItemQuestion>('item-reader-thread', path, onFailure);
    return new SqliteItemStore(path, clock, writer, reader);
  }

  async get(items: readonly ItemRef[]): Promise<readonly (StoredItem | undefined)[]> {
    if (items.length <= READ_AT_ONCE_MAX)
      return this.#reads.answer({ call: 'get', items }) as readonly (StoredItem | undefined)[];
    return (await this.#ask({ call: 'get', items: items.map(copiedRef) })) as readonly (StoredItem | undefined)[];
  }

  async query(request: QueryRequest): Promise<ItemPage> {
    const { countMax, bytesMax } = request;
    const few = { countMax: Math.min(countMax, FEW_ITEMS), bytesMax: Math.min(bytesMax, FEW_BYTES) };
    const page = this.#reads.query({ ...request, ...few });
    const isWhole = page.isEnd || (page.items.length === few.countMax ? countMax <= FEW_ITEMS : bytesMax <= FEW_BYTES);
    if (isWhole) return page;
    return unpackPage((await this.#ask({ call: 'query', request })) as PackedPage);
  }

  async scan(request: ScanRequest): Promise<ItemPage> {
    return unpackPage((await this.#ask({ call: 'scan', request })) as PackedPage);
  }

  transact<Result>(
    items: readonly ItemRef[],
    decide: (found: readonly (StoredItem | undefined)[]) => Decision<Result>,
  ): Promise<Result> {
    return this.#transactions.run(items, decide);
  }

  async settled(): Promise<void> {
    await this.#writer.call({ call: 'settled' });
  }

  async addEntries(entries: readonly { readonly item: StoredItem; readonly entry: IndexEntry }[]): Promise<void> {
    const named = entries.map(({ item, entry }) => ({
      item: { item: copiedRef(item), revision: item.revision },
      entry: copiedEntry(entry),
    }));
    await this.#order({ call: 'add-entries', entries: named });
  }

  async measure(table: string, index?: string): Promise<Measure> {
    return this.#reads.measure(index ?? table);
  }

  async drop(table: string, countMax: number): Promise<boolean> {
    return (await this.#order({ call: 'drop', name: table, countMax })) as boolean;
  }

  async dropIndex(index: string, countMax: number): Promise<boolean> {
    return (await this.#order({ call: 'drop-index', name: index, countMax })) as boolean;
  }

  async records(request: RecordRequest): Promise<readonly StoredRecord[]> {
    const { stream, lane, after, until } = request;
    if (this.#ends.hasNothingBehind(stream, lane, after)) return [];
    const records = (await this.#ask({ call: 'records', request })) as readonly StoredRecord[];
    if (records.length === 0 && until === undefined) this.#ends.seenNothingBehind(stream, lane, after);
    return records;
  }

  lastSequence(): number {
    return this.#transactions.last();
  }

  async trim(before: number, countMax: number): Promise<number> {
    return (await this.#order({ call: 'trim', before, countMax })) as number;
  }

  onRecord(listener: (stream: string, lane: number, sequence: number) => void): () => void {
    return this.#ends.listen(listener);
  }

  async close(): Promise<void> {
    await Promise.all([this.#writer.close(), this.#reader.close()]);
    this.#reads.close();
  }

  #ask(question: ItemQuestion): Promise<unknown> {
    if (this.#reader.count >= PENDING_MAX) return Promise.reject(new ItemStoreBusy(PENDING_MAX));
    return this.#reader.call(question);
  }

  #order(call: ItemCall): Promise<unknown> {
    if (this.#writer.count >= PENDING_MAX) return Promise.reject(new ItemStoreBusy(PENDING_MAX));
    return this.#writer.call(call);
  }
}
