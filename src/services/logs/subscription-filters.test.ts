import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { FakeClock } from '../../adapters/memory/fake-clock.ts';
import { QuietLogger } from '../../adapters/memory/quiet-logger.ts';
import { lambdaError } from '../../model/lambda-errors.ts';
import type { ResolvedFunction } from '../../ports/function-directory.ts';
import type { InvokeRequest } from '../../ports/invoker.ts';
import type { RequestContext } from '../../wire/service.ts';
import { createLogs, type Logs } from './create-logs.ts';
import type { LogsHandler } from './logs-handlers.ts';
import type { Members } from './members.ts';
import type { SubscriptionMessage } from './subscriptions/subscription-message.ts';

const SCOPE = { account: '000000000000', region: 'us-east-1' };
const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:';
const STREAM = { ...SCOPE, group: '/app', stream: 's' };
const NOT_EXECUTED =
  'Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.';

interface Fixture {
  readonly clock: FakeClock;
  readonly logs: Logs;
  readonly requests: InvokeRequest[];
  /** Groups that functions log to other than their own. */
  readonly logGroups: Map<string, string>;
  call(operation: string, input: Members): Promise<Record<string, unknown>>;
  reopen(): Promise<Fixture>;
  close(): Promise<void>;
}

function openIn(directory: string): Fixture {
  const clock = new FakeClock();
  const requests: InvokeRequest[] = [];
  const logGroups = new Map<string, string>();
  let handlers: Readonly<Record<string, LogsHandler>> = {};
  const logs = createLogs({
    directory,
    clock,
    logger: new QuietLogger(),
    serve: (given) => {
      handlers = given;
      return { name: 'logs', handle: async () => undefined };
    },
    functions: {
      permission: {
        check: async ({ functionArn, sourceArn }) =>
          functionArn.includes(':closed') || sourceArn?.endsWith(':*') !== true ? 'denied' : 'allowed',
      },
      directory: {
        resolve: async ({ functionName }) => {
          if (functionName === 'gone') throw lambdaError('ResourceNotFoundException', 'Function not found');
          return {
            version: { logGroup: logGroups.get(functionName) ?? `/aws/lambda/${functionName}` },
          } as ResolvedFunction;
        },
      },
      accept: async (request) => {
        if (request.functionName === 'busy') throw lambdaError('ResourceConflictException', 'not now');
        requests.push(request);
      },
      ids: { uuid: () => 'id', hex: () => '', random: () => 0 },
    },
  });
  return {
    clock,
    logs,
    requests,
    logGroups,
    call: async (operation, input) => {
      const handler = handlers[operation] ?? assert.fail(`no ${operation}`);
      return { ...(await handler(input, SCOPE as RequestContext)).output };
    },
    reopen: async () => {
      await logs.close();
      return openIn(directory);
    },
    close: () => logs.close(),
  };
}

async function open(context: TestContext): Promise<Fixture> {
  const directory = await mkdtemp(join(tmpdir(), 'lambkin-subscriptions-'));
  const fixture = openIn(directory);
  context.after(async () => {
    await fixture.close();
    await rm(directory, { recursive: true, force: true });
  });
  await fixture.call('CreateLogGroup', { logGroupName: '/app' });
  return fixture;
}

function filter(members: Members = {}): Members {
  return { logGroupName: '/app', filterName: 'f', filterPattern: '', destinationArn: `${FUNCTION}b`, ...members };
}

function messageOf({ payload }: InvokeRequest): SubscriptionMessage {
  const { awslogs } = JSON.parse(Buffer.from(payload).toString()) as { awslogs: { data: string } };
  return JSON.parse(gunzipSync(Buffer.from(awslogs.data, 'base64')).toString());
}

function refusal(code: string, message: string): { code: string; status: number; message: string } {
  return { code, status: 400, message };
}

test('a filter is put, described by prefix and page, replaced and deleted; a group has two', async (context) => {
  const { call, clock } = await open(context);
  const createdMs = clock.now();
  assert.deepEqual(await call('PutSubscriptionFilter', filter({ filterName: 'one' })), {});
  await clock.advance(1_000);
  const second = { filterName: 'two', filterPattern: '{ $.a = 1 }', destinationArn: `${FUNCTION}b:live`, distribution: 'Random' };
  await call('PutSubscriptionFilter', filter(second));
  await assert.rejects(
    call('PutSubscriptionFilter', filter({ filterName: 'three' })),
    refusal('LimitExceededException', 'Resource limit exceeded.'),
  );
  await call('PutSubscriptionFilter', filter({ filterName: 'one', filterPattern: 'ERROR' }));
  const one = {
    filterName: 'one',
    logGroupName: '/app',
    filterPattern: 'ERROR',
    destinationArn: `${FUNCTION}b`,
    distribution: 'ByLogStream',
    applyOnTransformedLogs: false,
    creationTime: createdMs,
  };
  const two = { ...second, logGroupName: '/app', applyOnTransformedLogs: false, creationTime: createdMs + 1_000 };
  const describe = (members: Members): Promise<Record<string, unknown>> =>
    call('DescribeSubscriptionFilters', { logGroupName: '/app', ...members });
  assert.deepEqual(await describe({}), { subscriptionFilters: [one, two] });
  assert.deepEqual(await describe({ filterNamePrefix: 't' }), { subscriptionFilters: [two] });
  const { nextToken, ...page } = await describe({ limit: 1 });
  assert.deepEqual(page, { subscriptionFilters: [one] });
  assert.deepEqual(await describe({ limit: 1, nextToken }), { subscriptionFilters: [two] });
  await call('DeleteSubscriptionFilter', { logGroupName: '/app', filterName: 'one' });
  assert.deepEqual(await describe({}), { subscriptionFilters: [two] });
  await assert.rejects(
    call('DeleteSubscriptionFilter', { logGroupName: '/app', filterName: 'one' }),
    refusal('ResourceNotFoundException', 'The specified subscription filter does not exist.'),
  );
});

test('what AWS refuses, and what is not built, by its words', async (context) => {
  const { call, requests, logGroups } = await open(context);
  logGroups.set('elsewhere', '/app');
  const reserved = 'The log group provided is reserved for the function logs of the destination function.';
  const group = '/aws/lambda/b';
  await call('CreateLogGroup', { logGroupName: group });
  const rows: readonly [Members, string][] = [
    [{ destinationArn: `${FUNCTION}closed` }, NOT_EXECUTED],
    [{ destinationArn: `${FUNCTION}gone` }, NOT_EXECUTED],
    [{ destinationArn: `${FUNCTION}busy` }, NOT_EXECUTED],
    [{ destinationArn: 'arn:aws:lambda:us-east-1:111111111111:function:b' }, NOT_EXECUTED],
    [{ logGroupName: group }, reserved],
    [{ logGroupName: group, destinationArn: `${FUNCTION}b:live` }, reserved],
    [{ destinationArn: `${FUNCTION}elsewhere` }, reserved],
    [{ roleArn: 'arn:aws:iam::000000000000:role/r' }, 'destinationArn for vendor lambda cannot be used with roleArn'],
    [
      { destinationArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/s' },
      'destinationArn: destinations of kinesis are not supported by Lambkin.',
    ],
    [
      { destinationArn: 'arn:aws:firehose:us-east-1:000000000000:deliverystream/s' },
      'destinationArn: destinations of firehose are not supported by Lambkin.',
    ],
    [
      { destinationArn: 'arn:aws:logs:us-east-1:000000000000:destination:d' },
      'destinationArn: destinations of logs are not supported by Lambkin.',
    ],
    [
      { destinationArn: 'arn:aws:sns:us-east-1:000000000000:t' },
      'PutSubscriptionFilter operation cannot work with destinationArn for vendor sns',
    ],
    [{ destinationArn: 'b' }, 'The specified destinationArn is not valid.'],
    [{ destinationArn: `${FUNCTION}b:x:y` }, 'The specified destinationArn is not valid.'],
    [{ filterPattern: '{ $.a }' }, 'Invalid filter pattern'],
    [{ applyOnTransformedLogs: true }, 'applyOnTransformedLogs is not supported by Lambkin.'],
    [{ emitSystemFields: ['@aws.account'] }, 'emitSystemFields is not supported by Lambkin.'],
    [{ fieldSelectionCriteria: '@aws.region = "x"' }, 'fieldSelectionCriteria is not supported by Lambkin.'],
    [
      { distribution: 'Other' },
      "1 validation error detected: Value 'Other' at 'distribution' failed to satisfy constraint: Member must satisfy enum value set: [Random, ByLogStream]",
    ],
    [
      { filterPattern: undefined },
      "1 validation error detected: Value null at 'filterPattern' failed to satisfy constraint: Member must not be null",
    ],
  ];
  for (const [members, message] of rows) {
    await assert.rejects(call('PutSubscriptionFilter', filter(members)), refusal('InvalidParameterException', message), message);
  }
  const absent = refusal('ResourceNotFoundException', 'The specified log group does not exist.');
  await assert.rejects(call('PutSubscriptionFilter', filter({ logGroupName: 'x' })), absent);
  await assert.rejects(call('DescribeSubscriptionFilters', { logGroupName: 'x' }), absent);
  await assert.rejects(call('DeleteSubscriptionFilter', { logGroupName: 'x', filterName: 'f' }), absent);
  assert.deepEqual(requests, []);
});

test('the function is tested when it is subscribed, and gets what is logged from then on by any way', async (context) => {
  const { call, clock, logs, requests } = await open(context);
  const timestampMs = clock.now();
  logs.sink.write(STREAM, [{ timestampMs, message: 'ERROR earlier' }]);
  await call('PutSubscriptionFilter', filter({ filterPattern: 'ERROR' }));
  assert.deepEqual(requests.map(messageOf), [
    {
      messageType: 'CONTROL_MESSAGE',
      owner: 'CloudwatchLogs',
      logGroup: '',
      logStream: '',
      subscriptionFilters: [],
      logEvents: [{ id: '', timestamp: timestampMs, message: 'CWL CONTROL MESSAGE: Checking health of destination Lambda.' }],
    },
  ]);
  logs.sink.write(STREAM, [
    { timestampMs: timestampMs + 1, message: 'fine' },
    { timestampMs: timestampMs + 2, message: 'ERROR printed' },
  ]);
  logs.sink.write({ ...STREAM, group: '/other' }, [{ timestampMs, message: 'ERROR elsewhere' }]);
  await logs.sink.flush();
  const logEvents = [{ timestamp: timestampMs, message: 'ERROR put' }];
  await call('PutLogEvents', { logGroupName: '/app', logStreamName: 's', logEvents });
  const { events } = (await call('FilterLogEvents', { logGroupName: '/app', filterPattern: 'ERROR' })) as {
    events: { eventId: string; timestamp: number; message: string }[];
  };
  await call('DeleteSubscriptionFilter', { logGroupName: '/app', filterName: 'f' });
  await call('PutLogEvents', { logGroupName: '/app', logStreamName: 's', logEvents });
  await logs.close();
  const sent = messageOf(requests[1] ?? assert.fail('nothing was sent'));
  assert.deepEqual(
    sent.logEvents.map(({ message }) => message),
    ['ERROR printed', 'ERROR put'],
  );
  for (const { id, message } of sent.logEvents) {
    assert.equal(id, events.find((event) => event.message === message)?.eventId);
  }
  assert.equal(requests.length, 2);
});

test('filters outlive a restart and changes of other settings', async (context) => {
  const first = await open(context);
  await first.call('PutSubscriptionFilter', filter());
  await first.call('PutRetentionPolicy', { logGroupName: '/app', retentionInDays: 7 });
  await first.call('TagLogGroup', { logGroupName: '/app', tags: { team: 'x' } });
  await first.call('DeleteRetentionPolicy', { logGroupName: '/app' });
  const second = await first.reopen();
  second.logs.sink.write(STREAM, [{ timestampMs: 1, message: 'after' }]);
  await second.close();
  assert.deepEqual(
    second.requests.map(messageOf).map(({ logGroup, logStream, logEvents }) => [logGroup, logStream, logEvents[0]?.message]),
    [['/app', 's', 'after']],
  );
});
