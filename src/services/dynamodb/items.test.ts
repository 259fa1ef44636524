import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { openDynamoDb } from './dynamodb-fixture.ts';

type Attributes = Record<string, AttributeValue>;
const TableName = 'things';
const INVALID = 'One or more parameter values were invalid: ';

/** A table with a sort key, a sparse global index of two projections, a keys-only one, and a local index. */
async function openTable(t: TestContext): Promise<{ client: DynamoDBClient; endpoint: string }> {
  const { client, endpoint } = await openDynamoDb(t);
  const key = (hash: string, range: string) => [
    { AttributeName: hash, KeyType: 'HASH' as const },
    { AttributeName: range, KeyType: 'RANGE' as const },
  ];
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'N' },
        { AttributeName: 'g', AttributeType: 'S' },
        { AttributeName: 'w', AttributeType: 'B' },
      ],
      KeySchema: key('pk', 'sk'),
      GlobalSecondaryIndexes: [
        { IndexName: 'all', KeySchema: key('g', 'sk'), Projection: { ProjectionType: 'ALL' } },
        { IndexName: 'keys', KeySchema: [key('g', 'sk')[0] as never], Projection: { ProjectionType: 'KEYS_ONLY' } },
        {
          IndexName: 'some',
          KeySchema: key('g', 'w'),
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['x'] },
        },
      ],
      LocalSecondaryIndexes: [{ IndexName: 'local', KeySchema: key('pk', 'w'), Projection: { ProjectionType: 'KEYS_ONLY' } }],
    }),
  );
  await client.send(
    new CreateTableCommand({
      TableName: 'simple',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  return { client, endpoint };
}

const put = (client: DynamoDBClient, Item: Attributes, table = TableName) =>
  client.send(new PutItemCommand({ TableName: table, Item }));
const fails = async (call: Promise<unknown>, name: string, message: string): Promise<void> => {
  await assert.rejects(call, (error: Error) => {
    assert.deepEqual([error.name, error.message], [name, message]);
    return true;
  });
};
const item = (pk: string, sk: number, more: Attributes = {}): Attributes => ({ pk: { S: pk }, sk: { N: String(sk) }, ...more });
const key = (pk: string, sk: number): Attributes => item(pk, sk);

test('items are put, read, replaced and deleted, and what was there before is answered', async (t) => {
  const { client } = await openTable(t);
  const everything: Attributes = item('a', 1, {
    s: { S: '' },
    n: { N: '12345678901234567890123456789012345678' },
    b: { B: Uint8Array.of(0, 255) },
    yes: { BOOL: true },
    no: { NULL: true },
    list: { L: [{ S: 'x' }, { M: { y: { N: '1' } } }] },
    ss: { SS: ['p', 'q'] },
    ns: { NS: ['1', '2.5'] },
    bs: { BS: [Uint8Array.of(122)] },
    ['__proto__x']: { S: 'odd' },
  });
  assert.equal((await put(client, everything)).Attributes, undefined);
  const { Item } = await client.send(new GetItemCommand({ TableName, Key: key('a', 1) }));
  assert.deepEqual(JSON.parse(JSON.stringify(Item)), JSON.parse(JSON.stringify(everything)));
  const replaced = await client.send(new PutItemCommand({ TableName, Item: item('a', 1), ReturnValues: 'ALL_OLD' }));
  assert.equal(replaced.Attributes?.['n']?.N, everything['n']?.N);
  const gone = await client.send(new DeleteItemCommand({ TableName, Key: key('a', 1), ReturnValues: 'ALL_OLD' }));
  assert.deepEqual(gone.Attributes, item('a', 1));
  const again = await client.send(new DeleteItemCommand({ TableName, Key: key('a', 1), ReturnValues: 'ALL_OLD' }));
  assert.equal(again.Attributes, undefined);
  const none = await client.send(new GetItemCommand({ TableName, Key: key('a', 1) }));
  assert.equal(none.Item, undefined);
});

test('conditions decide, and a failed one is answered with the item where that is asked for', async (t) => {
  const { client } = await openTable(t);
  const create = { TableName, Item: item('a', 1, { v: { N: '1' } }), ConditionExpression: 'attribute_not_exists(pk)' };
  await client.send(new PutItemCommand(create));
  await fails(client.send(new PutItemCommand(create)), 'ConditionalCheckFailedException', 'The conditional request failed');
  await assert.rejects(
    client.send(new PutItemCommand({ ...create, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })),
    (error: Error & { Item?: Attributes }) => {
      assert.deepEqual(error.Item, item('a', 1, { v: { N: '1' } }));
      return true;
    },
  );
  const remove = (v: string) =>
    client.send(
      new DeleteItemCommand({
        TableName,
        Key: key('a', 1),
        ConditionExpression: 'v = :v',
        ExpressionAttributeValues: { ':v': { N: v } },
      }),
    );
  await fails(remove('2'), 'ConditionalCheckFailedException', 'The conditional request failed');
  await remove('1.0');
});

test('updates make items and change them, and answer with what was asked for', async (t) => {
  const { client } = await openTable(t);
  const update = async (UpdateExpression: string, ReturnValues: 'ALL_NEW' | 'ALL_OLD' | 'UPDATED_NEW' | 'UPDATED_OLD') =>
    (
      await client.send(
        new UpdateItemCommand({
          TableName,
          Key: key('a', 1),
          UpdateExpression,
          ReturnValues,
          ExpressionAttributeValues: { ':v': { N: '5' } },
        }),
      )
    ).Attributes;
  assert.deepEqual(await update('ADD n :v', 'ALL_NEW'), item('a', 1, { n: { N: '5' } }));
  assert.deepEqual(await update('ADD n :v', 'UPDATED_NEW'), { n: { N: '10' } });
  assert.deepEqual(await update('SET n = n - :v, m = n', 'UPDATED_OLD'), { n: { N: '10' } });
  assert.deepEqual(await update('SET k = :v', 'UPDATED_OLD'), undefined);
  assert.deepEqual(
    await update('REMOVE k SET n = :v', 'ALL_OLD'),
    item('a', 1, { n: { N: '5' }, m: { N: '10' }, k: { N: '5' } }),
  );
  const bare = await client.send(new UpdateItemCommand({ TableName, Key: key('b', 1), ReturnValues: 'ALL_NEW' }));
  assert.deepEqual(bare.Attributes, item('b', 1));
});

test('a hundred counts at once are all counted', async (t) => {
  const { client } = await openTable(t);
  const count = () =>
    client.send(
      new UpdateItemCommand({
        TableName,
        Key: key('a', 1),
        UpdateExpression: 'ADD n :v',
        ExpressionAttributeValues: { ':v': { N: '1' } },
      }),
    );
  await Promise.all(Array.from({ length: 100 }, count));
  const { Item } = await client.send(new GetItemCommand({ TableName, Key: key('a', 1), ConsistentRead: true }));
  assert.equal(Item?.['n']?.N, '100');
});

test("requests that break rules are refused in AWS's words", async (t) => {
  const { client } = await openTable(t);
  const schema = 'The provided key element does not match the schema';
  const empty =
    'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk';
  const get = (Key: Attributes) => () => client.send(new GetItemCommand({ TableName, Key }));
  const set = (UpdateExpression: string, value: AttributeValue) => () =>
    client.send(
      new UpdateItemCommand({ TableName, Key: key('a', 1), UpdateExpression, ExpressionAttributeValues: { ':v': value } }),
    );
  const query =
    (KeyConditionExpression: string, values: Attributes, more: object = {}) =>
    () =>
      client.send(new QueryCommand({ TableName, KeyConditionExpression, ExpressionAttributeValues: values, ...more }));
  const scan = (more: object) => () => client.send(new ScanCommand({ TableName, ...more }));
  const a = { ':a': { S: 'a' } };
  const cases: readonly (readonly [call: () => Promise<unknown>, message: string])[] = [
    [() => put(client, { pk: { S: 'a' } }), `${INVALID}Missing the key sk in the item`],
    [() => put(client, {}), `${INVALID}Missing the key pk in the item`],
    [() => put(client, { ...item('a', 1), sk: { S: '1' } }), `${INVALID}Type mismatch for key sk expected: N actual: S`],
    [() => put(client, item('', 1)), empty],
    [() => put(client, item('x'.repeat(2_049), 1)), `${INVALID}Size of hashkey has exceeded the maximum size limit of2048 bytes`],
    [
      () => put(client, item('a', 1, { g: { N: '1' } })),
      `${INVALID}Type mismatch for Index Key g Expected: S Actual: N IndexName: all`,
    ],
    [
      () => put(client, item('a', 1, { g: { S: '' } })),
      'One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: all, IndexKey: g',
    ],
    [() => put(client, item('a', 1, { x: { S: 'x'.repeat(409_600) } })), 'Item size has exceeded the maximum allowed size'],
    [() => put(client, item('a', 1, { x: { N: 'x' } })), 'The parameter cannot be converted to a numeric value: x'],
    [
      () => client.send(new PutItemCommand({ TableName, Item: item('a', 1), ReturnValues: 'ALL_NEW' })),
      'Return values set to invalid value',
    ],
    [
      () => client.send(new DeleteItemCommand({ TableName, Key: key('a', 1), ReturnValues: 'UPDATED_OLD' })),
      'Return values set to invalid value',
    ],
    [
      () => client.send(new PutItemCommand({ TableName, Item: item('a', 1), ReturnValues: 'X' as never })),
      "1 validation error detected: Value 'X' at 'returnValues' failed to satisfy constraint: Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]",
    ],
    [get({ pk: { S: 'a' } }), schema],
    [get({ ...key('a', 1), x: { S: 'a' } }), schema],
    [get({ pk: { S: 'a' }, sk: { S: '1' } }), schema],
    [get(key('', 1)), empty],
    [set('SET pk = :v', { S: 'b' }), `${INVALID}Cannot update attribute pk. This attribute is part of the key`],
    [set('ADD sk :v', { N: '1' }), `${INVALID}Cannot update attribute sk. This attribute is part of the key`],
    [set('SET g = :v', { N: '1' }), `${INVALID}Type mismatch for Index Key g Expected: S Actual: N IndexName: all`],
    [
      set('SET g.a = :v', { N: '1' }),
      "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: IndexKey: g",
    ],
    [set('SET x = :v', { S: 'x'.repeat(409_600) }), 'Item size to update has exceeded the maximum allowed size'],
    [set('SET x.y = :v', { N: '1' }), 'The document path provided in the update expression is invalid for update'],
    [
      set('SET #n = :v', { N: '1' }),
      'Invalid UpdateExpression: An expression attribute name used in the document path is not defined; attribute name: #n',
    ],
    [
      () => client.send(new QueryCommand({ TableName })),
      'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
    ],
    [query('sk = :a', { ':a': { N: '1' } }), 'Query condition missed key schema element: pk'],
    [query('pk > :a', a), 'Query key condition not supported'],
    [query('pk = :a', { ':a': { N: '1' } }), `${INVALID}Condition parameter type does not match schema type`],
    [query('pk = :a AND x = :a', a), 'Query condition missed key schema element: sk'],
    [query('pk = :a AND sk = :a', a), `${INVALID}Condition parameter type does not match schema type`],
    [query('pk = :a', { ':a': { S: '' } }), empty],
    [query('pk = :a OR sk = :a', a), 'Invalid operator used in KeyConditionExpression: OR'],
    [query('pk = :a', a, { IndexName: 'nope' }), 'The table does not have the specified index: nope'],
    [
      query('g = :a', a, { IndexName: 'all', ConsistentRead: true }),
      'Consistent reads are not supported on global secondary indexes',
    ],
    [
      query('pk = :a', a, { FilterExpression: 'sk > :b', ExpressionAttributeValues: { ...a, ':b': { N: '1' } } }),
      'Filter Expression can only contain non-primary key attributes: Primary key attribute: sk',
    ],
    [
      query('pk = :a', a, { Limit: 0 }),
      "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [query('pk = :a', a, { ExclusiveStartKey: { pk: { S: 'a' } } }), 'The provided starting key is invalid'],
    [
      query('pk = :a', a, { ExclusiveStartKey: { pk: { S: 'a' }, sk: { S: '1' } } }),
      `The provided starting key is invalid: ${schema}`,
    ],
    [
      query('pk = :a', a, { ExclusiveStartKey: key('b', 1) }),
      'The provided starting key is outside query boundaries based on provided conditions',
    ],
    [
      query('pk = :a AND sk > :n', { ...a, ':n': { N: '5' } }, { ExclusiveStartKey: key('a', 1) }),
      'The provided starting key does not match the range key predicate',
    ],
    [
      query('pk = :a', a, { Select: 'SPECIFIC_ATTRIBUTES' }),
      `${INVALID}Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES`,
    ],
    [
      query('pk = :a', a, { Select: 'COUNT', ProjectionExpression: 'x' }),
      'Cannot specify the ProjectionExpression when choosing to get COUNT',
    ],
    [
      query('pk = :a', a, { Select: 'ALL_PROJECTED_ATTRIBUTES' }),
      `${INVALID}ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName`,
    ],
    [
      query('g = :a', a, { IndexName: 'keys', Select: 'ALL_ATTRIBUTES' }),
      `${INVALID}Select type ALL_ATTRIBUTES is not supported for global secondary index keys because its projection type is not ALL`,
    ],
    [
      query('g = :a', a, { IndexName: 'keys', ProjectionExpression: 'y' }),
      `${INVALID}Global secondary index keys does not project [y]`,
    ],
    [
      scan({ Segment: 0 }),
      'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
    ],
    [
      scan({ TotalSegments: 1 }),
      'The Segment parameter is required but was not present in the request when parameter TotalSegments is present',
    ],
    [
      scan({ Segment: 2, TotalSegments: 2 }),
      'The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 2 is not less than TotalSegments: 2',
    ],
    [scan({ FilterExpression: 'a' }), 'Invalid FilterExpression: Syntax error; token: "<EOF>", near: "a"'],
    [
      () => client.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [key('a', 1), key('a', 1)] } } })),
      'Provided list of item keys contains duplicates',
    ],
    [
      () =>
        client.send(
          new BatchWriteItemCommand({
            RequestItems: { [TableName]: [{ PutRequest: { Item: item('a', 1) } }, { DeleteRequest: { Key: key('a', 1) } }] },
          }),
        ),
      'Provided list of item keys contains duplicates',
    ],
    [
      () =>
        client.send(
          new BatchWriteItemCommand({
            RequestItems: {
              [TableName]: Array.from({ length: 25 }, (_, sk) => ({ PutRequest: { Item: item('a', sk) } })),
              simple: [{ PutRequest: { Item: { id: { S: 'a' } } } }],
            },
          }),
        ),
      'Too many items requested for the BatchWriteItem call',
    ],
    [
      () =>
        client.send(
          new TransactWriteItemsCommand({
            TransactItems: [{ Put: { TableName, Item: item('a', 1) } }, { Delete: { TableName, Key: key('a', 1) } }],
          }),
        ),
      'Transaction request cannot include multiple operations on one item',
    ],
    [
      () => client.send(new TransactWriteItemsCommand({ TransactItems: [{}] })),
      'TransactItems can only contain one of Check, Put, Update or Delete',
    ],
  ];
  for (const [call, message] of cases) await fails(call(), 'ValidationException', message);
  t.diagnostic(`${cases.length} requests`);
  await fails(
    client.send(new GetItemCommand({ TableName: 'nowhere', Key: key('a', 1) })),
    'ResourceNotFoundException',
    'Requested resource not found',
  );
});

test('legacy parameters and PartiQL are refused by name', async (t) => {
  const { endpoint } = await openTable(t);
  const legacy: readonly (readonly [operation: string, member: string, value: unknown])[] = [
    ['GetItem', 'AttributesToGet', ['a']],
    ['PutItem', 'Expected', { a: { Exists: false } }],
    ['PutItem', 'ConditionalOperator', 'AND'],
    ['DeleteItem', 'Expected', { a: { Exists: false, Value: { S: 'a' } } }],
    ['UpdateItem', 'AttributeUpdates', { a: { Action: 'PUT', Value: { S: 'a' } } }],
    ['UpdateItem', 'Expected', { a: { Value: { S: 'a' } } }],
    ['Query', 'KeyConditions', { pk: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'a' }] } }],
    ['Query', 'QueryFilter', { a: { ComparisonOperator: 'NULL' } }],
    ['Query', 'AttributesToGet', ['a']],
    ['Scan', 'ScanFilter', { a: { ComparisonOperator: 'NULL' } }],
    ['Scan', 'ConditionalOperator', 'OR'],
  ];
  const call = async (operation: string, body: object): Promise<{ __type: string; message: string }> => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': `DynamoDB_20120810.${operation}` },
      body: JSON.stringify(body),
    });
    return (await response.json()) as { __type: string; message: string };
  };
  for (const [operation, member, value] of legacy) {
    const { message } = await call(operation, { TableName, Key: key('a', 1), Item: item('a', 1), [member]: value });
    assert.match(message, new RegExp(`does not support ${member} `), operation);
  }
  for (const operation of ['ExecuteStatement', 'BatchExecuteStatement', 'ExecuteTransaction'])
    assert.match((await call(operation, {})).message, new RegExp(operation));
});

test('queries read a partition in order, in either direction and in pages', async (t) => {
  const { client } = await openTable(t);
  const numbers = [-20, -3, -1.5, 0, 0.5, 2, 10, 11, 100];
  for (const sk of numbers.toSorted(() => -1)) await put(client, item('a', sk, { even: { BOOL: sk % 2 === 0 } }));
  await put(client, item('b', 1));
  const query = async (condition = '', more: object = {}, values: Attributes = {}) =>
    client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: `pk = :pk${condition}`,
        ...more,
        ExpressionAttributeValues: { ':pk': { S: 'a' }, ...values },
      }),
    );
  const read = ({ Items = [] }: { Items?: Attributes[] }): number[] => Items.map(({ sk }) => Number(sk?.N));
  assert.deepEqual(read(await query()), numbers);
  assert.deepEqual(read(await query('', { ScanIndexForward: false })), numbers.toReversed());
  const ranges: readonly (readonly [string, Attributes, (sk: number) => boolean])[] = [
    [' AND sk < :v', { ':v': { N: '2' } }, (sk) => sk < 2],
    [' AND sk <= :v', { ':v': { N: '2' } }, (sk) => sk <= 2],
    [' AND sk > :v', { ':v': { N: '-3' } }, (sk) => sk > -3],
    [' AND :v <= sk', { ':v': { N: '-3' } }, (sk) => sk >= -3],
    [' AND sk = :v', { ':v': { N: '0.50' } }, (sk) => sk === 0.5],
    [' AND sk BETWEEN :v AND :w', { ':v': { N: '-2' }, ':w': { N: '10' } }, (sk) => sk >= -2 && sk <= 10],
  ];
  for (const [condition, values, isWanted] of ranges)
    for (const ScanIndexForward of [true, false]) {
      const wanted = numbers.filter(isWanted);
      assert.deepEqual(
        read(await query(condition, { ScanIndexForward }, values)),
        ScanIndexForward ? wanted : wanted.toReversed(),
      );
    }
  for (const ScanIndexForward of [true, false]) {
    const all: number[] = [];
    let ExclusiveStartKey: Attributes | undefined;
    let pages = 0;
    do {
      const page: { Items?: Attributes[]; LastEvaluatedKey?: Attributes } = await query('', {
        Limit: 3,
        ScanIndexForward,
        ExclusiveStartKey,
      });
      all.push(...read(page));
      ExclusiveStartKey = page.LastEvaluatedKey;
      pages += 1;
    } while (ExclusiveStartKey);
    // A full page does not know that it was the last.
    assert.equal(pages, 4);
    assert.deepEqual(all, ScanIndexForward ? numbers : numbers.toReversed());
  }
  const filtered = await query('', { FilterExpression: 'even = :e', Limit: 5 }, { ':e': { BOOL: true } });
  assert.deepEqual([filtered.Count, filtered.ScannedCount, filtered.LastEvaluatedKey], [2, 5, key('a', 0.5)]);
  const counted = await query('', { Select: 'COUNT' });
  assert.deepEqual([counted.Count, counted.ScannedCount, counted.Items], [9, 9, undefined]);
  const projected = await query(' AND sk = :v', { ProjectionExpression: 'sk' }, { ':v': { N: '2' } });
  assert.deepEqual(projected.Items, [{ sk: { N: '2' } }]);
});

test('a page ends at 1 MB', async (t) => {
  const { client } = await openTable(t);
  for (let sk = 0; sk < 5; sk += 1) await put(client, item('a', sk, { x: { S: 'x'.repeat(300_000) } }));
  const first = await client.send(
    new QueryCommand({ TableName, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': { S: 'a' } } }),
  );
  assert.deepEqual([first.Count, first.LastEvaluatedKey], [4, key('a', 3)]);
  const scanned = await client.send(new ScanCommand({ TableName, ExclusiveStartKey: key('a', 3) }));
  assert.deepEqual([scanned.Count, scanned.LastEvaluatedKey], [1, undefined]);
});

test('indexes have the items that have their keys, with the attributes that they project', async (t) => {
  const { client } = await openTable(t);
  const w = (byte: number): AttributeValue => ({ B: Uint8Array.of(byte) });
  const plain = (given: unknown): unknown => JSON.parse(JSON.stringify(given));
  await put(client, item('a', 1, { g: { S: 'G' }, w: w(255), x: { S: 'x1' }, y: { S: 'y1' } }));
  await put(client, item('b', 2, { g: { S: 'G' }, w: w(1), x: { S: 'x2' } }));
  await put(client, item('c', 3, { g: { S: 'G' } }));
  await put(client, item('d', 4));
  const query = async (IndexName: string, more: object = {}) =>
    client.send(
      new QueryCommand({
        TableName,
        IndexName,
        KeyConditionExpression: 'g = :g',
        ExpressionAttributeValues: { ':g': { S: 'G' } },
        ...more,
      }),
    );
  assert.deepEqual(
    (await query('all')).Items?.map(({ pk }) => pk?.S),
    ['a', 'b', 'c'],
  );
  assert.deepEqual((await query('keys')).Count, 3);
  assert.deepEqual(plain((await query('keys', { Limit: 1 })).Items?.[0]), {
    pk: (await query('keys')).Items?.[0]?.['pk'],
    sk: (await query('keys')).Items?.[0]?.['sk'],
    g: { S: 'G' },
  });
  const some = await query('some');
  assert.deepEqual(
    plain(some.Items),
    plain([item('b', 2, { g: { S: 'G' }, w: w(1), x: { S: 'x2' } }), item('a', 1, { g: { S: 'G' }, w: w(255), x: { S: 'x1' } })]),
  );
  const first = await query('some', { Limit: 1 });
  assert.deepEqual(plain(first.LastEvaluatedKey), plain({ ...key('b', 2), g: { S: 'G' }, w: w(1) }));
  const rest = await query('some', { ExclusiveStartKey: first.LastEvaluatedKey });
  assert.deepEqual(
    rest.Items?.map(({ pk }) => pk?.S),
    ['a'],
  );
  const local = {
    TableName,
    IndexName: 'local',
    KeyConditionExpression: 'pk = :p',
    ExpressionAttributeValues: { ':p': { S: 'a' } },
    ConsistentRead: true,
  };
  assert.deepEqual(plain((await client.send(new QueryCommand(local))).Items), plain([item('a', 1, { w: w(255) })]));
  const fetched = await client.send(new QueryCommand({ ...local, Select: 'ALL_ATTRIBUTES' }));
  assert.deepEqual(fetched.Items?.[0]?.['y'], { S: 'y1' });
  assert.deepEqual((await client.send(new ScanCommand({ TableName, IndexName: 'some' }))).Count, 2);
  await client.send(new UpdateItemCommand({ TableName, Key: key('a', 1), UpdateExpression: 'REMOVE g' }));
  assert.deepEqual(
    (await query('all')).Items?.map(({ pk }) => pk?.S),
    ['b', 'c'],
  );
  await client.send(new DeleteItemCommand({ TableName, Key: key('b', 2) }));
  assert.deepEqual((await query('some')).Count, 0);
});

test('segments of a scan have every item once', async (t) => {
  const { client } = await openTable(t);
  const names = Array.from({ length: 60 }, (_, index) => `p${index}`);
  for (let at = 0; at < names.length; at += 20)
    await client.send(
      new BatchWriteItemCommand({
        RequestItems: { [TableName]: names.slice(at, at + 20).map((pk) => ({ PutRequest: { Item: item(pk, 1) } })) },
      }),
    );
  const seen: (string | undefined)[] = [];
  for (let Segment = 0; Segment < 4; Segment += 1) {
    let ExclusiveStartKey: Attributes | undefined;
    do {
      const page: { Items?: Attributes[]; LastEvaluatedKey?: Attributes } = await client.send(
        new ScanCommand({ TableName, Segment, TotalSegments: 4, Limit: 7, ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}) }),
      );
      seen.push(...(page.Items ?? []).map(({ pk }) => pk?.S));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
  }
  assert.deepEqual(seen.toSorted(), names.toSorted());
});

test('batches read and write items of several tables', async (t) => {
  const { client } = await openTable(t);
  const written = await client.send(
    new BatchWriteItemCommand({
      RequestItems: {
        [TableName]: [{ PutRequest: { Item: item('a', 1, { x: { S: 'x' } }) } }, { PutRequest: { Item: item('a', 2) } }],
        simple: [{ PutRequest: { Item: { id: { S: 'i' } } } }],
      },
      ReturnConsumedCapacity: 'TOTAL',
    }),
  );
  assert.deepEqual(written.UnprocessedItems, {});
  assert.deepEqual(
    written.ConsumedCapacity?.map((each) => [each.TableName, each.CapacityUnits]),
    [
      [TableName, 2],
      ['simple', 1],
    ],
  );
  const read = await client.send(
    new BatchGetItemCommand({
      RequestItems: {
        [TableName]: {
          Keys: [key('a', 1), key('a', 2), key('a', 3)],
          ProjectionExpression: 'sk, #x',
          ExpressionAttributeNames: { '#x': 'x' },
        },
        simple: { Keys: [{ id: { S: 'i' } }], ConsistentRead: true },
      },
      ReturnConsumedCapacity: 'TOTAL',
    }),
  );
  assert.deepEqual(read.Responses, {
    [TableName]: [{ sk: { N: '1' }, x: { S: 'x' } }, { sk: { N: '2' } }],
    simple: [{ id: { S: 'i' } }],
  });
  assert.deepEqual(
    read.ConsumedCapacity?.map((each) => [each.TableName, each.CapacityUnits]),
    [
      [TableName, 1.5],
      ['simple', 1],
    ],
  );
  assert.deepEqual(read.UnprocessedKeys, {});
});

test('a batch whose answer would be larger than 16 MB leaves keys for another one', async (t) => {
  const { client } = await openTable(t);
  for (let sk = 0; sk < 45; sk += 5)
    await Promise.all(Array.from({ length: 5 }, (_, at) => put(client, item('a', sk + at, { x: { S: 'x'.repeat(400_000) } }))));
  const Keys = Array.from({ length: 45 }, (_, sk) => key('a', sk));
  const { Responses, UnprocessedKeys } = await client.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys } } }));
  assert.equal(Responses?.[TableName]?.length, 41);
  assert.deepEqual(UnprocessedKeys?.[TableName]?.Keys, Keys.slice(41));
});

test('transactions do all or nothing, and say why not', async (t) => {
  const { client } = await openTable(t);
  await put(client, item('a', 1, { v: { N: '1' } }));
  const values = { ':v': { N: '1' } };
  const move = (ConditionExpression: string) =>
    client.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Update: { TableName, Key: key('a', 1), UpdateExpression: 'ADD v :v', ExpressionAttributeValues: values } },
          { Put: { TableName, Item: item('a', 2) } },
          {
            ConditionCheck: {
              TableName: 'simple',
              Key: { id: { S: 'i' } },
              ConditionExpression,
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            },
          },
          { Delete: { TableName, Key: key('a', 3) } },
        ],
      }),
    );
  await assert.rejects(
    move('attribute_exists(id)'),
    (error: Error & { CancellationReasons?: { Code?: string; Message?: string }[] }) => {
      assert.equal(error.name, 'TransactionCanceledException');
      assert.equal(
        error.message,
        'Transaction cancelled, please refer cancellation reasons for specific reasons [None, None, ConditionalCheckFailed, None]',
      );
      assert.deepEqual(
        error.CancellationReasons?.map(({ Code }) => Code),
        ['None', 'None', 'ConditionalCheckFailed', 'None'],
      );
      assert.equal(error.CancellationReasons?.[2]?.Message, 'The conditional request failed');
      return true;
    },
  );
  assert.equal((await client.send(new ScanCommand({ TableName }))).Count, 1);
  await move('attribute_not_exists(id)');
  const { Responses } = await client.send(
    new TransactGetItemsCommand({
      TransactItems: [
        { Get: { TableName, Key: key('a', 1), ProjectionExpression: 'v' } },
        { Get: { TableName, Key: key('a', 2) } },
        { Get: { TableName, Key: key('a', 3) } },
      ],
    }),
  );
  assert.deepEqual(Responses, [{ Item: { v: { N: '2' } } }, { Item: item('a', 2) }, {}]);
  await assert.rejects(
    client.send(new TransactWriteItemsCommand({ TransactItems: [{ Delete: { TableName, Key: { pk: { S: 'a' } } } }] })),
    (error: Error & { CancellationReasons?: object[] }) => {
      assert.deepEqual(error.CancellationReasons, [
        { Code: 'ValidationError', Message: 'The provided key element does not match the schema' },
      ]);
      return true;
    },
  );
});

test('a transaction with a token is done once, and refused when it is another one', async (t) => {
  const { client } = await openTable(t);
  const add = (by: string) =>
    client.send(
      new TransactWriteItemsCommand({
        ClientRequestToken: 'token',
        TransactItems: [
          {
            Update: { TableName, Key: key('a', 1), UpdateExpression: 'ADD v :v', ExpressionAttributeValues: { ':v': { N: by } } },
          },
        ],
      }),
    );
  await Promise.all([add('1'), add('1'), add('1')]);
  await add('1');
  await assert.rejects(add('2'), { name: 'IdempotentParameterMismatchException' });
  assert.equal((await client.send(new GetItemCommand({ TableName, Key: key('a', 1) }))).Item?.['v']?.N, '1');
});

test('capacity is told by table and by index', async (t) => {
  const { client } = await openTable(t);
  const report = { ReturnConsumedCapacity: 'INDEXES' as const };
  const big = await client.send(
    new PutItemCommand({
      TableName,
      Item: item('a', 1, { g: { S: 'G' }, x: { S: 'x'.repeat(1_500) } }),
      ...report,
      ReturnItemCollectionMetrics: 'SIZE',
    }),
  );
  assert.deepEqual(big.ConsumedCapacity, {
    TableName,
    CapacityUnits: 5,
    Table: { CapacityUnits: 2 },
    GlobalSecondaryIndexes: { all: { CapacityUnits: 2 }, keys: { CapacityUnits: 1 } },
  });
  assert.deepEqual(big.ItemCollectionMetrics, { ItemCollectionKey: { pk: { S: 'a' } }, SizeEstimateRangeGB: [0, 1] });
  const read = async (ConsistentRead: boolean) =>
    (await client.send(new GetItemCommand({ TableName, Key: key('a', 1), ConsistentRead, ReturnConsumedCapacity: 'TOTAL' })))
      .ConsumedCapacity;
  assert.deepEqual(
    [await read(false), await read(true)],
    [
      { TableName, CapacityUnits: 0.5 },
      { TableName, CapacityUnits: 1 },
    ],
  );
  const query = await client.send(
    new QueryCommand({
      TableName,
      IndexName: 'all',
      KeyConditionExpression: 'g = :g',
      ExpressionAttributeValues: { ':g': { S: 'G' } },
      ...report,
    }),
  );
  assert.deepEqual(query.ConsumedCapacity, {
    TableName,
    CapacityUnits: 0.5,
    Table: { CapacityUnits: 0 },
    GlobalSecondaryIndexes: { all: { CapacityUnits: 0.5 } },
  });
  const transaction = await client.send(
    new TransactWriteItemsCommand({
      TransactItems: [{ Put: { TableName: 'simple', Item: { id: { S: 'a' } } } }],
      ReturnConsumedCapacity: 'TOTAL',
    }),
  );
  assert.deepEqual(transaction.ConsumedCapacity, [{ TableName: 'simple', CapacityUnits: 2, WriteCapacityUnits: 2 }]);
});
