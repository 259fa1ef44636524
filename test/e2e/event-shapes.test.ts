import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  PutSubscriptionFilterCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  AddPermissionCommand,
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { clientOptions, startServer, type TestServer } from './server.ts';
import { Shapes } from './shape-check.ts';
import { zip } from './zip.ts';

// What each source gives a function, as a function got it: each member against the published types of Lambda events, and against what
// is known of AWS beyond them.

/** Keeps its event as it came, under the name of the function. */
const KEEPER = `export const handler = async (event, context) => {
  const url = process.env.AWS_ENDPOINT_URL + '/captured/' + context.functionName + '/' + context.awsRequestId;
  const { ok } = await fetch(url, { method: 'PUT', body: JSON.stringify(event) });
  if (!ok) throw new Error('not stored');
};`;
const ACCOUNT = '000000000000';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MILLISECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const SECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

const arnOf = (service: string, resource: string): string => `arn:aws:${service}:us-east-1:${ACCOUNT}:${resource}`;
const functionArn = (name: string): string => arnOf('lambda', `function:${name}`);

let server: TestServer;
let lambda: LambdaClient;
let s3: S3Client;
let sqs: SQSClient;
let sns: SNSClient;
let events: EventBridgeClient;
let scheduler: SchedulerClient;
let logs: CloudWatchLogsClient;
let shapes: Shapes;
const table: (readonly [source: string, ...counts: number[]])[] = [];

before(async () => {
  server = await startServer();
  const options = { ...clientOptions(server), maxAttempts: 1 };
  lambda = new LambdaClient(options);
  s3 = new S3Client(options);
  sqs = new SQSClient(options);
  sns = new SNSClient(options);
  events = new EventBridgeClient(options);
  scheduler = new SchedulerClient(options);
  logs = new CloudWatchLogsClient(options);
  shapes = new Shapes(fileURLToPath(new URL('event-types.ts', import.meta.url)), 'EventTypes');
  await s3.send(new CreateBucketCommand({ Bucket: 'captured' }));
  // The longest wait of all is begun first: such a rule runs at the next full minute.
  await keeper('by-rule', 'events.amazonaws.com');
  await events.send(new PutRuleCommand({ Name: 'minutely', ScheduleExpression: 'cron(* * * * ? *)' }));
  await events.send(new PutTargetsCommand({ Rule: 'minutely', Targets: [{ Id: 'f', Arn: functionArn('by-rule') }] }));
});

after(async () => {
  for (const client of [lambda, s3, sqs, sns, events, scheduler, logs]) client.destroy();
  shapes.close();
  console.log(`${'source'.padEnd(50)} fields  right excused  rules`);
  for (const [source, ...counts] of table)
    console.log(`${source.padEnd(50)} ${counts.map((count) => String(count).padStart(6)).join(' ')}`);
  assert.equal(await server.close(), 0, server.output());
});

/** Makes a function that keeps what it gets, and lets a service call it. */
async function keeper(FunctionName: string, Principal?: string): Promise<string> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: `arn:aws:iam::${ACCOUNT}:role/test`,
      Timeout: 10,
      Code: { ZipFile: await zip({ 'index.mjs': KEEPER }) },
    }),
  );
  const Action = 'lambda:InvokeFunction';
  if (Principal) await lambda.send(new AddPermissionCommand({ FunctionName, StatementId: 'source', Action, Principal }));
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 30, minDelay: 0.05, maxDelay: 1 }, { FunctionName });
  return functionArn(FunctionName);
}

/** The events that a function got, once there are as many; the test's own time limit ends it. */
async function captured<Event>(functionName: string, count: number): Promise<readonly Event[]> {
  for (;;) {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'captured', Prefix: `${functionName}/` }));
    if (Contents.length < count) continue;
    const objects = await Promise.all(Contents.map(({ Key }) => s3.send(new GetObjectCommand({ Bucket: 'captured', Key }))));
    return Promise.all(objects.map(async ({ Body }) => JSON.parse((await Body?.transformToString()) ?? '') as Event));
  }
}

/** A rule of AWS that the types don't say: what holds, and whether it does. */
type Rule = readonly [what: string, holds: boolean];

/**
 * Holds an event against its type and against rules, and adds it to the table. `excused` are deviations of AWS from the published
 * types, as a path without the indices of lists and what is found there; each must be found.
 */
function verify(source: string, type: string, event: unknown, rules: readonly Rule[], excused: readonly string[] = []): void {
  const { checked, wrong } = shapes.check(type, event);
  const told = wrong.map(({ path, what }) => `${path.replaceAll(/\[\d+\]/g, '')} ${what}`);
  const broken = rules.filter(([, holds]) => !holds).map(([what]) => what);
  const unexcused = told.filter((one) => !excused.includes(one));
  table.push([
    source,
    checked.length,
    checked.length - wrong.length,
    wrong.length - unexcused.length,
    rules.length - broken.length,
  ]);
  assert.deepEqual(unexcused, [], `${source}: ${JSON.stringify(event)}`);
  assert.deepEqual(
    excused.filter((one) => !told.includes(one)),
    [],
    `${source}: no longer deviates`,
  );
  assert.deepEqual(broken, [], `${source}: ${JSON.stringify(event)}`);
}

const keysOf = (value: object): string => Object.keys(value).join(' ');

test('the check itself finds what is missing, unknown and of another kind', () => {
  const { wrong } = shapes.check('sqs', {
    Records: [{ messageId: 1, more: true, attributes: {}, messageAttributes: { a: {} } }],
  });
  const told = wrong.map(({ path, what }) => `${path} ${what}`);
  for (const expected of [
    'sqs.Records[0].messageId is number and not string',
    'sqs.Records[0].body is missing',
    'sqs.Records[0].more is unknown',
    'sqs.Records[0].attributes.SenderId is missing',
    'sqs.Records[0].messageAttributes.a.dataType is missing',
  ])
    assert.ok(told.includes(expected), expected);
});

interface S3Record {
  readonly [member: string]: unknown;
  readonly eventName: string;
  readonly eventTime: string;
  readonly s3: { readonly object: { readonly key: string; readonly sequencer: string }; readonly [member: string]: unknown };
}

const s3Rules = (Records: readonly S3Record[], eventName: string, object: string): Rule[] => {
  const [record] = Records;
  assert.ok(record);
  return [
    ['exactly one record', Records.length === 1],
    ['version 2.1', record['eventVersion'] === '2.1'],
    ['the name has no s3: in front', record.eventName === eventName],
    ['the time has milliseconds', MILLISECONDS.test(record.eventTime)],
    ['keys are form-encoded, slashes stay', record.s3.object.key === 'in/a+b%40%C3%A4.jpg'],
    ['the sequencer is hexadecimal', /^[0-9A-F]{16,}$/.test(record.s3.object.sequencer)],
    ['no more of the object than S3 tells', keysOf(record.s3.object) === object],
    ['the order of members', keysOf(record).startsWith('eventVersion eventSource awsRegion eventTime eventName')],
  ];
};

test('S3: an object that is put, one that is removed; to a function, and by way of a queue', { timeout: 90_000 }, async () => {
  const LambdaFunctionArn = await keeper('by-s3', 's3.amazonaws.com');
  await keeper('by-s3-and-sqs');
  await sqs.send(new CreateQueueCommand({ QueueName: 'objects' }));
  await s3.send(new CreateBucketCommand({ Bucket: 'objects' }));
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: 'objects',
      NotificationConfiguration: {
        LambdaFunctionConfigurations: [{ Id: 'f', LambdaFunctionArn, Events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'] }],
      },
    }),
  );
  const object = { Bucket: 'objects', Key: 'in/a b@ä.jpg' };
  const { $metadata } = await s3.send(new PutObjectCommand({ ...object, Body: 'content' }));
  await captured('by-s3', 1);
  await s3.send(new DeleteObjectCommand(object));
  const got = await captured<{ Records: S3Record[] }>('by-s3', 2);
  const of = (name: string) => got.find(({ Records }) => Records[0]?.eventName === name) ?? { Records: [] };
  const [created, removed] = [of('ObjectCreated:Put'), of('ObjectRemoved:Delete')];
  verify('S3, object created', 's3', created, [
    ...s3Rules(created.Records, 'ObjectCreated:Put', 'key size eTag sequencer'),
    [
      'the ids of the response that caused it',
      JSON.stringify(created.Records[0]?.['responseElements']) ===
        JSON.stringify({ 'x-amz-request-id': $metadata.requestId, 'x-amz-id-2': $metadata.extendedRequestId }),
    ],
  ]);
  const unsized = ['size', 'eTag'].map((member) => `s3.Records.s3.object.${member} is missing`);
  const later = (removed.Records[0]?.s3.object.sequencer ?? '') > (created.Records[0]?.s3.object.sequencer ?? '');
  const removedRules = s3Rules(removed.Records, 'ObjectRemoved:Delete', 'key sequencer');
  verify('S3, object removed', 's3', removed, [...removedRules, ['its sequencer is greater', later]], unsized);

  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: 'objects',
      NotificationConfiguration: { QueueConfigurations: [{ QueueArn: arnOf('sqs', 'objects'), Events: ['s3:ObjectCreated:*'] }] },
    }),
  );
  await s3.send(new PutObjectCommand({ ...object, Body: 'content' }));
  const mapping = { FunctionName: 'by-s3-and-sqs', EventSourceArn: arnOf('sqs', 'objects'), BatchSize: 1 };
  await lambda.send(new CreateEventSourceMappingCommand(mapping));
  const batches = await captured<{ Records: { body: string }[] }>('by-s3-and-sqs', 2);
  const bodies = batches.map(({ Records }) => JSON.parse(Records[0]?.body ?? '') as { Records?: S3Record[]; Event?: string });
  const told = bodies.find(({ Records }) => Records !== undefined);
  const probe = bodies.find(({ Event }) => Event === 's3:TestEvent');
  verify('S3, in the body of a message', 's3', told, [
    ...s3Rules(told?.Records ?? [], 'ObjectCreated:Put', 'key size eTag sequencer'),
    ['a flat test event before it', keysOf(probe ?? {}) === 'Service Event Time Bucket RequestId HostId'],
  ]);
});

interface QueueRecord {
  readonly [member: string]: unknown;
  readonly messageId: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, object>>;
}

async function throughQueue(
  name: string,
  mapping: { readonly MaximumBatchingWindowInSeconds?: number },
  message: Omit<ConstructorParameters<typeof SendMessageCommand>[0], 'QueueUrl' | 'MessageBody'>,
): Promise<{ readonly event: { readonly Records: QueueRecord[] }; readonly record: QueueRecord; readonly id: string }> {
  const Attributes: Record<string, string> = name.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
  const FunctionName = `by-${name.replace('.', '-')}`;
  await keeper(FunctionName);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  await lambda.send(new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn: arnOf('sqs', name), ...mapping }));
  const sent = await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{"a":1}', ...message }));
  const [event] = await captured<{ Records: QueueRecord[] }>(FunctionName, 1);
  const [record] = event?.Records ?? [];
  assert.ok(event && record);
  return { event, record, id: sent.MessageId ?? '' };
}

const SYSTEM = 'ApproximateFirstReceiveTimestamp ApproximateReceiveCount SenderId SentTimestamp';
const sortedKeys = (value: object): string => Object.keys(value).toSorted().join(' ');
const queueRules = ({ record, id }: Awaited<ReturnType<typeof throughQueue>>, queue: string): Rule[] => [
  ['the id that the sender was told', record.messageId === id],
  ['the body is never parsed', record['body'] === '{"a":1}'],
  ['its digest', record['md5OfBody'] === createHash('md5').update('{"a":1}').digest('hex')],
  ['system attributes are texts', Object.values(record.attributes).every((value) => typeof value === 'string')],
  ['times are milliseconds', /^\d{13}$/.test(record.attributes['SentTimestamp'] ?? '')],
  ['the first receive is counted', record.attributes['ApproximateReceiveCount'] === '1'],
  ['source and ARN', record['eventSource'] === 'aws:sqs' && record['eventSourceARN'] === arnOf('sqs', queue)],
];

test('SQS: standard with and without attributes, with a batching window, FIFO', { timeout: 90_000 }, async () => {
  const MessageAttributes = {
    Author: { DataType: 'String', StringValue: 'A' },
    Count: { DataType: 'Number.int', StringValue: '5' },
    Blob: { DataType: 'Binary', BinaryValue: Buffer.from('xyz') },
  };
  const full = await throughQueue('full', {}, { MessageAttributes });
  verify('SQS, message with attributes', 'sqs', full.event, [
    ...queueRules(full, 'full'),
    ['no more system attributes', sortedKeys(full.record.attributes) === SYSTEM],
    [
      'attributes with their empty lists',
      JSON.stringify(full.record.messageAttributes['Blob']) ===
        '{"binaryValue":"eHl6","stringListValues":[],"binaryListValues":[],"dataType":"Binary"}',
    ],
    ['types keep their labels', JSON.stringify(full.record.messageAttributes['Count']).includes('"dataType":"Number.int"')],
    ['their digest', /^[0-9a-f]{32}$/.test(String(full.record['md5OfMessageAttributes']))],
  ]);
  const bare = await throughQueue('bare', {}, {});
  verify('SQS, message without attributes', 'sqs', bare.event, [
    ...queueRules(bare, 'bare'),
    ['no attributes are an empty object', keysOf(bare.record.messageAttributes) === ''],
    ['and have no digest', !('md5OfMessageAttributes' in bare.record)],
  ]);
  const late = await throughQueue('late', { MaximumBatchingWindowInSeconds: 1 }, {});
  verify(
    'SQS, without attributes, with a window',
    'sqs',
    late.event,
    [...queueRules(late, 'late'), ['the digest is null then', late.record['md5OfMessageAttributes'] === null]],
    ['sqs.Records.md5OfMessageAttributes is null and not string | undefined'],
  );
  const fifo = await throughQueue('in-order.fifo', {}, { MessageGroupId: 'g', MessageDeduplicationId: 'd' });
  const { SequenceNumber = '', MessageGroupId, MessageDeduplicationId } = fifo.record.attributes;
  verify('SQS, FIFO', 'sqs', fifo.event, [
    ...queueRules(fifo, 'in-order.fifo'),
    ['group and deduplication id', MessageGroupId === 'g' && MessageDeduplicationId === 'd'],
    ['a sequence number of 20 digits', /^\d{20}$/.test(SequenceNumber)],
  ]);
  const traced = await throughQueue(
    'traced',
    {},
    {
      MessageSystemAttributes: {
        AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-5759e988-bd862e3fe1be46a994272793' },
      },
      MessageGroupId: 'tenant',
    },
  );
  verify('SQS, traced, of a fair queue', 'sqs', traced.event, [
    ...queueRules(traced, 'traced'),
    ['the trace header', traced.record.attributes['AWSTraceHeader'] === 'Root=1-5759e988-bd862e3fe1be46a994272793'],
    ['the group of a standard queue', traced.record.attributes['MessageGroupId'] === 'tenant'],
  ]);
});

interface TopicRecord {
  readonly [member: string]: unknown;
  readonly Sns: Readonly<Record<string, unknown>>;
}

test('SNS: with and without subject and attributes', { timeout: 90_000 }, async () => {
  const Endpoint = await keeper('by-sns', 'sns.amazonaws.com');
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'told' }));
  const { SubscriptionArn } = await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'lambda', Endpoint }));
  const MessageAttributes = {
    n: { DataType: 'String', StringValue: 'v' },
    b: { DataType: 'Binary', BinaryValue: Buffer.from('xyz') },
  };
  const first = await sns.send(new PublishCommand({ TopicArn, Message: 'full', Subject: 'About', MessageAttributes }));
  const second = await sns.send(new PublishCommand({ TopicArn, Message: 'bare' }));
  const got = await captured<{ Records: TopicRecord[] }>('by-sns', 2);
  const of = (id: string | undefined) => got.find(({ Records }) => Records[0]?.Sns['MessageId'] === id) ?? { Records: [] };
  const rules = ({ Records }: { readonly Records: readonly TopicRecord[] }): Rule[] => {
    const [record] = Records;
    assert.ok(record);
    const { Sns } = record;
    return [
      ['exactly one record', Records.length === 1],
      ['names with capitals', keysOf(record) === 'EventSource EventVersion EventSubscriptionArn Sns'],
      ['the subscription', record['EventSubscriptionArn'] === SubscriptionArn],
      ['version 1.0', record['EventVersion'] === '1.0' && record['EventSource'] === 'aws:sns'],
      ['Url, not URL as for other protocols', 'SigningCertUrl' in Sns && 'UnsubscribeUrl' in Sns],
      ['the time has milliseconds', MILLISECONDS.test(String(Sns['Timestamp']))],
      ['signed by version 1', Sns['SignatureVersion'] === '1' && /^[A-Za-z0-9+/]+=*$/.test(String(Sns['Signature']))],
      ['a notification', Sns['Type'] === 'Notification' && Sns['TopicArn'] === TopicArn],
    ];
  };
  const full = of(first.MessageId);
  verify('SNS, with subject and attributes', 'sns', full, [
    ...rules(full),
    ['the subject', full.Records[0]?.Sns['Subject'] === 'About'],
    [
      'attributes have types and values, binary ones as Base64',
      JSON.stringify(full.Records[0]?.Sns['MessageAttributes']) ===
        '{"n":{"Type":"String","Value":"v"},"b":{"Type":"Binary","Value":"eHl6"}}',
    ],
  ]);
  const bare = of(second.MessageId);
  verify(
    'SNS, bare',
    'sns',
    bare,
    [
      ...rules(bare),
      ['no subject is null', bare.Records[0]?.Sns['Subject'] === null],
      ['no attributes are an empty object', JSON.stringify(bare.Records[0]?.Sns['MessageAttributes']) === '{}'],
    ],
    ['sns.Records.Sns.Subject is null and not string | undefined'],
  );
});

interface Envelope {
  readonly [member: string]: unknown;
  readonly id: string;
  readonly time: string;
  readonly resources: readonly string[];
}

const envelopeRules = (event: Envelope, source: string, resource: string): Rule[] => [
  ['the order of members', keysOf(event) === 'version id detail-type source account time region resources detail'],
  ['version 0', event['version'] === '0'],
  ['the id is a UUID', UUID.test(event.id)],
  ['the time has whole seconds', SECONDS.test(event.time)],
  ['account and region', event['account'] === ACCOUNT && event['region'] === 'us-east-1'],
  ['the source', event['source'] === source],
  ['what it is about', event.resources.join() === resource],
];

test('EventBridge: an event of a user, and one of a bucket', { timeout: 90_000 }, async () => {
  const Arn = await keeper('by-events', 'events.amazonaws.com');
  await events.send(new PutRuleCommand({ Name: 'r', EventPattern: '{"source":["shop","aws.s3"]}' }));
  await events.send(new PutTargetsCommand({ Rule: 'r', Targets: [{ Id: 'f', Arn }] }));
  const Detail = '{"id":1,"nested":{"list":[1,null,true]}}';
  await events.send(new PutEventsCommand({ Entries: [{ Source: 'shop', DetailType: 'Ordered', Detail, Resources: ['arn:x'] }] }));
  const [own] = await captured<Envelope>('by-events', 1);
  assert.ok(own);
  verify('EventBridge, event of a user', 'eventBridge', own, [
    ...envelopeRules(own, 'shop', 'arn:x'),
    ['the detail as it was given', JSON.stringify(own['detail']) === Detail],
  ]);
  await s3.send(new CreateBucketCommand({ Bucket: 'on-the-bus' }));
  const NotificationConfiguration = { EventBridgeConfiguration: {} };
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket: 'on-the-bus', NotificationConfiguration }));
  await s3.send(new PutObjectCommand({ Bucket: 'on-the-bus', Key: 'a b@ä', Body: 'content' }));
  const ofBucket = (await captured<Envelope>('by-events', 2)).find((event) => event['source'] === 'aws.s3');
  assert.ok(ofBucket);
  const detail = ofBucket['detail'] as { readonly object: { readonly key: string }; readonly reason: string };
  verify('EventBridge, event of a bucket', 'eventBridge', ofBucket, [
    ...envelopeRules(ofBucket, 'aws.s3', 'arn:aws:s3:::on-the-bus'),
    ['Object Created', ofBucket['detail-type'] === 'Object Created'],
    ['keys are not encoded here', detail.object.key === 'a b@ä'],
    ['the members of its detail', keysOf(detail) === 'version bucket object request-id requester source-ip-address reason'],
    ['the members of its object', keysOf(detail.object) === 'key size etag sequencer'],
    ['the reason', detail.reason === 'PutObject'],
  ]);
});

test('EventBridge Scheduler: a schedule without an input', { timeout: 90_000 }, async () => {
  const Arn = await keeper('by-schedule');
  const Target = { Arn, RoleArn: `arn:aws:iam::${ACCOUNT}:role/test` };
  const at = new Date(Date.now() + 1_000).toISOString().slice(0, 19);
  await scheduler.send(
    new CreateScheduleCommand({
      Name: 'once',
      ScheduleExpression: `at(${at})`,
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target,
    }),
  );
  const [event] = await captured<Envelope>('by-schedule', 1);
  assert.ok(event);
  verify('EventBridge Scheduler, no input', 'schedule', event, [
    ...envelopeRules(event, 'aws.scheduler', arnOf('scheduler', 'schedule/default/once')),
    ['the time that it was due', event.time === `${at}Z`],
  ]);
});

interface Decoded {
  readonly messageType: string;
  readonly owner: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly subscriptionFilters: readonly string[];
  readonly logEvents: readonly { readonly id: string; readonly message: string; readonly timestamp: number }[];
}

test('CloudWatch Logs: what a subscription passes on', { timeout: 90_000 }, async () => {
  const destinationArn = await keeper('by-logs', 'logs.amazonaws.com');
  const logGroupName = 'group';
  const of = { logGroupName, logStreamName: 'stream' };
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  await logs.send(new CreateLogStreamCommand(of));
  await logs.send(
    new PutSubscriptionFilterCommand({
      logGroupName,
      filterName: 'filter',
      filterPattern: 'ERROR',
      destinationArn,
    }),
  );
  const timestamp = Date.now();
  await logs.send(new PutLogEventsCommand({ ...of, logEvents: [{ timestamp, message: 'ERROR o-1 is lost' }] }));
  const got = await captured<{ awslogs: { data: string } }>('by-logs', 2);
  const decoded = got.map(({ awslogs }) => JSON.parse(gunzipSync(Buffer.from(awslogs.data, 'base64')).toString()) as Decoded);
  const index = decoded.findIndex(({ messageType }) => messageType === 'DATA_MESSAGE');
  const [data, control] = [decoded[index], decoded[1 - index]];
  assert.ok(data && control);
  verify('CloudWatch Logs, the message that tries the way', 'logsData', control, [
    ['a control message', control.messageType === 'CONTROL_MESSAGE' && control.logEvents.length === 1],
  ]);
  verify('CloudWatch Logs, as it comes', 'logs', got[index], [['nothing besides', keysOf(got[index] ?? {}) === 'awslogs']]);
  const { id, message, timestamp: told } = data.logEvents[0] ?? { id: '', message: '', timestamp: 0 };
  verify('CloudWatch Logs, unpacked', 'logsData', data, [
    ['owner, group, stream and filter', `${data.owner} ${data.logGroup} ${data.logStream}` === `${ACCOUNT} group stream`],
    ['the filters by name', data.subscriptionFilters.join() === 'filter'],
    ['the event', data.logEvents.length === 1 && message === 'ERROR o-1 is lost' && told === timestamp],
    ['ids are of 56 digits', /^\d{56}$/.test(id)],
  ]);
});

test('EventBridge: the run of a rule with a schedule', { timeout: 120_000 }, async () => {
  const [event] = await captured<Envelope>('by-rule', 1);
  assert.ok(event);
  verify('EventBridge, rule with a schedule', 'scheduledRule', event, [
    ...envelopeRules(event, 'aws.events', arnOf('events', 'rule/minutely')),
    ['at a full minute', event.time.endsWith(':00Z')],
    ['the detail is empty', JSON.stringify(event['detail']) === '{}'],
  ]);
});
