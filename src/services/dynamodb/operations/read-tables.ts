import { readJsonMembers } from '../../../wire/aws-json/json-members.ts';
import type { DynamoDbOperation } from '../dynamodb-context.ts';
import { describeTable as described } from '../tables/describe.ts';
import { checkedTableName, TABLE } from '../tables/schema-rules.ts';

const LIST_MAX = 100;

/** DescribeTable. Sizes and counts are of this moment; AWS's are hours old. */
export const describeTable: DynamoDbOperation = async ({ tables, items }, given, context) => {
  const name = checkedTableName(readJsonMembers({ TableName: TABLE }, given).TableName);
  return { Table: await described(items, tables.named(context, name)) };
};

/** ListTables, in the order of names. */
export const listTables: DynamoDbOperation = async ({ tables }, given, context) => {
  const { Limit: limit = LIST_MAX, ExclusiveStartTableName: after } = readJsonMembers(
    {
      ExclusiveStartTableName: { type: 'text', charactersMin: 3, charactersMax: 255, pattern: '[a-zA-Z0-9_.-]+' },
      Limit: { type: 'integer', lowest: 1, highest: LIST_MAX },
    },
    given,
  );
  const names = tables.tables(context).map(({ name }) => name);
  const rest = after === undefined ? names : names.filter((name) => name > after);
  const page = rest.slice(0, limit);
  return { TableNames: page, ...(rest.length > limit ? { LastEvaluatedTableName: page.at(-1) } : {}) };
};

/** DescribeLimits: AWS's usual quotas; Lambkin holds nobody to them. */
export const describeLimits: DynamoDbOperation = async () => ({
  AccountMaxReadCapacityUnits: 80_000,
  AccountMaxWriteCapacityUnits: 80_000,
  TableMaxReadCapacityUnits: 40_000,
  TableMaxWriteCapacityUnits: 40_000,
});

/** DescribeEndpoints: the address by which the client came. */
export const describeEndpoints: DynamoDbOperation = async (_, __, { origin }) => ({
  Endpoints: [{ Address: new URL(origin).host, CachePeriodInMinutes: 1_440 }],
});
