import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { Random } from '../../../test/fuzz/random.ts';
import { openDynamoDb } from './dynamodb-fixture.ts';

// Requests on items with something wrong in a random place. None may be answered by an internal error.

const SEED = Number(process.env['LAMBKIN_TEST_SEED'] ?? Date.now() % 1_000_000);
const REQUESTS = 400;
const TableName = 'things';
const Key = { id: { S: 'a' } };
const placeholders = { ExpressionAttributeNames: { '#n': 'n' }, ExpressionAttributeValues: { ':v': { N: '1' } } };
const condition = { ConditionExpression: '#n = :v OR attribute_not_exists(n.a[0])', ...placeholders };
const action = { TableName, Key, ...condition };
const nested = (levels: number): unknown => JSON.parse(`${'{"M":{"a":'.repeat(levels)}{"S":"a"}${'}}'.repeat(levels)}`);

const RIGHT: Readonly<Record<string, object>> = {
  PutItem: {
    TableName,
    Item: { ...Key, n: { N: '1' }, l: { L: [{ SS: ['a'] }] } },
    ...condition,
    ReturnValues: 'ALL_OLD',
    ReturnConsumedCapacity: 'INDEXES',
  },
  GetItem: { TableName, Key, ConsistentRead: true, ProjectionExpression: 'a.b[0], #n', ExpressionAttributeNames: { '#n': 'n' } },
  DeleteItem: { ...action, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' },
  UpdateItem: {
    TableName,
    Key,
    UpdateExpression: 'SET #n = if_not_exists(#n, :v) + :v REMOVE q',
    ...placeholders,
    ReturnValues: 'UPDATED_NEW',
  },
  Query: {
    TableName,
    KeyConditionExpression: 'id = :i',
    FilterExpression: 'attribute_exists(n)',
    ExpressionAttributeValues: { ':i': { S: 'a' } },
    Limit: 5,
    ScanIndexForward: false,
    ExclusiveStartKey: Key,
    Select: 'COUNT',
  },
  Scan: { TableName, FilterExpression: '#n IN (:v, :v)', ...placeholders, Segment: 0, TotalSegments: 2, ExclusiveStartKey: Key },
  BatchGetItem: {
    RequestItems: { [TableName]: { Keys: [Key, { id: { S: 'b' } }], ProjectionExpression: 'id', ConsistentRead: false } },
    ReturnConsumedCapacity: 'TOTAL',
  },
  BatchWriteItem: {
    RequestItems: { [TableName]: [{ PutRequest: { Item: Key } }, { DeleteRequest: { Key: { id: { S: 'b' } } } }] },
  },
  TransactGetItems: { TransactItems: [{ Get: { TableName, Key, ProjectionExpression: 'id' } }] },
  TransactWriteItems: {
    ClientRequestToken: 'x',
    TransactItems: [
      { Put: { TableName, Item: { id: { S: 'p' } } } },
      { Update: { TableName, Key: { id: { S: 'u' } }, UpdateExpression: 'ADD #n :v', ...placeholders } },
      { Delete: { ...action, Key: { id: { S: 'd' } } } },
      { ConditionCheck: { ...action, Key: { id: { S: 'c' } } } },
    ],
  },
};
const JUNK: readonly unknown[] = [
  null,
  0,
  -1,
  1.5,
  1e300,
  true,
  '',
  'x',
  '\ud800',
  'a'.repeat(5_000),
  '((((',
  ':v = :v',
  '#n.#n.#n',
  [],
  [null],
  [[]],
  {},
  { S: 'a', N: '1' },
  { __proto__: 1 },
  { L: [null] },
  { M: null },
  { SS: [1] },
  { B: '!' },
  { N: '1e999999999' },
  nested(40),
  nested(500),
  Array.from({ length: 200 }, () => ({})),
];

/** The same with something else in one place, or one member more. */
function broken(value: unknown, random: Random): unknown {
  const isNode = typeof value === 'object' && value !== null;
  const names = isNode ? Object.keys(value) : [];
  if (names.length === 0 || random.chance(0.15)) return random.pick(JUNK);
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) };
  const at = random.pick(names);
  const inner = (copy as Record<string, unknown>)[at];
  if (random.chance(0.1) && !Array.isArray(copy)) delete copy[at];
  else if (random.chance(0.1) && !Array.isArray(copy))
    copy[random.pick(['__proto__', 'constructor', 'x', 'toString'])] = random.pick(JUNK);
  else (copy as Record<string, unknown>)[at] = broken(inner, random);
  return copy;
}

test(`${REQUESTS} broken requests on items are answered, none by an internal error`, async (t) => {
  t.diagnostic(`LAMBKIN_TEST_SEED=${SEED}`);
  const { client, endpoint } = await openDynamoDb(t);
  const random = new Random(SEED);
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  const call = async (
    operation: string,
    input: unknown,
    body = JSON.stringify(input),
  ): Promise<{ status: number; answer: unknown }> => {
    const headers = {
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      authorization:
        'AWS4-HMAC-SHA256 Credential=111122223333/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=x',
    };
    const response = await fetch(endpoint, { method: 'POST', headers, body });
    return { status: response.status, answer: await response.json() };
  };
  for (const [operation, input] of Object.entries(RIGHT)) {
    const { status, answer } = await call(operation, input);
    assert.ok(
      status === 200 || JSON.stringify(answer).includes('ConditionalCheckFailed'),
      `${operation} ${JSON.stringify(answer)}`,
    );
  }
  const statuses = new Map<number, number>();
  for (let count = 0; count < REQUESTS; count += 1) {
    const [operation, input] = random.pick(Object.entries(RIGHT));
    const wrong = broken(input, random);
    const { status, answer } = await call(operation, wrong);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    assert.ok(status < 500, `${operation} ${JSON.stringify(answer)} ${JSON.stringify(wrong).slice(0, 500)}`);
  }
  t.diagnostic(JSON.stringify([...statuses]));
  // Deeper than can be written as JSON again.
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  for (const [operation, input] of Object.entries(RIGHT))
    for (const name of Object.keys(input)) {
      const { status } = await call(operation, undefined, JSON.stringify({ ...input, [name]: 'DEEP' }).replace('"DEEP"', deep));
      assert.equal(status, 400, `${operation} ${name}`);
    }
});
