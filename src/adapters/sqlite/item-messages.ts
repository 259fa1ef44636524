import type {
  IndexEntry,
  ItemPage,
  ItemRef,
  ItemWrite,
  Measure,
  QueryRequest,
  RecordRequest,
  ScanRequest,
  StoredItem,
  StoredRecord,
} from '../../ports/item-store.ts';

/** A write with the revision that it gives the item, and that its record gets as its sequence number. */
export interface NumberedWrite {
  readonly write: ItemWrite;
  readonly revision: number;
}

/** What a transaction has seen of an item; 0 where there was none. */
export interface SeenItem {
  readonly item: ItemRef;
  readonly revision: number;
}

/** A call that travels to the thread that writes. */
export type ItemCall =
  | { readonly call: 'commit'; readonly seen: readonly SeenItem[]; readonly writes: readonly NumberedWrite[] }
  | { readonly call: 'add-entries'; readonly entries: readonly { readonly item: SeenItem; readonly entry: IndexEntry }[] }
  | { readonly call: 'drop' | 'drop-index'; readonly name: string; readonly countMax: number }
  | { readonly call: 'trim'; readonly before: number; readonly countMax: number }
  | { readonly call: 'settled' };

/** A call that travels to the thread that reads. */
export type ItemQuestion =
  | { readonly call: 'get'; readonly items: readonly ItemRef[] }
  | { readonly call: 'query'; readonly request: QueryRequest }
  | { readonly call: 'scan'; readonly request: ScanRequest }
  | { readonly call: 'records'; readonly request: RecordRequest }
  | { readonly call: 'measure'; readonly name: string };

/** What the thread that reads answers. */
export type ItemReading = readonly (StoredItem | undefined)[] | readonly StoredRecord[] | ItemPage | Measure;
