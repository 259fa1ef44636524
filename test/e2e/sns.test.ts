import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import {
  AddPermissionCommand as AllowInvoke,
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  PutFunctionEventInvokeConfigCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import * as sns from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { clientOptions, startServer, type TestServer } from './server.ts';
import { zip } from './zip.ts';

// Topics of a server that runs as a user starts it, by AWS's own clients: to functions, queues and an HTTP server.

const ACCOUNT = '000000000000';
const queueArn = (name: string): string => `arn:aws:sqs:us-east-1:${ACCOUNT}:${name}`;
const functionArn = (name: string): string => `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${name}`;
const DEADLINE_MS = 60_000;

interface Heard {
  readonly path: string;
  readonly type: string | undefined;
  readonly body: string;
}

let server: TestServer;
let topics: sns.SNSClient;
let queues: SQSClient;
let functions: LambdaClient;

before(async () => {
  server = await startServer();
  connect();
});
after(async () => {
  disconnect();
  assert.equal(await server.close(), 0, server.output());
});

function connect(): void {
  const options = { ...clientOptions(server), maxAttempts: 1 };
  topics = new sns.SNSClient(options);
  queues = new SQSClient(options);
  functions = new LambdaClient(options);
}

function disconnect(): void {
  for (const client of [topics, queues, functions]) client.destroy();
}

async function makeTopic(Name: string, Attributes: Record<string, string> = {}): Promise<string> {
  return (await topics.send(new sns.CreateTopicCommand({ Name, Attributes }))).TopicArn ?? '';
}

async function makeQueue(name: string): Promise<string> {
  const Attributes = name.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
  return (await queues.send(new CreateQueueCommand({ QueueName: name, Attributes }))).QueueUrl ?? '';
}

async function subscribe(
  TopicArn: string,
  Protocol: string,
  Endpoint: string,
  Attributes: Record<string, string> = {},
): Promise<string> {
  const input = { TopicArn, Protocol, Endpoint, Attributes, ReturnSubscriptionArn: true };
  return (await topics.send(new sns.SubscribeCommand(input))).SubscriptionArn ?? '';
}

/** Takes messages off a queue until there are as many as wanted, by default counting those that came again; each is deleted. */
async function drain(
  QueueUrl: string,
  count: number,
  counted: (bodies: readonly string[]) => number = ({ length }) => length,
): Promise<string[]> {
  const bodies: string[] = [];
  const endMs = Date.now() + DEADLINE_MS;
  // Queues of a server that was started anew are at another port.
  const url = new URL(new URL(QueueUrl).pathname, server.endpoint).href;
  while (counted(bodies) < count) {
    assert.ok(Date.now() < endMs, `${bodies.length} of ${count} messages came:\n${server.output()}`);
    const { Messages = [] } = await queues.send(
      new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 2 }),
    );
    for (const { Body = '', ReceiptHandle } of Messages) {
      bodies.push(Body);
      await queues.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
    }
  }
  return bodies;
}

/** A function that sends its event to where it is told to. */
async function makeFunction(name: string, url: string): Promise<void> {
  const handler =
    'export const handler = async (event) => { await fetch(process.env.URL, { method: "POST", body: JSON.stringify(event) }); return "heard"; };';
  await functions.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: `arn:aws:iam::${ACCOUNT}:role/test`,
      Environment: { Variables: { URL: url } },
      Code: { ZipFile: await zip({ 'index.mjs': handler }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: functions, maxWaitTime: 30, minDelay: 1 }, { FunctionName: name });
}

async function allow(name: string, topic: string): Promise<void> {
  await functions.send(
    new AllowInvoke({
      FunctionName: name,
      StatementId: 'sns',
      Action: 'lambda:InvokeFunction',
      Principal: 'sns.amazonaws.com',
      SourceArn: topic,
    }),
  );
}

/** An HTTP server that keeps what it hears, and confirms subscriptions by their links. */
async function listen(t: TestContext, statusOf: () => number = () => 200) {
  const heard: Heard[] = [];
  const waiting = new Set<() => void>();
  const http = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const type = request.headers['x-amz-sns-message-type'] as string | undefined;
    const body = Buffer.concat(chunks).toString();
    const status = type === 'SubscriptionConfirmation' ? 200 : statusOf();
    response.writeHead(status).end();
    if (type === 'SubscriptionConfirmation') await fetch((JSON.parse(body) as { SubscribeURL: string }).SubscribeURL);
    if (status === 200) heard.push({ path: request.url ?? '', type, body });
    for (const look of waiting) look();
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  t.after(() => void http.close().closeAllConnections());
  const until = (condition: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`it was not heard; only ${JSON.stringify(heard)}`)), DEADLINE_MS);
      const look = (): void => {
        if (!condition()) return;
        clearTimeout(timer);
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, heard, until };
}

test('every operation that is built is done by the official client', async (t) => {
  const { url, heard, until } = await listen(t);
  const done: [string, string][] = [];
  const run = async (name: string, work: () => Promise<object>): Promise<void> => {
    const answer = await work();
    const shown = Object.keys(answer).filter((key) => key !== '$metadata');
    done.push([name, shown.join(', ')]);
  };
  const TopicArn = await makeTopic('table', { DisplayName: 'Table' });
  const SubscriptionArn = await subscribe(TopicArn, 'http', `${url}/table`);
  await until(() => heard.length === 1);
  const { Token } = JSON.parse(heard[0]?.body ?? '') as { Token: string };
  const Tags = [{ Key: 'a', Value: 'b' }];
  const ResourceArn = TopicArn;
  const calls: Record<string, () => Promise<object>> = {
    CreateTopic: () => topics.send(new sns.CreateTopicCommand({ Name: 'table' })),
    ListTopics: () => topics.send(new sns.ListTopicsCommand({})),
    GetTopicAttributes: () => topics.send(new sns.GetTopicAttributesCommand({ TopicArn })),
    SetTopicAttributes: () =>
      topics.send(new sns.SetTopicAttributesCommand({ TopicArn, AttributeName: 'DisplayName', AttributeValue: 'T' })),
    AddPermission: () =>
      topics.send(new sns.AddPermissionCommand({ TopicArn, Label: 'l', AWSAccountId: [ACCOUNT], ActionName: ['Publish'] })),
    RemovePermission: () => topics.send(new sns.RemovePermissionCommand({ TopicArn, Label: 'l' })),
    TagResource: () => topics.send(new sns.TagResourceCommand({ ResourceArn, Tags })),
    ListTagsForResource: () => topics.send(new sns.ListTagsForResourceCommand({ ResourceArn })),
    UntagResource: () => topics.send(new sns.UntagResourceCommand({ ResourceArn, TagKeys: ['a'] })),
    Subscribe: () => topics.send(new sns.SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: queueArn('table') })),
    ConfirmSubscription: () => topics.send(new sns.ConfirmSubscriptionCommand({ TopicArn, Token })),
    ListSubscriptions: () => topics.send(new sns.ListSubscriptionsCommand({})),
    ListSubscriptionsByTopic: () => topics.send(new sns.ListSubscriptionsByTopicCommand({ TopicArn })),
    GetSubscriptionAttributes: () => topics.send(new sns.GetSubscriptionAttributesCommand({ SubscriptionArn })),
    SetSubscriptionAttributes: () =>
      topics.send(
        new sns.SetSubscriptionAttributesCommand({
          SubscriptionArn,
          AttributeName: 'FilterPolicy',
          AttributeValue: '{"a":["b"]}',
        }),
      ),
    Publish: () => topics.send(new sns.PublishCommand({ TopicArn, Message: 'm' })),
    PublishBatch: () =>
      topics.send(new sns.PublishBatchCommand({ TopicArn, PublishBatchRequestEntries: [{ Id: 'a', Message: 'm' }] })),
    Unsubscribe: () => topics.send(new sns.UnsubscribeCommand({ SubscriptionArn })),
    DeleteTopic: () => topics.send(new sns.DeleteTopicCommand({ TopicArn })),
  };
  for (const [name, call] of Object.entries(calls)) await run(name, call);
  for (const [name, members] of done) t.diagnostic(`${name.padEnd(28)} ${members}`);
  assert.equal(done.length, 19);
});

test('one message goes to a function, a queue and an HTTP server, as their filter policies let it', async (t) => {
  const { url, heard, until } = await listen(t);
  const topic = await makeTopic('fan-out');
  const queue = await makeQueue('fan-out');
  await makeFunction('hear', `${url}/function`);
  await allow('hear', topic);
  const subscriptionArn = await subscribe(topic, 'lambda', functionArn('hear'));
  await subscribe(topic, 'sqs', queueArn('fan-out'), { FilterPolicy: '{"kind":["order"]}' });
  await subscribe(topic, 'http', `${url}/plain`, {
    FilterPolicy: '{"total":[{"numeric":[">",10]}]}',
    FilterPolicyScope: 'MessageBody',
  });
  await until(() => heard.some(({ type }) => type === 'SubscriptionConfirmation'));
  const MessageAttributes = { kind: { DataType: 'String', StringValue: 'order' } };
  const { MessageId } = await topics.send(
    new sns.PublishCommand({ TopicArn: topic, Subject: 'Order', Message: '{"total":11}', MessageAttributes }),
  );
  await topics.send(new sns.PublishCommand({ TopicArn: topic, Message: '{"total":9}' }));
  const of = (path: string): Heard[] => heard.filter((one) => one.path === path && one.type !== 'SubscriptionConfirmation');
  await until(() => of('/function').length === 2 && of('/plain').length === 1);
  const events = of('/function').map(({ body }) => JSON.parse(body).Records[0]);
  const event = events.find(({ Sns }) => Sns.MessageId === MessageId);
  assert.equal(event.EventSubscriptionArn, subscriptionArn);
  assert.deepEqual(event.Sns.MessageAttributes, { kind: { Type: 'String', Value: 'order' } });
  assert.equal(events.find(({ Sns }) => Sns.MessageId !== MessageId).Sns.Subject, null);
  const [envelope = '{}'] = await drain(queue, 1);
  assert.deepEqual([JSON.parse(envelope).MessageId, JSON.parse(envelope).Subject], [MessageId, 'Order']);
  assert.equal(JSON.parse(of('/plain')[0]?.body ?? '').Message, '{"total":11}');
});

test('what can not be delivered goes to dead-letter queues', async () => {
  const topic = await makeTopic('dead');
  const dead = await makeQueue('dead-letters');
  const gone = await makeQueue('gone');
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: queueArn('dead-letters') });
  await makeFunction('not-allowed', 'http://127.0.0.1:9/');
  await subscribe(topic, 'lambda', functionArn('not-allowed'), { RedrivePolicy });
  await subscribe(topic, 'lambda', functionArn('missing'), { RedrivePolicy });
  await subscribe(topic, 'sqs', queueArn('gone'), { RedrivePolicy, RawMessageDelivery: 'true' });
  await queues.send(new DeleteQueueCommand({ QueueUrl: gone }));
  await topics.send(new sns.PublishCommand({ TopicArn: topic, Message: 'lost' }));
  const bodies = (await drain(dead, 3)).map((body) => (body === 'lost' ? body : (JSON.parse(body).Message as string)));
  assert.deepEqual(bodies, ['lost', 'lost', 'lost']);
});

test('a topic hears how asynchronous events of a function ended', async (t) => {
  const { url } = await listen(t);
  const topic = await makeTopic('ends');
  const queue = await makeQueue('ends');
  await subscribe(topic, 'sqs', queueArn('ends'), { RawMessageDelivery: 'true' });
  await makeFunction('ending', url);
  const DestinationConfig = { OnSuccess: { Destination: topic } };
  await functions.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: 'ending', DestinationConfig }));
  await functions.send(new InvokeCommand({ FunctionName: 'ending', InvocationType: 'Event', Payload: Buffer.from('{"a":1}') }));
  const [record = '{}'] = await drain(queue, 1);
  const { requestPayload, responsePayload } = JSON.parse(record);
  assert.deepEqual([requestPayload, responsePayload], [{ a: 1 }, 'heard']);
});

test('messages of a group of a FIFO topic keep their order, and none comes twice', async () => {
  const topic = await makeTopic('ordered.fifo', { FifoTopic: 'true', ContentBasedDeduplication: 'true' });
  const queue = await makeQueue('ordered.fifo');
  await subscribe(topic, 'sqs', queueArn('ordered.fifo'), { RawMessageDelivery: 'true' });
  const wanted = Array.from({ length: 40 }, (_, index) => `${index % 2 ? 'odd' : 'even'} ${index}`);
  for (const Message of wanted) {
    const input = { TopicArn: topic, Message, MessageGroupId: Message.split(' ')[0] };
    const [first, second] = [await topics.send(new sns.PublishCommand(input)), await topics.send(new sns.PublishCommand(input))];
    assert.equal(first.MessageId, second.MessageId);
  }
  const bodies = await drain(queue, wanted.length);
  for (const group of ['odd', 'even']) {
    const ofGroup = (list: readonly string[]): string[] => list.filter((body) => body.startsWith(group));
    assert.deepEqual(ofGroup(bodies), ofGroup(wanted));
  }
});

test('a crash loses no message that was answered', async (t) => {
  let status = 503;
  const { url, heard, until } = await listen(t, () => status);
  const topic = await makeTopic('crash');
  const queue = await makeQueue('crash');
  const DeliveryPolicy = JSON.stringify({ healthyRetryPolicy: { minDelayTarget: 1, maxDelayTarget: 1, numRetries: 60 } });
  await subscribe(topic, 'sqs', queueArn('crash'), { RawMessageDelivery: 'true' });
  await subscribe(topic, 'http', url, { RawMessageDelivery: 'true', DeliveryPolicy });
  await until(() => heard.length === 1);
  const messages = Array.from({ length: 100 }, (_, index) => `message ${index}`);
  await Promise.all(messages.map((Message) => topics.send(new sns.PublishCommand({ TopicArn: topic, Message }))));
  disconnect();
  server = await server.restart();
  connect();
  status = 200;
  const sorted = (list: Iterable<string>): string[] => [...new Set(list)].toSorted();
  await until(() => new Set(heard.slice(1).map(({ body }) => body)).size === messages.length);
  assert.deepEqual(sorted(heard.slice(1).map(({ body }) => body)), sorted(messages));
  assert.deepEqual(sorted(await drain(queue, messages.length, (bodies) => new Set(bodies).size)), sorted(messages));
  t.diagnostic(`${messages.length} messages, ${heard.length - 1} deliveries over HTTP`);
});

test('the AWS CLI makes topics and publishes', async (t) => {
  const execute = promisify(execFile);
  const version = await execute('aws', ['--version']).catch((error: Error) => error);
  if (version instanceof Error) return t.skip(`there is no AWS CLI: ${version.message.split('\n')[0]}`);
  const env = {
    ...process.env,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: server.endpoint,
  };
  const aws = async (...words: string[]) => {
    const { stdout } = await execute('aws', ['--endpoint-url', server.endpoint, 'sns', ...words, '--output', 'json'], { env });
    return stdout === '' ? {} : JSON.parse(stdout);
  };
  const queue = await makeQueue('cli');
  const { TopicArn } = await aws('create-topic', '--name', 'cli', '--attributes', 'DisplayName=CLI');
  const attributes = { RawMessageDelivery: 'true', FilterPolicy: '{"a":["b"]}' };
  await aws(
    'subscribe',
    '--topic-arn',
    TopicArn,
    '--protocol',
    'sqs',
    '--notification-endpoint',
    queueArn('cli'),
    '--attributes',
    JSON.stringify(attributes),
  );
  const typed = '{"a":{"DataType":"String","StringValue":"b"}}';
  const { MessageId } = await aws('publish', '--topic-arn', TopicArn, '--message', 'hello', '--message-attributes', typed);
  assert.ok(MessageId);
  assert.deepEqual(await drain(queue, 1), ['hello']);
  assert.equal((await aws('get-topic-attributes', '--topic-arn', TopicArn)).Attributes.SubscriptionsConfirmed, '1');
  t.diagnostic(`with ${version.stdout.trim() || version.stderr.trim()}`);
});
