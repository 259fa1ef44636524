import { isDeepStrictEqual } from 'node:util';
import type { Locality } from '../../../model/arn.ts';
import { partitionHash } from '../../../model/partition-hash.ts';
import type { IndexEntry, ItemPlace, ItemRef, ItemWrite, NewRecord, StoredItem } from '../../../ports/item-store.ts';
import { encodeChange, imagesOf } from '../../../sources/dynamodb/stream-record.ts';
import { noSuchTable } from '../dynamodb-errors.ts';
import { attributeOf, type Item, newItem } from '../values/attribute-value.ts';
import { itemSize } from '../values/item-size.ts';
import { keyAttributes, type KeyAttributes, keyBytes } from './key-attributes.ts';
import { type IndexRecord, tableArn, type TableRecord } from './table-record.ts';
import { expiryEntry } from './time-to-live.ts';

/** An index of an open table. */
export interface OpenIndex {
  readonly record: IndexRecord;
  readonly keys: KeyAttributes;
}

/** A table as it is now: what operations do to it is seen at once, also by whoever has had it for a while. */
export class OpenTable {
  readonly name: string;
  readonly place: Locality;
  #record: TableRecord;
  #keys: KeyAttributes;
  #indexes: ReadonlyMap<string, OpenIndex>;
  #isClosed = false;

  constructor(place: Locality, name: string, record: TableRecord) {
    this.place = place;
    this.name = name;
    this.#record = record;
    this.#keys = keyAttributes(record.keySchema, record.attributes);
    this.#indexes = indexesOf(record);
  }

  get record(): TableRecord {
    return this.#record;
  }

  get arn(): string {
    return tableArn(this.place, this.name);
  }

  get keys(): KeyAttributes {
    return this.#keys;
  }

  /** By their names, those that are being made or removed included. */
  get indexes(): ReadonlyMap<string, OpenIndex> {
    return this.#indexes;
  }

  /** The table is another one from now on. */
  change(record: TableRecord): void {
    this.#record = record;
    this.#keys = keyAttributes(record.keySchema, record.attributes);
    this.#indexes = indexesOf(record);
  }

  /** The table is gone: nothing is written any more. */
  close(): void {
    this.#isClosed = true;
  }

  /** It is not gone after all. */
  reopen(): void {
    this.#isClosed = false;
  }

  /** Names the item that has this key. Throws TypeError for a key that was not checked. */
  refOf(key: Item): ItemRef {
    const bytes = keyBytes(this.#keys, key);
    if (!bytes) throw new TypeError('the key was not checked');
    return { table: this.#record.id, ...bytes };
  }

  /** The attributes of an item as they were kept. */
  itemOf({ body }: StoredItem): Item {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8')) as Item;
  }

  /** The key of an item: of the table, and of the index too if one is named. */
  keyOf(item: Item, index?: OpenIndex): Item {
    const key = newItem();
    for (const name of keyNames(this.#keys, index?.keys)) {
      const value = attributeOf(item, name);
      if (value) key[name] = value;
    }
    return key;
  }

  /** The attributes that an index has of an item. */
  projected(index: OpenIndex, item: Item): Item {
    const { ProjectionType: type, NonKeyAttributes = [] } = index.record.projection;
    if (type === 'ALL') return item;
    const projected: Record<string, Item[string]> = this.keyOf(item, index) as Record<string, Item[string]>;
    if (type === 'INCLUDE')
      for (const name of NonKeyAttributes) {
        const value = attributeOf(item, name);
        if (value) projected[name] = value;
      }
    return projected;
  }

  /** Where reading goes on behind the item that has this key; undefined when it is not a whole key. */
  placeOf(key: Item, index?: OpenIndex): ItemPlace | undefined {
    const own = keyBytes(this.#keys, key);
    if (!own || !index) return own;
    const entry = keyBytes(index.keys, key);
    return entry && { ...own, entry };
  }

  /**
   * The writes that make `after` of `before`; none when nothing changes. Gives indices and the stream what is theirs. Throws
   * ResourceNotFoundException when the table was deleted meanwhile.
   */
  writesOf(before: Item | undefined, after: Item | undefined, by: 'user' | 'expiry' = 'user'): ItemWrite[] {
    if (this.#isClosed) throw noSuchTable();
    const item = after ?? before;
    if (!item) return [];
    const ref = this.refOf(item);
    const body = after && Buffer.from(JSON.stringify(after));
    if (before && body && isSame(before, body)) return [];
    const record = this.#streamRecord(ref, before, after, by);
    if (!after || !body) return [{ remove: ref, ...(record ? { record } : {}) }];
    return [{ put: ref, body, bytes: itemSize(after), entries: this.entriesOf(after), ...(record ? { record } : {}) }];
  }

  /** Where an item is in the indices of the table. */
  entriesOf(item: Item): IndexEntry[] {
    const entries: IndexEntry[] = [];
    for (const index of this.#indexes.values()) {
      if (index.record.status === 'DELETING') continue;
      const bytes = keyBytes(index.keys, item);
      if (bytes) entries.push({ index: index.record.id, ...bytes, bytes: itemSize(this.projected(index, item)) });
    }
    const expiry = expiryEntry(this.#record.timeToLive, item);
    return expiry ? [...entries, expiry] : entries;
  }

  #streamRecord(ref: ItemRef, before: Item | undefined, after: Item | undefined, by: 'user' | 'expiry'): NewRecord | undefined {
    const { stream } = this.#record;
    const item = after ?? before;
    if (!stream || !item) return undefined;
    const images = imagesOf(stream.viewType);
    const keys = this.keyOf(item);
    const newImage = images.new ? after : undefined;
    const oldImage = images.old ? before : undefined;
    const body = encodeChange({
      name: !before ? 'INSERT' : after ? 'MODIFY' : 'REMOVE',
      keys,
      ...(newImage ? { newImage } : {}),
      ...(oldImage ? { oldImage } : {}),
      bytes: itemSize(keys) + (newImage ? itemSize(newImage) : 0) + (oldImage ? itemSize(oldImage) : 0),
      ...(by === 'expiry' ? { isExpiry: true } : {}),
    });
    return { stream: stream.id, lane: partitionHash(ref.partition) % stream.lanes, body };
  }
}

/** Whether an item is what the bytes hold, in whichever order of the attributes. */
function isSame(item: Item, body: Buffer): boolean {
  const own = JSON.stringify(item);
  return Buffer.byteLength(own) === body.length && isDeepStrictEqual(JSON.parse(own), JSON.parse(body.toString('utf8')));
}

function indexesOf({ indexes, attributes }: TableRecord): ReadonlyMap<string, OpenIndex> {
  return new Map(indexes.map((record) => [record.name, { record, keys: keyAttributes(record.keySchema, attributes) }]));
}

function keyNames(...keys: readonly (KeyAttributes | undefined)[]): string[] {
  return [...new Set(keys.flatMap((key) => (key ? [key.partition.name, ...(key.sort ? [key.sort.name] : [])] : [])))];
}
