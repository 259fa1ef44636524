import type { ItemWrite, StoredItem } from '../../../../ports/item-store.ts';
import { readJsonMembers } from '../../../../wire/aws-json/json-members.ts';
import type { DynamoDb, DynamoDbOperation } from '../../dynamodb-context.ts';
import { checkCount } from '../../items/batch-requests.ts';
import { type Capacity, consumedCapacity, sumOf, writeCapacity } from '../../items/capacity.ts';
import { type ItemAction, isOfAction, outcomeOf } from '../../items/item-actions.ts';
import { type CancellationReason, transactionCancelled } from '../../items/item-errors.ts';
import { refId } from '../../items/item-refs.ts';
import { WRITE_REPORT } from '../../items/request-members.ts';
import { readAction, reasonOf } from '../../items/transact-actions.ts';
import { transactionToken, type TransactionToken } from '../../items/transaction-tokens.ts';
import { validation } from '../../values/validation.ts';
import { collectionMetrics } from './write-item.ts';

const ACTIONS_MAX = 100;
const BYTES_MAX = 4_194_304;
const MEMBERS = {
  TransactItems: { type: 'list', of: { type: 'any' }, countMin: 1, countMax: Infinity, required: true },
  ClientRequestToken: { type: 'text', charactersMin: 1, charactersMax: 36 },
  ...WRITE_REPORT,
} as const;
const NONE: CancellationReason = { Code: 'None' };

/** TransactWriteItems: all actions or none, and once for a token. */
export const transactWriteItems: DynamoDbOperation = async (dynamodb, input, context) => {
  const members = readJsonMembers(MEMBERS, input);
  checkCount('transactItems', members.TransactItems.length, ACTIONS_MAX);
  const read = members.TransactItems.map((given) => readAction(dynamodb, given, context));
  if (read.some((each) => 'Code' in each)) throw transactionCancelled(read.map((each) => ('Code' in each ? each : NONE)));
  const actions = read as readonly ItemAction[];
  if (new Set(actions.map(({ ref }) => refId(ref))).size < actions.length)
    throw validation('Transaction request cannot include multiple operations on one item');
  if (Buffer.byteLength(JSON.stringify(members.TransactItems)) > BYTES_MAX)
    throw validation('Transaction request cannot be larger than 4 MB');
  const token = transactionToken(dynamodb, context, members.ClientRequestToken, members.TransactItems);
  const capacities = await commit(dynamodb, actions, token);
  return {
    ...capacityOf(actions, capacities, members.ReturnConsumedCapacity),
    ...collectionsOf(actions, members.ReturnItemCollectionMetrics),
  };
};

async function commit(
  { items }: DynamoDb,
  actions: readonly ItemAction[],
  token: TransactionToken | undefined,
): Promise<readonly Capacity[]> {
  const refs = [...(token ? [token.ref] : []), ...actions.map(({ ref }) => ref)];
  return items.transact(refs, (found) => {
    const stored = token ? found.slice(1) : found;
    if (token?.isKnown(found[0])) return { writes: [], result: [] };
    const { writes, capacities } = decide(actions, stored);
    return { writes: [...(token ? [token.write] : []), ...writes], result: capacities };
  });
}

function decide(
  actions: readonly ItemAction[],
  stored: readonly (StoredItem | undefined)[],
): { readonly writes: readonly ItemWrite[]; readonly capacities: readonly Capacity[] } {
  const writes: ItemWrite[] = [];
  const capacities: Capacity[] = [];
  const reasons = actions.map((action, index): CancellationReason => {
    const { table } = action;
    const found = stored[index];
    const before = found && table.itemOf(found);
    try {
      const after = outcomeOf(action, before);
      writes.push(...table.writesOf(before, after));
      capacities.push(writeCapacity(table, before, after, 2));
      return NONE;
    } catch (error) {
      if (!isOfAction(error)) throw error;
      return reasonOf(error);
    }
  });
  if (reasons.some((reason) => reason !== NONE)) throw transactionCancelled(reasons);
  return { writes, capacities };
}

/** One entry for each table. A transaction that was done before has used nothing now. */
function capacityOf(
  actions: readonly ItemAction[],
  capacities: readonly Capacity[],
  report: string | undefined,
): { readonly ConsumedCapacity?: readonly object[] } {
  if (report !== 'TOTAL' && report !== 'INDEXES') return {};
  const tables = [...new Set(actions.map(({ table }) => table))];
  return {
    ConsumedCapacity: tables.map((table) => {
      const own = capacities.filter((_, index) => actions[index]?.table === table);
      return consumedCapacity(table, sumOf(own), report, 'WriteCapacityUnits');
    }),
  };
}

function collectionsOf(actions: readonly ItemAction[], report: string | undefined): { readonly ItemCollectionMetrics?: object } {
  const collections: Record<string, object[]> = {};
  for (const action of report === 'SIZE' ? actions : []) {
    const { ItemCollectionMetrics } = collectionMetrics(action);
    if (ItemCollectionMetrics) (collections[action.table.name] ??= []).push(ItemCollectionMetrics);
  }
  return Object.keys(collections).length > 0 ? { ItemCollectionMetrics: collections } : {};
}
