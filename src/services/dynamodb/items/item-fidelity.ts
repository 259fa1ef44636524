import { done, type MemberRows, type OperationFidelity, refused } from '../../../model/fidelity.ts';
import { built, refusedOperations } from '../../../wire/fidelity/service-fidelity.ts';

const PLACEHOLDERS = 'ExpressionAttributeNames ExpressionAttributeValues';
const CONDITION = `ConditionExpression ${PLACEHOLDERS} ReturnValuesOnConditionCheckFailure`;
const WRITE = `TableName ${CONDITION} ReturnValues ReturnConsumedCapacity ReturnItemCollectionMetrics`;
const READ = `TableName IndexName Select Limit ExclusiveStartKey ReturnConsumedCapacity ProjectionExpression FilterExpression ${PLACEHOLDERS}`;
const CONSISTENT = done('ConsistentRead', 'every read of a table sees the last write; those that need not count half');

/** What came before expressions, by what took its place; also with values that look empty and are not, as `Exists: false`. */
const legacy = (names: string, instead: string): MemberRows =>
  refused(names, `it is legacy; use ${instead} in its stead`, () => true);
const LEGACY_WRITE = legacy('Expected ConditionalOperator', 'ConditionExpression');
const LEGACY_READ = legacy('AttributesToGet', 'ProjectionExpression');

/** What is done of the operations on items. */
export const ITEM_OPERATIONS: Readonly<Record<string, OperationFidelity>> = {
  BatchGetItem: built('RequestItems ReturnConsumedCapacity'),
  BatchWriteItem: built('RequestItems ReturnConsumedCapacity ReturnItemCollectionMetrics'),
  DeleteItem: built(`Key ${WRITE}`, LEGACY_WRITE),
  GetItem: built('TableName Key ReturnConsumedCapacity ProjectionExpression ExpressionAttributeNames', CONSISTENT, LEGACY_READ),
  PutItem: built(`Item ${WRITE}`, LEGACY_WRITE),
  Query: built(
    `KeyConditionExpression ScanIndexForward ${READ}`,
    CONSISTENT,
    LEGACY_READ,
    legacy('KeyConditions', 'KeyConditionExpression'),
    legacy('QueryFilter ConditionalOperator', 'FilterExpression'),
  ),
  Scan: built(
    `Segment TotalSegments ${READ}`,
    CONSISTENT,
    LEGACY_READ,
    legacy('ScanFilter ConditionalOperator', 'FilterExpression'),
  ),
  TransactGetItems: built('TransactItems ReturnConsumedCapacity'),
  TransactWriteItems: built('TransactItems ClientRequestToken ReturnConsumedCapacity ReturnItemCollectionMetrics'),
  UpdateItem: built(`Key UpdateExpression ${WRITE}`, LEGACY_WRITE, legacy('AttributeUpdates', 'UpdateExpression')),
  ...refusedOperations('BatchExecuteStatement ExecuteStatement ExecuteTransaction', 'there is no PartiQL'),
};

/** The structures that those are made of. */
export const ITEM_STRUCTURES: Readonly<Record<string, MemberRows>> = {
  AttributeValue: done('S N B SS NS BS M L NULL BOOL'),
  ConditionCheck: done(`Key TableName ${CONDITION}`),
  Delete: done(`Key TableName ${CONDITION}`),
  DeleteRequest: done('Key'),
  Get: done('Key TableName ProjectionExpression ExpressionAttributeNames'),
  KeysAndAttributes: {
    ...done('Keys ProjectionExpression ExpressionAttributeNames'),
    ...CONSISTENT,
    ...LEGACY_READ,
  },
  Put: done(`Item TableName ${CONDITION}`),
  PutRequest: done('Item'),
  TransactGetItem: done('Get'),
  TransactWriteItem: done('ConditionCheck Put Delete Update'),
  Update: done(`Key UpdateExpression TableName ${CONDITION}`),
  WriteRequest: done('PutRequest DeleteRequest'),
};
