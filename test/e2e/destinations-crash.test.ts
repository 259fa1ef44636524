import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  PutFunctionEventInvokeConfigCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { clientOptions, startServer, type TestServer } from './server.ts';
import { zip } from './zip.ts';

const EVENTS = 400;
let server: TestServer | undefined;

after(async () => {
  await server?.close();
});

test(
  'every event that was accepted has its record in the end, also when the server is killed meanwhile',
  { timeout: 120_000 },
  async () => {
    server = await startServer({ LAMBKIN_SANDBOX_ENVIRONMENTS_PER_FUNCTION_MAX: '4' });
    let s3 = new S3Client({ ...clientOptions(server), maxAttempts: 1 });
    const lambda = new LambdaClient({ ...clientOptions(server), maxAttempts: 1 });
    await s3.send(new CreateBucketCommand({ Bucket: 'records' }));
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: 'failing',
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: 'arn:aws:iam::000000000000:role/test',
        MemorySize: 1_769,
        Code: { ZipFile: await zip({ 'index.mjs': 'export const handler = () => { throw new Error("always"); };' }) },
      }),
    );
    await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 20, minDelay: 0.05 }, { FunctionName: 'failing' });
    await lambda.send(
      new PutFunctionEventInvokeConfigCommand({
        FunctionName: 'failing',
        MaximumRetryAttempts: 0,
        DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::records' } },
      }),
    );
    const accepted = new Set<string>();
    await Promise.all(
      Array.from({ length: EVENTS }, async () => {
        const { $metadata } = await lambda.send(
          new InvokeCommand({ FunctionName: 'failing', InvocationType: 'Event', Payload: '{}' }),
        );
        accepted.add($metadata.requestId ?? '');
      }),
    );
    assert.equal(accepted.size, EVENTS);
    // Some are told, some have ended and are on their way, some still run or wait.
    for (let told = 0; told < 20;) told = (await s3.send(new ListObjectsV2Command({ Bucket: 'records' }))).KeyCount ?? 0;
    await server.kill();
    for (const client of [lambda, s3]) client.destroy();

    server = await server.restart();
    s3 = new S3Client(clientOptions(server));
    const read = new Map<string, string>();
    for (let told = new Set<string>(); told.size < EVENTS; told = new Set(read.values())) {
      for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: 'records' }))
        for (const { Key = '' } of Contents) if (!read.has(Key)) read.set(Key, await requestIdIn(s3, Key));
    }
    assert.deepEqual(new Set(read.values()), accepted);
    s3.destroy();
  },
);

async function requestIdIn(s3: S3Client, Key: string): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'records', Key }));
  return JSON.parse((await Body?.transformToString()) ?? '').requestContext.requestId;
}
