import { type Capacity, type CapacityReport, consumed, writeCapacity } from '../../items/capacity.ts';
import { type ItemAction, outcomeOf } from '../../items/item-actions.ts';
import type { DynamoDb } from '../../dynamodb-context.ts';
import { project } from '../../expressions/project.ts';
import { type AttributeValue, attributeOf, type Item } from '../../values/attribute-value.ts';

/** AWS's estimate of a small item collection, with a lower and an upper bound. */
const COLLECTION_GB: readonly [number, number] = [0, 1];

/** What of the item is answered. */
export type ReturnValues = 'ALL_NEW' | 'UPDATED_OLD' | 'ALL_OLD' | 'NONE' | 'UPDATED_NEW';

/** What the answer to a write tells besides that it is on disk. */
export interface WriteReport {
  readonly ReturnValues?: string;
  readonly ReturnConsumedCapacity?: string;
  readonly ReturnItemCollectionMetrics?: string;
}

interface Written {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  readonly capacity: Capacity;
}

/** Does what an action says to its item, and answers when that is on disk. */
export async function writeItem({ items }: DynamoDb, action: ItemAction, report: WriteReport): Promise<object> {
  const { table } = action;
  const { before, after, capacity } = await items.transact(
    [action.ref],
    ([found]): { writes: ReturnType<typeof table.writesOf>; result: Written } => {
      const old = found && table.itemOf(found);
      const next = outcomeOf(action, old);
      return {
        writes: table.writesOf(old, next),
        result: { before: old, after: next, capacity: writeCapacity(table, old, next) },
      };
    },
  );
  const attributes = returned(action, report.ReturnValues as ReturnValues, before, after);
  return {
    ...(attributes && Object.keys(attributes).length > 0 ? { Attributes: attributes } : {}),
    ...consumed(table, capacity, report.ReturnConsumedCapacity as CapacityReport),
    ...(report.ReturnItemCollectionMetrics === 'SIZE' ? collectionMetrics(action) : {}),
  };
}

/** Tables without local indexes have no item collections. */
export function collectionMetrics({ table, key }: ItemAction): { readonly ItemCollectionMetrics?: object } {
  if (![...table.indexes.values()].some(({ record }) => record.kind === 'local')) return {};
  const { name } = table.keys.partition;
  const value = attributeOf(key, name) as AttributeValue;
  return { ItemCollectionMetrics: { ItemCollectionKey: { [name]: value }, SizeEstimateRangeGB: COLLECTION_GB } };
}

function returned(
  { expressions }: ItemAction,
  wanted: ReturnValues | undefined,
  before: Item | undefined,
  after: Item | undefined,
): Item | undefined {
  const paths = expressions.update?.paths ?? [];
  switch (wanted) {
    case 'ALL_OLD':
      return before;
    case 'ALL_NEW':
      return after;
    case 'UPDATED_OLD':
      return before && project(before, paths);
    case 'UPDATED_NEW':
      return after && project(after, paths);
    default:
      return undefined;
  }
}
