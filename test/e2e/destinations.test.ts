import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  PutFunctionRecursionConfigCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { packageFiles } from './package-closure.ts';
import { clientOptions, startServer, type TestServer } from './server.ts';
import { zip } from './zip.ts';

// What becomes of asynchronous events at their end: records at functions and in buckets, and loops of functions.

const ACCOUNT = 'arn:aws:lambda:us-east-1:000000000000';
/** Keeps its event in a bucket, for logs are slower to read. */
const KEEPER = `export const handler = async (event, context) => {
  const key = event.requestContext.requestId;
  const body = JSON.stringify({ event, trace: process.env._X_AMZN_TRACE_ID });
  const { ok } = await fetch(process.env.AWS_ENDPOINT_URL + '/told/' + key, { method: 'PUT', body });
  if (!ok) throw new Error('not stored');
};`;
const WORKER = `export const handler = async ({ fails }) => {
  if (fails) throw new RangeError('no stock');
  return { done: true };
};`;
/** Calls the other with the official client, for ever, and notes each of its runs. */
const CALLER = `import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
const lambda = new LambdaClient({});
export const handler = async ({ run, last }, context) => {
  await fetch(process.env.AWS_ENDPOINT_URL + '/runs/' + context.functionName + '/' + run, { method: 'PUT', body: 'x' });
  if (run === last) return;
  const Payload = JSON.stringify({ run: run + 1, last });
  await lambda.send(new InvokeCommand({ FunctionName: process.env.OTHER, InvocationType: 'Event', Payload }));
};`;

let server: TestServer;
let lambda: LambdaClient;
let s3: S3Client;

before(async () => {
  server = await startServer({ LAMBKIN_INVOKE_ASYNC_RETRY_DELAYS_SECONDS: '0.1,0.1' });
  lambda = new LambdaClient({ ...clientOptions(server), maxAttempts: 1 });
  s3 = new S3Client({ ...clientOptions(server), maxAttempts: 1 });
  for (const Bucket of ['told', 'records', 'runs', 'ends']) await s3.send(new CreateBucketCommand({ Bucket }));
  await create('keeper', await zip({ 'index.mjs': KEEPER }));
  await create('worker', await zip({ 'index.mjs': WORKER }));
  await lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: 'worker',
      DestinationConfig: {
        OnSuccess: { Destination: `${ACCOUNT}:function:keeper` },
        OnFailure: { Destination: 'arn:aws:s3:::records' },
      },
    }),
  );
});

after(async () => {
  lambda.destroy();
  s3.destroy();
  assert.equal(await server.close(), 0, server.output());
});

test('a success is told to a function, field by field, with the lineage of the one before', { timeout: 60_000 }, async () => {
  const beforeMs = Date.now();
  const requestId = await send('worker', { n: 1 });
  const [key = ''] = await keys('told', 1);
  assert.equal(key, requestId);
  const { event, trace } = (await read('told', key)) as { event: { timestamp: string }; trace: string };
  const { timestamp, ...record } = event;
  assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(Date.parse(timestamp) >= beforeMs && Date.parse(timestamp) <= Date.now(), timestamp);
  assert.deepEqual(record, {
    version: '1.0',
    requestContext: {
      requestId,
      functionArn: `${ACCOUNT}:function:worker:$LATEST`,
      condition: 'Success',
      approximateInvokeCount: 1,
    },
    requestPayload: { n: 1 },
    responseContext: { statusCode: 200, executedVersion: '$LATEST' },
    responsePayload: { done: true },
  });
  assert.match(trace, /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;Lineage=[0-9a-f]{8}:0\|[0-9a-f]{8}:0$/);
});

test('a failure is told to a bucket after its attempts, field by field', { timeout: 60_000 }, async () => {
  const requestId = await send('worker', { fails: true });
  const [key = ''] = await keys('records', 1);
  const day =
    /^aws\/lambda\/async\/worker\/(\d{4})\/(\d\d)\/(\d\d)\/\1-\2-\3T\d\d\.\d\d\.\d\d-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
  assert.match(key, day);
  const record = (await read('records', key)) as Record<string, Record<string, unknown>>;
  assert.deepEqual(Object.keys(record), [
    'version',
    'timestamp',
    'requestContext',
    'requestPayload',
    'responseContext',
    'responsePayload',
  ]);
  assert.deepEqual(record['requestContext'], {
    requestId,
    functionArn: `${ACCOUNT}:function:worker:$LATEST`,
    condition: 'RetriesExhausted',
    approximateInvokeCount: 3,
  });
  assert.deepEqual(record['requestPayload'], { fails: true });
  assert.deepEqual(record['responseContext'], { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' });
  assert.equal(record['responsePayload']?.['errorMessage'], 'no stock');
  assert.equal(record['responsePayload']?.['errorType'], 'RangeError');
});

test('an event of a function without concurrency is told of without a response', { timeout: 60_000 }, async () => {
  await create('stopped', await zip({ 'index.mjs': WORKER }));
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'stopped', ReservedConcurrentExecutions: 0 }));
  await lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: 'stopped',
      DestinationConfig: { OnFailure: { Destination: `${ACCOUNT}:function:keeper` } },
    }),
  );
  const requestId = await send('stopped', {});
  await keys('told', 2);
  const { event } = (await read('told', requestId)) as { event: Record<string, unknown> };
  assert.deepEqual(event['requestContext'], {
    requestId,
    functionArn: `${ACCOUNT}:function:stopped:$LATEST`,
    condition: 'ZeroReservedConcurrency',
    approximateInvokeCount: 0,
  });
  assert.deepEqual(Object.keys(event), ['version', 'timestamp', 'requestContext', 'requestPayload']);
});

test(
  'two functions that call each other run 16 times each; the next event goes to the destination',
  { timeout: 120_000 },
  async () => {
    const code = await zip({ 'index.mjs': CALLER, ...packageFiles(['@aws-sdk/client-lambda']) });
    await create('ping', code, { OTHER: 'pong' });
    await create('pong', code, { OTHER: 'ping' });
    for (const FunctionName of ['ping', 'pong'])
      await lambda.send(
        new PutFunctionEventInvokeConfigCommand({
          FunctionName,
          DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::ends' } },
        }),
      );
    await send('ping', { run: 1 });
    const [key = ''] = await keys('ends', 1);
    const record = (await read('ends', key)) as Record<string, Record<string, unknown>>;
    assert.equal(record['requestContext']?.['functionArn'], `${ACCOUNT}:function:ping:$LATEST`);
    assert.equal(record['requestContext']?.['condition'], 'RetriesExhausted');
    assert.equal(record['requestContext']?.['approximateInvokeCount'], 0);
    assert.deepEqual(record['requestPayload'], { run: 33 });
    assert.equal(record['responseContext'], undefined);
    const runs = await keys('runs', 32);
    assert.deepEqual([runs.filter((run) => run.startsWith('ping/')).length, runs.length], [16, 32]);

    for (const FunctionName of ['ping', 'pong'])
      await lambda.send(new PutFunctionRecursionConfigCommand({ FunctionName, RecursiveLoop: 'Allow' }));
    await send('ping', { run: 101, last: 140 });
    assert.equal((await keys('runs', 72)).length, 72);
    assert.equal((await keys('ends', 1)).length, 1);
  },
);

test('a caller who waits is told that its call would go on with a loop', { timeout: 60_000 }, async () => {
  const [key = ''] = await keys('told', 1);
  const { trace } = (await read('told', key)) as { trace: string };
  const own = trace.split(/[=|]/).at(-1)?.split(':', 1)[0] ?? '';
  const call = (runs: number): Promise<Response> =>
    fetch(`${server.endpoint}/2015-03-31/functions/keeper/invocations`, {
      method: 'POST',
      body: '{"requestContext":{"requestId":"loop"}}',
      headers: { 'X-Amzn-Trace-Id': `Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=${own}:${runs}` },
    });
  assert.equal((await call(14)).status, 200);
  const refused = await call(15);
  assert.equal(refused.status, 400);
  assert.equal(refused.headers.get('x-amzn-errortype'), 'RecursiveInvocationException');
  assert.equal(((await refused.json()) as { Type: string }).Type, 'User');
});

test('what happened to events is counted', { timeout: 60_000 }, async () => {
  const text = await (await fetch(`${server.endpoint}/_lambkin/metrics`)).text();
  const value = (metric: string, functionName: string): number | undefined => {
    const line = text.split('\n').find((each) => each.startsWith(`lambkin_${metric}{`) && each.includes(`"${functionName}"`));
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  };
  assert.equal(value('async_events_received_total', 'worker'), 2);
  assert.equal(value('async_event_age_seconds_count', 'worker'), 4);
  assert.equal(value('async_events_dropped_total', 'worker'), 1);
  assert.equal(value('async_events_dropped_total', 'stopped'), 1);
  assert.equal(value('recursive_invocations_dropped_total', 'ping'), 1);
  assert.equal(value('destination_delivery_failures_total', 'worker'), undefined);
});

async function create(FunctionName: string, ZipFile: Uint8Array, Variables: Record<string, string> = {}): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/test',
      Timeout: 30,
      MemorySize: 512,
      Code: { ZipFile },
      Environment: { Variables },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 30, minDelay: 0.05 }, { FunctionName });
}

/** Queues an event; its request id. */
async function send(FunctionName: string, event: object): Promise<string> {
  const { $metadata } = await lambda.send(
    new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: JSON.stringify(event) }),
  );
  return $metadata.requestId ?? '';
}

/** The keys of a bucket, as soon as there are so many. */
async function keys(Bucket: string, atLeast: number): Promise<string[]> {
  for (;;) {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    if (Contents.length >= atLeast) return Contents.map(({ Key = '' }) => Key);
  }
}

async function read(Bucket: string, Key: string): Promise<unknown> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return JSON.parse((await Body?.transformToString()) ?? '');
}
