import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { clientOptions, startServer, type TestServer } from './server.ts';
import { zip } from './zip.ts';

// Tables whose changes feed functions: official clients, real sandboxes, kills. What a function got is told by its log.

let server: TestServer;
let lambda: LambdaClient;
let dynamodb: DynamoDBClient;
let streams: DynamoDBStreamsClient;
let logs: CloudWatchLogsClient;

function connect(): void {
  const options = { ...clientOptions(server), maxAttempts: 1 };
  lambda = new LambdaClient(options);
  dynamodb = new DynamoDBClient(options);
  streams = new DynamoDBStreamsClient(options);
  logs = new CloudWatchLogsClient(options);
}

function disconnect(): void {
  for (const client of [lambda, dynamodb, streams, logs]) client.destroy();
}

before(async () => {
  server = await startServer();
  connect();
});

after(async () => {
  disconnect();
  assert.equal(await server.close(), 0, server.output());
});

const SOURCE = `
  export const handler = (event) => {
    for (const record of event.Records) console.log('RECORD ' + JSON.stringify({ ...record, startedMs: Date.now() }));
  };`;

interface LoggedRecord {
  readonly eventName: string;
  readonly eventSourceARN: string;
  readonly startedMs: number;
  readonly dynamodb: { readonly Keys: object; readonly NewImage?: Record<string, { S?: string; N?: string; B?: string }> };
}

async function makeFunction(FunctionName: string): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/test',
      Timeout: 2,
      Code: { ZipFile: await zip({ 'index.mjs': SOURCE }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 20, minDelay: 0.05 }, { FunctionName });
}

async function makeTable(TableName: string): Promise<string> {
  const { TableDescription } = await dynamodb.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    }),
  );
  return TableDescription?.LatestStreamArn ?? '';
}

async function map(FunctionName: string, EventSourceArn: string, more: object = {}): Promise<void> {
  const { UUID } = await lambda.send(
    new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn, StartingPosition: 'TRIM_HORIZON', ...more }),
  );
  while ((await lambda.send(new GetEventSourceMappingCommand({ UUID }))).State !== 'Enabled');
}

/** The records that a function has logged, once there are so many. */
async function logged(functionName: string, count: number): Promise<LoggedRecord[]> {
  for (let tries = 0; tries < 2_000; tries += 1) {
    const input = { logGroupName: `/aws/lambda/${functionName}`, filterPattern: '"RECORD {"' };
    const { events = [] } = await logs.send(new FilterLogEventsCommand(input)).catch(() => ({ events: [] }));
    if (events.length >= count)
      return events.map(({ message = '' }) => JSON.parse(message.slice(message.indexOf('{"'))) as LoggedRecord);
  }
  throw new Error(`${functionName} did not get ${count} records`);
}

test('a function gets each change of an item, in order, as AWS spells it', async () => {
  await makeFunction('changes');
  const arn = await makeTable('orders');
  await map('changes', arn);
  const Key = { id: { S: 'a' } };
  await dynamodb.send(
    new PutItemCommand({ TableName: 'orders', Item: { ...Key, n: { N: '1' }, b: { B: Buffer.from([1, 255]) } } }),
  );
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: 'orders',
      Key,
      UpdateExpression: 'SET n = n + :one REMOVE b',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    }),
  );
  await dynamodb.send(new DeleteItemCommand({ TableName: 'orders', Key }));
  const records = await logged('changes', 3);
  assert.deepEqual(
    records.map(({ eventName }) => eventName),
    ['INSERT', 'MODIFY', 'REMOVE'],
  );
  const [inserted, modified] = records;
  assert.deepEqual(inserted?.dynamodb.NewImage, { id: { S: 'a' }, n: { N: '1' }, b: { B: 'Af8=' } });
  assert.equal(modified?.dynamodb.NewImage?.['n']?.N, '2');
  assert.equal(inserted?.eventSourceARN, arn);
  const { eventName, eventVersion, eventSource, awsRegion, dynamodb: body } = inserted as unknown as Record<string, object>;
  assert.deepEqual([eventName, eventVersion, eventSource, awsRegion], ['INSERT', '1.1', 'aws:dynamodb', 'us-east-1']);
  assert.deepEqual(Object.keys(body ?? {}).toSorted(), [
    'ApproximateCreationDateTime',
    'Keys',
    'NewImage',
    'SequenceNumber',
    'SizeBytes',
    'StreamViewType',
  ]);
});

test('filters pass over what does not fit; a stream that is not there feeds nobody', async () => {
  await makeFunction('filtered');
  const arn = await makeTable('filtered');
  const Pattern = JSON.stringify({ eventName: ['INSERT'], dynamodb: { NewImage: { kind: { S: ['wanted'] } } } });
  await map('filtered', arn, { FilterCriteria: { Filters: [{ Pattern }] } });
  for (const [id, kind] of [
    ['1', 'other'],
    ['2', 'wanted'],
    ['3', 'other'],
    ['4', 'wanted'],
  ] as const)
    await dynamodb.send(new PutItemCommand({ TableName: 'filtered', Item: { id: { S: id }, kind: { S: kind } } }));
  const records = await logged('filtered', 2);
  assert.deepEqual(records.map((record) => record.dynamodb.NewImage?.['id']?.S).toSorted(), ['2', '4']);
  await assert.rejects(map('filtered', `${arn}9`), { message: `Stream not found: ${arn}9` });
});

test('a change is with its handler soon', async () => {
  await makeFunction('soon');
  await map('soon', await makeTable('soon'));
  const sentMs: number[] = [];
  for (let number = 0; number < 30; number += 1) {
    sentMs.push(Date.now());
    await dynamodb.send(
      new PutItemCommand({ TableName: 'soon', Item: { id: { S: `item-${number}` }, sentMs: { N: String(Date.now()) } } }),
    );
    await logged('soon', number + 1);
  }
  const records = await logged('soon', 30);
  const delaysMs = records.map((record) => record.startedMs - Number(record.dynamodb.NewImage?.['sentMs']?.N));
  const p50 = delaysMs.toSorted((a, b) => a - b)[15] ?? Infinity;
  console.log(`PutItem until the handler runs, on an idle stream: p50 ${p50} ms of ${delaysMs.length}`);
  assert.ok(p50 <= 500, `${p50} ms`);
});

test('after a kill nothing that was answered is lost, and every change is handled, per item in order', async () => {
  await makeFunction('killed');
  const arn = await makeTable('killed');
  await map('killed', arn);
  const answered = new Map<string, number>();
  const write = async (id: string): Promise<void> => {
    for (let number = 0; ; number += 1) {
      const Item = { id: { S: id }, n: { N: String(number) } };
      if (!(await dynamodb.send(new PutItemCommand({ TableName: 'killed', Item })).catch(() => undefined))) return;
      answered.set(id, number);
      if (number > 200) return;
    }
  };
  const writing = Promise.all(Array.from({ length: 8 }, (_, index) => write(`item-${index}`)));
  while ([...answered.values()].every((number) => number < 20)) await logged('soon', 1);
  await server.kill();
  await writing;
  disconnect();
  server = await server.restart();
  connect();
  for (const [id, number] of answered) {
    const { Item } = await dynamodb.send(
      new GetItemCommand({ TableName: 'killed', Key: { id: { S: id } }, ConsistentRead: true }),
    );
    assert.ok(Number(Item?.['n']?.N) >= number, `${id} has ${Item?.['n']?.N}, ${number} was answered`);
    answered.set(id, Number(Item?.['n']?.N));
  }
  const total = [...answered.values()].reduce((sum, number) => sum + number + 1, 0);
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: 'killed' }));
  assert.deepEqual([Table?.TableStatus, Table?.ItemCount, Table?.LatestStreamArn], ['ACTIVE', answered.size, arn]);
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: arn }));
  assert.equal(StreamDescription?.StreamStatus, 'ENABLED');
  let firsts: Map<string, number[]> = new Map();
  for (let tries = 0; tries < 500; tries += 1) {
    const seen = await logged('killed', Math.min(total, 1));
    firsts = new Map();
    for (const {
      dynamodb: { NewImage },
    } of seen) {
      const numbers = firsts.get(NewImage?.['id']?.S ?? '') ?? [];
      const number = Number(NewImage?.['n']?.N);
      if (!numbers.includes(number)) numbers.push(number);
      firsts.set(NewImage?.['id']?.S ?? '', numbers);
    }
    if ([...firsts.values()].reduce((sum, numbers) => sum + numbers.length, 0) >= total) break;
  }
  for (const [id, last] of answered)
    assert.deepEqual(
      firsts.get(id),
      Array.from({ length: last + 1 }, (_, number) => number),
      id,
    );
});
