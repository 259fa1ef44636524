import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  ListTagsForResourceCommand,
  ListTagsLogGroupCommand,
  paginateDescribeLogGroups,
  paginateDescribeLogStreams,
  paginateFilterLogEvents,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
  TagResourceCommand,
  UntagLogGroupCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { FakeClock } from '../../adapters/memory/fake-clock.ts';
import { ServiceError } from '../../model/service-error.ts';
import type { LogSink } from '../../ports/log-sink.ts';
import type { Logger } from '../../ports/logger.ts';
import type { RequestContext, Service } from '../../wire/service.ts';
import { createLogs } from './create-logs.ts';
import type { LogsHandler } from './logs-handlers.ts';
import type { SubscriptionFunctions } from './subscriptions/subscription-functions.ts';

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
/** Nothing is subscribed here. */
const noFunctions: SubscriptionFunctions = {
  permission: { check: async () => 'absent' },
  directory: { resolve: () => assert.fail('no function is asked for') },
  accept: () => assert.fail('no function is invoked'),
  ids: { uuid: () => 'id', hex: () => '', random: () => 0 },
};
const ACCOUNT = '000000000000';
const REGION = 'us-east-1';

interface Fixture {
  readonly client: CloudWatchLogsClient;
  readonly sink: LogSink;
  readonly clock: FakeClock;
}

/** awsJson1.1 as far as these tests need it. */
function serve(handlers: Readonly<Record<string, LogsHandler>>): Service {
  return {
    name: 'logs',
    async handle(request, response, context) {
      const operation = String(request.headers['x-amz-target']).replace('Logs_20140328.', '');
      let [status, body]: [number, object] = [200, {}];
      try {
        body = (await handlers[operation]?.(JSON.parse(await text(request)), context))?.output ?? assert.fail(operation);
      } catch (error) {
        [status, body] =
          error instanceof ServiceError
            ? [error.status, { __type: error.code, message: error.message }]
            : [500, { message: String(error) }];
      }
      response.statusCode = status;
      response.setHeader('content-type', 'application/x-amz-json-1.1');
      response.end(JSON.stringify(body));
    },
  };
}

async function open(context: TestContext): Promise<Fixture> {
  const directory = await mkdtemp(join(tmpdir(), 'lambkin-logs-'));
  const clock = new FakeClock();
  const logs = createLogs({ directory, clock, logger: silent, serve, functions: noFunctions });
  const scope = { account: ACCOUNT, region: REGION } as RequestContext;
  const server = createServer((request, response) => void logs.service.handle(request, response, scope));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new CloudWatchLogsClient({
    region: REGION,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: ACCOUNT, secretAccessKey: 'x' },
    maxAttempts: 1,
  });
  context.after(async () => {
    client.destroy();
    server.closeAllConnections();
    server.close();
    await logs.close();
    await rm(directory, { recursive: true, force: true });
  });
  return { client, sink: logs.sink, clock };
}

async function withStream(context: TestContext, count: number): Promise<Fixture & { base: number }> {
  const fixture = await open(context);
  const base = fixture.clock.now();
  const records = Array.from({ length: count }, (_, index) => ({ timestampMs: base + index, message: `m${index}` }));
  fixture.sink.write({ account: ACCOUNT, region: REGION, group: 'g', stream: 's' }, records);
  return { ...fixture, base };
}

test('groups: create, describe by prefix and pattern in pages, delete', async (context) => {
  const { client } = await open(context);
  const names = ['/aws/lambda/a', '/aws/lambda/b', '/aws/lambda/c', 'other'];
  for (const logGroupName of names) await client.send(new CreateLogGroupCommand({ logGroupName, tags: { team: 'x' } }));
  await assert.rejects(client.send(new CreateLogGroupCommand({ logGroupName: 'other' })), {
    name: 'ResourceAlreadyExistsException',
    message: 'The specified log group already exists',
  });
  const paged: (string | undefined)[] = [];
  for await (const page of paginateDescribeLogGroups({ client, pageSize: 2 }, { logGroupNamePrefix: '/aws/' })) {
    assert.ok((page.logGroups?.length ?? 0) <= 2);
    paged.push(...(page.logGroups ?? []).map(({ logGroupName }) => logGroupName));
  }
  assert.deepEqual(paged, names.slice(0, 3));
  const { logGroups } = await client.send(new DescribeLogGroupsCommand({ logGroupNamePattern: 'THE' }));
  assert.deepEqual(
    logGroups?.map(({ arn, logGroupArn }) => [arn, logGroupArn]),
    [['arn:aws:logs:us-east-1:000000000000:log-group:other:*', 'arn:aws:logs:us-east-1:000000000000:log-group:other']],
  );
  await client.send(new DeleteLogGroupCommand({ logGroupName: 'other' }));
  await assert.rejects(client.send(new DeleteLogGroupCommand({ logGroupName: 'other' })), {
    name: 'ResourceNotFoundException',
    message: 'The specified log group does not exist.',
  });
});

test('streams: create, describe by name and by last event in pages, delete', async (context) => {
  const { client, clock } = await open(context);
  await assert.rejects(client.send(new CreateLogStreamCommand({ logGroupName: 'g', logStreamName: 'a' })), {
    name: 'ResourceNotFoundException',
    message: 'The specified log group does not exist.',
  });
  await client.send(new CreateLogGroupCommand({ logGroupName: 'g' }));
  const now = clock.now();
  for (const [name, offset] of [
    ['a', 3],
    ['b', 1],
    ['c', 2],
  ] as const) {
    await client.send(new CreateLogStreamCommand({ logGroupName: 'g', logStreamName: name }));
    const logEvents = [{ timestamp: now + offset, message: name }];
    await client.send(new PutLogEventsCommand({ logGroupName: 'g', logStreamName: name, logEvents }));
  }
  await assert.rejects(client.send(new CreateLogStreamCommand({ logGroupName: 'g', logStreamName: 'a' })), {
    name: 'ResourceAlreadyExistsException',
  });
  const order: (string | undefined)[] = [];
  for await (const page of paginateDescribeLogStreams(
    { client, pageSize: 1 },
    { logGroupName: 'g', orderBy: 'LastEventTime', descending: true },
  )) {
    order.push(...(page.logStreams ?? []).map(({ logStreamName }) => logStreamName));
  }
  assert.deepEqual(order, ['a', 'c', 'b']);
  const { logStreams } = await client.send(new DescribeLogStreamsCommand({ logGroupName: 'g', logStreamNamePrefix: 'b' }));
  assert.deepEqual(logStreams, [
    {
      logStreamName: 'b',
      creationTime: now,
      firstEventTimestamp: now + 1,
      lastEventTimestamp: now + 1,
      lastIngestionTime: now,
      uploadSequenceToken: logStreams?.[0]?.uploadSequenceToken,
      arn: 'arn:aws:logs:us-east-1:000000000000:log-group:g:log-stream:b',
      storedBytes: 0,
    },
  ]);
  await client.send(new DeleteLogStreamCommand({ logGroupName: 'g', logStreamName: 'b' }));
  await assert.rejects(client.send(new GetLogEventsCommand({ logGroupName: 'g', logStreamName: 'b' })), {
    name: 'ResourceNotFoundException',
    message: 'The specified log stream does not exist.',
  });
});

test('GetLogEvents forward: pages from the head, and the same token again at the end until more comes', async (context) => {
  const { client, sink, base } = await withStream(context, 25);
  const target = { logGroupName: 'g', logStreamName: 's', limit: 10, startFromHead: true };
  const messages: (string | undefined)[] = [];
  let nextToken: string | undefined;
  for (let previous: string | undefined = 'none'; previous !== nextToken;) {
    previous = nextToken;
    const page = await client.send(new GetLogEventsCommand({ ...target, nextToken }));
    messages.push(...(page.events ?? []).map(({ message }) => message));
    nextToken = page.nextForwardToken;
  }
  assert.deepEqual(
    messages,
    Array.from({ length: 25 }, (_, index) => `m${index}`),
  );
  sink.write({ account: ACCOUNT, region: REGION, group: 'g', stream: 's' }, [{ timestampMs: base + 100, message: 'late' }]);
  const later = await client.send(new GetLogEventsCommand({ ...target, nextToken }));
  assert.deepEqual(
    later.events?.map(({ message }) => message),
    ['late'],
  );
  const back = await client.send(new GetLogEventsCommand({ ...target, nextToken: later.nextBackwardToken }));
  assert.deepEqual(
    back.events?.map(({ message }) => message),
    Array.from({ length: 10 }, (_, index) => `m${index + 15}`),
  );
});

test('GetLogEvents backward: the newest page first, each page in the order of time', async (context) => {
  const { client } = await withStream(context, 25);
  const target = { logGroupIdentifier: 'arn:aws:logs:us-east-1:000000000000:log-group:g', logStreamName: 's', limit: 10 };
  const newest = await client.send(new GetLogEventsCommand(target));
  assert.deepEqual(
    newest.events?.map(({ message }) => message),
    Array.from({ length: 10 }, (_, index) => `m${index + 15}`),
  );
  const middle = await client.send(new GetLogEventsCommand({ ...target, nextToken: newest.nextBackwardToken }));
  const oldest = await client.send(new GetLogEventsCommand({ ...target, nextToken: middle.nextBackwardToken }));
  assert.deepEqual(
    oldest.events?.map(({ message }) => message),
    ['m0', 'm1', 'm2', 'm3', 'm4'],
  );
  const end = await client.send(new GetLogEventsCommand({ ...target, nextToken: oldest.nextBackwardToken }));
  assert.deepEqual([end.events, end.nextBackwardToken], [[], oldest.nextBackwardToken]);
  const forward = await client.send(new GetLogEventsCommand({ ...target, nextToken: end.nextForwardToken }));
  assert.equal(forward.events?.[0]?.message, 'm0');
});

test('GetLogEvents: start is inclusive, end exclusive, and 1 MB bounds a page', async (context) => {
  const { client, sink, base } = await withStream(context, 25);
  const ranged = await client.send(
    new GetLogEventsCommand({ logGroupName: 'g', logStreamName: 's', startTime: base + 3, endTime: base + 6 }),
  );
  assert.deepEqual(
    ranged.events?.map(({ message }) => message),
    ['m3', 'm4', 'm5'],
  );
  const big = { account: ACCOUNT, region: REGION, group: 'g', stream: 'big' };
  sink.write(
    big,
    Array.from({ length: 10 }, (_, index) => ({ timestampMs: base + index, message: 'x'.repeat(200_000) })),
  );
  const page = await client.send(new GetLogEventsCommand({ logGroupName: 'g', logStreamName: 'big', startFromHead: true }));
  assert.equal(page.events?.length, 5);
  await assert.rejects(client.send(new GetLogEventsCommand({ logGroupName: 'g', logStreamName: 's', nextToken: 'f/1/s' })), {
    name: 'InvalidParameterException',
    message: 'The specified nextToken is invalid.',
  });
});

test('FilterLogEvents interleaves streams by time, over pages, with patterns, prefixes and an inclusive end', async (context) => {
  const { client, sink, clock } = await open(context);
  const base = clock.now();
  for (let index = 0; index < 60; index += 1) {
    const stream = `${['x', 'y', 'z'][index % 3]}${Math.floor(index / 30)}`;
    sink.write({ account: ACCOUNT, region: REGION, group: 'g', stream }, [
      { timestampMs: base + index, message: JSON.stringify({ level: index % 2 ? 'ERROR' : 'INFO', n: index }) },
    ]);
  }
  const seen: number[] = [];
  const ids = new Set<string | undefined>();
  for await (const page of paginateFilterLogEvents({ client, pageSize: 7 }, { logGroupName: 'g' })) {
    for (const event of page.events ?? []) {
      seen.push(JSON.parse(event.message ?? '').n);
      ids.add(event.eventId);
    }
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 60 }, (_, index) => index),
  );
  assert.equal(ids.size, 60);
  const filter = async (more: object): Promise<number[]> => {
    const { events } = await client.send(new FilterLogEventsCommand({ logGroupName: 'g', ...more }));
    return (events ?? []).map(({ message }) => JSON.parse(message ?? '').n);
  };
  assert.deepEqual(await filter({ filterPattern: '{ $.level = "ERROR" && $.n > 55 }' }), [57, 59]);
  assert.deepEqual(await filter({ filterPattern: 'ERROR', startTime: base + 3, endTime: base + 7 }), [3, 5, 7]);
  assert.deepEqual(await filter({ logStreamNamePrefix: 'x', endTime: base + 6 }), [0, 3, 6]);
  assert.deepEqual(await filter({ logStreamNames: ['y0', 'z1'], limit: 11 }), [1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 32]);
  await assert.rejects(filter({ logStreamNames: ['none'] }), { name: 'ResourceNotFoundException' });
  await assert.rejects(filter({ unmask: true }), {
    name: 'InvalidParameterException',
    message: 'unmask is not supported by Lambkin.',
  });
});

test('PutLogEvents refuses bad batches and names events that are too old or too new', async (context) => {
  const { client, clock } = await open(context);
  await client.send(new CreateLogGroupCommand({ logGroupName: 'g' }));
  await client.send(new CreateLogStreamCommand({ logGroupName: 'g', logStreamName: 's' }));
  const put = (...timestamps: number[]) =>
    client.send(
      new PutLogEventsCommand({
        logGroupName: 'g',
        logStreamName: 's',
        logEvents: timestamps.map((timestamp) => ({ timestamp, message: 'm' })),
      }),
    );
  const now = clock.now();
  await assert.rejects(put(now, now - 1), { name: 'InvalidParameterException', message: /chronological order/ });
  await assert.rejects(put(now - 86_400_001, now), { name: 'InvalidParameterException', message: /more than 24 hours/ });
  await assert.rejects(put(), { name: 'InvalidParameterException' });
  const { rejectedLogEventsInfo } = await put(now, now + 1, now + 7_200_001);
  assert.deepEqual(rejectedLogEventsInfo, { tooNewLogEventStartIndex: 2 });
  assert.deepEqual((await put(now - 15 * 86_400_000)).rejectedLogEventsInfo, { tooOldLogEventEndIndex: 1 });
  const { events } = await client.send(new GetLogEventsCommand({ logGroupName: 'g', logStreamName: 's' }));
  assert.deepEqual(
    events?.map(({ timestamp }) => timestamp),
    [now, now + 1],
  );
});

test('retention hides expired events at once and can be taken back', async (context) => {
  const { client, clock, base } = await withStream(context, 3);
  await assert.rejects(client.send(new PutRetentionPolicyCommand({ logGroupName: 'g', retentionInDays: 2 })), {
    name: /InvalidParameter|ResourceNotFound/,
  });
  await client.send(new DescribeLogGroupsCommand({}));
  await client.send(new PutRetentionPolicyCommand({ logGroupName: 'g', retentionInDays: 1 }));
  await clock.advance(86_400_000 - (clock.now() - base) + 1);
  const shown = async (): Promise<(string | undefined)[] | undefined> =>
    (await client.send(new GetLogEventsCommand({ logGroupName: 'g', logStreamName: 's' }))).events?.map(({ message }) => message);
  assert.deepEqual(await shown(), ['m1', 'm2']);
  assert.equal((await client.send(new DescribeLogGroupsCommand({}))).logGroups?.[0]?.retentionInDays, 1);
  await client.send(new DeleteRetentionPolicyCommand({ logGroupName: 'g' }));
  assert.deepEqual(await shown(), ['m0', 'm1', 'm2']);
});

test('tags by both forms', async (context) => {
  const { client } = await open(context);
  await client.send(new CreateLogGroupCommand({ logGroupName: 'g', tags: { a: '1' } }));
  const resourceArn = 'arn:aws:logs:us-east-1:000000000000:log-group:g';
  await client.send(new TagResourceCommand({ resourceArn, tags: { b: '2', c: '3' } }));
  await client.send(new UntagResourceCommand({ resourceArn: `${resourceArn}:*`, tagKeys: ['a'] }));
  await client.send(new UntagLogGroupCommand({ logGroupName: 'g', tags: ['c'] }));
  assert.deepEqual((await client.send(new ListTagsForResourceCommand({ resourceArn }))).tags, { b: '2' });
  assert.deepEqual((await client.send(new ListTagsLogGroupCommand({ logGroupName: 'g' }))).tags, { b: '2' });
  await assert.rejects(client.send(new ListTagsForResourceCommand({ resourceArn: `${resourceArn}x` })), {
    name: 'ResourceNotFoundException',
  });
});

test('names that AWS does not allow and settings that are not built are refused', async (context) => {
  const { client } = await open(context);
  for (const logGroupName of ['a b', 'a:b', 'x'.repeat(513), 'ü']) {
    await assert.rejects(
      client.send(new CreateLogGroupCommand({ logGroupName })),
      { name: 'InvalidParameterException' },
      logGroupName,
    );
  }
  await assert.rejects(client.send(new CreateLogGroupCommand({ logGroupName: 'g', kmsKeyId: 'arn:aws:kms:x' })), {
    message: 'kmsKeyId is not supported by Lambkin.',
  });
  await assert.rejects(client.send(new CreateLogGroupCommand({ logGroupName: 'g', logGroupClass: 'DELIVERY' })), {
    name: 'InvalidParameterException',
  });
  for (const logGroupName of ['..', '../..', '/', 'x'.repeat(512)])
    await client.send(new CreateLogGroupCommand({ logGroupName }));
  await assert.rejects(client.send(new CreateLogStreamCommand({ logGroupName: '..', logStreamName: 'a:b' })), {
    name: 'InvalidParameterException',
  });
  await client.send(new CreateLogStreamCommand({ logGroupName: '..', logStreamName: '../../ü\u{1f600}' }));
  const { logStreams } = await client.send(new DescribeLogStreamsCommand({ logGroupName: '..' }));
  assert.deepEqual(
    logStreams?.map(({ logStreamName }) => logStreamName),
    ['../../ü\u{1f600}'],
  );
});
