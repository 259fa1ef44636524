import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  paginateQuery,
  paginateScan,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { clientOptions, startServer, type TestServer } from './server.ts';

// Items as an application has them: the document client, a server as a user starts it, kills in between.

const TableName = 'accounts';
let server: TestServer;
let documents: DynamoDBDocumentClient;

function connect(): void {
  documents = DynamoDBDocumentClient.from(new DynamoDBClient({ ...clientOptions(server), maxAttempts: 1 }));
}

async function killAndRestart(): Promise<void> {
  documents.destroy();
  await server.kill();
  server = await server.restart();
  connect();
}

before(async () => {
  server = await startServer();
  connect();
  await documents.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'at', AttributeType: 'N' },
        { AttributeName: 'owner', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'id', KeyType: 'HASH' },
        { AttributeName: 'at', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by-owner',
          KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  );
});

after(async () => {
  documents.destroy();
  assert.equal(await server.close(), 0, server.output());
});

test('documents go in and come out as they were, by key, by index and in pages', async () => {
  const document = {
    id: 'a',
    at: 1,
    owner: 'me',
    text: 'ü',
    flag: true,
    none: null,
    list: [1, 'two', { three: [3] }],
    tags: new Set(['x', 'y']),
    bytes: Uint8Array.of(0, 1, 255),
  };
  await documents.send(new PutCommand({ TableName, Item: document }));
  const { Item } = await documents.send(new GetCommand({ TableName, Key: { id: 'a', at: 1 } }));
  assert.deepEqual(Item, document);
  const { Items } = await documents.send(
    new QueryCommand({
      TableName,
      IndexName: 'by-owner',
      KeyConditionExpression: '#o = :me',
      ExpressionAttributeNames: { '#o': 'owner' },
      ExpressionAttributeValues: { ':me': 'me' },
    }),
  );
  assert.deepEqual(Items, [document]);
  for (let at = 0; at < 100; at += 25)
    await documents.send(
      new BatchWriteCommand({
        RequestItems: {
          [TableName]: Array.from({ length: 25 }, (_, index) => ({ PutRequest: { Item: { id: 'many', at: at + index } } })),
        },
      }),
    );
  const read: unknown[] = [];
  const query = { TableName, KeyConditionExpression: 'id = :id', ExpressionAttributeValues: { ':id': 'many' } };
  for await (const page of paginateQuery({ client: documents, pageSize: 7 }, query))
    read.push(...(page.Items ?? []).map(({ at }) => at as unknown));
  assert.deepEqual(
    read,
    Array.from({ length: 100 }, (_, at) => at),
  );
  let count = 0;
  for await (const page of paginateScan({ client: documents, pageSize: 9 }, { TableName })) count += page.Count ?? 0;
  assert.equal(count, 101);
  await documents.send(new DeleteCommand({ TableName, Key: { id: 'a', at: 1 } }));
});

test('what was answered is there after a kill, and nothing is counted twice', async () => {
  const Key = { id: 'counter', at: 0 };
  let [asked, answered] = [0, 0];
  const add = async (): Promise<void> => {
    asked += 1;
    await documents.send(
      new UpdateCommand({ TableName, Key, UpdateExpression: 'ADD n :one', ExpressionAttributeValues: { ':one': 1 } }),
    );
    answered += 1;
  };
  for (let round = 0; round < 2; round += 1) {
    let isOver = false;
    const writers = Array.from({ length: 16 }, async () => {
      while (!isOver) await add();
    });
    const all = Promise.allSettled(writers);
    while (answered < (round + 1) * 60) await add();
    const killed = killAndRestart();
    isOver = true;
    await Promise.all([all, killed]);
    const { Item } = await documents.send(new GetCommand({ TableName, Key }));
    const n = Item?.['n'] as number;
    assert.ok(n >= answered && n <= asked, `${answered} answered, ${n} counted, ${asked} asked`);
  }
});

test('a transaction that is sent again after a kill is done once', async () => {
  const transfer = () =>
    documents.send(
      new TransactWriteCommand({
        ClientRequestToken: 'transfer-1',
        TransactItems: ['from', 'to'].map((id) => ({
          Update: {
            TableName,
            Key: { id, at: 0 },
            UpdateExpression: 'ADD balance :by',
            ExpressionAttributeValues: { ':by': id === 'to' ? 10 : -10 },
          },
        })),
      }),
    );
  await transfer();
  await killAndRestart();
  await transfer();
  for (const [id, balance] of [
    ['from', -10],
    ['to', 10],
  ] as const) {
    const { Item } = await documents.send(new GetCommand({ TableName, Key: { id, at: 0 } }));
    assert.equal(Item?.['balance'], balance);
  }
});
