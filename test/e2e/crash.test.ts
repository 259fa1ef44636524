import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CreateFunctionCommand, InvokeCommand, LambdaClient, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, GetObjectCommand, paginateListObjectsV2, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { clientOptions, startServer, type TestServer } from './server.ts';
import { zip } from './zip.ts';

const EVENTS = 1_000;
let server: TestServer | undefined;

after(async () => {
  await server?.close();
});

test('what was accepted before a kill -9 is done after the restart: events and objects', { timeout: 120_000 }, async () => {
  server = await startServer({ LAMBKIN_SANDBOX_ENVIRONMENTS_PER_FUNCTION_MAX: '4' });
  let lambda = new LambdaClient({ ...clientOptions(server), maxAttempts: 1 });
  let s3 = new S3Client({ ...clientOptions(server), maxAttempts: 1 });
  await s3.send(new CreateBucketCommand({ Bucket: 'kept' }));
  await s3.send(new CreateBucketCommand({ Bucket: 'ran' }));
  // A log line may be lost with the server, an object that was acknowledged may not.
  const source = `export const handler = async (event) => {
    const { ok } = await fetch(process.env.AWS_ENDPOINT_URL + '/ran/' + event.n, { method: 'PUT', body: 'x' });
    if (!ok) throw new Error('not stored');
  };`;
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'events',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/test',
      MemorySize: 1_769,
      Code: { ZipFile: await zip({ 'index.mjs': source }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 20, minDelay: 1 }, { FunctionName: 'events' });

  const accepted: number[] = [];
  const stored: string[] = [];
  const running = server;
  await Promise.all(
    Array.from({ length: EVENTS }, async (_, n) => {
      const isEvent = n % 10 !== 0;
      try {
        if (isEvent) {
          const { StatusCode } = await lambda.send(
            new InvokeCommand({ FunctionName: 'events', InvocationType: 'Event', Payload: Buffer.from(JSON.stringify({ n })) }),
          );
          if (StatusCode === 202) accepted.push(n);
        } else {
          await s3.send(new PutObjectCommand({ Bucket: 'kept', Key: `object ${n}`, Body: `content ${n}` }));
          stored.push(`object ${n}`);
        }
      } catch {
        // Not acknowledged, so nothing is owed.
      }
      if (accepted.length === EVENTS / 2) await running.kill();
    }),
  );
  lambda.destroy();
  s3.destroy();
  assert.ok(accepted.length >= EVENTS / 2 && accepted.length < EVENTS, `killed in the middle: ${accepted.length} accepted`);

  server = await running.restart();
  lambda = new LambdaClient(clientOptions(server));
  s3 = new S3Client(clientOptions(server));
  for (const Key of stored) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'kept', Key }));
    assert.equal(await Body?.transformToString(), `content ${Key.slice(7)}`);
  }
  const ran = new Set<number>();
  while (!accepted.every((n) => ran.has(n))) {
    for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: 'ran' }))
      for (const { Key } of page.Contents ?? []) ran.add(Number(Key));
  }
  for (const client of [lambda, s3]) client.destroy();
});
