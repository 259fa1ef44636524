import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import {
  type AttributeValue,
  CreateTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { openDynamoDb } from './dynamodb-fixture.ts';
import { CONDITION_ITEM, FALSE_CONDITIONS, TRUE_CONDITIONS, WRONG_CONDITIONS } from './expressions/condition-cases-fixture.ts';
import type { Given } from './expressions/expression-fixture.ts';
import { WRONG_KEY_CONDITIONS } from './expressions/key-condition-cases-fixture.ts';
import {
  RIGHT_PROJECTIONS,
  RIGHT_UPDATES,
  UNFIT_UPDATES,
  UPDATE_ITEM,
  WRONG_PROJECTIONS,
  WRONG_UPDATES,
} from './expressions/update-cases-fixture.ts';
import type { Item } from './values/attribute-value.ts';
import { item, type Plain } from './values/value-fixture.ts';

// The same tables of cases as beside the expressions, once more by the official client.

const TableName = 'things';
const Key = { id: { S: 'a' } };

/** Bytes as the client has them. */
function forClient(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(forClient);
  if (typeof value !== 'object' || value === null) return value;
  const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'base64'));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      if (name === 'B' && typeof inner === 'string') return [name, bytes(inner)];
      if (name === 'BS' && Array.isArray(inner) && inner.every((each) => typeof each === 'string'))
        return [name, inner.map(bytes)];
      return [name, forClient(inner)];
    }),
  );
}
const attributes = (of: Item): Record<string, AttributeValue> => forClient(of) as Record<string, AttributeValue>;

/** The members of a request for the placeholders. */
function placeholders(given: Given = {}): object {
  const of = (sign: string): Record<string, Plain> =>
    Object.fromEntries(Object.entries(given).filter(([name]) => name.startsWith(sign)));
  const [names, values] = [of('#'), of(':')];
  return {
    ...(Object.keys(names).length > 0 ? { ExpressionAttributeNames: names } : {}),
    ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: attributes(item(values)) } : {}),
  };
}

async function openTable(t: TestContext, Item: Item): Promise<DynamoDBClient> {
  const { client } = await openDynamoDb(t);
  const [AttributeDefinitions, KeySchema] = [
    [{ AttributeName: 'id', AttributeType: 'S' as const }],
    [{ AttributeName: 'id', KeyType: 'HASH' as const }],
  ];
  await client.send(new CreateTableCommand({ TableName, AttributeDefinitions, KeySchema, BillingMode: 'PAY_PER_REQUEST' }));
  await client.send(new PutItemCommand({ TableName, Item: attributes(Item) }));
  return client;
}

async function refused(call: Promise<unknown>, message: string): Promise<void> {
  await assert.rejects(call, (error: Error) => {
    assert.deepEqual([error.name, error.message], ['ValidationException', message]);
    return true;
  });
}

test(`${TRUE_CONDITIONS.length + FALSE_CONDITIONS.length + WRONG_CONDITIONS.length} conditions by the official client`, async (t) => {
  const client = await openTable(t, CONDITION_ITEM);
  for (const [cases, count] of [
    [TRUE_CONDITIONS, 1],
    [FALSE_CONDITIONS, 0],
  ] as const)
    for (const [FilterExpression, given] of cases) {
      const { Count } = await client.send(new ScanCommand({ TableName, FilterExpression, ...placeholders(given) }));
      assert.equal(Count, count, FilterExpression);
    }
  for (const [ConditionExpression, message, given] of WRONG_CONDITIONS)
    await refused(
      client.send(new PutItemCommand({ TableName, Item: Key, ConditionExpression, ...placeholders(given) })),
      `Invalid ConditionExpression: ${message}`,
    );
});

test(`${RIGHT_UPDATES.length + UNFIT_UPDATES.length + WRONG_UPDATES.length} updates by the official client`, async (t) => {
  const client = await openTable(t, item(UPDATE_ITEM));
  for (const [UpdateExpression, changes, given] of RIGHT_UPDATES) {
    // The client itself can't answer with an attribute of this name.
    if (Object.keys(changes).includes('__proto__')) continue;
    await client.send(new PutItemCommand({ TableName, Item: attributes(item(UPDATE_ITEM)) }));
    const { Attributes } = await client.send(
      new UpdateItemCommand({ TableName, Key, UpdateExpression, ReturnValues: 'ALL_NEW', ...placeholders(given) }),
    );
    const expected = Object.entries({ ...UPDATE_ITEM, ...changes }).filter(
      (entry): entry is [string, Plain] => entry[1] !== undefined,
    );
    assert.deepEqual(Attributes, attributes(item(Object.fromEntries(expected))), UpdateExpression);
  }
  await client.send(new PutItemCommand({ TableName, Item: attributes(item(UPDATE_ITEM)) }));
  for (const [UpdateExpression, message, given] of UNFIT_UPDATES)
    await refused(client.send(new UpdateItemCommand({ TableName, Key, UpdateExpression, ...placeholders(given) })), message);
  for (const [UpdateExpression, message, given] of WRONG_UPDATES)
    await refused(
      client.send(new UpdateItemCommand({ TableName, Key, UpdateExpression, ...placeholders(given) })),
      `${message.startsWith('Value provided') ? '' : 'Invalid UpdateExpression: '}${message}`,
    );
  const { Item } = await client.send(new GetItemCommand({ TableName, Key }));
  assert.deepEqual(Item, attributes(item(UPDATE_ITEM)));
});

test(`${RIGHT_PROJECTIONS.length + WRONG_PROJECTIONS.length} projections and ${WRONG_KEY_CONDITIONS.length} key conditions by the official client`, async (t) => {
  const client = await openTable(t, item(UPDATE_ITEM));
  for (const [ProjectionExpression, result, given] of RIGHT_PROJECTIONS) {
    const { Item } = await client.send(new GetItemCommand({ TableName, Key, ProjectionExpression, ...placeholders(given) }));
    assert.deepEqual(Item, attributes(item(result)), ProjectionExpression);
  }
  for (const [ProjectionExpression, message, given] of WRONG_PROJECTIONS)
    await refused(
      client.send(new GetItemCommand({ TableName, Key, ProjectionExpression, ...placeholders(given) })),
      `Invalid ProjectionExpression: ${message}`,
    );
  for (const [KeyConditionExpression, message, given] of WRONG_KEY_CONDITIONS)
    await refused(client.send(new QueryCommand({ TableName, KeyConditionExpression, ...placeholders(given) })), message);
});
