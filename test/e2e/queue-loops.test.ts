import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  LambdaClient,
  PutFunctionRecursionConfigCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { packageFiles } from './package-closure.ts';
import { clientOptions, startServer, type TestServer } from './server.ts';
import { zip } from './zip.ts';

// A function that sends what it gets back to the queue that feeds it: official clients, inside and outside.

let server: TestServer;
let lambda: LambdaClient;
let sqs: SQSClient;

/** Sends the next number to its own queue, for ever or up to a last one. */
const LOOPER = `import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
const sqs = new SQSClient({});
export const handler = async ({ Records }) => {
  for (const { body } of Records) {
    const { run, last } = JSON.parse(body);
    const QueueUrl = process.env.AWS_ENDPOINT_URL + '/000000000000/' + (run === last ? 'ended' : 'loop');
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ run: run + 1, last }) }));
  }
};`;

before(async () => {
  server = await startServer();
  lambda = new LambdaClient({ ...clientOptions(server), maxAttempts: 1 });
  sqs = new SQSClient({ ...clientOptions(server), maxAttempts: 1 });
});

after(async () => {
  lambda.destroy();
  sqs.destroy();
  assert.equal(await server.close(), 0, server.output());
});

test(
  'a function that is fed by what it sends runs 16 times; the next message goes to the queue for dead letters',
  { timeout: 120_000 },
  async () => {
    const FunctionName = 'looper';
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: 'arn:aws:iam::000000000000:role/test',
        Timeout: 5,
        MemorySize: 1024,
        Code: { ZipFile: await zip({ 'index.mjs': LOOPER, ...packageFiles(['@aws-sdk/client-sqs']) }) },
      }),
    );
    await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 30, minDelay: 0.05 }, { FunctionName });
    const dead = await queue('loop-dead');
    const ended = await queue('ended');
    const redrive = JSON.stringify({ deadLetterTargetArn: arnOf('loop-dead'), maxReceiveCount: 1 });
    const loop = await queue('loop', { VisibilityTimeout: '5', RedrivePolicy: redrive });
    const { UUID } = await lambda.send(
      new CreateEventSourceMappingCommand({
        FunctionName,
        EventSourceArn: arnOf('loop'),
        MetricsConfig: { Metrics: ['EventCount'] },
      }),
    );

    await send(loop, { run: 1 });
    const letter = await receive(dead);
    assert.equal(letter.Body, '{"run":17}');
    // Counted from 0: the last of 16 runs sent it.
    assert.match(letter.Attributes?.['AWSTraceHeader'] ?? '', /^Root=1-[^;]+;.*Lineage=[0-9a-f]{8}:15$/);
    const text = await (await fetch(`${server.endpoint}/_lambkin/metrics`)).text();
    const dropped = text.split('\n').find((line) => /^lambkin_recursive_invocations_dropped_total\{.*"looper"/.test(line));
    assert.equal(dropped?.split(' ').at(-1), '1');
    const counted = (metric: string): string | undefined =>
      text
        .split('\n')
        .find((line) => line.startsWith(`lambkin_mapping_${metric}_events_total{`) && line.includes(`"${UUID}"`))
        ?.split(' ')
        .at(-1);
    assert.deepEqual(['polled', 'invoked', 'failed', 'deleted'].map(counted), ['17', '16', '1', '16']);
    await isEmpty(loop);

    await lambda.send(new PutFunctionRecursionConfigCommand({ FunctionName, RecursiveLoop: 'Allow' }));
    await send(loop, { run: 101, last: 125 });
    assert.equal((await receive(ended)).Body, '{"run":126,"last":125}');
  },
);

function arnOf(name: string): string {
  return `arn:aws:sqs:us-east-1:000000000000:${name}`;
}

async function queue(QueueName: string, Attributes: Record<string, string> = {}): Promise<string> {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  return QueueUrl;
}

async function send(QueueUrl: string, body: object): Promise<void> {
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(body) }));
}

async function receive(QueueUrl: string): Promise<Message> {
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, MessageSystemAttributeNames: ['All'] }),
    );
    if (Messages[0]) return Messages[0];
  }
}

async function isEmpty(QueueUrl: string): Promise<void> {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  assert.equal(Attributes?.['ApproximateNumberOfMessages'], '0');
  assert.equal(Attributes?.['ApproximateNumberOfMessagesNotVisible'], '0');
}
