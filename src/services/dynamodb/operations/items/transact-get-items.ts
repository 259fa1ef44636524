import { readJsonMembers } from '../../../../wire/aws-json/json-members.ts';
import type { DynamoDbOperation, Input } from '../../dynamodb-context.ts';
import { readExpressions } from '../../expressions/expressions.ts';
import { checkCount } from '../../items/batch-requests.ts';
import { consumedCapacity, readUnits } from '../../items/capacity.ts';
import { isOfAction } from '../../items/item-actions.ts';
import { type CancellationReason, transactionCancelled } from '../../items/item-errors.ts';
import { refId } from '../../items/item-refs.ts';
import { checkKey, checkKeyPaths } from '../../items/key-checks.ts';
import { READ_REPORT, REQUIRED, TABLE_NAME } from '../../items/request-members.ts';
import { reasonOf } from '../../items/transact-actions.ts';
import { itemSize } from '../../values/item-size.ts';
import { parseItem } from '../../values/parse-value.ts';
import { validation } from '../../values/validation.ts';

const GETS_MAX = 100;
const MEMBERS = {
  TransactItems: {
    type: 'list',
    of: { type: 'structure', members: { Get: REQUIRED } },
    countMin: 1,
    countMax: Infinity,
    required: true,
  },
  ...READ_REPORT,
} as const;

/** TransactGetItems: items as they were all at one moment. */
export const transactGetItems: DynamoDbOperation = async ({ items, tables }, input, context) => {
  const members = readJsonMembers(MEMBERS, input);
  checkCount('transactItems', members.TransactItems.length, GETS_MAX);
  const reasons: CancellationReason[] = [];
  const gets = members.TransactItems.map(({ Get }) => {
    const read = readJsonMembers({ TableName: TABLE_NAME, Key: REQUIRED }, Get as Input);
    const key = parseItem(read.Key);
    const { projection } = readExpressions(Get as Input, ['ProjectionExpression']);
    const table = tables.open(context, read.TableName);
    try {
      checkKey(table, key);
      if (projection) checkKeyPaths(table, projection.paths);
      reasons.push({ Code: 'None' });
    } catch (error) {
      if (!isOfAction(error)) throw error;
      reasons.push(reasonOf(error));
    }
    return { table, key, projection };
  });
  if (reasons.some(({ Code }) => Code !== 'None')) throw transactionCancelled(reasons);
  const refs = gets.map(({ table, key }) => table.refOf(key));
  if (new Set(refs.map(refId)).size < refs.length)
    throw validation('Transaction request cannot include multiple operations on one item');
  const found = await items.get(refs);
  const read = gets.map((get, index) => {
    const stored = found[index];
    return { ...get, item: stored && get.table.itemOf(stored) };
  });
  const report = members.ReturnConsumedCapacity;
  const usedOf = (table: (typeof gets)[number]['table']): number =>
    read
      .filter((get) => get.table === table)
      .reduce((sum, { item }) => sum + readUnits(item ? itemSize(item) : 0, 'transaction'), 0);
  return {
    Responses: read.map(({ item, projection }) => (item ? { Item: projection ? projection.of(item) : item } : {})),
    ...(report === 'TOTAL' || report === 'INDEXES'
      ? {
          ConsumedCapacity: [...new Set(gets.map(({ table }) => table))].map((table) =>
            consumedCapacity(table, { table: usedOf(table), indexes: new Map() }, report, 'ReadCapacityUnits'),
          ),
        }
      : {}),
  };
};
