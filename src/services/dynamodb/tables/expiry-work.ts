import type { Clock } from '../../../ports/clock.ts';
import type { ItemRef, ItemStore } from '../../../ports/item-store.ts';
import type { TableCatalogue } from './table-catalogue.ts';
import type { OpenTable } from './open-table.ts';
import { EXPIRY_PARTITION, expirySeconds, expirySort } from './time-to-live.ts';

/** Items that are removed at a time. */
const SLICE_ITEMS = 100;
/** Items whose time was over for longer are left alone, as on AWS: that is more likely a mistake than a time. */
const OVER_FOR_SECONDS_MAX = 5 * 365 * 86_400;

/** Removes the items whose time is over, as DynamoDB's own doing: their records of the stream say so. */
export class ExpiryWork {
  readonly #tables: TableCatalogue;
  readonly #items: ItemStore;
  readonly #clock: Clock;

  constructor(tables: TableCatalogue, items: ItemStore, clock: Clock) {
    this.#tables = tables;
    this.#items = items;
    this.#clock = clock;
  }

  async run(isClosed: () => boolean): Promise<void> {
    for (const table of this.#tables.all()) while (!isClosed() && (await this.#removeSome(table)));
  }

  /** True when there may be more. */
  async #removeSome(table: OpenTable): Promise<boolean> {
    const { timeToLive, id } = table.record;
    if (!timeToLive) return false;
    const now = Math.floor(this.#clock.now() / 1_000);
    const { items, isEnd } = await this.#items.query({
      table: id,
      index: timeToLive.index,
      partition: EXPIRY_PARTITION,
      range: {
        from: { sort: expirySort(Math.max(0, now - OVER_FOR_SECONDS_MAX)), inclusive: true },
        to: { sort: expirySort(now), inclusive: true },
      },
      countMax: SLICE_ITEMS,
      bytesMax: Number.MAX_SAFE_INTEGER,
    });
    await Promise.all(items.map((item) => this.#remove(table, item, timeToLive.attribute, now)));
    return !isEnd;
  }

  async #remove(table: OpenTable, { partition, sort, table: id }: ItemRef, attribute: string, now: number): Promise<void> {
    await this.#items.transact([{ table: id, partition, sort }], ([found]) => {
      const item = found && table.itemOf(found);
      const seconds = item && expirySeconds(attribute, item);
      const isOver = seconds !== undefined && seconds <= now && table.record.timeToLive?.attribute === attribute;
      return { writes: isOver ? table.writesOf(item, undefined, 'expiry') : [], result: undefined };
    });
  }
}
