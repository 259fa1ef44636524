import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import * as api from '@aws-sdk/client-eventbridge';
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  InvokeCommand,
  LambdaClient,
  PutFunctionEventInvokeConfigCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutBucketNotificationConfigurationCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, DeleteMessageCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { clientOptions, startServer, type TestServer } from './server.ts';
import { zip } from './zip.ts';

// Events on their way to functions and queues: official clients, real sandboxes. What a function got is told by its log.

let server: TestServer;
let client: api.EventBridgeClient;
let lambda: LambdaClient;
let logs: CloudWatchLogsClient;
let sqs: SQSClient;
const done = new Map<string, number>();

function connect(): void {
  const options = { ...clientOptions(server), maxAttempts: 1 };
  client = new api.EventBridgeClient(options);
  lambda = new LambdaClient(options);
  logs = new CloudWatchLogsClient(options);
  sqs = new SQSClient(options);
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const result = await next(args);
      const name = String(context.commandName).replace(/Command$/, '');
      done.set(name, (done.get(name) ?? 0) + 1);
      return result;
    },
    { step: 'initialize' },
  );
}

before(async () => {
  server = await startServer();
  connect();
});

after(async () => {
  for (const one of [client, lambda, logs, sqs]) one.destroy();
  console.log('operations of EventBridge by the official client:');
  for (const [name, count] of [...done].toSorted()) console.log(`  ${name.padEnd(24)} ${count}`);
  assert.equal(await server.close(), 0, server.output());
});

const HANDLER = `export const handler = async (event) => console.log('GOT ' + JSON.stringify(event));`;

async function makeFunction(FunctionName: string, isOpen = true): Promise<string> {
  const { FunctionArn = '' } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/test',
      Code: { ZipFile: await zip({ 'index.mjs': HANDLER }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 30, minDelay: 0.05 }, { FunctionName });
  if (isOpen)
    await lambda.send(
      new AddPermissionCommand({
        FunctionName,
        StatementId: 'events',
        Action: 'lambda:InvokeFunction',
        Principal: 'events.amazonaws.com',
        SourceArn: 'arn:aws:events:us-east-1:000000000000:rule/*',
      }),
    );
  return FunctionArn;
}

async function makeRule(Name: string, source: string, targets: readonly api.Target[], EventBusName?: string): Promise<void> {
  await client.send(new api.PutRuleCommand({ Name, EventBusName, EventPattern: JSON.stringify({ source: [source] }) }));
  const put = await client.send(new api.PutTargetsCommand({ Rule: Name, EventBusName, Targets: [...targets] }));
  assert.deepEqual(put.FailedEntries, []);
}

async function putEvents(source: string, details: readonly object[], EventBusName?: string): Promise<string[]> {
  const ids: string[] = [];
  for (let from = 0; from < details.length; from += 10) {
    const Entries = details
      .slice(from, from + 10)
      .map((detail) => ({ Source: source, DetailType: 'Test', Detail: JSON.stringify(detail), EventBusName }));
    const answer = await client.send(new api.PutEventsCommand({ Entries }));
    assert.equal(answer.FailedEntryCount, 0);
    ids.push(...(answer.Entries ?? []).map(({ EventId = '' }) => EventId));
  }
  return ids;
}

/** What a function has logged that it got, once it is `count` events or more. */
async function gotten(functionName: string, count: number): Promise<Record<string, unknown>[]> {
  for (let tries = 0; ; tries += 1) {
    const events: Record<string, unknown>[] = [];
    let nextToken: string | undefined;
    do {
      const page = await logs
        .send(new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${functionName}`, filterPattern: 'GOT', nextToken }))
        .catch(() => undefined);
      for (const { message = '' } of page?.events ?? []) events.push(JSON.parse(message.slice(message.indexOf('GOT ') + 4)));
      nextToken = page?.nextToken;
    } while (nextToken !== undefined);
    if (events.length >= count) return events;
    // Each asking is a request, so it does not spin.
    assert.ok(tries < 20_000, `${functionName} got ${events.length} of ${count} events`);
  }
}

/** A queue's URL and ARN, or why there is none. */
async function makeQueue(QueueName: string): Promise<{ url: string; arn: string } | string> {
  try {
    const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName }));
    return { url, arn: `arn:aws:sqs:us-east-1:000000000000:${QueueName}` };
  } catch (error) {
    return String((error as Error).message);
  }
}

async function receive(QueueUrl: string, count: number): Promise<Message[]> {
  const messages: Message[] = [];
  for (let tries = 0; messages.length < count && tries < 10; tries += 1) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 2, MessageAttributeNames: ['All'] }),
    );
    for (const message of Messages) {
      messages.push(message);
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
    }
  }
  return messages;
}

test('an event reaches a function whole, by way of a bus of its own, and transformed', async () => {
  const Arn = await makeFunction('whole');
  const { EventBusArn = '' } = await client.send(new api.CreateEventBusCommand({ Name: 'orders' }));
  await makeRule(
    'whole',
    'shop',
    [
      { Id: 'whole', Arn },
      {
        Id: 'transformed',
        Arn,
        InputTransformer: { InputPathsMap: { n: '$.detail.n' }, InputTemplate: '{"number":<n>,"text":"no. <n>"}' },
      },
    ],
    'orders',
  );
  await makeRule('forward', 'shop', [{ Id: 'bus', Arn: EventBusArn }]);
  const [id] = await putEvents('shop', [{ n: 7 }]);
  const events = await gotten('whole', 2);
  assert.deepEqual(
    events.find((event) => 'number' in event),
    { number: 7, text: 'no. 7' },
  );
  const { time, ...event } = events.find((one) => 'id' in one) ?? {};
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.deepEqual(event, {
    version: '0',
    id,
    'detail-type': 'Test',
    source: 'shop',
    account: '000000000000',
    region: 'us-east-1',
    resources: [],
    detail: { n: 7 },
  });
});

test('an event reaches a queue, and what a function does not take the dead-letter queue', async (t) => {
  const [queue, dead] = [await makeQueue('events'), await makeQueue('dead')];
  if (typeof queue === 'string' || typeof dead === 'string') return t.skip(`there are no queues: ${String(queue)}`);
  const DeadLetterConfig = { Arn: dead.arn };
  const closed = await makeFunction('closed', false);
  const gone = await makeFunction('gone');
  await lambda.send(new DeleteFunctionCommand({ FunctionName: 'gone' }));
  await makeRule('queued', 'stock', [
    { Id: 'queue', Arn: queue.arn },
    { Id: 'closed', Arn: closed, DeadLetterConfig },
    { Id: 'gone', Arn: gone, DeadLetterConfig },
  ]);
  const [id] = await putEvents('stock', [{ left: 0 }]);
  const [message] = await receive(queue.url, 1);
  assert.equal(JSON.parse(message?.Body ?? '').id, id);
  const letters = (await receive(dead.url, 2)).map(({ Body = '', MessageAttributes = {} }) => {
    assert.equal(JSON.parse(Body).id, id);
    return Object.fromEntries(Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]));
  });
  assert.deepEqual(letters.map(({ ERROR_CODE }) => ERROR_CODE).toSorted(), ['NO_PERMISSIONS', 'NO_RESOURCE']);
  for (const { RULE_ARN, RETRY_ATTEMPTS, TARGET_ARN } of letters)
    assert.deepEqual([RULE_ARN, RETRY_ATTEMPTS], ['arn:aws:events:us-east-1:000000000000:rule/queued', '0'], TARGET_ARN);
});

test('events that were answered for survive a crash', async () => {
  const queue = await makeQueue('kept');
  assert.ok(typeof queue !== 'string', String(queue));
  await makeRule('kept', 'crash', [{ Id: '1', Arn: queue.arn }]);
  const ids = await putEvents(
    'crash',
    Array.from({ length: 60 }, (_, n) => ({ n })),
  );
  for (const one of [client, lambda, logs, sqs]) one.destroy();
  server = await server.restart();
  connect();
  const url = `${server.endpoint}${new URL(queue.url).pathname}`;
  const seen = new Set<unknown>();
  // What was being delivered when the server was killed is delivered once its lease is over.
  for (let tries = 0; seen.size < ids.length && tries < 30; tries += 1)
    for (const { Body = '{}' } of await receive(url, 1)) seen.add((JSON.parse(Body) as { id: string }).id);
  assert.deepEqual(
    ids.filter((id) => !seen.has(id)),
    [],
  );
});

test('buckets and the ends of asynchronous invocations reach rules by their buses', async () => {
  const s3 = new S3Client({ ...clientOptions(server), maxAttempts: 1 });
  const Arn = await makeFunction('told');
  await client.send(new api.PutRuleCommand({ Name: 'told', EventPattern: JSON.stringify({ source: ['aws.s3', 'lambda'] }) }));
  await client.send(new api.PutTargetsCommand({ Rule: 'told', Targets: [{ Id: '1', Arn }] }));
  await s3.send(new CreateBucketCommand({ Bucket: 'pictures' }));
  const NotificationConfiguration = { EventBridgeConfiguration: {} };
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket: 'pictures', NotificationConfiguration }));
  await s3.send(new PutObjectCommand({ Bucket: 'pictures', Key: 'a b.png', Body: 'x' }));
  s3.destroy();
  await makeFunction('ending');
  const Destination = 'arn:aws:events:us-east-1:000000000000:event-bus/default';
  const DestinationConfig = { OnSuccess: { Destination } };
  await lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: 'ending', DestinationConfig }));
  await lambda.send(new InvokeCommand({ FunctionName: 'ending', InvocationType: 'Event', Payload: '{"n":1}' }));
  const events = await gotten('told', 2);
  const seen = events.map((event) => [event['detail-type'], event['resources']]).toSorted();
  assert.deepEqual(seen, [
    [
      'Lambda Function Invocation Result - Success',
      [Destination, 'arn:aws:lambda:us-east-1:000000000000:function:ending:$LATEST'],
    ],
    ['Object Created', ['arn:aws:s3:::pictures']],
  ]);
});

test('an archive keeps events, and a replay brings them again', async () => {
  const Arn = await makeFunction('replayed');
  await makeRule('replayed', 'diary', [{ Id: '1', Arn }]);
  const bus = 'arn:aws:events:us-east-1:000000000000:event-bus/default';
  const ArchiveName = 'diary';
  const EventPattern = '{"source":["diary"]}';
  const { ArchiveArn } = await client.send(new api.CreateArchiveCommand({ ArchiveName, EventSourceArn: bus, EventPattern }));
  const ids = await putEvents('diary', [{ n: 1 }, { n: 2 }]);
  await gotten('replayed', 2);
  assert.equal((await client.send(new api.DescribeArchiveCommand({ ArchiveName }))).EventCount, 2);
  await client.send(
    new api.StartReplayCommand({
      ReplayName: 'again',
      EventSourceArn: ArchiveArn,
      EventStartTime: new Date(Date.now() - 3_600_000),
      EventEndTime: new Date(Date.now() + 3_600_000),
      Destination: { Arn: bus },
    }),
  );
  const events = (await gotten('replayed', 4)).filter((event) => event['replay-name'] === 'again');
  assert.deepEqual(events.map(({ id }) => id).toSorted(), ids.toSorted());
  assert.equal((await client.send(new api.DescribeReplayCommand({ ReplayName: 'again' }))).State, 'COMPLETED');
  await client.send(new api.DeleteArchiveCommand({ ArchiveName }));
});

test('what there is can be told and taken away', async () => {
  await client.send(new api.PutPermissionCommand({ StatementId: 's', Principal: '*', Action: 'events:PutEvents' }));
  assert.match((await client.send(new api.DescribeEventBusCommand({}))).Policy ?? '', /"Sid":"s"/);
  await client.send(new api.RemovePermissionCommand({ StatementId: 's' }));
  await client.send(new api.UpdateEventBusCommand({ Name: 'orders', Description: 'of the shop' }));
  assert.deepEqual(
    (await client.send(new api.ListEventBusesCommand({}))).EventBuses?.map(({ Name }) => Name),
    ['default', 'orders'],
  );
  const { Rules = [] } = await client.send(new api.ListRulesCommand({ NamePrefix: 'whole', EventBusName: 'orders' }));
  assert.deepEqual(
    Rules.map(({ Name }) => Name),
    ['whole'],
  );
  const whole = { Rule: 'whole', EventBusName: 'orders' };
  const { Targets = [] } = await client.send(new api.ListTargetsByRuleCommand(whole));
  const named = await client.send(new api.ListRuleNamesByTargetCommand({ TargetArn: Targets[0]?.Arn, EventBusName: 'orders' }));
  assert.deepEqual(named.RuleNames, ['whole']);
  const { Arn: ResourceARN = '' } = await client.send(new api.DescribeRuleCommand({ Name: 'whole', EventBusName: 'orders' }));
  await client.send(new api.TagResourceCommand({ ResourceARN, Tags: [{ Key: 'a', Value: 'b' }] }));
  assert.deepEqual((await client.send(new api.ListTagsForResourceCommand({ ResourceARN }))).Tags, [{ Key: 'a', Value: 'b' }]);
  await client.send(new api.UntagResourceCommand({ ResourceARN, TagKeys: ['a'] }));
  await client.send(new api.DisableRuleCommand({ Name: 'whole', EventBusName: 'orders' }));
  await client.send(new api.EnableRuleCommand({ Name: 'whole', EventBusName: 'orders' }));
  const event = { id: '1', account: '1', source: 's', time: 't', region: 'r', resources: [], 'detail-type': 'd' };
  const tried = new api.TestEventPatternCommand({ EventPattern: '{"source":["s"]}', Event: JSON.stringify(event) });
  assert.equal((await client.send(tried)).Result, true);
  await client.send(new api.RemoveTargetsCommand({ ...whole, Ids: Targets.map(({ Id = '' }) => Id) }));
  await client.send(new api.DeleteRuleCommand({ Name: 'whole', EventBusName: 'orders' }));
  await client.send(new api.DeleteEventBusCommand({ Name: 'orders' }));
});

test('the AWS CLI puts rules and events', async (t) => {
  const run = promisify(execFile);
  const version = await run('aws', ['--version']).catch((error: Error) => error);
  if (version instanceof Error) return t.skip(`there is no AWS CLI: ${version.message}`);
  const Arn = await makeFunction('by-cli');
  const aws = async (...args: string[]): Promise<Record<string, unknown>> => {
    const env = { ...process.env, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_DEFAULT_REGION: 'us-east-1' };
    const { stdout } = await run('aws', ['--endpoint-url', server.endpoint, '--output', 'json', 'events', ...args], { env });
    return stdout.trim() === '' ? {} : JSON.parse(stdout);
  };
  await aws('put-rule', '--name', 'by-cli', '--event-pattern', '{"source":["cli"]}');
  assert.equal((await aws('put-targets', '--rule', 'by-cli', '--targets', `Id=1,Arn=${Arn}`))['FailedEntryCount'], 0);
  const entry = { Source: 'cli', DetailType: 'Test', Detail: '{"by":"cli"}', Time: '2026-05-06T07:08:09Z' };
  assert.equal((await aws('put-events', '--entries', JSON.stringify([entry])))['FailedEntryCount'], 0);
  const [event] = await gotten('by-cli', 1);
  assert.deepEqual([event?.['time'], event?.['detail']], ['2026-05-06T07:08:09Z', { by: 'cli' }]);
});
