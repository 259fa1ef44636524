import { readJsonMembers } from '../../../wire/aws-json/json-members.ts';
import type { Change } from '../../../ports/metadata-store.ts';
import type { DynamoDbOperation } from '../dynamodb-context.ts';
import { dynamodbError } from '../dynamodb-errors.ts';
import { describeTable, statusOf } from '../tables/describe.ts';
import { checkedTableName, TABLE } from '../tables/schema-rules.ts';
import { leftoverKey, type LeftoverRecord, streamKey } from '../tables/table-record.ts';
import { validation } from '../values/validation.ts';

/** DeleteTable. Its name is free at once; the items are removed in the background, its stream can be read for a day. */
export const deleteTable: DynamoDbOperation = async (dynamodb, given, context) => {
  const nameOrArn = checkedTableName(readJsonMembers({ TableName: TABLE }, given).TableName);
  const { name, place } = dynamodb.tables.named(context, nameOrArn);
  return dynamodb.tables.inTurn(place, name, async () => {
    const table = dynamodb.tables.named(context, nameOrArn);
    const { record } = table;
    if (record.isProtected) {
      throw validation(
        'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
      );
    }
    if (statusOf(record) !== 'ACTIVE') {
      throw dynamodbError(
        'ResourceInUseException',
        `Attempt to change a resource which is still in use: Table is being updated: ${name}`,
      );
    }
    const description = await describeTable(dynamodb.items, table, 'DELETING');
    const leftover: LeftoverRecord = {
      tables: [record.id],
      indexes: [...record.indexes.map(({ id }) => id), ...(record.timeToLive ? [record.timeToLive.index] : [])],
    };
    const changes: Change[] = [{ put: leftoverKey(place, record.id), body: leftover }];
    await dynamodb.tables.remove(table, () => {
      const { stream } = record;
      return stream
        ? [...changes, { put: streamKey(stream), body: { ...stream, endSequence: dynamodb.items.lastSequence() } }]
        : changes;
    });
    dynamodb.workWaits();
    return { TableDescription: description };
  });
};
