import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { clientOptions, startServer, type TestServer } from './server.ts';
import { zip } from './zip.ts';

// What queues get of asynchronous events: the events themselves as dead letters, and records of their ends.

const ARN = 'arn:aws:sqs:us-east-1:000000000000';
let server: TestServer;
let lambda: LambdaClient;
let sqs: SQSClient;
let code: Buffer;

before(async () => {
  server = await startServer({ LAMBKIN_INVOKE_ASYNC_RETRY_DELAYS_SECONDS: '0.1,0.1' });
  lambda = new LambdaClient({ ...clientOptions(server), maxAttempts: 1 });
  sqs = new SQSClient({ ...clientOptions(server), maxAttempts: 1 });
  code = await zip({
    'index.mjs': `export const handler = ({ fails }) => { if (fails) throw new Error('no stock'); return 'done'; };`,
  });
});

after(async () => {
  lambda.destroy();
  sqs.destroy();
  assert.equal(await server.close(), 0, server.output());
});

test(
  'a failed event goes to the dead-letter queue as it was, and its record to the queue of failures',
  { timeout: 60_000 },
  async () => {
    const dead = await queue('dead');
    const failures = await queue('failures');
    await create('both', 'dead');
    await lambda.send(
      new PutFunctionEventInvokeConfigCommand({
        FunctionName: 'both',
        MaximumRetryAttempts: 1,
        DestinationConfig: { OnFailure: { Destination: `${ARN}:failures` } },
      }),
    );
    const requestId = await send('both', '{"fails": true, "id": 12345678901234567890}');
    const letter = await receive(dead);
    assert.equal(letter.Body, '{"fails": true, "id": 12345678901234567890}');
    assert.deepEqual(letter.MessageAttributes, {
      RequestID: { DataType: 'String', StringValue: requestId },
      ErrorCode: { DataType: 'Number', StringValue: '200' },
      ErrorMessage: { DataType: 'String', StringValue: 'no stock' },
    });
    const told = await receive(failures);
    const record = JSON.parse(told.Body ?? '');
    assert.deepEqual(record.requestContext, {
      requestId,
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:both:$LATEST',
      condition: 'RetriesExhausted',
      approximateInvokeCount: 2,
    });
    assert.equal(told.MessageAttributes, undefined);
    for (const { Attributes } of [letter, told])
      assert.match(Attributes?.['AWSTraceHeader'] ?? '', /^Root=1-[^;]+;Parent=[^;]+;Sampled=0;Lineage=[0-9a-f]{8}:0$/);
  },
);

test('an event that may not run goes there with the code of a throttle', { timeout: 60_000 }, async () => {
  const dead = await queue('throttled');
  await create('stopped', 'throttled');
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'stopped', ReservedConcurrentExecutions: 0 }));
  await send('stopped', '{}');
  const { Body, MessageAttributes } = await receive(dead);
  assert.deepEqual([Body, MessageAttributes?.['ErrorCode']?.StringValue], ['{}', '429']);
});

test('a success is told to a queue, and a queue that is not there is counted', { timeout: 60_000 }, async () => {
  const successes = await queue('successes');
  await create('fine', 'absent');
  await lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: 'fine',
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnSuccess: { Destination: `${ARN}:successes` }, OnFailure: { Destination: `${ARN}:absent` } },
    }),
  );
  await send('fine', '{}');
  const record = JSON.parse((await receive(successes)).Body ?? '');
  assert.deepEqual([record.requestContext.condition, record.responsePayload], ['Success', 'done']);
  await send('fine', '{"fails":true}');
  const counted = async (metric: string): Promise<boolean> =>
    (await (await fetch(`${server.endpoint}/_lambkin/metrics`)).text()).includes(
      `lambkin_${metric}_total{account="000000000000",region="us-east-1",function_name="fine"} 1\n`,
    );
  while (!(await counted('dead_letter_errors')) || !(await counted('destination_delivery_failures')));
});

test('a topic is told, and its subscribers get the record', { timeout: 60_000 }, async () => {
  const subscribed = await queue('subscribed');
  const sns = new SNSClient({ ...clientOptions(server), maxAttempts: 1 });
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'ends' }));
  await sns.send(
    new SubscribeCommand({
      TopicArn,
      Protocol: 'sqs',
      Endpoint: `${ARN}:subscribed`,
      Attributes: { RawMessageDelivery: 'true' },
    }),
  );
  sns.destroy();
  await create('announcing', 'dead');
  await lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: 'announcing',
      DestinationConfig: { OnSuccess: { Destination: TopicArn } },
    }),
  );
  await send('announcing', '{}');
  const record = JSON.parse((await receive(subscribed)).Body ?? '');
  assert.deepEqual([record.requestContext.condition, record.responsePayload], ['Success', 'done']);
});

test('a bus is told in an event of its own, which rules pass on', { timeout: 60_000 }, async () => {
  const ruled = await queue('ruled');
  const events = new EventBridgeClient({ ...clientOptions(server), maxAttempts: 1 });
  const EventPattern = JSON.stringify({ source: ['lambda'] });
  await events.send(new PutRuleCommand({ Name: 'ends', EventPattern }));
  await events.send(new PutTargetsCommand({ Rule: 'ends', Targets: [{ Id: 'queue', Arn: `${ARN}:ruled` }] }));
  events.destroy();
  await create('failing', 'dead');
  const bus = 'arn:aws:events:us-east-1:000000000000:event-bus/default';
  await lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: 'failing',
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: bus } },
    }),
  );
  await send('failing', '{"fails":true}');
  const event = JSON.parse((await receive(ruled)).Body ?? '');
  assert.deepEqual(
    [event.source, event['detail-type'], event.resources, event.detail.requestContext.condition],
    [
      'lambda',
      'Lambda Function Invocation Result - Failure',
      [bus, 'arn:aws:lambda:us-east-1:000000000000:function:failing:$LATEST'],
      'RetriesExhausted',
    ],
  );
});

async function queue(QueueName: string): Promise<string> {
  return (await sqs.send(new CreateQueueCommand({ QueueName }))).QueueUrl ?? '';
}

async function create(FunctionName: string, deadLetterQueue: string): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/test',
      Code: { ZipFile: code },
      DeadLetterConfig: { TargetArn: `${ARN}:${deadLetterQueue}` },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 20, minDelay: 0.05 }, { FunctionName });
}

/** Queues an event; its request id. */
async function send(FunctionName: string, Payload: string): Promise<string> {
  const { $metadata } = await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload }));
  return $metadata.requestId ?? '';
}

/** The next message of a queue, when it has come. */
async function receive(QueueUrl: string): Promise<Message> {
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        WaitTimeSeconds: 20,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
      }),
    );
    if (Messages[0]) return Messages[0];
  }
}
