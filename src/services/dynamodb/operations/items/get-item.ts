import { readJsonMembers } from '../../../../wire/aws-json/json-members.ts';
import type { DynamoDbOperation } from '../../dynamodb-context.ts';
import { readExpressions } from '../../expressions/expressions.ts';
import { type CapacityReport, consumed, readUnits } from '../../items/capacity.ts';
import { checkKey, checkKeyPaths } from '../../items/key-checks.ts';
import { FLAG, READ_REPORT, REQUIRED, TABLE_NAME } from '../../items/request-members.ts';
import { itemSize } from '../../values/item-size.ts';
import { parseItem } from '../../values/parse-value.ts';

const MEMBERS = { TableName: TABLE_NAME, Key: REQUIRED, ConsistentRead: FLAG, ...READ_REPORT } as const;

/** GetItem. Every read sees the last write, and those that need not count half. */
export const getItem: DynamoDbOperation = async ({ items, tables }, input, context) => {
  const members = readJsonMembers(MEMBERS, input);
  const key = parseItem(members.Key);
  const { projection } = readExpressions(input, ['ProjectionExpression']);
  const table = tables.open(context, members.TableName);
  checkKey(table, key);
  if (projection) checkKeyPaths(table, projection.paths);
  const [found] = await items.get([table.refOf(key)]);
  const item = found && table.itemOf(found);
  const units = readUnits(item ? itemSize(item) : 0, members.ConsistentRead ? 'consistent' : 'eventual');
  return {
    ...(item ? { Item: projection ? projection.of(item) : item } : {}),
    ...consumed(table, { table: units, indexes: new Map() }, members.ReturnConsumedCapacity as CapacityReport),
  };
};
