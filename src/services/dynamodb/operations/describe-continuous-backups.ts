import { readJsonMembers } from '../../../wire/aws-json/json-members.ts';
import type { DynamoDbOperation } from '../dynamodb-context.ts';
import { checkedTableName, TABLE } from '../tables/schema-rules.ts';

/** DescribeContinuousBackups, which deployment tools ask of every table: there are none. */
export const describeContinuousBackups: DynamoDbOperation = async ({ tables }, given, context) => {
  tables.named(context, checkedTableName(readJsonMembers({ TableName: TABLE }, given).TableName));
  return {
    ContinuousBackupsDescription: {
      ContinuousBackupsStatus: 'DISABLED',
      PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'DISABLED' },
    },
  };
};
