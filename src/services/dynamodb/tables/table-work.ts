import type { ItemPlace, ItemStore } from '../../../ports/item-store.ts';
import type { TableCatalogue } from './table-catalogue.ts';
import type { OpenTable } from './open-table.ts';
import type { TableRecord } from './table-record.ts';
import { usedAttributes } from './update-indexes.ts';

/** Items that are looked at, or removed, at a time, so that others are not kept waiting. */
const SLICE_ITEMS = 500;
const SLICE_BYTES = 1_000_000;

/** Fills indices that are new, and removes what is left of indices and tables. */
export class TableWork {
  readonly #tables: TableCatalogue;
  readonly #items: ItemStore;

  constructor(tables: TableCatalogue, items: ItemStore) {
    this.#tables = tables;
    this.#items = items;
  }

  /** Does all there is to do; ends early when `isClosed` says so, and is begun again by the next call. */
  async run(isClosed: () => boolean): Promise<void> {
    for (const table of this.#tables.all()) {
      for (const { id, status } of table.record.indexes) {
        if (isClosed()) return;
        if (status === 'CREATING' && (await this.#fill(table, id, isClosed))) await this.#indexIsDone(table, id);
        if (status === 'DELETING' && (await this.#empty(id, isClosed))) await this.#indexIsDone(table, id);
      }
      const { timeToLive } = table.record;
      if (timeToLive?.status === 'ENABLING' && (await this.#fill(table, timeToLive.index, isClosed)))
        await this.#change(table, (record) => withTimeToLive(record, timeToLive.index));
    }
    for (const { key, body } of await this.#tables.leftovers()) {
      for (const name of body.tables) if (!(await this.#drop(name, isClosed))) return;
      for (const name of body.indexes) if (!(await this.#empty(name, isClosed))) return;
      await this.#tables.commit([{ remove: key }]);
    }
  }

  /** True when every item of the table that belongs into the index is in it. */
  async #fill(table: OpenTable, index: string, isClosed: () => boolean): Promise<boolean> {
    // What was decided before the index was there is not in it, and has to be seen.
    await this.#items.settled();
    const bounds = { table: table.record.id, countMax: SLICE_ITEMS, bytesMax: SLICE_BYTES };
    for (let after: ItemPlace | undefined; !isClosed();) {
      const { items, isEnd } = await this.#items.scan({ ...bounds, ...(after ? { after } : {}) });
      const entries = items.flatMap((item) =>
        table
          .entriesOf(table.itemOf(item))
          .filter((entry) => entry.index === index)
          .map((entry) => ({ item, entry })),
      );
      if (entries.length > 0) await this.#items.addEntries(entries);
      after = items.at(-1);
      if (isEnd || !after) return true;
    }
    return false;
  }

  async #empty(index: string, isClosed: () => boolean): Promise<boolean> {
    // What was decided before the index was to go is not to stay.
    await this.#items.settled();
    while (!isClosed()) if (await this.#items.dropIndex(index, SLICE_ITEMS)) return true;
    return false;
  }

  async #drop(table: string, isClosed: () => boolean): Promise<boolean> {
    await this.#items.settled();
    while (!isClosed()) if (await this.#items.drop(table, SLICE_ITEMS)) return true;
    return false;
  }

  async #indexIsDone(table: OpenTable, id: string): Promise<void> {
    await this.#change(table, (record) => {
      const indexes = record.indexes.flatMap((index) => {
        if (index.id !== id) return [index];
        return index.status === 'CREATING' ? [{ ...index, status: 'ACTIVE' as const }] : [];
      });
      return { ...record, indexes, attributes: usedAttributes({ ...record, indexes }) };
    });
  }

  async #change({ place, name, record: { id } }: OpenTable, change: (record: TableRecord) => TableRecord): Promise<void> {
    await this.#tables.inTurn(place, name, async () => {
      const table = this.#tables.find(place, name);
      if (table?.record.id === id) await this.#tables.put(place, name, change(table.record), () => []);
    });
  }
}

function withTimeToLive(record: TableRecord, index: string): TableRecord {
  const { timeToLive } = record;
  return timeToLive?.index === index ? { ...record, timeToLive: { ...timeToLive, status: 'ENABLED' } } : record;
}
