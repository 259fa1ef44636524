import type { Locality } from '../../../model/arn.ts';
import { readJsonMembers } from '../../../wire/aws-json/json-members.ts';
import type { DynamoDb, DynamoDbOperation } from '../dynamodb-context.ts';
import { dynamodbError } from '../dynamodb-errors.ts';
import type { OpenTable } from '../tables/open-table.ts';
import { TAGS } from '../tables/schema-rules.ts';
import { checkedTags } from '../tables/table-tags.ts';
import type { TableTag } from '../tables/table-record.ts';
import { validation } from '../values/validation.ts';

const RESOURCE = { type: 'text', charactersMin: 1, charactersMax: 1_283, required: true } as const;
const KEYS_MAX = 1_000;
const PAGE = 10;

/** TagResource. */
export const tagResource: DynamoDbOperation = async (dynamodb, given, context) => {
  const input = readJsonMembers({ ResourceArn: RESOURCE, Tags: { ...TAGS, required: true } }, given);
  return retag(dynamodb, context, input.ResourceArn, (tags) => checkedTags(tags, input.Tags));
};

/** UntagResource. */
export const untagResource: DynamoDbOperation = async (dynamodb, given, context) => {
  const keys = { type: 'list', countMax: KEYS_MAX, of: { type: 'text' }, required: true } as const;
  const input = readJsonMembers({ ResourceArn: RESOURCE, TagKeys: keys }, given);
  return retag(dynamodb, context, input.ResourceArn, (tags) => tags.filter(({ Key }) => !input.TagKeys.includes(Key)));
};

/** ListTagsOfResource, ten at a time. */
export const listTagsOfResource: DynamoDbOperation = async (dynamodb, given, context) => {
  const input = readJsonMembers({ ResourceArn: RESOURCE, NextToken: { type: 'text' } }, given);
  const { tags } = tagged(dynamodb, context, input.ResourceArn).record;
  const start = input.NextToken === undefined ? 0 : Number(input.NextToken);
  if (!Number.isInteger(start) || start < 0) throw validation('Invalid NextToken');
  return {
    Tags: tags.slice(start, start + PAGE),
    ...(tags.length > start + PAGE ? { NextToken: String(start + PAGE) } : {}),
  };
};

async function retag(
  dynamodb: DynamoDb,
  context: Locality,
  arn: string,
  change: (tags: readonly TableTag[]) => readonly TableTag[],
): Promise<object> {
  const { name, place } = tagged(dynamodb, context, arn);
  return dynamodb.tables.inTurn(place, name, async () => {
    const { record } = tagged(dynamodb, context, arn);
    await dynamodb.tables.put(place, name, { ...record, tags: change(record.tags) }, () => []);
    return {};
  });
}

function tagged({ tables }: DynamoDb, context: Locality, arn: string): OpenTable {
  if (!/^arn:[^:]+:dynamodb:[^:]*:[^:]*:table\/[^/]+$/.test(arn))
    throw validation(`Invalid TableArn: Invalid ResourceArn provided as input ${arn}`);
  const table = tables.find(context, arn);
  if (!table) throw dynamodbError('ResourceNotFoundException', `Requested resource not found: ResourcArn: ${arn} not found`);
  return table;
}
