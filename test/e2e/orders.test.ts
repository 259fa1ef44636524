import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { packageFiles } from './package-closure.ts';
import { clientOptions, startServer, type TestServer } from './server.ts';
import { zip } from './zip.ts';

// The example, end to end: orders in a queue, confirmed to a topic; those that can't be end among the dead letters, and go back when
// the function is mended.

const EXAMPLE = new URL('../../examples/orders/', import.meta.url);
const TRIES = 2;
const TOPIC = 'arn:aws:sns:us-east-1:000000000000:order-confirmations';
let server: TestServer;
let lambda: LambdaClient;
let sqs: SQSClient;
let sns: SNSClient;
let logs: CloudWatchLogsClient;

before(async () => {
  server = await startServer();
  const options = { ...clientOptions(server), maxAttempts: 1 };
  lambda = new LambdaClient(options);
  sqs = new SQSClient(options);
  sns = new SNSClient(options);
  logs = new CloudWatchLogsClient(options);
});

after(async () => {
  for (const client of [lambda, sqs, sns, logs]) client.destroy();
  assert.equal(await server.close(), 0, server.output());
});

const arnOf = (queue: string): string => `arn:aws:sqs:us-east-1:000000000000:${queue}`;
const urlOf = (queue: string): string => `${server.endpoint}/000000000000/${queue}`;

async function example(): Promise<Buffer> {
  return zip({
    'index.js': await readFile(new URL('index.js', EXAMPLE)),
    'package.json': await readFile(new URL('package.json', EXAMPLE)),
    ...packageFiles(['@aws-sdk/client-sns']),
  });
}

async function makeQueue(QueueName: string, Attributes: Record<string, string> = {}): Promise<void> {
  await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
}

/** Takes `count` messages out of a queue; the test's own time limit ends it. */
async function take(queue: string, count: number): Promise<readonly Message[]> {
  const taken: Message[] = [];
  while (taken.length < count) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: urlOf(queue), MaxNumberOfMessages: 10, WaitTimeSeconds: 5 }),
    );
    for (const { ReceiptHandle } of Messages) await sqs.send(new DeleteMessageCommand({ QueueUrl: urlOf(queue), ReceiptHandle }));
    taken.push(...Messages);
  }
  return taken;
}

async function counts(queue: string): Promise<readonly (string | undefined)[]> {
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: urlOf(queue), AttributeNames: ['All'] }));
  return [Attributes['ApproximateNumberOfMessages'], Attributes['ApproximateNumberOfMessagesNotVisible']];
}

/** Asks until it is so; each asking is a request, so it does not spin. */
async function until(is: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 50_000; tries += 1) if (await is()) return;
  assert.fail('it did not become so');
}

const holds = (queue: string, visible: number) =>
  until(async () => {
    const [now, hidden] = await counts(queue);
    return now === String(visible) && hidden === '0';
  });

/** Which try of which order was refused, by the function's log: `a-2 try 1`. */
async function refusals(): Promise<string[]> {
  const { events = [] } = await logs.send(
    new FilterLogEventsCommand({ logGroupName: '/aws/lambda/orders', filterPattern: 'refused' }),
  );
  return events.map(({ message = '' }) => {
    const [, order, number] = /order refused: (?:(\S+): )?.*, try (\d+)\)/.exec(message) ?? [];
    return `${order ?? 'no order'} try ${number}`;
  });
}

const order = (id: string, currency: string, cents = 250): string =>
  JSON.stringify({
    id,
    currency,
    items: [
      { quantity: 2, cents },
      { quantity: 1, cents: 99 },
    ],
  });

const confirmation = ({ Body = '' }: Message): string => {
  const { order: id, total } = JSON.parse(Body) as { order: string; total: string };
  return `${id}: ${total}`;
};

async function deploy(): Promise<void> {
  await sns.send(new CreateTopicCommand({ Name: 'order-confirmations' }));
  for (const queue of ['confirmations', 'orders-dead']) await makeQueue(queue);
  const subscription = { TopicArn: TOPIC, Protocol: 'sqs', Endpoint: arnOf('confirmations') };
  await sns.send(new SubscribeCommand({ ...subscription, Attributes: { RawMessageDelivery: 'true' } }));
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf('orders-dead'), maxReceiveCount: TRIES });
  await makeQueue('orders', { VisibilityTimeout: '4', RedrivePolicy });
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'orders',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/orders',
      Timeout: 4,
      MemorySize: 512,
      Environment: { Variables: { TOPIC_ARN: TOPIC, CURRENCIES: 'EUR' } },
      Code: { ZipFile: await example() },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 30, minDelay: 0.1, maxDelay: 1 }, { FunctionName: 'orders' });
  await lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName: 'orders',
      EventSourceArn: arnOf('orders'),
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    }),
  );
}

test('orders are confirmed once; what can not be is among the dead letters, and goes back', { timeout: 150_000 }, async (t) => {
  await deploy();
  const bodies = [
    ...Array.from({ length: 7 }, (_, index) => order(`eur-${index}`, 'EUR', 100 * index)),
    order('usd-1', 'USD'),
    'this is no order',
    order('usd-2', 'USD', 1_000),
  ];
  const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
  const { Successful } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: urlOf('orders'), Entries }));
  assert.equal(Successful?.length, bodies.length);

  const confirmed = (await take('confirmations', 7)).map(confirmation).toSorted();
  assert.deepEqual(
    confirmed,
    Array.from({ length: 7 }, (_, index) => `eur-${index}: ${(2 * index + 0.99).toFixed(2)} EUR`),
  );

  await holds('orders-dead', 3);
  await holds('orders', 0);
  assert.deepEqual(await counts('confirmations'), ['0', '0'], 'what was confirmed was not tried again with what was refused');
  const everyTry = ['no order', 'usd-1', 'usd-2'].flatMap((id) => [`${id} try 1`, `${id} try 2`]);
  assert.deepEqual((await refusals()).toSorted(), everyTry);

  await lambda.send(
    new UpdateFunctionConfigurationCommand({
      FunctionName: 'orders',
      Environment: { Variables: { TOPIC_ARN: TOPIC, CURRENCIES: 'EUR,USD' } },
    }),
  );
  await waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 30, minDelay: 0.1, maxDelay: 1 }, { FunctionName: 'orders' });
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arnOf('orders-dead') }));
  const mended = (await take('confirmations', 2)).map(confirmation).toSorted();
  assert.deepEqual(mended, ['usd-1: 5.99 USD', 'usd-2: 20.99 USD']);
  const { Results = [] } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn: arnOf('orders-dead') }));
  assert.deepEqual(
    Results.map(({ Status, ApproximateNumberOfMessagesMoved }) => [Status, ApproximateNumberOfMessagesMoved]),
    [['COMPLETED', 3]],
  );

  await holds('orders-dead', 1);
  await holds('orders', 0);
  assert.equal((await take('orders-dead', 1))[0]?.Body, 'this is no order');
  assert.equal((await refusals()).filter((one) => one.startsWith('no order')).length, 2 * TRIES);
  assert.deepEqual(await counts('confirmations'), ['0', '0']);
  t.diagnostic('10 orders: 7 confirmed, 3 refused twice each; mended, 3 moved back: 2 confirmed, 1 refused twice more');
});

/** An AWS CLI that knows message move tasks. */
function findCli(): string | undefined {
  for (const program of ['aws', '/usr/bin/aws']) {
    try {
      const version = execFileSync(program, ['--version'], { encoding: 'utf8', stdio: 'pipe' });
      const [, major, minor] = /aws-cli\/(\d+)\.(\d+)/.exec(version) ?? [];
      if (Number(minor) >= (major === '1' ? 29 : 13)) return program;
    } catch {
      // Not there.
    }
  }
  return undefined;
}

const cli = findCli();
const skip = cli ? false : 'this machine has no AWS CLI of 1.29 or 2.13 and later';

test('the commands of the page do what it says', { skip, timeout: 150_000 }, async () => {
  const own = await startServer();
  const folder = await mkdtemp(join(tmpdir(), 'lambkin-orders-'));
  try {
    await writeFile(join(folder, 'function.zip'), await example());
    const page = await readFile(new URL('README.md', EXAMPLE), 'utf8');
    const commands = [...page.matchAll(/^```sh\n(.*?)^```$/gms)]
      .map(([, block = '']) => block)
      // What it installs and packs is there.
      .filter((block) => !block.startsWith('npm '))
      .join('\n')
      .replace('http://127.0.0.1:4566', own.endpoint);
    const script = `set -euo pipefail\naws() { command ${cli} --endpoint-url "$AWS_ENDPOINT_URL" --output json "$@"; }\n${commands}`;
    const env = { PATH: process.env['PATH'] ?? '', HOME: folder, AWS_EC2_METADATA_DISABLED: 'true' };
    const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: folder, env });
    const of = (text: string): number => stdout.split(text).length - 1;
    assert.equal(of(String.raw`{\"order\":\"a-1\",\"total\":\"25.00 EUR\"}`), 1, stdout);
    assert.equal(of('order refused: a-2: USD is no money that we take'), 2, stdout);
    assert.equal(of(String.raw`{\"order\":\"a-2\",\"total\":\"9.99 USD\"}`), 1, stdout);
  } finally {
    await rm(folder, { recursive: true, force: true });
    assert.equal(await own.close(), 0, own.output());
  }
});
