import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test, type TestContext } from 'node:test';
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  type Event,
  GetBucketNotificationConfigurationCommand,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { FilesystemBlobStore } from '../../adapters/filesystem/blob-store.ts';
import { MemoryMetadataStore } from '../../adapters/memory/metadata-store.ts';
import { QuietLogger } from '../../adapters/memory/quiet-logger.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { systemIds } from '../../adapters/system/ids.ts';
import { FakeQueue } from '../../invoke/async/fake-queue.ts';
import { ServiceError } from '../../model/service-error.ts';
import type { TargetDelivery } from '../../ports/event-target.ts';
import type { InvokeRequest } from '../../ports/invoker.ts';
import { startListener } from '../../wire/wire-fixture.ts';
import { createS3 } from './create-s3.ts';

const Bucket = 'told';
const arn = (service: string, resource: string, region = 'us-east-1'): string =>
  `arn:aws:${service}:${region}:000000000000:${resource}`;
const [QUEUE, TOPIC, FUNCTION] = [arn('sqs', 'q'), arn('sns', 't'), arn('lambda', 'function:f')];
const THERE = new Set([QUEUE, arn('sqs', 'other'), arn('sqs', 'q.fifo'), TOPIC, arn('sns', 't.fifo'), FUNCTION]);
const Events: Event[] = ['s3:ObjectCreated:*'];

interface Fixture {
  readonly client: S3Client;
  readonly delivered: TargetDelivery[];
  readonly accepted: InvokeRequest[];
  configure(configuration: NotificationConfiguration, skip?: boolean): Promise<unknown>;
  /** Waits until as many were delivered. */
  arrived(count: number): Promise<readonly TargetDelivery[]>;
}

async function open(t: Pick<TestContext, 'after'>): Promise<Fixture> {
  const directory = mkdtempSync(join(tmpdir(), 'lambkin-s3-'));
  const [ids, logger, clock] = [systemIds(), new QuietLogger(), systemClock()];
  const [delivered, accepted]: [TargetDelivery[], InvokeRequest[]] = [[], []];
  const s3 = createS3({
    store: new MemoryMetadataStore(),
    blobs: await FilesystemBlobStore.open(join(directory, 'blobs'), ids),
    clock,
    ids,
    logger,
    permission: { check: async ({ functionArn }) => (THERE.has(functionArn) ? 'allowed' : 'denied') },
    accept: async (request) => void accepted.push(request),
    queue: new FakeQueue(clock),
    targets: { deliver: async (delivery) => void delivered.push(delivery) },
    queues: {
      describe: async (queueArn) => {
        if (queueArn.endsWith(':away')) throw new Error('connection refused');
        if (!THERE.has(queueArn)) throw new ServiceError({ code: 'QueueDoesNotExist', status: 400, message: '' });
        return { visibilityTimeoutSeconds: 30, fifo: false };
      },
    },
    topics: { exists: async (topicArn) => THERE.has(topicArn) },
  });
  const { port } = await startListener(t, [s3.service], { logger });
  await s3.start();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new S3Client({ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials, maxAttempts: 1 });
  t.after(async () => {
    client.destroy();
    await s3.close(0);
    rmSync(directory, { recursive: true, force: true });
  });
  await client.send(new CreateBucketCommand({ Bucket }));
  return {
    client,
    delivered,
    accepted,
    configure: (NotificationConfiguration, SkipDestinationValidation) =>
      client.send(
        new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration, SkipDestinationValidation }),
      ),
    arrived: async (count) => {
      const endMs = performance.now() + 20_000;
      while (delivered.length < count && performance.now() < endMs) await new Promise((resolve) => setImmediate(resolve));
      assert.equal(delivered.length, count);
      return delivered.splice(0);
    },
  };
}

let shared: Fixture;

before(async (t) => {
  shared = await open(t as TestContext);
});

/** What is refused: its configuration, the message, and the arguments of the error. */
type Refusal = readonly [string, NotificationConfiguration, string, object];

const REFUSED: readonly Refusal[] = [
  ...Object.entries<NotificationConfiguration>({
    CloudFunction: { LambdaFunctionConfigurations: [{ LambdaFunctionArn: 'arn:aws:lambda:x', Events }] },
    Queue: { QueueConfigurations: [{ QueueArn: 'arn:aws:lambda:x', Events }] },
    Topic: { TopicConfigurations: [{ TopicArn: 'arn:aws:lambda:x', Events }] },
  }).map(([ArgumentName, configuration]): Refusal => [
    `an ARN of a ${ArgumentName} that is none`,
    configuration,
    'The ARN could not be parsed',
    { ArgumentName, ArgumentValue: 'arn:aws:lambda:x' },
  ]),
  [
    'destinations that are not there, each numbered',
    {
      TopicConfigurations: [{ TopicArn: arn('sns', 'none'), Events }],
      QueueConfigurations: [
        { QueueArn: arn('sqs', 'none'), Events: ['s3:ObjectRemoved:Delete'] },
        { QueueArn: QUEUE, Events: ['s3:ObjectRemoved:DeleteMarkerCreated'] },
      ],
    },
    'Unable to validate the following destination configurations',
    {
      ArgumentName1: arn('sns', 'none'),
      ArgumentValue1: 'The destination topic does not exist',
      ArgumentName2: arn('sqs', 'none'),
      ArgumentValue2: 'The destination queue does not exist',
    },
  ],
  [
    'a function that the bucket may not invoke',
    { LambdaFunctionConfigurations: [{ LambdaFunctionArn: `${FUNCTION}:live`, Events }] },
    'Unable to validate the following destination configurations',
    { ArgumentName1: `${FUNCTION}:live, null`, ArgumentValue1: `Not authorized to invoke function [${FUNCTION}:live]` },
  ],
  [
    'a queue elsewhere that can not be reached',
    { QueueConfigurations: [{ QueueArn: arn('sqs', 'away'), Events }] },
    'Unable to validate the following destination configurations',
    { ArgumentName1: arn('sqs', 'away'), ArgumentValue1: 'The destination queue could not be reached' },
  ],
  [
    'FIFO queues and topics',
    {
      TopicConfigurations: [{ TopicArn: arn('sns', 't.fifo'), Events }],
      QueueConfigurations: [{ QueueArn: arn('sqs', 'q.fifo'), Events: ['s3:ObjectRemoved:*'] }],
    },
    'Unable to validate the following destination configurations',
    {
      ArgumentName1: arn('sns', 't.fifo'),
      ArgumentValue1: 'The destination topic is a FIFO topic',
      ArgumentName2: arn('sqs', 'q.fifo'),
      ArgumentValue2: 'The destination queue is a FIFO queue',
    },
  ],
  [
    'a destination of another region',
    { QueueConfigurations: [{ QueueArn: arn('sqs', 'q', 'eu-west-1'), Events }] },
    'The notification destination service region is not valid for the bucket location constraint',
    {},
  ],
  [
    'a filter by something else',
    {
      QueueConfigurations: [
        { QueueArn: QUEUE, Events, Filter: { Key: { FilterRules: [{ Name: 'Infix' as never, Value: 'x' }] } } },
      ],
    },
    'filter rule name must be either prefix or suffix',
    { ArgumentName: 'FilterRule.Name', ArgumentValue: 'Infix' },
  ],
  [
    'an event that S3 does not have',
    { QueueConfigurations: [{ QueueArn: QUEUE, Events: ['s3:ObjectRead:*' as never] }] },
    'The event is not supported for notifications',
    { ArgumentName: 'Event', ArgumentValue: 's3:ObjectRead:*' },
  ],
  [
    'an event that lambkin does not have',
    { QueueConfigurations: [{ QueueArn: QUEUE, Events: ['s3:ObjectTagging:Put'] }] },
    'lambkin does not notify of the event s3:ObjectTagging:Put yet.',
    { ArgumentName: 'Event', ArgumentValue: 's3:ObjectTagging:Put' },
  ],
  [
    'the same id twice',
    {
      TopicConfigurations: [{ Id: 'same', TopicArn: TOPIC, Events }],
      QueueConfigurations: [{ Id: 'same', QueueArn: QUEUE, Events: ['s3:ObjectRemoved:*'] }],
    },
    'Same ID used for multiple configurations. IDs must be unique.',
    {},
  ],
];

for (const [what, configuration, message, members] of REFUSED) {
  test(`refused: ${what}`, async () => {
    await assert.rejects(shared.configure(configuration), (error: Record<string, unknown>) => {
      const told = Object.entries(error).filter(([name]) => name.startsWith('Argument'));
      assert.deepEqual([error['name'], error['message']], ['InvalidArgument', message]);
      assert.deepEqual(Object.fromEntries(told), members);
      assert.equal((error['$metadata'] as { httpStatusCode: number }).httpStatusCode, 400);
      return true;
    });
    const { client } = shared;
    const { QueueConfigurations } = await client.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
    assert.equal(QueueConfigurations, undefined, 'nothing is kept of what is refused');
  });
}

test('rules overlap when some event of some key is meant for two of them, whatever their kinds', async (t) => {
  const { configure } = await open(t);
  const key = (prefix?: string, suffix?: string) => {
    const FilterRules = [
      ...(prefix === undefined ? [] : [{ Name: 'prefix' as const, Value: prefix }]),
      ...(suffix === undefined ? [] : [{ Name: 'suffix' as const, Value: suffix }]),
    ];
    return FilterRules.length > 0 ? { Filter: { Key: { FilterRules } } } : {};
  };
  const table = [
    [{ Events, ...key() }, { Events, ...key() }, true],
    [{ Events, ...key('a/') }, { Events, ...key('a/b/') }, true],
    [{ Events, ...key('a/') }, { Events, ...key('b/') }, false],
    [{ Events, ...key('a/', '.jpg') }, { Events, ...key('a/', '.png') }, false],
    [{ Events, ...key('a/', '.jpg') }, { Events, ...key('', 'x.jpg') }, true],
    [{ Events, ...key(undefined, '.jpg') }, { Events, ...key('a/') }, true],
    [{ Events: ['s3:ObjectCreated:Put'], ...key() }, { Events, ...key() }, true],
    [{ Events: ['s3:ObjectCreated:Put'], ...key() }, { Events: ['s3:ObjectCreated:Copy'], ...key() }, false],
    [{ Events: ['s3:ObjectRemoved:*'], ...key() }, { Events, ...key() }, false],
  ] as const;
  for (const [index, [a, b, overlaps]] of table.entries()) {
    const [first, second] = [a, b].map(({ Events: events, ...rest }) => ({ ...rest, Events: [...events] as Event[] }));
    const kinds = [
      { QueueConfigurations: [{ QueueArn: QUEUE, ...first }], TopicConfigurations: [{ TopicArn: TOPIC, ...second }] },
      {
        QueueConfigurations: [{ QueueArn: QUEUE, ...first }],
        LambdaFunctionConfigurations: [{ LambdaFunctionArn: FUNCTION, ...second }],
      },
      {
        QueueConfigurations: [
          { QueueArn: QUEUE, ...first },
          { QueueArn: arn('sqs', 'other'), ...second },
        ],
      },
    ];
    for (const configuration of kinds) {
      const done = configure(configuration as NotificationConfiguration);
      if (overlaps) {
        const message = 'Configurations overlap. Configurations on the same bucket cannot share a common event type.';
        await assert.rejects(done, { name: 'InvalidArgument', message }, `row ${index}`);
      } else await assert.doesNotReject(done, `row ${index}`);
    }
  }
});

test('what was set is answered: ids are made, filters capitalised; setting nothing ends it', async (t) => {
  const { client, configure, arrived } = await open(t);
  await configure({
    QueueConfigurations: [
      { QueueArn: QUEUE, Events, Filter: { Key: { FilterRules: [{ Name: 'PREFIX' as never, Value: '' }] } } },
    ],
    TopicConfigurations: [{ Id: 'gone', TopicArn: TOPIC, Events: ['s3:ObjectRemoved:*'] }],
    LambdaFunctionConfigurations: [],
  });
  await arrived(2);
  const get = async () => {
    const { $metadata: _, ...rest } = await client.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
    return rest;
  };
  const told = await get();
  const Id = told.QueueConfigurations?.[0]?.Id;
  assert.match(Id ?? '', /^[0-9a-f-]{36}$/);
  assert.deepEqual(told, {
    QueueConfigurations: [{ Id, QueueArn: QUEUE, Events, Filter: { Key: { FilterRules: [{ Name: 'Prefix', Value: '' }] } } }],
    TopicConfigurations: [{ Id: 'gone', TopicArn: TOPIC, Events: ['s3:ObjectRemoved:*'] }],
  });
  await configure({});
  assert.deepEqual(await get(), {});
});

test('each queue and topic gets a test event for each time that it is configured, functions get none', async (t) => {
  const { configure, arrived, accepted } = await open(t);
  const configuration: NotificationConfiguration = {
    QueueConfigurations: [
      { QueueArn: QUEUE, Events: ['s3:ObjectCreated:Put'] },
      { QueueArn: QUEUE, Events: ['s3:ObjectCreated:Copy'] },
    ],
    TopicConfigurations: [{ TopicArn: TOPIC, Events: ['s3:ObjectRemoved:*'] }],
    LambdaFunctionConfigurations: [{ LambdaFunctionArn: FUNCTION, Events: ['s3:ObjectCreated:Post'] }],
  };
  for (let times = 0; times < 2; times += 1) {
    await configure(configuration);
    const events = await arrived(2);
    assert.deepEqual(events.map(({ targetArn, subject }) => [targetArn, subject]).toSorted(), [
      [TOPIC, 'Amazon S3 Notification'],
      [QUEUE, undefined],
    ]);
    for (const { body } of events) {
      const { Time, RequestId, HostId, ...rest } = JSON.parse(body) as Record<string, string>;
      assert.deepEqual(rest, { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket });
      assert.match(Time ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.match(RequestId ?? '', /^[0-9A-F]{16}$/);
      assert.ok((HostId ?? '').length > 20);
    }
  }
  assert.deepEqual(accepted, []);
});

test('validation can be skipped, but not what S3 can never do', async (t) => {
  const { configure, arrived } = await open(t);
  const missing = arn('sqs', 'none');
  await configure({ QueueConfigurations: [{ QueueArn: missing, Events }] }, true);
  assert.deepEqual(
    (await arrived(1)).map(({ targetArn }) => targetArn),
    [missing],
  );
  for (const [QueueArn, message] of [
    ['arn:aws:sqs', 'The ARN could not be parsed'],
    [arn('sqs', 'q.fifo'), 'Unable to validate the following destination configurations'],
    [arn('sqs', 'q', 'eu-west-1'), /region is not valid/],
  ] as const)
    await assert.rejects(configure({ QueueConfigurations: [{ QueueArn, Events }] }, true), { message });
});

test('an event goes to every kind of target that is meant, one record each; of a batch, one for each key', async (t) => {
  const { client, configure, arrived, accepted } = await open(t);
  const under = (Value: string) => ({ Filter: { Key: { FilterRules: [{ Name: 'prefix' as const, Value }] } } });
  await configure({
    QueueConfigurations: [{ Id: 'to-queue', QueueArn: QUEUE, Events, ...under('q/') }],
    TopicConfigurations: [{ Id: 'to-topic', TopicArn: TOPIC, Events: ['s3:ObjectRemoved:*'] }],
    LambdaFunctionConfigurations: [{ Id: 'to-function', LambdaFunctionArn: FUNCTION, Events, ...under('f/') }],
  });
  await arrived(2);
  for (const Key of ['q/a b', 'f/a', 'other']) await client.send(new PutObjectCommand({ Bucket, Key, Body: 'four' }));
  const recordOf = (body: string): { eventName: string; s3: { configurationId: string; object: object } } => {
    const { Records } = JSON.parse(body);
    assert.equal(Records.length, 1);
    return Records[0];
  };
  const [message] = await arrived(1);
  assert.deepEqual([message?.targetArn, message?.account, message?.region], [QUEUE, '000000000000', 'us-east-1']);
  const record = recordOf(message?.body ?? '');
  assert.deepEqual([record.eventName, record.s3.configurationId], ['ObjectCreated:Put', 'to-queue']);
  assert.partialDeepStrictEqual(record.s3.object, { key: 'q/a+b', size: 4, eTag: '8cbad96aced40b3838dd9f07f6ef5772' });
  assert.deepEqual(
    accepted.map(({ payload }) => recordOf(Buffer.from(payload).toString()).s3.configurationId),
    ['to-function'],
  );
  const Objects = ['q/a b', 'f/a', 'other'].map((Key) => ({ Key }));
  await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  const removed = (await arrived(3)).map(({ body }) => recordOf(body).s3.object as { key: string });
  assert.deepEqual(removed.map(({ key }) => key).toSorted(), ['f/a', 'other', 'q/a+b']);
  assert.deepEqual(Object.keys(removed[0] ?? {}), ['key', 'sequencer']);
});

test('what a request was traced by goes on with its notification', async (t) => {
  const { client, configure, arrived } = await open(t);
  await configure({ QueueConfigurations: [{ QueueArn: QUEUE, Events }] });
  await arrived(1);
  const command = new PutObjectCommand({ Bucket, Key: 'traced', Body: '' });
  const traceHeader = 'Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=0123abcd:3';
  command.middlewareStack.add(
    (next) => (args) => {
      (args.request as { headers: Record<string, string> }).headers['x-amzn-trace-id'] = traceHeader;
      return next(args);
    },
    { step: 'build' },
  );
  await client.send(command);
  assert.equal((await arrived(1))[0]?.traceHeader, traceHeader);
});
