import type { OpenTable, OpenIndex } from '../tables/open-table.ts';
import type { Item } from '../values/attribute-value.ts';
import { equalItems } from '../values/compare-values.ts';
import { itemSize } from '../values/item-size.ts';
import { keyBytes } from '../tables/key-attributes.ts';

/** How much a request has used of a table, and of each of its indexes by their names. */
export interface Capacity {
  readonly table: number;
  readonly indexes: ReadonlyMap<string, number>;
}

/** What the request asks to be told. */
export type CapacityReport = 'INDEXES' | 'TOTAL' | 'NONE' | undefined;

const READ_UNIT_BYTES = 4_096;
const WRITE_UNIT_BYTES = 1_024;

/** Units for reading so many bytes at once: half of them where the read need not see the last write, twice in transactions. */
export function readUnits(bytes: number, kind: 'eventual' | 'consistent' | 'transaction'): number {
  const units = Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES));
  return kind === 'eventual' ? units / 2 : kind === 'consistent' ? units : units * 2;
}

/** Units for one write: the larger of the two items counts, and in each index what changes there; twice in transactions. */
export function writeCapacity(table: OpenTable, before: Item | undefined, after: Item | undefined, factor: 1 | 2 = 1): Capacity {
  const units = Math.max(unitsOf(before), unitsOf(after), 1);
  const indexes = new Map<string, number>();
  for (const index of table.indexes.values()) {
    const used = indexUnits(table, index, before, after) * factor;
    if (used > 0) indexes.set(index.record.name, used);
  }
  return { table: units * factor, indexes };
}

/** The sum of several. */
export function sumOf(capacities: readonly Capacity[]): Capacity {
  const indexes = new Map<string, number>();
  for (const capacity of capacities)
    for (const [name, units] of capacity.indexes) indexes.set(name, (indexes.get(name) ?? 0) + units);
  return { table: capacities.reduce((sum, { table }) => sum + table, 0), indexes };
}

/** The answer's member, if it was asked for. `kind` names the units once more, as transactions do. */
export function consumed(
  table: OpenTable,
  capacity: Capacity,
  report: CapacityReport,
  kind?: 'ReadCapacityUnits' | 'WriteCapacityUnits',
): { readonly ConsumedCapacity?: object } {
  if (report !== 'TOTAL' && report !== 'INDEXES') return {};
  return { ConsumedCapacity: consumedCapacity(table, capacity, report, kind) };
}

/** The same where the answer has a list of them. */
export function consumedCapacity(
  table: OpenTable,
  capacity: Capacity,
  report: 'TOTAL' | 'INDEXES',
  kind?: 'ReadCapacityUnits' | 'WriteCapacityUnits',
): object {
  const total = [...capacity.indexes.values()].reduce((sum, units) => sum + units, capacity.table);
  const units = (used: number): object => ({ CapacityUnits: used, ...(kind ? { [kind]: used } : {}) });
  const of = (wanted: 'global' | 'local'): [string, object][] =>
    [...capacity.indexes].flatMap(([name, used]) =>
      table.indexes.get(name)?.record.kind === wanted ? [[name, units(used)] as [string, object]] : [],
    );
  const [global, local] = [of('global'), of('local')];
  return {
    TableName: table.name,
    ...units(total),
    ...(report === 'INDEXES'
      ? {
          Table: units(capacity.table),
          ...(global.length > 0 ? { GlobalSecondaryIndexes: Object.fromEntries(global) } : {}),
          ...(local.length > 0 ? { LocalSecondaryIndexes: Object.fromEntries(local) } : {}),
        }
      : {}),
  };
}

/** Where the item's place in the index changes, it is removed from one and put into the other, which are two writes. */
function indexUnits(table: OpenTable, index: OpenIndex, before: Item | undefined, after: Item | undefined): number {
  const part = (item: Item | undefined): Item | undefined =>
    item && keyBytes(index.keys, item) ? table.projected(index, item) : undefined;
  const [old, next] = [part(before), part(after)];
  if (!old || !next) return unitsOf(old ?? next);
  if (equalItems(old, next)) return 0;
  const isMoved = !equalItems(table.keyOf(old, index), table.keyOf(next, index));
  return isMoved ? unitsOf(old) + unitsOf(next) : Math.max(unitsOf(old), unitsOf(next));
}

function unitsOf(item: Item | undefined): number {
  return item ? Math.max(1, Math.ceil(itemSize(item) / WRITE_UNIT_BYTES)) : 0;
}
