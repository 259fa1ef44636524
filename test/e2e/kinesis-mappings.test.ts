import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateStreamCommand,
  DescribeStreamConsumerCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  PutRecordCommand,
  PutRecordsCommand,
  RegisterStreamConsumerCommand,
  UpdateShardCountCommand,
} from '@aws-sdk/client-kinesis';
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  CreateFunctionCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { clientOptions, startServer, type TestServer } from './server.ts';
import { zip } from './zip.ts';

// Kinesis streams that feed functions: official clients, real sandboxes. What a function got is told by its log.

const ACCOUNT = '000000000000';
let server: TestServer;
let clients: { lambda: LambdaClient; kinesis: KinesisClient; logs: CloudWatchLogsClient; sqs: SQSClient };

function connect(): void {
  const options = { ...clientOptions(server), maxAttempts: 1 };
  clients = {
    lambda: new LambdaClient(options),
    kinesis: new KinesisClient(options),
    logs: new CloudWatchLogsClient(options),
    sqs: new SQSClient(options),
  };
}

function disconnect(): void {
  for (const client of Object.values(clients)) client.destroy();
}

before(async () => {
  server = await startServer();
  connect();
});

after(async () => {
  disconnect();
  assert.equal(await server.close(), 0, server.output());
});

/** A record as the function's log has it. */
interface Handled {
  readonly key: string;
  readonly data: string;
  readonly arn: string;
  readonly role: string;
  /** From arrival to the function. */
  readonly lateMs: number;
  /** When the function had it, to fractions of a millisecond. */
  readonly atMs: number;
}

/** Logs each record; fails those whose data begin with `bad`, of a batch all behind the first such one. */
const SOURCE = `
  export const handler = (event) => {
    const batchItemFailures = [];
    for (const { kinesis, eventSourceARN: arn, invokeIdentityArn: role } of event.Records) {
      const data = Buffer.from(kinesis.data, 'base64').toString();
      const atMs = performance.timeOrigin + performance.now();
      const lateMs = Date.now() - kinesis.approximateArrivalTimestamp * 1000;
      console.log('RECORD ' + JSON.stringify({ key: kinesis.partitionKey, data, arn, role, lateMs, atMs }));
      if (data.startsWith('bad')) {
        batchItemFailures.push({ itemIdentifier: kinesis.sequenceNumber });
        break;
      }
    }
    return { batchItemFailures };
  };`;

/** Puts each record into the stream `seen`, which a kill takes nothing of, as it may of logs. */
const WITNESS = `
  export const handler = async (event) => {
    for (const { kinesis } of event.Records) {
      const answer = await fetch(process.env.AWS_ENDPOINT_URL, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': 'Kinesis_20131202.PutRecord',
          authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=0',
        },
        body: JSON.stringify({ StreamName: 'seen', PartitionKey: kinesis.partitionKey, Data: kinesis.data }),
      });
      if (!answer.ok) throw new Error(await answer.text());
    }
  };`;

async function makeFunction(FunctionName: string, source = SOURCE): Promise<void> {
  await clients.lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: `arn:aws:iam::${ACCOUNT}:role/test`,
      Timeout: 5,
      Code: { ZipFile: await zip({ 'index.mjs': source }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: clients.lambda, maxWaitTime: 20, minDelay: 0.05 }, { FunctionName });
}

async function makeStream(StreamName: string, ShardCount = 1): Promise<string> {
  await clients.kinesis.send(new CreateStreamCommand({ StreamName, ShardCount }));
  await isActive(StreamName);
  return `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/${StreamName}`;
}

async function isActive(StreamName: string): Promise<void> {
  await until(async () => {
    const { StreamDescriptionSummary } = await clients.kinesis.send(new DescribeStreamSummaryCommand({ StreamName }));
    return StreamDescriptionSummary?.StreamStatus === 'ACTIVE';
  });
}

async function map(FunctionName: string, input: Partial<CreateEventSourceMappingCommandInput>): Promise<void> {
  const { UUID } = await clients.lambda.send(
    new CreateEventSourceMappingCommand({ FunctionName, StartingPosition: 'TRIM_HORIZON', ...input }),
  );
  await until(async () => (await clients.lambda.send(new GetEventSourceMappingCommand({ UUID }))).State === 'Enabled');
}

/** Asks until it is so; each asking is a request, so it does not spin. */
async function until(is: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 10_000; tries += 1) if (await is()) return;
  assert.fail('it did not become so');
}

/** What a function has handled until now, in the order in which it did; logs of several environments have none. */
async function handled(name: string): Promise<Handled[]> {
  const found: Handled[] = [];
  let nextToken: string | undefined;
  do {
    const page = await clients.logs
      .send(new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${name}`, filterPattern: '"RECORD"', nextToken }))
      .catch((error: Error) => {
        if (error.name !== 'ResourceNotFoundException') throw error;
      });
    for (const { message = '' } of page?.events ?? []) found.push(JSON.parse(message.slice(message.indexOf('{'))) as Handled);
    nextToken = page?.nextToken;
  } while (nextToken !== undefined);
  return found.toSorted((a, b) => a.atMs - b.atMs);
}

/** What is in the stream `seen` until now. */
async function seen(): Promise<{ key: string; data: number }[]> {
  const { ShardIterator } = await clients.kinesis.send(
    new GetShardIteratorCommand({ StreamName: 'seen', ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' }),
  );
  const { Records = [] } = await clients.kinesis.send(new GetRecordsCommand({ ShardIterator }));
  return Records.map(({ PartitionKey = '', Data }) => ({ key: PartitionKey, data: Number(Buffer.from(Data ?? []).toString()) }));
}

test('records of a key come in order, once each, from parallel batches while shards split and merge', async (t) => {
  await makeFunction('ordered');
  const EventSourceArn = await makeStream('ordered', 2);
  await map('ordered', { EventSourceArn, BatchSize: 20, ParallelizationFactor: 5 });
  const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);
  const counts = [2, 4, 3, 2, 1];
  for (const [round, TargetShardCount] of counts.entries()) {
    for (let index = 0; index < 10; index += 1) {
      const Records = keys.map((PartitionKey) => ({ PartitionKey, Data: Buffer.from(String(round * 10 + index)) }));
      await clients.kinesis.send(new PutRecordsCommand({ StreamName: 'ordered', Records }));
    }
    await clients.kinesis.send(
      new UpdateShardCountCommand({ StreamName: 'ordered', TargetShardCount, ScalingType: 'UNIFORM_SCALING' }),
    );
    await isActive('ordered');
  }
  const all = counts.length * 10 * keys.length;
  await until(async () => (await handled('ordered')).length >= all);
  const found = await handled('ordered');
  assert.equal(found.length, all);
  const perKey = Map.groupBy(found, ({ key }) => key);
  for (const [key, records] of perKey)
    assert.deepEqual(
      records.map(({ data }) => Number(data)),
      Array.from({ length: counts.length * 10 }, (_, index) => index),
      key,
    );
  assert.deepEqual([found[0]?.arn, found[0]?.role], [EventSourceArn, `arn:aws:iam::${ACCOUNT}:role/test`]);
  t.diagnostic(`${all} records of ${keys.length} keys`);
});

test('nothing is lost and no key goes back when the server is killed', async (t) => {
  await makeFunction('killed', WITNESS);
  await makeStream('seen');
  const EventSourceArn = await makeStream('killed', 2);
  await map('killed', { EventSourceArn, BatchSize: 10, ParallelizationFactor: 2 });
  const put = (index: number): Promise<unknown> =>
    clients.kinesis.send(
      new PutRecordsCommand({
        StreamName: 'killed',
        Records: ['a', 'b', 'c', 'd'].map((PartitionKey) => ({ PartitionKey, Data: Buffer.from(String(index)) })),
      }),
    );
  for (let index = 0; index < 60; index += 1) {
    await put(index);
    if (index % 20 !== 10) continue;
    disconnect();
    server = await server.restart();
    connect();
  }
  let found: { key: string; data: number }[] = [];
  await until(async () => {
    found = await seen();
    return new Set(found.map(({ key, data }) => `${key}${data}`)).size === 240;
  });
  for (const [key, records] of Map.groupBy(found, (record) => record.key)) {
    const first = [...new Set(records.map(({ data }) => data))];
    assert.deepEqual(
      first,
      Array.from({ length: 60 }, (_, index) => index),
      key,
    );
  }
  t.diagnostic(`240 records, ${found.length - 240} handled again, 3 kills`);
});

test('a record that fails for good goes to the queue for failures, and those behind it are handled', async () => {
  const { QueueUrl } = await clients.sqs.send(new CreateQueueCommand({ QueueName: 'failures' }));
  await makeFunction('partial');
  const EventSourceArn = await makeStream('partial');
  const numbers: (string | undefined)[] = [];
  for (const data of ['one', 'bad', 'three']) {
    const { SequenceNumber } = await clients.kinesis.send(
      new PutRecordCommand({ StreamName: 'partial', PartitionKey: 'k', Data: Buffer.from(data) }),
    );
    numbers.push(SequenceNumber);
  }
  await map('partial', {
    EventSourceArn,
    MaximumRetryAttempts: 1,
    BisectBatchOnFunctionError: true,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    DestinationConfig: { OnFailure: { Destination: `arn:aws:sqs:us-east-1:${ACCOUNT}:failures` } },
  });
  let body: Record<string, unknown> = {};
  await until(async () => {
    const { Messages = [] } = await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
    body = JSON.parse(Messages[0]?.Body ?? '{}') as Record<string, unknown>;
    return Messages.length > 0;
  });
  const info = body['KinesisBatchInfo'] as Record<string, unknown>;
  const context = body['requestContext'] as Record<string, unknown>;
  assert.deepEqual(
    [info['shardId'], info['startSequenceNumber'], info['endSequenceNumber'], info['batchSize'], info['streamArn']],
    ['shardId-000000000000', numbers[1], numbers[1], 1, EventSourceArn],
  );
  assert.deepEqual(
    [context['condition'], context['functionArn']],
    ['RetryAttemptsExhausted', `arn:aws:lambda:us-east-1:${ACCOUNT}:function:partial`],
  );
  await until(async () => (await handled('partial')).some(({ data }) => data === 'three'));
  const datas = (await handled('partial')).map(({ data }) => data);
  assert.deepEqual([datas[0], datas.at(-1)], ['one', 'three']);
});

test('a consumer feeds a function under its own ARN, soon after each record', async (t) => {
  await makeFunction('consuming');
  const StreamARN = await makeStream('consumed');
  const { Consumer } = await clients.kinesis.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: 'c' }));
  const { ConsumerARN } = Consumer ?? {};
  await until(async () => {
    const { ConsumerDescription } = await clients.kinesis.send(new DescribeStreamConsumerCommand({ ConsumerARN }));
    return ConsumerDescription?.ConsumerStatus === 'ACTIVE';
  });
  await map('consuming', { EventSourceArn: ConsumerARN, BatchSize: 1 });
  for (let index = 0; index < 20; index += 1) {
    await clients.kinesis.send(new PutRecordCommand({ StreamARN, PartitionKey: 'k', Data: Buffer.from(String(index)) }));
    await until(async () => (await handled('consuming')).length > index);
  }
  const found = await handled('consuming');
  assert.ok(found.every(({ arn }) => arn === ConsumerARN));
  const late = found.map(({ lateMs }) => lateMs).toSorted((a, b) => a - b);
  t.diagnostic(`put to handler on an idle stream: p50 ${late[10]} ms, slowest ${late.at(-1)} ms`);
  assert.ok((late[10] ?? Infinity) < 500, String(late));
});
