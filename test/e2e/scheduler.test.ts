import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateEventBusCommand, EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateFunctionCommand, LambdaClient, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda';
import * as api from '@aws-sdk/client-scheduler';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, DeleteMessageCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { SCHEDULER } from '../../src/wire/generated/scheduler.ts';
import { clientOptions, startServer, type TestServer } from './server.ts';
import { zip } from './zip.ts';

// Schedules of a server that runs as a user starts it, by AWS's own clients: to functions, queues, topics and buses, and
// across kills. What a function got is told by its log.

const ACCOUNT = '000000000000';
const RoleArn = `arn:aws:iam::${ACCOUNT}:role/scheduler`;
const FlexibleTimeWindow = { Mode: 'OFF' } as const;
const queueArn = (name: string): string => `arn:aws:sqs:us-east-1:${ACCOUNT}:${name}`;

let server: TestServer;
let client: api.SchedulerClient;
let events: EventBridgeClient;
let lambda: LambdaClient;
let logs: CloudWatchLogsClient;
let sns: SNSClient;
let sqs: SQSClient;
const bySdk = new Map<string, number>();
const byCli = new Map<string, number>();
const count = (counts: Map<string, number>, name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);

function connect(): void {
  const options = { ...clientOptions(server), maxAttempts: 1 };
  client = new api.SchedulerClient(options);
  events = new EventBridgeClient(options);
  lambda = new LambdaClient(options);
  logs = new CloudWatchLogsClient(options);
  sns = new SNSClient(options);
  sqs = new SQSClient(options);
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const result = await next(args);
      count(bySdk, String(context.commandName).replace(/Command$/, ''));
      return result;
    },
    { step: 'initialize' },
  );
}

function disconnect(): void {
  for (const one of [client, events, lambda, logs, sns, sqs]) one.destroy();
}

before(async () => {
  server = await startServer();
  connect();
});

after(async () => {
  disconnect();
  console.log('operation of EventBridge Scheduler   SDK  CLI');
  for (const name of Object.keys(SCHEDULER.operations))
    console.log(`  ${name.padEnd(34)} ${String(bySdk.get(name) ?? 0).padStart(3)}  ${String(byCli.get(name) ?? 0).padStart(3)}`);
  assert.equal(await server.close(), 0, server.output());
});

async function makeFunction(FunctionName: string): Promise<string> {
  const handler = `export const handler = async (event) => console.log('GOT ' + JSON.stringify(event));`;
  const { FunctionArn = '' } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: RoleArn,
      Code: { ZipFile: await zip({ 'index.mjs': handler }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 30, minDelay: 0.05 }, { FunctionName });
  return FunctionArn;
}

/** What a function has logged that it got, once it is `countMin` events or more. */
async function gotten(functionName: string, countMin: number): Promise<Record<string, unknown>[]> {
  for (let tries = 0; ; tries += 1) {
    const request = { logGroupName: `/aws/lambda/${functionName}`, filterPattern: 'GOT' };
    const page = await logs.send(new FilterLogEventsCommand(request)).catch(() => undefined);
    const got = (page?.events ?? []).map(({ message = '' }) => JSON.parse(message.slice(message.indexOf('GOT ') + 4)));
    if (got.length >= countMin) return got;
    // Each asking is a request, so it does not spin.
    assert.ok(tries < 20_000, `${functionName} got ${got.length} of ${countMin} events`);
  }
}

async function makeQueue(QueueName: string): Promise<string> {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName }));
  return QueueUrl;
}

/** At least so many messages, waiting for up to half a minute. */
async function receive(queue: string, countMin: number): Promise<Message[]> {
  const QueueUrl = `${server.endpoint}/${ACCOUNT}/${queue}`;
  const messages: Message[] = [];
  for (let tries = 0; messages.length < countMin && tries < 15; tries += 1) {
    const request = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 2, MessageAttributeNames: ['All'] };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(request));
    for (const message of Messages) {
      messages.push(message);
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
    }
  }
  return messages;
}

/** `at(...)` so many seconds from now. */
const soon = (seconds: number): string => `at(${new Date(Date.now() + seconds * 1_000).toISOString().slice(0, 19)})`;

async function schedule(
  Name: string,
  Target: Omit<api.Target, 'RoleArn'>,
  more: Partial<api.CreateScheduleInput> = {},
): Promise<void> {
  const ScheduleExpression = soon(1);
  const own = { Name, ScheduleExpression, FlexibleTimeWindow, Target: { RoleArn, ...Target } };
  await client.send(new api.CreateScheduleCommand({ ...own, ...more }));
}

test('a schedule runs a function once, with its input, and is gone afterwards', async () => {
  const Arn = await makeFunction('once');
  const Input = '{"arn":"<aws.scheduler.schedule-arn>","at":"<aws.scheduler.scheduled-time>","n":<aws.scheduler.attempt-number>}';
  const ScheduleExpression = soon(2);
  await schedule('once', { Arn, Input }, { ScheduleExpression, ActionAfterCompletion: 'DELETE' });
  const [event] = await gotten('once', 1);
  assert.deepEqual(event, {
    arn: `arn:aws:scheduler:us-east-1:${ACCOUNT}:schedule/default/once`,
    at: `${ScheduleExpression.slice(3, -1)}Z`,
    n: 1,
  });
  await assert.rejects(client.send(new api.GetScheduleCommand({ Name: 'once' })), { name: 'ResourceNotFoundException' });
});

test('a rate runs a function at once, with a notification', async () => {
  const Arn = await makeFunction('rate');
  await schedule('rate', { Arn }, { ScheduleExpression: 'rate(1 hour)' });
  const [event] = await gotten('rate', 1);
  assert.deepEqual(
    [event?.['source'], event?.['detail-type'], event?.['detail'], event?.['resources']],
    ['aws.scheduler', 'Scheduled Event', '{}', [`arn:aws:scheduler:us-east-1:${ACCOUNT}:schedule/default/rate`]],
  );
});

test('queues, topics, buses and API actions', async () => {
  for (const name of ['plain', 'by-topic', 'by-bus', 'by-action']) await makeQueue(name);
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'topic' }));
  const Attributes = { RawMessageDelivery: 'true' };
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: queueArn('by-topic'), Attributes }));
  const { EventBusArn = '' } = await events.send(new CreateEventBusCommand({ Name: 'nights' }));
  const rule = { EventBusName: 'nights', Name: 'r', EventPattern: '{"source":["clock"]}' };
  await events.send(new PutRuleCommand(rule));
  const Targets = [{ Id: '1', Arn: queueArn('by-bus') }];
  await events.send(new PutTargetsCommand({ EventBusName: 'nights', Rule: 'r', Targets }));
  const functionArn = await makeFunction('by-action');
  const action = (name: string): string => `arn:aws:scheduler:::aws-sdk:${name}`;
  await schedule('to-queue', { Arn: queueArn('plain'), Input: 'plain text' });
  await schedule('to-topic', { Arn: TopicArn, Input: 'by topic' });
  const EventBridgeParameters = { DetailType: 'Night', Source: 'clock' };
  await schedule('to-bus', { Arn: EventBusArn, Input: '{"a":1}', EventBridgeParameters });
  const Payload = '{"by":"action"}';
  const invocation = { FunctionName: functionArn, InvocationType: 'Event', Payload };
  await schedule('invoke', { Arn: action('lambda:invoke'), Input: JSON.stringify(invocation) });
  const call = { FunctionName: 'by-action', Payload: '{"by":"call"}' };
  await schedule('call', { Arn: action('lambda:invoke'), Input: JSON.stringify(call) });
  const MessageAttributes = { kind: { DataType: 'String', StringValue: 'night' } };
  const message = { QueueUrl: `${server.endpoint}/${ACCOUNT}/by-action`, MessageBody: 'by action', MessageAttributes };
  await schedule('send', { Arn: action('sqs:sendMessage'), Input: JSON.stringify(message) });
  const publication = { TopicArn, Message: 'published', Subject: 'night' };
  await schedule('publish', { Arn: action('sns:publish'), Input: JSON.stringify(publication) });
  assert.equal((await receive('plain', 1))[0]?.Body, 'plain text');
  const topical = await receive('by-topic', 2);
  assert.deepEqual(topical.map(({ Body }) => Body).toSorted(), ['by topic', 'published']);
  const { detail, source, resources, 'detail-type': type } = JSON.parse((await receive('by-bus', 1))[0]?.Body ?? '{}');
  const scheduleArn = `arn:aws:scheduler:us-east-1:${ACCOUNT}:schedule/default/to-bus`;
  assert.deepEqual([detail, source, type, resources], [{ a: 1 }, 'clock', 'Night', [scheduleArn]]);
  const [sent] = await receive('by-action', 1);
  assert.deepEqual([sent?.Body, sent?.MessageAttributes?.['kind']?.StringValue], ['by action', 'night']);
  const invoked = await gotten('by-action', 2);
  assert.deepEqual(invoked.map(({ by }) => by).toSorted(), ['action', 'call']);
});

test('what is not taken goes to the dead-letter queue', async () => {
  await makeQueue('dead');
  const Arn = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:absent`;
  await schedule('lost', { Arn, Input: '{"n":1}', DeadLetterConfig: { Arn: queueArn('dead') } });
  const [letter] = await receive('dead', 1);
  assert.equal(letter?.Body, '{"n":1}');
  const { ERROR_MESSAGE, EXECUTION_ID, SCHEDULED_TIME, ...attributes } = Object.fromEntries(
    Object.entries(letter.MessageAttributes ?? {}).map(([name, { StringValue }]) => [name, StringValue]),
  );
  assert.match(`${ERROR_MESSAGE} ${EXECUTION_ID} ${SCHEDULED_TIME}`, /Function not found.* [0-9a-f]{16} 20\d\d-.*Z$/);
  assert.deepEqual(attributes, {
    ERROR_CODE: 'ResourceNotFoundException',
    IS_PAYLOAD_TRUNCATED: 'false',
    RETRY_ATTEMPTS: '0',
    SCHEDULE_ARN: `arn:aws:scheduler:us-east-1:${ACCOUNT}:schedule/default/lost`,
    TARGET_ARN: Arn,
  });
});

test('across kills: what is due runs once, what was due meanwhile too', async () => {
  await makeQueue('kept');
  const Arn = queueArn('kept');
  const Input = '<aws.scheduler.execution-id>';
  const at = { ScheduleExpression: soon(5) };
  const names = Array.from({ length: 600 }, (_, index) => `kept-${index}`);
  for (let from = 0; from < names.length; from += 50)
    await Promise.all(
      names.slice(from, from + 50).map((name) => schedule(name, { Arn, Input }, { ...at, ActionAfterCompletion: 'DELETE' })),
    );
  const messages: Message[] = [];
  // As soon as the first are there, so in the midst of it.
  for (let kills = 0; kills < 3; kills += 1) {
    messages.push(...(await receive('kept', 1)));
    disconnect();
    server = await server.restart();
    connect();
  }
  // What was on its way when the server was killed comes again once its lease is over.
  for (let tries = 0; new Set(messages.map(({ Body }) => Body)).size < names.length && tries < 200; tries += 1)
    messages.push(...(await receive('kept', 1)));
  const ids = messages.map(({ Body }) => Body);
  assert.equal(new Set(ids).size, names.length);
  const left = await client.send(new api.ListSchedulesCommand({ NamePrefix: 'kept-' }));
  assert.deepEqual(left.Schedules, []);
  console.log(`${names.length} runs across 3 kills: none lost, ${ids.length - names.length} done again`);
  await makeQueue('missed');
  await schedule('missed', { Arn: queueArn('missed'), Input: '<aws.scheduler.scheduled-time>' }, { ScheduleExpression: soon(1) });
  await server.kill();
  // The time has to pass while nobody is there.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  disconnect();
  server = await server.restart();
  connect();
  assert.equal((await receive('missed', 1)).length, 1, 'missed by a stop, and made up for');
});

test('groups, tags and lists by the official client', async () => {
  const { ScheduleGroupArn: ResourceArn } = await client.send(new api.CreateScheduleGroupCommand({ Name: 'g' }));
  await client.send(new api.TagResourceCommand({ ResourceArn, Tags: [{ Key: 'a', Value: 'b' }] }));
  assert.deepEqual((await client.send(new api.ListTagsForResourceCommand({ ResourceArn }))).Tags, [{ Key: 'a', Value: 'b' }]);
  await client.send(new api.UntagResourceCommand({ ResourceArn, TagKeys: ['a'] }));
  const Arn = queueArn('plain');
  await schedule('s', { Arn }, { GroupName: 'g', State: 'DISABLED' });
  const changed = { Name: 's', GroupName: 'g', ScheduleExpression: 'rate(1 day)', FlexibleTimeWindow, Target: { Arn, RoleArn } };
  await client.send(new api.UpdateScheduleCommand({ ...changed, State: 'DISABLED' }));
  const got = await client.send(new api.GetScheduleCommand({ Name: 's', GroupName: 'g' }));
  assert.equal(got.ScheduleExpression, 'rate(1 day)');
  const { Schedules } = await client.send(new api.ListSchedulesCommand({ GroupName: 'g' }));
  assert.equal(Schedules?.length, 1);
  await client.send(new api.DeleteScheduleCommand({ Name: 's', GroupName: 'g' }));
  assert.equal((await client.send(new api.GetScheduleGroupCommand({ Name: 'g' }))).State, 'ACTIVE');
  await client.send(new api.DeleteScheduleGroupCommand({ Name: 'g' }));
  for (let tries = 0; tries < 1_000; tries += 1) {
    const { ScheduleGroups = [] } = await client.send(new api.ListScheduleGroupsCommand({}));
    if (ScheduleGroups.length === 1) return;
  }
  assert.fail('the group is still there');
});

test('every operation by the AWS CLI', async (t) => {
  const run = promisify(execFile);
  const version = await run('aws', ['--version']).catch((error: Error) => error);
  if (version instanceof Error) return t.skip(`there is no AWS CLI: ${version.message}`);
  const aws = async (operation: string, ...args: string[]): Promise<Record<string, unknown>> => {
    const env = { ...process.env, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_DEFAULT_REGION: 'us-east-1' };
    const fixed = ['--endpoint-url', server.endpoint, '--output', 'json', 'scheduler'];
    const { stdout } = await run('aws', [...fixed, operation, ...args], { env });
    count(
      byCli,
      operation.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase()),
    );
    return stdout.trim() === '' ? {} : JSON.parse(stdout);
  };
  await makeQueue('cli');
  const { ScheduleGroupArn } = await aws('create-schedule-group', '--name', 'cli');
  const arn = String(ScheduleGroupArn);
  const Target = JSON.stringify({ Arn: queueArn('cli'), RoleArn, Input: 'by cli' });
  const named = ['--name', 's', '--group-name', 'cli'];
  const set = ['--flexible-time-window', 'Mode=OFF', '--target', Target];
  const created = await aws('create-schedule', ...named, ...set, '--schedule-expression', 'rate(1 hour)');
  assert.deepEqual(created, { ScheduleArn: `arn:aws:scheduler:us-east-1:${ACCOUNT}:schedule/cli/s` });
  assert.equal((await receive('cli', 1))[0]?.Body, 'by cli');
  await aws('update-schedule', ...named, ...set, '--schedule-expression', 'cron(0 3 * * ? *)', '--state', 'DISABLED');
  const got = await aws('get-schedule', ...named);
  assert.deepEqual([got['ScheduleExpression'], got['State']], ['cron(0 3 * * ? *)', 'DISABLED']);
  const listed = await aws('list-schedules', '--group-name', 'cli', '--state', 'DISABLED', '--name-prefix', 's');
  assert.equal((listed['Schedules'] as unknown[]).length, 1);
  await aws('tag-resource', '--resource-arn', arn, '--tags', 'Key=a,Value=b', 'Key=c,Value=d');
  await aws('untag-resource', '--resource-arn', arn, '--tag-keys', 'a', 'x');
  assert.deepEqual(await aws('list-tags-for-resource', '--resource-arn', arn), { Tags: [{ Key: 'c', Value: 'd' }] });
  await aws('delete-schedule', ...named);
  assert.equal((await aws('get-schedule-group', '--name', 'cli'))['State'], 'ACTIVE');
  assert.equal(((await aws('list-schedule-groups'))['ScheduleGroups'] as unknown[]).length, 2);
  await aws('delete-schedule-group', '--name', 'cli');
});
