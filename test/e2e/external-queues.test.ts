import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  CreateFunctionCommand,
  GetEventSourceMappingCommand,
  InvokeCommand,
  LambdaClient,
  PutFunctionEventInvokeConfigCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { type Message, SQS } from '@aws-sdk/client-sqs';
import { clientOptions, startServer, type TestServer } from './server.ts';
import { zip } from './zip.ts';

// Two servers: the queues of one feed functions of the other, and are targets of it, by its settings alone.

const ACCOUNT = '111122223333';
const SECRET = 'hush-not-for-any-log';

let away: TestServer;
let home: TestServer;
/** Queues of the one server and of the other. */
let awaySqs: SQS;
let homeSqs: SQS;
let lambda: LambdaClient;

before(async () => {
  away = await startServer({ LAMBKIN_PORT: String(await freePort()) });
  const external = [
    { arns: [`arn:aws:sqs:*:${ACCOUNT}:*`], endpoint: away.endpoint, accessKeyId: ACCOUNT, secretAccessKey: '${AWAY_SECRET}' },
  ];
  home = await startServer({ LAMBKIN_EXTERNAL_SQS: JSON.stringify(external), AWAY_SECRET: SECRET });
  // The server that is away for a while is asked again.
  awaySqs = new SQS({ ...clientOptions(away), credentials: { accessKeyId: ACCOUNT, secretAccessKey: 'test' }, maxAttempts: 10 });
  homeSqs = new SQS({ ...clientOptions(home), maxAttempts: 1 });
  lambda = new LambdaClient({ ...clientOptions(home), maxAttempts: 1 });
});

after(async () => {
  for (const client of [awaySqs, homeSqs, lambda]) client.destroy();
  assert.equal(await home.close(), 0, home.output());
  assert.equal(await away.close(), 0, away.output());
  assert.doesNotMatch(home.output(), new RegExp(SECRET));
});

/** For a server that is to come back under its address. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Sends what it got to a queue of its own server, each group in its order, and names those that are bad. */
const SOURCE = `
  export const handler = async ({ Records }) => {
    const isBad = ({ body }) => body.startsWith('bad');
    const good = Records.filter((record) => !isBad(record));
    const answer = await fetch(process.env.AWS_ENDPOINT_URL, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-amz-json-1.0',
        'X-Amz-Target': 'AmazonSQS.SendMessageBatch',
        Authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0',
      },
      body: JSON.stringify({
        QueueUrl: process.env.AWS_ENDPOINT_URL + '/000000000000/' + process.env.FORWARD,
        Entries: good.map(({ body, messageId, attributes }, index) => ({
          Id: String(index),
          MessageBody: body,
          MessageGroupId: attributes.MessageGroupId ?? messageId,
          MessageDeduplicationId: messageId,
        })),
      }),
    });
    const text = await answer.text();
    if (good.length > 0 && answer.status !== 200) throw new Error(text);
    return { batchItemFailures: Records.filter(isBad).map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };`;

async function makeFunction(FunctionName: string, source = SOURCE): Promise<void> {
  await homeSqs.createQueue({ QueueName: `${FunctionName}.fifo`, Attributes: { FifoQueue: 'true' } });
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/test',
      Timeout: 2,
      MemorySize: 1024,
      Environment: { Variables: { FORWARD: `${FunctionName}.fifo` } },
      Code: { ZipFile: await zip({ 'index.mjs': source }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 20, minDelay: 0.05 }, { FunctionName });
}

async function makeAway(QueueName: string, Attributes: Record<string, string> = {}): Promise<{ url: string; arn: string }> {
  const { QueueUrl: url = '' } = await awaySqs.createQueue({ QueueName, Attributes });
  return { url, arn: `arn:aws:sqs:us-east-1:${ACCOUNT}:${QueueName}` };
}

async function map(input: CreateEventSourceMappingCommandInput): Promise<void> {
  const { UUID } = await lambda.send(new CreateEventSourceMappingCommand(input));
  await until(async () => (await lambda.send(new GetEventSourceMappingCommand({ UUID }))).State === 'Enabled');
}

/** Asks until it is so; each asking is a request, so it does not spin. */
async function until(is: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 20_000; tries += 1) if (await is()) return;
  assert.fail('it did not become so');
}

async function isEmpty(QueueUrl: string): Promise<boolean> {
  const { Attributes = {} } = await awaySqs.getQueueAttributes({ QueueUrl, AttributeNames: ['All'] });
  return Attributes['ApproximateNumberOfMessages'] === '0' && Attributes['ApproximateNumberOfMessagesNotVisible'] === '0';
}

/** Receives and deletes until there are so many different ones. */
async function take(sqs: SQS, QueueUrl: string, count: number): Promise<Message[]> {
  const taken: Message[] = [];
  while (new Set(taken.map(({ Body }) => Body)).size < count) {
    const { Messages = [] } = await sqs.receiveMessage({
      QueueUrl,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 20,
      MessageSystemAttributeNames: ['All'],
    });
    assert.notEqual(Messages.length, 0, `only ${taken.length} of ${count} messages came`);
    taken.push(...Messages);
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.deleteMessageBatch({ QueueUrl, Entries });
  }
  return taken;
}

const forwarded = (name: string): string => `${home.endpoint}/000000000000/${name}.fifo`;

test('a queue elsewhere feeds a function: what fails of a batch ends in the dead-letter queue there', async () => {
  await makeFunction('partial');
  const dead = await makeAway('partial-dead');
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 2 });
  const { url, arn } = await makeAway('partial', { VisibilityTimeout: '2', RedrivePolicy });
  await map({ FunctionName: 'partial', EventSourceArn: arn, FunctionResponseTypes: ['ReportBatchItemFailures'] });
  const Entries = ['good', 'bad', 'fine'].map((MessageBody, index) => ({ Id: String(index), MessageBody }));
  await awaySqs.sendMessageBatch({ QueueUrl: url, Entries });
  const bodies = (await take(homeSqs, forwarded('partial'), 2)).map(({ Body }) => Body);
  assert.deepEqual(bodies.toSorted(), ['fine', 'good']);
  assert.deepEqual(
    (await take(awaySqs, dead.url, 1)).map(({ Body }) => Body),
    ['bad'],
  );
  await until(() => isEmpty(url));
});

test('a FIFO queue elsewhere feeds a function in the order of each group', async () => {
  await makeFunction('ordered');
  const { url, arn } = await makeAway('ordered.fifo', { FifoQueue: 'true', ContentBasedDeduplication: 'true' });
  await map({ FunctionName: 'ordered', EventSourceArn: arn });
  for (let batch = 0; batch < 5; batch += 1) {
    const Entries = Array.from({ length: 10 }, (_, index) => ({
      Id: String(index),
      MessageGroupId: `g${index % 3}`,
      MessageBody: String(batch * 10 + index),
    }));
    await awaySqs.sendMessageBatch({ QueueUrl: url, Entries });
  }
  const taken = await take(homeSqs, forwarded('ordered'), 50);
  for (const group of ['g0', 'g1', 'g2']) {
    const numbers = taken.filter(({ Attributes }) => Attributes?.['MessageGroupId'] === group).map(({ Body }) => Number(Body));
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
      group,
    );
  }
});

test('the server of the queue is killed and comes back: every message is handled', async () => {
  await makeFunction('outage');
  const { url, arn } = await makeAway('outage', { VisibilityTimeout: '3' });
  await map({ FunctionName: 'outage', EventSourceArn: arn });
  const sent: string[] = [];
  const send = async (batches: number): Promise<void> => {
    for (let batch = 0; batch < batches; batch += 1) {
      const Entries = Array.from({ length: 10 }, (_, index) => ({ Id: String(index), MessageBody: `m${sent.length + index}` }));
      await awaySqs.sendMessageBatch({ QueueUrl: url, Entries });
      sent.push(...Entries.map(({ MessageBody }) => MessageBody));
    }
  };
  await send(20);
  // Killed while its messages are being handled, and again while it is being polled.
  away = await away.restart();
  await send(5);
  away = await away.restart();
  const taken = await take(homeSqs, forwarded('outage'), sent.length);
  assert.deepEqual([...new Set(taken.map(({ Body }) => Body))].toSorted(), sent.toSorted());
  await until(() => isEmpty(url));
  // It was away for the pollers too, not only for a moment between two polls.
  assert.match(home.output(), /a queue could not be read/);
});

test('topics, rules, buckets and destinations reach queues elsewhere', async (t) => {
  const options = clientOptions(home);
  const [sns, events, s3] = [new SNSClient(options), new EventBridgeClient(options), new S3Client(options)];
  t.after(() => [sns, events, s3].forEach((client) => client.destroy()));
  const { url, arn } = await makeAway('targets');
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'topic' }));
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: arn, Attributes: { RawMessageDelivery: 'true' } }));
  await sns.send(new PublishCommand({ TopicArn, Message: 'from a topic' }));
  await events.send(new PutRuleCommand({ Name: 'rule', EventPattern: '{"source":["test"]}' }));
  await events.send(new PutTargetsCommand({ Rule: 'rule', Targets: [{ Id: 'queue', Arn: arn, Input: '"from a rule"' }] }));
  await events.send(new PutEventsCommand({ Entries: [{ Source: 'test', DetailType: 'test', Detail: '{}' }] }));
  await s3.send(new CreateBucketCommand({ Bucket: 'bucket' }));
  const NotificationConfiguration: NotificationConfiguration = {
    QueueConfigurations: [{ QueueArn: arn, Events: ['s3:ObjectCreated:*'] }],
  };
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket: 'bucket', NotificationConfiguration }));
  await s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'from a bucket', Body: 'x' }));
  await makeFunction('answering', "export const handler = async () => 'from a function';");
  const DestinationConfig = { OnSuccess: { Destination: arn } };
  await lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: 'answering', DestinationConfig }));
  await lambda.send(new InvokeCommand({ FunctionName: 'answering', InvocationType: 'Event' }));
  const bodies = (await take(awaySqs, url, 5)).map(({ Body = '' }) => /from.a.(\w+)|s3:TestEvent/.exec(Body));
  const senders = bodies.map((found) => found?.[1] ?? found?.[0] ?? '');
  assert.deepEqual(senders.toSorted(), ['bucket', 'function', 'rule', 's3:TestEvent', 'topic']);
});

test('a setting that can not be ends the start with a sentence that shows no secret', () => {
  const LAMBKIN_EXTERNAL_SQS = JSON.stringify([{ arns: ['arn:aws:sqs:*'], secretAccessKey: SECRET }]);
  const { status, stderr } = spawnSync(process.execPath, ['bin/lambkin.js', 'start'], {
    env: { ...process.env, LAMBKIN_EXTERNAL_SQS, LAMBKIN_PORT: '0' },
    encoding: 'utf8',
  });
  assert.equal(status, 1);
  assert.match(stderr, /^lambkin: the setting external\.sqs\.0\.arns\.0: must be the ARN of an SQS queue/);
  assert.doesNotMatch(stderr, new RegExp(SECRET));
});
