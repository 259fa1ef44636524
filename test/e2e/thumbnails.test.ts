import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { AddPermissionCommand, CreateFunctionCommand, LambdaClient, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import sharp from 'sharp';
import { packageFiles } from './package-closure.ts';
import { clientOptions, startServer, type TestServer } from './server.ts';
import { zip } from './zip.ts';

// The main job, end to end: an image lands in a bucket, the example's function runs, the thumbnail is in another.

const ATTEMPTS = 3;
let server: TestServer;
let s3: S3Client;
let lambda: LambdaClient;
let logs: CloudWatchLogsClient;

before(async () => {
  server = await startServer({ LAMBKIN_INVOKE_ASYNC_RETRY_DELAYS_SECONDS: '0.1,0.1' });
  const options = clientOptions(server);
  s3 = new S3Client(options);
  lambda = new LambdaClient(options);
  logs = new CloudWatchLogsClient(options);
});

after(async () => {
  for (const client of [s3, lambda, logs]) client.destroy();
  assert.equal(await server.close(), 0, server.output());
});

/** Asks again until there is an answer; the test's own time limit ends it. */
async function eventually<Value>(ask: () => Promise<Value | undefined>): Promise<Value> {
  for (;;) {
    const value = await ask().catch(() => undefined);
    if (value !== undefined) return value;
  }
}

async function logged(pattern: string): Promise<string[]> {
  const { events = [] } = await logs.send(
    new FilterLogEventsCommand({ logGroupName: '/aws/lambda/thumbnails', filterPattern: pattern }),
  );
  return events.map((event) => event.message ?? '');
}

test(
  'images put into a bucket have thumbnails in another; a corrupt one is tried three times and logged',
  { timeout: 90_000 },
  async () => {
    for (const Bucket of ['photos', 'thumbnails']) await s3.send(new CreateBucketCommand({ Bucket }));
    const example = new URL('../../examples/thumbnails/', import.meta.url);
    const ZipFile = await zip({
      'index.js': readFileSync(new URL('index.js', example)),
      'package.json': readFileSync(new URL('package.json', example)),
      ...packageFiles(['sharp', '@aws-sdk/client-s3']),
    });
    const { FunctionArn } = await lambda.send(
      new CreateFunctionCommand({
        FunctionName: 'thumbnails',
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: 'arn:aws:iam::000000000000:role/thumbnails',
        MemorySize: 1_769,
        Timeout: 30,
        Environment: { Variables: { TARGET_BUCKET: 'thumbnails' } },
        Code: { ZipFile },
      }),
    );
    await waitUntilFunctionActiveV2(
      { client: lambda, maxWaitTime: 30, minDelay: 1, maxDelay: 1 },
      { FunctionName: 'thumbnails' },
    );
    const notification = new PutBucketNotificationConfigurationCommand({
      Bucket: 'photos',
      NotificationConfiguration: {
        LambdaFunctionConfigurations: [{ Id: 'thumbnails', LambdaFunctionArn: FunctionArn, Events: ['s3:ObjectCreated:*'] }],
      },
    });
    await assert.rejects(s3.send(notification), { name: 'InvalidArgument' }, 'S3 may not invoke the function yet');
    await lambda.send(
      new AddPermissionCommand({
        FunctionName: 'thumbnails',
        StatementId: 's3',
        Action: 'lambda:InvokeFunction',
        Principal: 's3.amazonaws.com',
        SourceArn: 'arn:aws:s3:::photos',
      }),
    );
    await s3.send(notification);

    const images = [
      { Key: 'wide.jpg', format: 'jpeg', width: 1_600, height: 800, thumbnail: [200, 100] },
      { Key: 'a folder/täll & narrow+1.png', format: 'png', width: 300, height: 900, thumbnail: [67, 200] },
      { Key: 'small.png', format: 'png', width: 50, height: 40, thumbnail: [50, 40] },
    ] as const;
    for (const { Key, format, width, height } of images) {
      const Body = await sharp({ create: { width, height, channels: 3, background: '#48a' } })
        [format]()
        .toBuffer();
      await s3.send(new PutObjectCommand({ Bucket: 'photos', Key, Body }));
    }
    await s3.send(new PutObjectCommand({ Bucket: 'photos', Key: 'corrupt.jpg', Body: 'this is no image' }));

    for (const { Key, format, thumbnail } of images) {
      await eventually(() => s3.send(new HeadObjectCommand({ Bucket: 'thumbnails', Key })));
      const { Body, ContentType } = await s3.send(new GetObjectCommand({ Bucket: 'thumbnails', Key }));
      const made = await sharp(await Body?.transformToByteArray()).metadata();
      assert.deepEqual([made.width, made.height], thumbnail, Key);
      assert.equal(ContentType, `image/${format}`);
    }
    const failures = await eventually(async () => {
      const lines = await logged('"Invoke Error"');
      return lines.length >= ATTEMPTS ? lines : undefined;
    });
    assert.equal(failures.length, ATTEMPTS);
    const ids = new Set(failures.map((line) => line.split('\t')[1]));
    assert.equal(ids.size, 1, 'every attempt has the same request id');
    assert.match(failures[0] ?? '', /unsupported image format/);
    assert.equal((await logged('"thumbnail of"')).length, images.length);
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: 'thumbnails' }));
    assert.equal(Contents?.length, images.length);
  },
);
