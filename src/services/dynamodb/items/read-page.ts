import type { ItemPage } from '../../../ports/item-store.ts';
import type { Item } from '../values/attribute-value.ts';
import { itemSize } from '../values/item-size.ts';
import { type CapacityReport, consumed, readUnits } from './capacity.ts';
import { isBeyondIndex, type ReadSource, type Wanted } from './read-source.ts';

/** Query and Scan read so many bytes and answer with what they have. */
export const PAGE_BYTES_MAX = 1_048_576;
/** Items of a page when no limit is given: with 1 MB it is reached by none that has more than a few bytes. */
export const PAGE_ITEMS_MAX = 100_000;

/** What is answered besides items. */
export interface PageReport {
  readonly limit: number | undefined;
  readonly isConsistent: boolean;
  readonly capacity: CapacityReport;
}

/** The answer of Query and Scan for a page that was read: what passes the filter, as far as it is wanted, and where to go on. */
export function answerPage(source: ReadSource, page: ItemPage, wanted: Wanted, report: PageReport): object {
  const { table, index } = source;
  const whole = page.items.map((found) => table.itemOf(found));
  const beyond = isBeyondIndex(source, wanted);
  const read = whole.map((item) => (index && !beyond ? table.projected(index, item) : item));
  const passed = wanted.filter ? read.filter((item) => wanted.filter?.isTrueOf(item)) : read;
  const last = whole.at(-1);
  // Whether anything follows the last item of a full page is not looked at.
  const goesOn = last !== undefined && (!page.isEnd || page.items.length === report.limit);
  return {
    ...(wanted.select === 'COUNT' ? {} : { Items: passed.map((item) => wanted.projection?.of(item) ?? item) }),
    Count: passed.length,
    ScannedCount: page.items.length,
    ...(goesOn ? { LastEvaluatedKey: table.keyOf(last, index) } : {}),
    ...consumed(table, pageCapacity(source, whole, beyond, report.isConsistent), report.capacity),
  };
}

/** The page counts as a whole; items that are fetched from the table besides count one by one. */
function pageCapacity(
  { table, index }: ReadSource,
  items: readonly Item[],
  beyond: boolean,
  isConsistent: boolean,
): {
  readonly table: number;
  readonly indexes: ReadonlyMap<string, number>;
} {
  const kind = isConsistent ? 'consistent' : 'eventual';
  const sum = (sizeOf: (item: Item) => number): number => items.reduce((total, item) => total + sizeOf(item), 0);
  if (!index) return { table: readUnits(sum(itemSize), kind), indexes: new Map() };
  const units = readUnits(
    sum((item) => itemSize(table.projected(index, item))),
    kind,
  );
  return {
    table: beyond ? sum((item) => readUnits(itemSize(item), kind)) : 0,
    indexes: new Map([[index.record.name, units]]),
  };
}
