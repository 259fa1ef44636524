import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteSubscriptionFilterCommand,
  DescribeSubscriptionFiltersCommand,
  FilterLogEventsCommand,
  PutLogEventsCommand,
  PutSubscriptionFilterCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  RemovePermissionCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { clientOptions, startServer, type TestServer } from './server.ts';
import { zip } from './zip.ts';

// One function logs, another is subscribed to its log group and keeps what it gets.

const LOGGER = `export const handler = async ({ orders }) => {
  for (const order of orders) process.stdout.write(JSON.stringify(order) + '\\n');
};`;
/** Keeps its event as it came in a bucket, for logs are slower to read. */
const KEEPER = `export const handler = async (event, context) => {
  const url = process.env.AWS_ENDPOINT_URL + '/kept/' + context.awsRequestId;
  const { ok } = await fetch(url, { method: 'PUT', body: JSON.stringify(event) });
  if (!ok) throw new Error('not stored');
};`;
const GROUP = '/aws/lambda/orders';
const NOT_EXECUTED = {
  name: 'InvalidParameterException',
  message: 'Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.',
};

/** The shape of `CloudWatchLogsDecodedData` in the published types of Lambda events. */
interface DecodedData {
  readonly owner: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly subscriptionFilters: string[];
  readonly messageType: string;
  readonly logEvents: { readonly id: string; readonly timestamp: number; readonly message: string }[];
}

let server: TestServer;
let lambda: LambdaClient;
let logs: CloudWatchLogsClient;
let s3: S3Client;
let keeperArn: string;

before(async () => {
  server = await startServer();
  connect();
  await s3.send(new CreateBucketCommand({ Bucket: 'kept' }));
  await logs.send(new CreateLogGroupCommand({ logGroupName: GROUP }));
  await create('orders', LOGGER);
  keeperArn = await create('keeper', KEEPER);
});

after(async () => {
  lambda.destroy();
  logs.destroy();
  s3.destroy();
  assert.equal(await server.close(), 0, server.output());
});

test('what a function logs and matches reaches the function that is subscribed', { timeout: 60_000 }, async () => {
  const filter = {
    logGroupName: GROUP,
    filterName: 'expensive',
    filterPattern: '{ $.price > 100 && $.name = "b*" }',
    destinationArn: keeperArn,
  };
  await assert.rejects(logs.send(new PutSubscriptionFilterCommand(filter)), NOT_EXECUTED);
  await allow(`arn:aws:logs:us-east-1:000000000000:log-group:/other:*`);
  await assert.rejects(logs.send(new PutSubscriptionFilterCommand(filter)), NOT_EXECUTED);
  await lambda.send(new RemovePermissionCommand({ FunctionName: 'keeper', StatementId: 'logs' }));
  await allow(`arn:aws:logs:us-east-1:000000000000:log-group:${GROUP}:*`);
  await logs.send(new PutSubscriptionFilterCommand(filter));
  const { subscriptionFilters } = await logs.send(new DescribeSubscriptionFiltersCommand({ logGroupName: GROUP }));
  assert.partialDeepStrictEqual(subscriptionFilters, [{ ...filter, distribution: 'ByLogStream' }]);
  const control = await kept(({ messageType }) => messageType === 'CONTROL_MESSAGE');
  assert.match(control.logEvents[0]?.message ?? '', /^CWL CONTROL MESSAGE/);

  const orders = [
    { name: 'beer', price: 3 },
    { name: 'bread oven', price: 900 },
    { name: 'tractor', price: 20_000 },
    { name: 'boat', price: 8_000 },
  ];
  const Payload = JSON.stringify({ orders });
  assert.equal((await lambda.send(new InvokeCommand({ FunctionName: 'orders', Payload }))).FunctionError, undefined);
  const data = await kept(({ messageType }) => messageType === 'DATA_MESSAGE');
  const { events = [] } = await logs.send(
    new FilterLogEventsCommand({ logGroupName: GROUP, filterPattern: filter.filterPattern }),
  );
  assert.equal(events.length, 2);
  assert.deepEqual(data, {
    messageType: 'DATA_MESSAGE',
    owner: '000000000000',
    logGroup: GROUP,
    logStream: events[0]?.logStreamName,
    subscriptionFilters: ['expensive'],
    logEvents: events.map(({ eventId, timestamp, message }) => ({ id: eventId, timestamp, message })),
  });
  await logs.send(new DeleteSubscriptionFilterCommand({ logGroupName: GROUP, filterName: 'expensive' }));
});

test('a function is not subscribed to its own log', async () => {
  const logGroupName = '/aws/lambda/keeper';
  await logs.send(new CreateLogGroupCommand({ logGroupName })).catch((error: Error) => {
    // It has logged before.
    assert.equal(error.name, 'ResourceAlreadyExistsException');
  });
  const put = new PutSubscriptionFilterCommand({
    logGroupName,
    filterName: 'loop',
    filterPattern: '',
    destinationArn: keeperArn,
  });
  await assert.rejects(logs.send(put), {
    name: 'InvalidParameterException',
    message: 'The log group provided is reserved for the function logs of the destination function.',
  });
});

test('events of any application, taken before an orderly stop, arrive after the next start', { timeout: 60_000 }, async () => {
  const [logGroupName, logStreamName] = ['/app', 'web'];
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  await allow('arn:aws:logs:us-east-1:000000000000:log-group:/app:*', 'app');
  await logs.send(
    new PutSubscriptionFilterCommand({
      logGroupName,
      filterName: 'all',
      filterPattern: '',
      destinationArn: keeperArn,
    }),
  );
  const logEvents = Array.from({ length: 2_000 }, (_, index) => ({ timestamp: Date.now(), message: `line ${index}` }));
  await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
  const exited = once(server.process, 'exit');
  server.process.kill('SIGTERM');
  await exited;
  server = await startServer({}, server.dataDirectory);
  connect();
  const data = await kept(({ logGroup }) => logGroup === '/app');
  assert.deepEqual(
    data.logEvents.map(({ message }) => message),
    logEvents.map(({ message }) => message),
  );
});

function connect(): void {
  for (const client of [lambda, logs, s3]) client?.destroy();
  lambda = new LambdaClient({ ...clientOptions(server), maxAttempts: 1 });
  logs = new CloudWatchLogsClient({ ...clientOptions(server), maxAttempts: 1 });
  s3 = new S3Client({ ...clientOptions(server), maxAttempts: 1 });
}

async function create(FunctionName: string, code: string): Promise<string> {
  const { FunctionArn } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Role: 'arn:aws:iam::000000000000:role/r',
      Handler: 'index.handler',
      Timeout: 20,
      Code: { ZipFile: await zip({ 'index.mjs': code }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 30, minDelay: 0.05 }, { FunctionName });
  return FunctionArn ?? assert.fail('no ARN');
}

async function allow(SourceArn: string, StatementId = 'logs'): Promise<void> {
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: 'keeper',
      StatementId,
      Action: 'lambda:InvokeFunction',
      Principal: 'logs.amazonaws.com',
      SourceArn,
    }),
  );
}

/** Waits for a message that the keeper was given. */
async function kept(isWanted: (data: DecodedData) => boolean): Promise<DecodedData> {
  for (;;) {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'kept' }));
    for (const { Key } of Contents) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'kept', Key }));
      const event = JSON.parse((await Body?.transformToString()) ?? '') as { awslogs: { data: string } };
      assert.deepEqual(Object.keys(event), ['awslogs']);
      const data = JSON.parse(gunzipSync(Buffer.from(event.awslogs.data, 'base64')).toString()) as DecodedData;
      if (isWanted(data)) return data;
    }
  }
}
