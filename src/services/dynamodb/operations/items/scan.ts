import { readJsonMembers } from '../../../../wire/aws-json/json-members.ts';
import type { DynamoDbOperation } from '../../dynamodb-context.ts';
import { readExpressions } from '../../expressions/expressions.ts';
import type { CapacityReport } from '../../items/capacity.ts';
import { answerPage, PAGE_BYTES_MAX, PAGE_ITEMS_MAX } from '../../items/read-page.ts';
import { checkWanted, readSource, startPlace, type Wanted } from '../../items/read-source.ts';
import { ANY, FLAG, INDEX_NAME, READ_REPORT, SELECT, TABLE_NAME } from '../../items/request-members.ts';
import { validation } from '../../values/validation.ts';

const MEMBERS = {
  TableName: TABLE_NAME,
  IndexName: INDEX_NAME,
  Select: SELECT,
  Limit: { type: 'integer', lowest: 1, highest: 2_147_483_647 },
  ConsistentRead: FLAG,
  ExclusiveStartKey: ANY,
  Segment: { type: 'integer', lowest: 0, highest: 999_999 },
  TotalSegments: { type: 'integer', lowest: 1, highest: 1_000_000 },
  ...READ_REPORT,
} as const;

/** Scan, of the whole or of one of several segments. */
export const scan: DynamoDbOperation = async ({ items, tables }, input, context) => {
  const members = readJsonMembers(MEMBERS, input);
  const segments = segmentsOf(members.Segment, members.TotalSegments);
  const expressions = readExpressions(input, ['ProjectionExpression', 'FilterExpression']);
  const isConsistent = members.ConsistentRead ?? false;
  const source = readSource(tables.open(context, members.TableName), members.IndexName, isConsistent);
  const wanted: Wanted = { ...expressions, ...(members.Select ? { select: members.Select } : {}) };
  const start = members.ExclusiveStartKey === undefined ? undefined : startPlace(source, members.ExclusiveStartKey);
  checkWanted(source, wanted);
  const page = await items.scan({
    table: source.table.record.id,
    ...(source.index ? { index: source.index.record.id } : {}),
    ...segments,
    ...(start ? { after: start.place } : {}),
    countMax: Math.min(members.Limit ?? PAGE_ITEMS_MAX, PAGE_ITEMS_MAX),
    bytesMax: PAGE_BYTES_MAX,
  });
  const capacity = members.ReturnConsumedCapacity as CapacityReport;
  return answerPage(source, page, wanted, { limit: members.Limit, isConsistent, capacity });
};

function segmentsOf(
  segment: number | undefined,
  segments: number | undefined,
): { readonly segment?: number; readonly segments?: number } {
  if (segment === undefined && segments === undefined) return {};
  if (segments === undefined)
    throw validation(
      'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
    );
  if (segment === undefined)
    throw validation(
      'The Segment parameter is required but was not present in the request when parameter TotalSegments is present',
    );
  if (segment >= segments)
    throw validation(
      `The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: ${segment} is not less than TotalSegments: ${segments}`,
    );
  return { segment, segments };
}
