import { readJsonMembers } from '../../../../wire/aws-json/json-members.ts';
import type { DynamoDbOperation } from '../../dynamodb-context.ts';
import { readExpressions } from '../../expressions/expressions.ts';
import { deleteAction, putAction, updateAction } from '../../items/item-actions.ts';
import { REQUIRED, WRITE_MEMBERS } from '../../items/request-members.ts';
import { parseItem } from '../../values/parse-value.ts';
import { validation } from '../../values/validation.ts';
import { writeItem } from './write-item.ts';

/** PutItem. */
export const putItem: DynamoDbOperation = async (dynamodb, input, context) => {
  const members = readJsonMembers({ ...WRITE_MEMBERS, Item: REQUIRED }, input);
  const item = parseItem(members.Item);
  checkOldValues(members.ReturnValues);
  const expressions = readExpressions(input, ['ConditionExpression']);
  const table = dynamodb.tables.open(context, members.TableName);
  const showsFailed = members.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
  return writeItem(dynamodb, putAction(table, item, { expressions, showsFailed }), members);
};

/** DeleteItem. */
export const deleteItem: DynamoDbOperation = async (dynamodb, input, context) => {
  const members = readJsonMembers({ ...WRITE_MEMBERS, Key: REQUIRED }, input);
  const key = parseItem(members.Key);
  checkOldValues(members.ReturnValues);
  const expressions = readExpressions(input, ['ConditionExpression']);
  const table = dynamodb.tables.open(context, members.TableName);
  const showsFailed = members.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
  return writeItem(dynamodb, deleteAction(table, key, { expressions, showsFailed }), members);
};

/** UpdateItem. */
export const updateItem: DynamoDbOperation = async (dynamodb, input, context) => {
  const members = readJsonMembers({ ...WRITE_MEMBERS, Key: REQUIRED }, input);
  const key = parseItem(members.Key);
  const expressions = readExpressions(input, ['UpdateExpression', 'ConditionExpression']);
  const table = dynamodb.tables.open(context, members.TableName);
  const showsFailed = members.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
  return writeItem(dynamodb, updateAction(table, key, { expressions, showsFailed }), members);
};

/** Puts and deletions can only answer with what was there before. */
function checkOldValues(wanted: string | undefined): void {
  if (wanted !== undefined && wanted !== 'NONE' && wanted !== 'ALL_OLD') throw validation('Return values set to invalid value');
}
