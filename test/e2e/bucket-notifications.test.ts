import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  AddPermissionCommand,
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  type Event,
  ListObjectsV2Command,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { packageFiles } from './package-closure.ts';
import { clientOptions, startServer, type TestServer } from './server.ts';
import { zip } from './zip.ts';

// What happens to objects, told to queues, topics and functions: official clients, real sandboxes, and a server that is killed.

let server: TestServer;
let s3: S3Client;
let sqs: SQSClient;
let sns: SNSClient;
let lambda: LambdaClient;
let logs: CloudWatchLogsClient;

function connect(): void {
  const options = { ...clientOptions(server), maxAttempts: 1 };
  s3 = new S3Client(options);
  sqs = new SQSClient(options);
  sns = new SNSClient(options);
  lambda = new LambdaClient(options);
  logs = new CloudWatchLogsClient(options);
}

function disconnect(): void {
  for (const client of [s3, sqs, sns, lambda, logs]) client.destroy();
}

before(async () => {
  server = await startServer();
  connect();
});

after(async () => {
  disconnect();
  assert.equal(await server.close(), 0, server.output());
});

interface S3Record {
  readonly eventName: string;
  readonly s3: {
    readonly configurationId: string;
    readonly object: { readonly key: string; readonly size?: number; readonly eTag?: string; readonly sequencer: string };
  };
  readonly [field: string]: unknown;
}

const arnOf = (service: string, name: string): string => `arn:aws:${service}:us-east-1:000000000000:${name}`;
const urlOf = (queue: string): string => `${server.endpoint}/000000000000/${queue}`;
const CREATED: Event[] = ['s3:ObjectCreated:*'];
const EVERYTHING: Event[] = ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'];

async function makeBucket(Bucket: string, configuration: NotificationConfiguration): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket }));
  await configure(Bucket, configuration);
}

function configure(Bucket: string, NotificationConfiguration: NotificationConfiguration): Promise<unknown> {
  return s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
}

async function put(Bucket: string, Key: string, Body = 'content'): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
}

async function makeQueue(QueueName: string, Attributes: Record<string, string> = {}): Promise<string> {
  await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  return arnOf('sqs', QueueName);
}

/** Takes messages out of a queue until it has given what `isEnough` wants. */
async function take(queue: string, isEnough: (messages: readonly Message[]) => boolean): Promise<readonly Message[]> {
  const QueueUrl = urlOf(queue);
  const taken: Message[] = [];
  while (!isEnough(taken)) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 5, MessageSystemAttributeNames: ['All'] }),
    );
    taken.push(...Messages);
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    if (Entries.length > 0) await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
  return taken;
}

const takeCount = (queue: string, count: number) => take(queue, ({ length }) => length >= count);
const isTest = ({ Body = '' }: Message): boolean => JSON.parse(Body).Event === 's3:TestEvent';

/** The one record of each message that is no test event. */
function recordsOf(messages: readonly Message[], textOf = ({ Body = '' }: Message) => Body): S3Record[] {
  return messages.map(textOf).flatMap((text) => {
    const { Records = [] } = JSON.parse(text) as { Records?: S3Record[] };
    assert.ok(Records.length <= 1, 'an event has one record');
    return Records;
  });
}

async function makeFunction(FunctionName: string, source: string, Variables: Record<string, string> = {}): Promise<void> {
  const files = source.includes('@aws-sdk') ? packageFiles(['@aws-sdk/client-s3']) : {};
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/test',
      Timeout: 5,
      MemorySize: 512,
      Environment: { Variables },
      Code: { ZipFile: await zip({ 'index.mjs': source, ...files }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 30, minDelay: 0.05, maxDelay: 1 }, { FunctionName });
}

/** Asks until it is so; each asking is a request, so it does not spin. */
async function until(is: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 20_000; tries += 1) if (await is()) return;
  assert.fail('it did not become so');
}

async function isEmpty(queue: string): Promise<boolean> {
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: urlOf(queue), AttributeNames: ['All'] }));
  return Attributes['ApproximateNumberOfMessages'] === '0' && Attributes['ApproximateNumberOfMessagesNotVisible'] === '0';
}

test('an object that is put is told to a queue, field by field, after a test event', async () => {
  const QueueArn = await makeQueue('told');
  await makeBucket('told', { QueueConfigurations: [{ Id: 'all', QueueArn, Events: CREATED }] });
  const [probe] = await takeCount('told', 1);
  const { Time, RequestId, HostId, ...rest } = JSON.parse(probe?.Body ?? '') as Record<string, string>;
  assert.deepEqual(rest, { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'told' });
  assert.ok(Time && RequestId && HostId);
  const { $metadata } = await s3.send(new PutObjectCommand({ Bucket: 'told', Key: 'a folder/ä@b', Body: 'content' }));
  const [record] = recordsOf(await takeCount('told', 1));
  assert.ok(record);
  assert.match(record.s3.object.sequencer, /^[0-9A-F]+$/);
  assert.match(String(record['eventTime']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(record, {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: 'us-east-1',
    eventTime: record['eventTime'],
    eventName: 'ObjectCreated:Put',
    userIdentity: { principalId: 'AWS:AROA000000000000LAMBKIN' },
    requestParameters: { sourceIPAddress: '127.0.0.1' },
    responseElements: { 'x-amz-request-id': $metadata.requestId, 'x-amz-id-2': $metadata.extendedRequestId },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: 'all',
      bucket: { name: 'told', ownerIdentity: { principalId: 'A000000000000' }, arn: 'arn:aws:s3:::told' },
      object: {
        key: 'a+folder/%C3%A4%40b',
        size: 7,
        eTag: '9a0364b9e99bb480dd25e1f0284c8555',
        sequencer: record.s3.object.sequencer,
      },
    },
  });
});

test('a topic passes it on to a queue, under its subject', async () => {
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'told' }));
  const Endpoint = await makeQueue('subscribed');
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
  await makeBucket('told-by-topic', { TopicConfigurations: [{ TopicArn, Events: EVERYTHING }] });
  await put('told-by-topic', 'x');
  await s3.send(new DeleteObjectCommand({ Bucket: 'told-by-topic', Key: 'x' }));
  const envelopes = (await takeCount('subscribed', 3)).map(({ Body = '' }) => JSON.parse(Body) as Record<string, string>);
  for (const { Subject, Type, TopicArn: from } of envelopes)
    assert.deepEqual([Subject, Type, from], ['Amazon S3 Notification', 'Notification', TopicArn]);
  const texts = envelopes.map(({ Message: Body }) => ({ Body }));
  assert.equal(texts.filter(isTest).length, 1);
  const names = recordsOf(texts).toSorted((a, b) => (a.s3.object.sequencer < b.s3.object.sequencer ? -1 : 1));
  assert.deepEqual(
    names.map(({ eventName }) => eventName),
    ['ObjectCreated:Put', 'ObjectRemoved:Delete'],
  );
});

test('a function gets the event and no test event', async () => {
  await makeFunction('told', `export const handler = async (event) => console.log('GOT ' + JSON.stringify(event));`);
  const LambdaFunctionArn = arnOf('lambda', 'function:told');
  await s3.send(new CreateBucketCommand({ Bucket: 'told-function' }));
  const configuration = { LambdaFunctionConfigurations: [{ Id: 'f', LambdaFunctionArn, Events: CREATED }] };
  await assert.rejects(configure('told-function', configuration), {
    name: 'InvalidArgument',
    ArgumentName1: `${LambdaFunctionArn}, null`,
    ArgumentValue1: `Not authorized to invoke function [${LambdaFunctionArn}]`,
  });
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: 'told',
      StatementId: 's3',
      Action: 'lambda:InvokeFunction',
      Principal: 's3.amazonaws.com',
      SourceArn: 'arn:aws:s3:::told-function',
      SourceAccount: '000000000000',
    }),
  );
  await configure('told-function', configuration);
  await put('told-function', 'x');
  let lines: string[] = [];
  await until(async () => {
    const request = new FilterLogEventsCommand({ logGroupName: '/aws/lambda/told', filterPattern: 'GOT' });
    lines = await logs.send(request).then(
      ({ events = [] }) => events.map(({ message = '' }) => message),
      () => [],
    );
    return lines.length > 0;
  });
  assert.equal(lines.length, 1);
  const [record] = recordsOf([{ Body: lines[0]?.slice(lines[0].indexOf('GOT ') + 4) }]);
  assert.deepEqual([record?.eventName, record?.s3.configurationId, record?.s3.object.key], ['ObjectCreated:Put', 'f', 'x']);
});

test('every event that objects can cause is told by its name, and to rules that ask for it alone', async () => {
  const QueueArn = await makeQueue('names');
  const wildcard: NotificationConfiguration = { QueueConfigurations: [{ QueueArn, Events: EVERYTHING }] };
  const single = (...names: Event[]): NotificationConfiguration => ({
    QueueConfigurations: names.map((name) => ({ Id: name, QueueArn, Events: [name] })),
  });
  const names: Event[] = [
    's3:ObjectCreated:Put',
    's3:ObjectCreated:Copy',
    's3:ObjectCreated:CompleteMultipartUpload',
    's3:ObjectRemoved:Delete',
  ];
  await s3.send(new CreateBucketCommand({ Bucket: 'names' }));
  for (const configuration of [wildcard, single(...names, 's3:ObjectCreated:Post', 's3:ObjectRemoved:DeleteMarkerCreated')]) {
    await configure('names', configuration);
    await takeCount('names', 1);
    const at = { Bucket: 'names', Key: 'parts' };
    await put('names', 'put');
    await s3.send(new CopyObjectCommand({ Bucket: 'names', Key: 'copy', CopySource: 'names/put' }));
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(at));
    const { ETag } = await s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: 'part' }));
    const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
    await s3.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload }));
    await s3.send(new DeleteObjectCommand({ Bucket: 'names', Key: 'put' }));
    await s3.send(new DeleteObjectsCommand({ Bucket: 'names', Delete: { Objects: [{ Key: 'copy' }, { Key: 'parts' }] } }));
    const records = recordsOf(await takeCount('names', 6));
    const told = records.toSorted((a, b) => (a.s3.object.sequencer < b.s3.object.sequencer ? -1 : 1));
    assert.deepEqual(
      told.map(({ eventName, s3: { object } }) => [eventName, object.key, object.size, (object.eTag ?? '').slice(32)]),
      [
        ['ObjectCreated:Put', 'put', 7, ''],
        ['ObjectCreated:Copy', 'copy', 7, ''],
        ['ObjectCreated:CompleteMultipartUpload', 'parts', 4, '-1'],
        ['ObjectRemoved:Delete', 'put', undefined, ''],
        ['ObjectRemoved:Delete', 'copy', undefined, ''],
        ['ObjectRemoved:Delete', 'parts', undefined, ''],
      ],
    );
    if (configuration !== wildcard) {
      for (const { eventName, s3: told } of records) assert.equal(told.configurationId, `s3:${eventName}`);
    }
  }
});

test('a destination must exist when it is configured; one that goes later is passed over', async () => {
  await s3.send(new CreateBucketCommand({ Bucket: 'checked' }));
  const absent = { QueueConfigurations: [{ QueueArn: arnOf('sqs', 'absent'), Events: CREATED }] };
  await assert.rejects(configure('checked', absent), {
    name: 'InvalidArgument',
    message: 'Unable to validate the following destination configurations',
    ArgumentName1: arnOf('sqs', 'absent'),
    ArgumentValue1: 'The destination queue does not exist',
  });
  await assert.rejects(configure('checked', { TopicConfigurations: [{ TopicArn: arnOf('sns', 'absent'), Events: CREATED }] }), {
    ArgumentValue1: 'The destination topic does not exist',
  });
  const under = (Value: string) => ({ Filter: { Key: { FilterRules: [{ Name: 'prefix' as const, Value }] } } });
  const [gone, stays] = [await makeQueue('gone'), await makeQueue('stays')];
  await configure('checked', {
    QueueConfigurations: [
      { QueueArn: gone, Events: CREATED, ...under('gone') },
      { QueueArn: stays, Events: CREATED, ...under('stays') },
    ],
  });
  await takeCount('stays', 1);
  await sqs.send(new DeleteQueueCommand({ QueueUrl: urlOf('gone') }));
  await put('checked', 'gone');
  await put('checked', 'stays');
  await takeCount('stays', 1);
  await until(async () => server.output().includes('a notification was not taken by its target; dropped'));
});

test('a loop of bucket, queue and function ends', { timeout: 120_000 }, async () => {
  const QueueArn = await makeQueue('looping', {
    VisibilityTimeout: '5',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: await makeQueue('looped'), maxReceiveCount: 1 }),
  });
  await makeBucket('looping', { QueueConfigurations: [{ QueueArn, Events: CREATED }] });
  await takeCount('looping', 1);
  const source = `
    import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
    const s3 = new S3Client({ forcePathStyle: true });
    export const handler = async ({ Records }) => {
      for (const { messageId } of Records) await s3.send(new PutObjectCommand({ Bucket: 'looping', Key: messageId, Body: 'x' }));
    };`;
  await makeFunction('looping', source);
  await lambda.send(new CreateEventSourceMappingCommand({ FunctionName: 'looping', EventSourceArn: QueueArn }));
  await put('looping', 'first');
  await takeCount('looped', 1);
  await until(() => isEmpty('looping'));
  const { KeyCount } = await s3.send(new ListObjectsV2Command({ Bucket: 'looping' }));
  assert.equal(KeyCount, 17, 'the object that began it, and one of each of 16 runs');
});

test('a server that is killed after it answered has told everybody when it is back', { timeout: 180_000 }, async (t) => {
  const QueueArn = await makeQueue('survives');
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'survives' }));
  const attributes = { RawMessageDelivery: 'true' };
  const Endpoint = await makeQueue('survives-topic');
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes: attributes }));
  await makeBucket('survives', {
    QueueConfigurations: [{ QueueArn, Events: CREATED }],
    TopicConfigurations: [{ TopicArn, Events: ['s3:ObjectRemoved:*'] }],
  });
  const [created, removed]: [Set<string>, Set<string>] = [new Set(), new Set()];
  const rounds = 4;
  for (let round = 0; round < rounds; round += 1) {
    const writing = Array.from({ length: 8 }, async (_, writer) => {
      for (let count = 0; ; count += 1) {
        const Key = `${round}-${writer}-${count}`;
        await put('survives', Key);
        created.add(Key);
        await s3.send(new DeleteObjectCommand({ Bucket: 'survives', Key }));
        removed.add(Key);
      }
    });
    const ended = Promise.allSettled(writing);
    const goal = (round + 1) * 60;
    await until(async () => {
      await isEmpty('survives').catch(() => {});
      return removed.size >= goal;
    });
    server = await restartedBeneath();
    await ended;
  }
  const told = async (queue: string, wanted: ReadonlySet<string>): Promise<number> => {
    const left = new Set(wanted);
    const messages = await take(queue, (all) => {
      for (const { s3: record } of recordsOf(all.slice(-10))) left.delete(record.object.key);
      return left.size === 0;
    });
    return recordsOf(messages).length;
  };
  const counts = [await told('survives', created), await told('survives-topic', removed)];
  t.diagnostic(`${rounds} kills: ${created.size} objects put, told ${counts[0]}; ${removed.size} removed, told ${counts[1]}`);
});

/** Kills the server under its clients and starts it anew. */
async function restartedBeneath(): Promise<TestServer> {
  await server.kill();
  disconnect();
  server = await server.restart();
  connect();
  return server;
}
