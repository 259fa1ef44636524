import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  CreateFunctionCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
  UpdateEventSourceMappingCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  type QueueAttributeName,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { clientOptions, startServer, type TestServer } from './server.ts';
import { zip } from './zip.ts';

// Queues that feed functions: official clients, real sandboxes. What a function got is told by its log.

let server: TestServer;
let lambda: LambdaClient;
let sqs: SQSClient;
let logs: CloudWatchLogsClient;

function connect(): void {
  const options = { ...clientOptions(server), maxAttempts: 1 };
  lambda = new LambdaClient(options);
  sqs = new SQSClient(options);
  logs = new CloudWatchLogsClient(options);
}

function disconnect(): void {
  for (const client of [lambda, sqs, logs]) client.destroy();
}

before(async () => {
  server = await startServer();
  connect();
});

after(async () => {
  disconnect();
  assert.equal(await server.close(), 0, server.output());
});

/** Fails messages whose body begins with `bad`; of a partial batch it names them. Logs a line for each message. */
const SOURCE = `
  export const handler = (event) => {
    if (!event.Records) return;
    const failed = [];
    for (const record of event.Records) {
      console.log('RECORD ' + JSON.stringify({ of: event.Records.length, ...record }));
      if (record.body.startsWith('bad')) failed.push({ itemIdentifier: record.messageId });
    }
    if (failed.length > 0 && process.env.PARTIAL !== '1') throw new Error('bad messages');
    return { batchItemFailures: failed };
  };`;

async function makeFunction(FunctionName: string, Variables: Record<string, string> = {}, source = SOURCE): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/test',
      Timeout: 2,
      Environment: { Variables },
      Code: { ZipFile: await zip({ 'index.mjs': source }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 20, minDelay: 0.05 }, { FunctionName });
}

async function makeQueue(QueueName: string, Attributes: Record<string, string> = {}): Promise<{ url: string; arn: string }> {
  const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  return { url, arn: (await attributesOf(url))['QueueArn'] ?? '' };
}

async function attributesOf(QueueUrl: string): Promise<Partial<Record<QueueAttributeName, string>>> {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  return Attributes ?? {};
}

async function map(input: CreateEventSourceMappingCommandInput): Promise<string> {
  const { UUID = '' } = await lambda.send(new CreateEventSourceMappingCommand(input));
  await until(async () => (await stateOf(UUID)) === 'Enabled');
  return UUID;
}

async function stateOf(UUID: string): Promise<string | undefined> {
  return (await lambda.send(new GetEventSourceMappingCommand({ UUID }))).State;
}

/** Asks until it is so; each asking is a request, so it does not spin. */
async function until(is: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 20_000; tries += 1) if (await is()) return;
  assert.fail('it did not become so');
}

async function isEmpty(url: string): Promise<boolean> {
  const { ApproximateNumberOfMessages: visible, ApproximateNumberOfMessagesNotVisible: hidden } = await attributesOf(url);
  return visible === '0' && hidden === '0';
}

interface Logged {
  readonly of: number;
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** Every record that the function logged, in order. */
async function recordsOf(functionName: string): Promise<Logged[]> {
  const records: Logged[] = [];
  let nextToken: string | undefined;
  do {
    const page = await logs
      .send(new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${functionName}`, filterPattern: 'RECORD', nextToken }))
      .catch((error: Error) => {
        // The group is made with the first line.
        assert.equal(error.name, 'ResourceNotFoundException');
        return { events: [], nextToken: undefined };
      });
    for (const { message = '' } of page.events ?? [])
      records.push(JSON.parse(message.slice(message.indexOf('RECORD ') + 7)) as Logged);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return records;
}

/** The records, as soon as there are this many. */
async function recordsAtLeast(functionName: string, count: number): Promise<Logged[]> {
  let records: Logged[] = [];
  await until(async () => {
    records = await recordsOf(functionName);
    return records.length >= count;
  });
  return records;
}

test('a message becomes an event, field by field, and leaves its queue', async () => {
  await makeFunction('fields');
  const { url, arn } = await makeQueue('fields');
  await map({ FunctionName: 'fields', EventSourceArn: arn });
  const { MessageId, MD5OfMessageBody, MD5OfMessageAttributes } = await sqs.send(
    new SendMessageCommand({
      QueueUrl: url,
      MessageBody: '{"a":1}',
      MessageAttributes: {
        Author: { DataType: 'String', StringValue: 'A' },
        Blob: { DataType: 'Binary', BinaryValue: Buffer.from('xyz') },
      },
    }),
  );
  const [record] = await recordsAtLeast('fields', 1);
  assert.ok(record);
  const { SentTimestamp, ApproximateFirstReceiveTimestamp, SenderId, ...attributes } = record.attributes;
  assert.match(`${SentTimestamp} ${ApproximateFirstReceiveTimestamp}`, /^\d{13} \d{13}$/);
  assert.ok(SenderId);
  assert.ok(record['receiptHandle']);
  assert.deepEqual(
    { ...record, attributes, receiptHandle: '' },
    {
      of: 1,
      messageId: MessageId,
      receiptHandle: '',
      body: '{"a":1}',
      attributes: { ApproximateReceiveCount: '1' },
      messageAttributes: {
        Author: { stringValue: 'A', stringListValues: [], binaryListValues: [], dataType: 'String' },
        Blob: { binaryValue: 'eHl6', stringListValues: [], binaryListValues: [], dataType: 'Binary' },
      },
      md5OfMessageAttributes: MD5OfMessageAttributes,
      md5OfBody: MD5OfMessageBody,
      eventSource: 'aws:sqs',
      eventSourceARN: arn,
      awsRegion: 'us-east-1',
    },
  );
  await until(() => isEmpty(url));
});

test('messages that keep failing end in the dead-letter queue, the others of their batch do not', async () => {
  await makeFunction('partial', { PARTIAL: '1' });
  const dead = await makeQueue('partial-dead');
  const { url, arn } = await makeQueue('partial', {
    VisibilityTimeout: '2',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 2 }),
  });
  await map({ FunctionName: 'partial', EventSourceArn: arn, FunctionResponseTypes: ['ReportBatchItemFailures'] });
  await sqs.send(
    new SendMessageBatchCommand({
      QueueUrl: url,
      Entries: ['good', 'bad', 'fine'].map((MessageBody, index) => ({ Id: String(index), MessageBody })),
    }),
  );
  await until(async () => (await attributesOf(dead.url))['ApproximateNumberOfMessages'] === '1');
  await until(() => isEmpty(url));
  const bodies = (await recordsAtLeast('partial', 4)).map(({ body }) => body);
  assert.deepEqual(bodies.toSorted(), ['bad', 'bad', 'fine', 'good']);
});

test('filters keep messages from the function, and these are deleted', async () => {
  await makeFunction('filtered');
  const { url, arn } = await makeQueue('filtered');
  await map({
    FunctionName: 'filtered',
    EventSourceArn: arn,
    FilterCriteria: { Filters: [{ Pattern: '{"body":{"kind":[{"prefix":"order."}]}}' }] },
  });
  for (const kind of ['order.made', 'user.made', 'order.paid'])
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: JSON.stringify({ kind }) }));
  await until(() => isEmpty(url));
  const kinds = (await recordsAtLeast('filtered', 2)).map(({ body }) => body).toSorted();
  assert.deepEqual(kinds, ['{"kind":"order.made"}', '{"kind":"order.paid"}']);
});

test('a FIFO queue feeds a function in the order of each group', async () => {
  await makeFunction('ordered');
  const { url, arn } = await makeQueue('ordered.fifo', { FifoQueue: 'true', ContentBasedDeduplication: 'true' });
  await map({ FunctionName: 'ordered', EventSourceArn: arn });
  for (let batch = 0; batch < 10; batch += 1) {
    await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: url,
        Entries: Array.from({ length: 10 }, (_, index) => ({
          Id: String(index),
          MessageGroupId: `group-${index % 3}`,
          MessageBody: String(batch * 10 + index),
        })),
      }),
    );
  }
  await until(() => isEmpty(url));
  const records = await recordsAtLeast('ordered', 100);
  assert.equal(records.length, 100);
  // Lines of different environments may stand in another order than they ran; SQS numbers tell theirs.
  for (const group of ['group-0', 'group-1', 'group-2']) {
    const ofGroup = records.filter(({ attributes }) => attributes['MessageGroupId'] === group);
    const numbers = ofGroup.map(({ body }) => Number(body));
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
      group,
    );
  }
});

test('a mapping that is disabled leaves its queue alone, and goes on where it was when it is enabled', async () => {
  await makeFunction('paused');
  const { url, arn } = await makeQueue('paused');
  const UUID = await map({ FunctionName: 'paused', EventSourceArn: arn });
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
  await until(async () => (await stateOf(UUID)) === 'Disabled');
  await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'later' }));
  // Another mapping is served meanwhile.
  await sqs.send(new SendMessageCommand({ QueueUrl: (await makeQueue('fields')).url, MessageBody: 'meanwhile' }));
  await recordsAtLeast('fields', 2);
  assert.deepEqual(await recordsOf('paused'), []);
  assert.equal((await attributesOf(url))['ApproximateNumberOfMessages'], '1');
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
  assert.deepEqual(
    (await recordsAtLeast('paused', 1)).map(({ body }) => body),
    ['later'],
  );
});

/** Sends on what it got to another queue, so that it is known for certain. */
const FORWARDER = `
  export const handler = async ({ Records }) => {
    const answer = await fetch(process.env.AWS_ENDPOINT_URL, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-amz-json-1.0',
        'X-Amz-Target': 'AmazonSQS.SendMessageBatch',
        Authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0',
      },
      body: JSON.stringify({
        QueueUrl: process.env.AWS_ENDPOINT_URL + '/000000000000/' + process.env.FORWARD,
        Entries: Records.map(({ body }, index) => ({ Id: String(index), MessageBody: body })),
      }),
    });
    if (answer.status !== 200) throw new Error(await answer.text());
  };`;

test('a server that was killed loses no message: each is handled at least once', async (t) => {
  await makeFunction('crashed', { FORWARD: 'handled' }, FORWARDER);
  const { url, arn } = await makeQueue('crashed', { VisibilityTimeout: '3' });
  const handled = await makeQueue('handled');
  await map({ FunctionName: 'crashed', EventSourceArn: arn });
  const sent: string[] = [];
  for (let batch = 0; batch < 60; batch += 1) {
    const Entries = Array.from({ length: 10 }, (_, index) => ({ Id: String(index), MessageBody: `m-${batch}-${index}` }));
    const { Successful = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
    sent.push(...Successful.map(({ Id }) => `m-${batch}-${Id}`));
  }
  disconnect();
  server = await server.restart();
  connect();
  const here = (before: string): string => `${server.endpoint}${new URL(before).pathname}`;
  await until(() => isEmpty(here(url)));
  const got: string[] = [];
  await until(async () => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: here(handled.url), MaxNumberOfMessages: 10, VisibilityTimeout: 600 }),
    );
    got.push(...Messages.map(({ Body = '' }) => Body));
    return Messages.length === 0;
  });
  assert.equal(sent.length, 600);
  assert.deepEqual([...new Set(got)].toSorted(), sent.toSorted());
  t.diagnostic(`${sent.length} messages, ${got.length - sent.length} of them handled twice`);
});
