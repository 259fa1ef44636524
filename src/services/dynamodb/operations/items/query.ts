import { readJsonMembers } from '../../../../wire/aws-json/json-members.ts';
import type { DynamoDbOperation } from '../../dynamodb-context.ts';
import { readExpressions } from '../../expressions/expressions.ts';
import type { CapacityReport } from '../../items/capacity.ts';
import { attributesOf } from '../../items/key-checks.ts';
import { checkWithin, keyRange } from '../../items/key-range.ts';
import { answerPage, PAGE_BYTES_MAX, PAGE_ITEMS_MAX } from '../../items/read-page.ts';
import { checkWanted, readSource, type ReadSource, startPlace, type Wanted } from '../../items/read-source.ts';
import { ANY, FLAG, INDEX_NAME, READ_REPORT, SELECT, TABLE_NAME } from '../../items/request-members.ts';
import { validation } from '../../values/validation.ts';

const MEMBERS = {
  TableName: TABLE_NAME,
  IndexName: INDEX_NAME,
  Select: SELECT,
  Limit: { type: 'integer', lowest: 1, highest: 2_147_483_647 },
  ConsistentRead: FLAG,
  ScanIndexForward: FLAG,
  ExclusiveStartKey: ANY,
  KeyConditionExpression: ANY,
  ...READ_REPORT,
} as const;

/** Query. */
export const query: DynamoDbOperation = async ({ items, tables }, input, context) => {
  const members = readJsonMembers(MEMBERS, input);
  if (members.KeyConditionExpression === undefined)
    throw validation('Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.');
  const expressions = readExpressions(input, ['ProjectionExpression', 'FilterExpression', 'KeyConditionExpression']);
  const { keyTests = new Map() } = expressions;
  if (keyTests.size > 2) throw validation('Conditions can be of length 1 or 2 only');
  const isConsistent = members.ConsistentRead ?? false;
  const source = readSource(tables.open(context, members.TableName), members.IndexName, isConsistent);
  const wanted: Wanted = { ...expressions, ...(members.Select ? { select: members.Select } : {}) };
  const range = keyRange(source, keyTests);
  const start = members.ExclusiveStartKey === undefined ? undefined : startPlace(source, members.ExclusiveStartKey);
  if (start) checkWithin(source, start.key, keyTests);
  checkFilter(source, wanted);
  checkWanted(source, wanted);
  const page = await items.query({
    table: source.table.record.id,
    ...(source.index ? { index: source.index.record.id } : {}),
    ...range,
    descending: members.ScanIndexForward === false,
    ...(start ? { after: start.place } : {}),
    countMax: Math.min(members.Limit ?? PAGE_ITEMS_MAX, PAGE_ITEMS_MAX),
    bytesMax: PAGE_BYTES_MAX,
  });
  const capacity = members.ReturnConsumedCapacity as CapacityReport;
  return answerPage(source, page, wanted, { limit: members.Limit, isConsistent, capacity });
};

/** What is known of the key is to be asked for by the key condition. */
function checkFilter({ keys }: ReadSource, { filter }: Wanted): void {
  const names = new Set(filter?.paths.map(([name]) => name));
  for (const { name } of attributesOf(keys)) {
    if (names.has(name))
      throw validation(`Filter Expression can only contain non-primary key attributes: Primary key attribute: ${name}`);
  }
}
