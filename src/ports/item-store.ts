/** Names an item: a table, and key bytes whose order is the order of the items. */
export interface ItemRef {
  /** A table's id, never given to a second table, not even one of the same name. */
  readonly table: string;
  readonly partition: Uint8Array;
  /** Empty in tables without a sort key. */
  readonly sort: Uint8Array;
}

/** An item as it is kept. What its body means is the owner's business. */
export interface StoredItem extends ItemRef {
  readonly body: Uint8Array;
  /** Grows with every write of the store; an item that was removed and came again has another one. */
  readonly revision: number;
}

/** A place of an item in an index; without one the item is not in it. */
export interface IndexEntry {
  /** An index's id, never given twice either. */
  readonly index: string;
  readonly partition: Uint8Array;
  readonly sort: Uint8Array;
  /** What the item counts for in the index's sizes and in the bounds of pages. */
  readonly bytes: number;
}

/** A change to be found in a stream, written in the same transaction as the item. */
export interface NewRecord {
  /** A stream's id. */
  readonly stream: string;
  /** Whose order among the stream's records is promised; a small number. */
  readonly lane: number;
  readonly body: Uint8Array;
}

/** One write. All entries of the item are given: those that it had and that are not among them go. */
export type ItemWrite =
  | {
      readonly put: ItemRef;
      readonly body: Uint8Array;
      /** What the item counts for. */
      readonly bytes: number;
      readonly entries: readonly IndexEntry[];
      readonly record?: NewRecord;
    }
  | { readonly remove: ItemRef; readonly record?: NewRecord };

/** What is to be written, at most one write for each item, and what the caller gets once that is on disk. */
export interface Decision<Result> {
  readonly writes: readonly ItemWrite[];
  readonly result: Result;
}

/** Which sort keys; both ends may be left open. */
export interface SortRange {
  readonly from?: { readonly sort: Uint8Array; readonly inclusive: boolean };
  readonly to?: { readonly sort: Uint8Array; readonly inclusive: boolean };
  /** Only those that begin with these bytes; not together with the others. */
  readonly prefix?: Uint8Array;
}

/** How far reading goes: until a page has so many items, or comes to so many bytes. It has one item at least if there is one. */
export interface PageBounds {
  /** 1 to 100,000. */
  readonly countMax: number;
  /** The item that reaches it is still part of the page. Counted by what items, or entries of the index, count for. */
  readonly bytesMax: number;
}

/** A place in an index or table from which reading goes on; the item itself need not be there any more. */
export interface ItemPlace {
  readonly partition: Uint8Array;
  readonly sort: Uint8Array;
  /** The item's place in the index that is read. */
  readonly entry?: { readonly partition: Uint8Array; readonly sort: Uint8Array };
}

/** The items of one partition, in the order of their sort keys. */
export interface QueryRequest extends PageBounds {
  readonly table: string;
  /** Reads an index of the table instead: partition and range are the index's, equal sort keys in the order of the items' keys. */
  readonly index?: string;
  readonly partition: Uint8Array;
  readonly range?: SortRange;
  readonly descending?: boolean;
  /** Exclusive. Without it the partition is read from its beginning, or its end. */
  readonly after?: ItemPlace;
}

/** All items, or those of one segment: partitions are dealt out by a hash, and in a segment come in its order. */
export interface ScanRequest extends PageBounds {
  readonly table: string;
  readonly index?: string;
  /** From 0; less than `segments`. */
  readonly segment?: number;
  /** 1 to 1,000,000. */
  readonly segments?: number;
  readonly after?: ItemPlace;
}

/** What was read. */
export interface ItemPage {
  /** Each with its place in the index, if one was read. */
  readonly items: readonly (StoredItem & { readonly entry?: { readonly partition: Uint8Array; readonly sort: Uint8Array } })[];
  /** Nothing follows. False may also be said when nothing does, where a bound was reached. */
  readonly isEnd: boolean;
}

/** How many and how large. */
export interface Measure {
  readonly items: number;
  readonly bytes: number;
}

/** A record of a stream. */
export interface StoredRecord {
  /** See {@link sequenceAt}. Grows along the stream in the order of the writes. */
  readonly sequence: number;
  readonly body: Uint8Array;
}

/** Which records of a lane. */
export interface RecordRequest extends PageBounds {
  readonly stream: string;
  readonly lane: number;
  /** Only records behind this one, exclusive. */
  readonly after: number;
  /** Only records up to this one, inclusive. */
  readonly until?: number;
}

/** Too much waits for the disk. */
export class ItemStoreBusy extends Error {
  constructor(pendingMax: number) {
    super(`more than ${pendingMax} calls wait for the disk of the items`);
    this.name = 'ItemStoreBusy';
  }
}

/** Sequence numbers of one millisecond. */
const SEQUENCES_PER_MS = 2_048;

/** The least sequence number of a moment, epoch ms: numbers tell when they were given. Good until 2109. */
export function sequenceAt(epochMs: number): number {
  return Math.floor(epochMs) * SEQUENCES_PER_MS;
}

/** When a sequence number was given, epoch ms. */
export function timeOfSequence(sequence: number): number {
  return Math.floor(sequence / SEQUENCES_PER_MS);
}

/**
 * Tables of items with indices and streams. A read sees every write that was acknowledged before it began, and of each
 * transaction all or nothing. Every call rejects with {@link ItemStoreBusy} when too many wait.
 */
export interface ItemStore {
  /** Reads items, all of one moment; undefined where there is none. */
  get(items: readonly ItemRef[]): Promise<readonly (StoredItem | undefined)[]>;
  query(request: QueryRequest): Promise<ItemPage>;
  scan(request: ScanRequest): Promise<ItemPage>;
  /**
   * Reads items, lets `decide` say what to write, and writes all of that or nothing; resolves to the decision's result once
   * it is on disk. `decide` gets the items in the order in which they were named, must be pure and fast, and may be asked
   * again with newer items; it writes only items that were named. What it throws is what the call rejects with, not before
   * all that it has seen is on disk. Transactions that name the same items take turns in the order of the calls, without
   * waiting for each other's disk. At most 200 items, each named once.
   */
  transact<Result>(
    items: readonly ItemRef[],
    decide: (found: readonly (StoredItem | undefined)[]) => Decision<Result>,
  ): Promise<Result>;
  /** Resolves when everything that was decided before is on disk, or has failed. */
  settled(): Promise<void>;
  /** Adds items that have not changed since they were read to an index; those that have changed, or are gone, are left alone. */
  addEntries(entries: readonly { readonly item: StoredItem; readonly entry: IndexEntry }[]): Promise<void>;
  /** What there is in a table; with `index` what there is in that. */
  measure(table: string, index?: string): Promise<Measure>;
  /** Removes at most `countMax` items of a table with their entries. True when none is left; then its measure goes as well. */
  drop(table: string, countMax: number): Promise<boolean>;
  /** The same for the entries of an index. */
  dropIndex(index: string, countMax: number): Promise<boolean>;
  /** Records in the order of the lane; fewer than there are where a bound is reached. `bytesMax` counts bodies. */
  records(request: RecordRequest): Promise<readonly StoredRecord[]>;
  /** Whatever is written from now on has a greater sequence number, those of this moment included. */
  lastSequence(): number;
  /** Removes at most `countMax` records of all streams before a sequence number; returns how many those were. */
  trim(before: number, countMax: number): Promise<number>;
  /** Called after records of a stream may have come, with the greatest sequence number of a lane. A hint. Returns the way to stop. */
  onRecord(listener: (stream: string, lane: number, sequence: number) => void): () => void;
  close(): Promise<void>;
}
