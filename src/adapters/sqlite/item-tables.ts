import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { partitionHash } from '../../model/partition-hash.ts';
import type { IndexEntry, ItemRef, ItemWrite, NewRecord } from '../../ports/item-store.ts';
import { openDatabase } from './database.ts';
import type { ItemCall, NumberedWrite, SeenItem } from './item-messages.ts';
import { ITEM_MIGRATIONS } from './item-schema.ts';
import { QueueNames } from './queue-names.ts';

/** Pages of the log that are carried into the file at a time, 16 MiB. */
const CHECKPOINT_PAGES = 4_096;
const CACHE_KIBIBYTES = 65_536;

interface KeptItem {
  readonly id: number;
  readonly revision: number;
  readonly bytes: number;
  readonly entries: number;
}

interface KeptEntry {
  readonly place: number;
  readonly hash: number;
  readonly partition: Uint8Array;
  readonly sort: Uint8Array;
  readonly bytes: number;
}

/** What an item did not have to be as it is: another transaction has failed that this one had seen the end of. */
export class Outdated extends Error {}

/** Writes the file of items, called from one thread. All calls belong into {@link ItemTables.transaction}. */
export class ItemTables {
  readonly #database: DatabaseSync;
  readonly #names: QueueNames;
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #remove: StatementSync;
  readonly #entriesOf: StatementSync;
  readonly #addEntry: StatementSync;
  readonly #removeEntry: StatementSync;
  readonly #countEntry: StatementSync;
  readonly #record: StatementSync;
  readonly #tally: StatementSync;
  readonly #forgetTally: StatementSync;
  readonly #count: StatementSync;
  readonly #some: StatementSync;
  readonly #someEntries: StatementSync;
  readonly #trim: StatementSync;
  readonly #tallies = new Map<number, { items: number; bytes: number }>();
  #lastRevision = 0;

  constructor(path: string) {
    const database = openDatabase(path, ITEM_MIGRATIONS, 'readers elsewhere in this process');
    this.#database = database;
    database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}; PRAGMA cache_size = -${CACHE_KIBIBYTES}`);
    this.#names = new QueueNames(database);
    const item = 'place = ? AND hash = ? AND partition = ? AND sort = ?';
    this.#find = database.prepare(`SELECT id, revision, bytes, entries FROM item WHERE ${item}`);
    this.#insert = database.prepare(
      `INSERT INTO item (place, hash, partition, sort, revision, bytes, entries, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       RETURNING id`,
    );
    this.#update = database.prepare('UPDATE item SET revision = ?, bytes = ?, entries = ?, body = ? WHERE id = ?');
    this.#remove = database.prepare('DELETE FROM item WHERE id = ?');
    this.#entriesOf = database.prepare('SELECT place, hash, partition, sort, bytes FROM entry WHERE item = ?');
    this.#addEntry = database.prepare(
      `INSERT INTO entry (place, hash, partition, sort, item_partition, item_sort, item, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET item = excluded.item, bytes = excluded.bytes`,
    );
    this.#removeEntry = database.prepare(`DELETE FROM entry WHERE ${item} AND item_partition = ? AND item_sort = ?`);
    this.#countEntry = database.prepare('UPDATE item SET entries = entries + ? WHERE id = ?');
    this.#record = database.prepare('INSERT INTO record (sequence, stream, lane, body) VALUES (?, ?, ?, ?)');
    this.#tally = database.prepare(
      `INSERT INTO tally (place, items, bytes) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET items = items + excluded.items, bytes = bytes + excluded.bytes`,
    );
    this.#forgetTally = database.prepare('DELETE FROM tally WHERE place = ?');
    this.#count = database.prepare('UPDATE counter SET last = max(last, ?)');
    this.#some = database.prepare('SELECT id, partition, sort, bytes, entries FROM item WHERE place = ? LIMIT ?');
    this.#someEntries = database.prepare(
      'SELECT hash, partition, sort, item_partition, item_sort, item, bytes FROM entry WHERE place = ? LIMIT ?',
    );
    this.#trim = database.prepare(
      'DELETE FROM record WHERE sequence IN (SELECT sequence FROM record WHERE sequence < ? ORDER BY sequence LIMIT ?)',
    );
  }

  /** Runs the work and makes all of it durable at once, or undoes it and throws. */
  transaction(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      for (const [place, { items, bytes }] of this.#tallies) this.#tally.run(place, items, bytes);
      if (this.#lastRevision > 0) this.#count.run(this.#lastRevision);
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      this.#names.forget();
      throw error;
    } finally {
      this.#tallies.clear();
      this.#lastRevision = 0;
    }
  }

  /** Throws {@link Outdated} before anything was written. */
  run(call: ItemCall): unknown {
    switch (call.call) {
      case 'commit':
        return this.#commit(call.seen, call.writes);
      case 'add-entries':
        for (const { item, entry } of call.entries) this.#index(item, entry);
        return undefined;
      case 'drop':
        return this.#drop(call.name, call.countMax);
      case 'drop-index':
        return this.#dropIndex(call.name, call.countMax);
      case 'trim':
        return Number(this.#trim.run(call.before, call.countMax).changes);
      case 'settled':
        return undefined;
    }
  }

  close(): void {
    this.#database.close();
  }

  #commit(seen: readonly SeenItem[], writes: readonly NumberedWrite[]): void {
    for (const { item, revision } of seen)
      if ((this.#kept(item)?.revision ?? 0) !== revision) throw new Outdated('an item is not what it was');
    for (const { write, revision } of writes) {
      this.#lastRevision = Math.max(this.#lastRevision, revision);
      if ('put' in write) this.#put(write, revision);
      else this.#removeItem(write.remove);
      if (write.record) this.#addRecord(write.record, revision);
    }
  }

  #put({ put, body, bytes, entries }: Extract<ItemWrite, { put: ItemRef }>, revision: number): void {
    const kept = this.#kept(put);
    const place = this.#names.of(put.table);
    this.#addUp(place, kept ? 0 : 1, bytes - (kept?.bytes ?? 0));
    if (kept) {
      this.#update.run(revision, bytes, entries.length, body, kept.id);
      if (kept.entries > 0 || entries.length > 0) this.#replaceEntries(put, kept.id, kept.entries, entries);
      return;
    }
    const { partition, sort } = put;
    const hash = partitionHash(partition);
    const { id } = this.#insert.get(place, hash, partition, sort, revision, bytes, entries.length, body) as { id: number };
    for (const entry of entries) this.#enter(put, id, entry);
  }

  #removeItem(item: ItemRef): void {
    const kept = this.#kept(item);
    if (!kept) return;
    if (kept.entries > 0) this.#replaceEntries(item, kept.id, kept.entries, []);
    this.#remove.run(kept.id);
    this.#addUp(this.#names.of(item.table), -1, -kept.bytes);
  }

  /** Writes only what is different. */
  #replaceEntries(item: ItemRef, id: number, keptCount: number, entries: readonly IndexEntry[]): void {
    const kept = keptCount > 0 ? (this.#entriesOf.all(id) as unknown as KeptEntry[]) : [];
    const wanted = entries.map((entry) => ({ entry, place: this.#names.of(entry.index) }));
    const isSame = (one: KeptEntry, { entry, place }: (typeof wanted)[number]): boolean =>
      one.place === place &&
      one.bytes === entry.bytes &&
      Buffer.compare(one.partition, entry.partition) === 0 &&
      Buffer.compare(one.sort, entry.sort) === 0;
    for (const old of kept) if (!wanted.some((one) => isSame(old, one))) this.#removeKept(item, old);
    for (const one of wanted) if (!kept.some((old) => isSame(old, one))) this.#enter(item, id, one.entry);
  }

  #removeKept({ partition, sort }: Pick<ItemRef, 'partition' | 'sort'>, entry: KeptEntry): void {
    this.#removeEntry.run(entry.place, entry.hash, entry.partition, entry.sort, partition, sort);
    this.#addUp(entry.place, -1, -entry.bytes);
  }

  #enter(item: ItemRef, id: number, { index, partition, sort, bytes }: IndexEntry): void {
    const place = this.#names.of(index);
    this.#addEntry.run(place, partitionHash(partition), partition, sort, item.partition, item.sort, id, bytes);
    this.#addUp(place, 1, bytes);
  }

  #index({ item, revision }: SeenItem, entry: IndexEntry): void {
    const kept = this.#kept(item);
    if (!kept || kept.revision !== revision) return;
    const place = this.#names.of(entry.index);
    if ((this.#entriesOf.all(kept.id) as unknown as KeptEntry[]).some((one) => one.place === place)) return;
    this.#enter(item, kept.id, entry);
    this.#countEntry.run(1, kept.id);
  }

  #addRecord({ stream, lane, body }: NewRecord, sequence: number): void {
    this.#record.run(sequence, this.#names.of(stream), lane, body);
  }

  #drop(table: string, countMax: number): boolean {
    const place = this.#names.known(table);
    if (place === undefined) return true;
    const rows = this.#some.all(place, countMax) as unknown as (KeptItem & Pick<ItemRef, 'partition' | 'sort'>)[];
    for (const row of rows) {
      if (row.entries > 0)
        for (const entry of this.#entriesOf.all(row.id) as unknown as KeptEntry[]) this.#removeKept(row, entry);
      this.#remove.run(row.id);
      this.#addUp(place, -1, -row.bytes);
    }
    return this.#isDropped(place, rows.length < countMax);
  }

  #dropIndex(index: string, countMax: number): boolean {
    const place = this.#names.known(index);
    if (place === undefined) return true;
    const rows = this.#someEntries.all(place, countMax) as unknown as (Omit<KeptEntry, 'place'> & {
      readonly item_partition: Uint8Array;
      readonly item_sort: Uint8Array;
      readonly item: number;
    })[];
    for (const row of rows) {
      this.#removeKept({ partition: row.item_partition, sort: row.item_sort }, { ...row, place });
      this.#countEntry.run(-1, row.item);
    }
    return this.#isDropped(place, rows.length < countMax);
  }

  #isDropped(place: number, isEmpty: boolean): boolean {
    if (!isEmpty) return false;
    this.#tallies.delete(place);
    this.#forgetTally.run(place);
    return true;
  }

  #kept({ table, partition, sort }: ItemRef): KeptItem | undefined {
    const place = this.#names.known(table);
    if (place === undefined) return undefined;
    return this.#find.get(place, partitionHash(partition), partition, sort) as KeptItem | undefined;
  }

  /** Added up in memory, and written once for all that a transaction holds. */
  #addUp(place: number, items: number, bytes: number): void {
    const tally = this.#tallies.get(place) ?? { items: 0, bytes: 0 };
    this.#tallies.set(place, tally);
    tally.items += items;
    tally.bytes += bytes;
  }
}
