import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import {
  AbortMultipartUploadCommand,
  type ChecksumAlgorithm,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketNotificationConfigurationCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { FilesystemBlobStore } from '../../adapters/filesystem/blob-store.ts';
import { FakeClock } from '../../adapters/memory/fake-clock.ts';
import { MemoryMetadataStore } from '../../adapters/memory/metadata-store.ts';
import { QuietLogger } from '../../adapters/memory/quiet-logger.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { systemIds } from '../../adapters/system/ids.ts';
import { FakeQueue } from '../../invoke/async/fake-queue.ts';
import type { TargetDelivery } from '../../ports/event-target.ts';
import type { InvokeRequest } from '../../ports/invoker.ts';
import { createListener, type Listener } from '../../wire/listener.ts';
import { createS3, type S3 } from './create-s3.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:f';
const directory = mkdtempSync(join(tmpdir(), 'lambkin-s3-'));
const accepted: InvokeRequest[] = [];
const onBus: TargetDelivery[] = [];
const delivered: TargetDelivery[] = [];
const clock = new FakeClock(Date.now());
let blobs: FilesystemBlobStore;
let s3: S3;
let listener: Listener;
let client: S3Client;
let port = 0;

before(async () => {
  const ids = systemIds();
  const logger = new QuietLogger();
  blobs = await FilesystemBlobStore.open(join(directory, 'blobs'), ids);
  s3 = createS3({
    store: new MemoryMetadataStore(),
    blobs,
    clock,
    ids,
    logger,
    permission: { check: async ({ functionArn }) => (functionArn === FUNCTION ? 'allowed' : 'denied') },
    accept: async (request) => void accepted.push(request),
    queue: new FakeQueue(clock),
    targets: { deliver: async (delivery) => void delivered.push(delivery) },
    queues: { describe: async () => ({ visibilityTimeoutSeconds: 30, fifo: false }) },
    topics: { exists: async () => true },
    buses: { deliver: async (delivery) => void onBus.push(delivery) },
  });
  listener = createListener({
    host: '127.0.0.1',
    port: 0,
    defaultRegion: 'us-east-1',
    defaultAccount: '000000000000',
    services: [s3.service],
    localPaths: {},
    crossSite: { allowedOrigins: [], allowedHosts: [] },
    clock: systemClock(),
    ids,
    logger,
  });
  port = await listener.listen();
  client = new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  await client.send(new CreateBucketCommand({ Bucket: 'box' }));
});

after(async () => {
  client.destroy();
  await listener.close(1_000);
  await s3.close(1_000);
  rmSync(directory, { recursive: true, force: true });
});

async function put(Key: string, Body: string | Buffer = 'content', more: object = {}): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket: 'box', Key, Body, ...more }));
}

async function get(Key: string, more: object = {}): Promise<string> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'box', Key, ...more }));
  return (await Body?.transformToString()) ?? '';
}

/** A request as no client would make it. */
function raw(
  method: string,
  path: string,
  body = '',
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { port, host: '127.0.0.1', method, path, headers: { 'Content-Length': Buffer.byteLength(body), ...headers } },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

test('an object comes back with its bytes, headers and metadata, under any key', async () => {
  for (const Key of ['plain', 'a/b//c', 'spaced name', 'ü€😀', '%41+&=?#\'"<>', '..', 'ends/']) {
    await put(Key, `of ${Key}`, { ContentType: 'text/x', Metadata: { colour: 'blue' }, CacheControl: 'no-store' });
    const found = await client.send(new GetObjectCommand({ Bucket: 'box', Key }));
    assert.equal(await found.Body?.transformToString(), `of ${Key}`);
    assert.deepEqual([found.ContentType, found.Metadata, found.CacheControl], ['text/x', { colour: 'blue' }, 'no-store']);
    await client.send(new DeleteObjectCommand({ Bucket: 'box', Key }));
    await assert.rejects(get(Key), { name: 'NoSuchKey' });
  }
});

test('every checksum is verified and given back; a wrong one is refused', async () => {
  for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'SHA1', 'SHA256', 'CRC64NVME'] as ChecksumAlgorithm[]) {
    try {
      await put(`sum-${ChecksumAlgorithm}`, 'The quick brown fox', { ChecksumAlgorithm });
    } catch (error) {
      // The client computes this one by a native package that may be absent.
      if (ChecksumAlgorithm === 'CRC64NVME' && /crt|crc64/i.test(String(error))) continue;
      throw error;
    }
    assert.equal(await get(`sum-${ChecksumAlgorithm}`, { ChecksumMode: 'ENABLED' }), 'The quick brown fox');
  }
  const known = { 'x-amz-checksum-crc32c': '4waSgw==', 'x-amz-checksum-crc64nvme': 'rosUhgp5mIg=' };
  for (const [name, value] of Object.entries(known))
    assert.equal((await raw('PUT', '/box/check', '123456789', { [name]: value })).status, 200, name);
  assert.match(
    (await raw('PUT', '/box/check', '123456780', { 'x-amz-checksum-crc32c': '4waSgw==' })).text,
    /<Code>BadDigest<\/Code>/,
  );
  assert.match(
    (await raw('PUT', '/box/check', 'x', { 'content-md5': Buffer.alloc(16).toString('base64') })).text,
    /<Code>BadDigest<\/Code>/,
  );
  assert.equal(await get('check'), '123456789', 'a refused body changes nothing');
});

test('a stream of unknown length arrives by chunks with a trailing checksum', async () => {
  const parts = Array.from({ length: 50 }, (_, n) => Buffer.alloc(70_000, n));
  await client.send(
    new PutObjectCommand({ Bucket: 'box', Key: 'streamed', Body: Readable.from(parts), ContentLength: 3_500_000 }),
  );
  const { Body, ContentLength } = await client.send(new GetObjectCommand({ Bucket: 'box', Key: 'streamed' }));
  assert.equal(ContentLength, 3_500_000);
  assert.ok(Buffer.concat(parts).equals(Buffer.from((await Body?.transformToByteArray()) ?? [])));
});

test('broken chunk framing is refused and leaves nothing', async () => {
  const headers = {
    'content-encoding': 'aws-chunked',
    'x-amz-decoded-content-length': '5',
    'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  };
  for (const body of [
    '5\r\nhello',
    'zz\r\nhello\r\n0\r\n\r\n',
    '5\r\nhelloXX0\r\n\r\n',
    '4\r\nhell\r\n0\r\n\r\n',
    `${'f'.repeat(17)}\r\n`,
  ]) {
    const { status } = await raw('PUT', '/box/broken', body, headers);
    assert.equal(status, 400, body);
  }
  await assert.rejects(get('broken'), { name: 'NoSuchKey' });
});

test('ranges, and what can not be satisfied', async () => {
  await put('range', '0123456789');
  assert.equal(await get('range', { Range: 'bytes=2-4' }), '234');
  assert.equal(await get('range', { Range: 'bytes=7-' }), '789');
  assert.equal(await get('range', { Range: 'bytes=-3' }), '789');
  assert.equal(await get('range', { Range: 'bytes=8-100' }), '89');
  await assert.rejects(get('range', { Range: 'bytes=10-' }), { name: 'InvalidRange' });
  assert.equal(
    (await client.send(new GetObjectCommand({ Bucket: 'box', Key: 'range', Range: 'bytes=0-0' }))).ContentRange,
    'bytes 0-0/10',
  );
});

test('conditions of reads and writes hold, also for a hundred writers at once', async () => {
  const outcomes = await Promise.allSettled(Array.from({ length: 100 }, (_, n) => put('once', String(n), { IfNoneMatch: '*' })));
  assert.equal(outcomes.filter((outcome) => outcome.status === 'fulfilled').length, 1);
  const { ETag } = await client.send(new HeadObjectCommand({ Bucket: 'box', Key: 'once' }));
  await assert.rejects(put('once', 'x', { IfMatch: '"0"' }), { name: 'PreconditionFailed' });
  await put('once', 'second', { IfMatch: ETag });
  await assert.rejects(get('once', { IfMatch: ETag }), { name: 'PreconditionFailed' });
  await assert.rejects(put('never', 'x', { IfMatch: ETag }), { name: 'NoSuchKey' });
});

test('lists fold what shares a prefix, page by page, in the order of bytes', async () => {
  await client.send(new CreateBucketCommand({ Bucket: 'lists' }));
  const keys = ['a', 'b/1', 'b/2', 'b/c/3', 'b0', 'z', 'é'];
  for (const Key of keys) await client.send(new PutObjectCommand({ Bucket: 'lists', Key, Body: '' }));
  for (const MaxKeys of [1, 2, 3, 100]) {
    const seen: string[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await client.send(new ListObjectsV2Command({ Bucket: 'lists', Delimiter: '/', MaxKeys, ContinuationToken }));
      assert.ok((page.KeyCount ?? 0) <= MaxKeys);
      seen.push(
        ...[
          ...(page.Contents ?? []).map(({ Key }) => Key ?? ''),
          ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix ?? ''),
        ],
      );
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken);
    assert.deepEqual(seen.toSorted(), ['a', 'b/', 'b0', 'z', 'é'].toSorted(), `pages of ${MaxKeys}`);
  }
  const inside = await client.send(new ListObjectsV2Command({ Bucket: 'lists', Prefix: 'b/', Delimiter: '/' }));
  assert.deepEqual(
    [inside.Contents?.map(({ Key }) => Key), inside.CommonPrefixes?.map(({ Prefix }) => Prefix)],
    [['b/1', 'b/2'], ['b/c/']],
  );
  await assert.rejects(client.send(new DeleteBucketCommand({ Bucket: 'lists' })), { name: 'BucketNotEmpty' });
  const { Deleted } = await client.send(
    new DeleteObjectsCommand({ Bucket: 'lists', Delete: { Objects: keys.map((Key) => ({ Key })) } }),
  );
  assert.equal(Deleted?.length, keys.length);
  await client.send(new DeleteBucketCommand({ Bucket: 'lists' }));
  await assert.rejects(client.send(new ListObjectsV2Command({ Bucket: 'lists' })), { name: 'NoSuchBucket' });
});

test('an upload in parts: order, sizes and tags are checked, and its bytes are one object', async () => {
  const at = { Bucket: 'box', Key: 'parts' };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...at, ContentType: 'text/parts' }));
  const bodies = [Buffer.alloc(5_242_880, 1), Buffer.alloc(5_242_880, 2), Buffer.from('end')];
  const sent = await Promise.all(
    bodies.map((Body, index) => client.send(new UploadPartCommand({ ...at, UploadId, PartNumber: index + 1, Body }))),
  );
  const Parts = sent.map(({ ETag }, index) => ({ ETag, PartNumber: index + 1 }));
  assert.equal((await client.send(new ListPartsCommand({ ...at, UploadId }))).Parts?.length, 3);
  const complete = (parts: object[]) =>
    client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts: parts } }));
  await assert.rejects(complete([...Parts].reverse()), { name: 'InvalidPartOrder' });
  await assert.rejects(complete([{ ...Parts[0], ETag: '"0"' }]), { name: 'InvalidPart' });
  await assert.rejects(
    complete([
      { PartNumber: 3, ETag: Parts[2]?.ETag },
      { PartNumber: 4, ETag: '"0"' },
    ]),
    { name: /EntityTooSmall|InvalidPart/ },
  );
  assert.match((await complete(Parts)).ETag ?? '', /-3"$/);
  const found = await client.send(new GetObjectCommand(at));
  assert.equal(found.ContentType, 'text/parts');
  assert.ok(Buffer.concat(bodies).equals(Buffer.from((await found.Body?.transformToByteArray()) ?? [])));
  assert.equal(await get('parts', { Range: 'bytes=10485759-10485762' }), '\u0002end');
  const second = await client.send(new CreateMultipartUploadCommand(at));
  await client.send(new AbortMultipartUploadCommand({ ...at, UploadId: second.UploadId }));
  await assert.rejects(client.send(new ListPartsCommand({ ...at, UploadId: second.UploadId })), { name: 'NoSuchUpload' });
});

test('a copy has the bytes of its source, and metadata of its own where asked', async () => {
  await put('source', 'copied', { Metadata: { a: '1' } });
  await client.send(new CopyObjectCommand({ Bucket: 'box', Key: 'copy', CopySource: 'box/source' }));
  await client.send(
    new CopyObjectCommand({
      Bucket: 'box',
      Key: 'other',
      CopySource: 'box/source',
      MetadataDirective: 'REPLACE',
      Metadata: { b: '2' },
    }),
  );
  assert.equal(await get('copy'), 'copied');
  assert.deepEqual((await client.send(new HeadObjectCommand({ Bucket: 'box', Key: 'copy' }))).Metadata, { a: '1' });
  assert.deepEqual((await client.send(new HeadObjectCommand({ Bucket: 'box', Key: 'other' }))).Metadata, { b: '2' });
  await assert.rejects(client.send(new CopyObjectCommand({ Bucket: 'box', Key: 'source', CopySource: 'box/source' })), {
    name: 'InvalidRequest',
  });
});

test('equal contents share their bytes, which go when the last owner has gone', async () => {
  await put('twin-1', 'the same');
  await put('twin-2', 'the same');
  const id = createHash('sha256').update('the same').digest('hex');
  await client.send(new DeleteObjectCommand({ Bucket: 'box', Key: 'twin-1' }));
  for (let n = 0; n < 10; n += 1) await clock.advance(60_000);
  assert.equal(await blobs.has(id), true);
  assert.equal(await get('twin-2'), 'the same');
  await client.send(new DeleteObjectCommand({ Bucket: 'box', Key: 'twin-2' }));
  for (let n = 0; n < 20_000 && (await blobs.has(id)); n += 1) await clock.advance(60_000);
  assert.equal(await blobs.has(id), false);
});

test('a presigned link works until its time is over', async () => {
  await put('linked', 'by link');
  const url = await getSignedUrl(client, new GetObjectCommand({ Bucket: 'box', Key: 'linked' }), {
    expiresIn: 60,
    signingDate: new Date(clock.now()),
  });
  assert.equal((await raw('GET', url.slice(url.indexOf('/box')))).text, 'by link');
  await clock.advance(61_000);
  assert.match((await raw('GET', url.slice(url.indexOf('/box')))).text, /<Code>AccessDenied<\/Code><Message>Request has expired/);
});

test('a link that was signed the old way works until its time is over', async () => {
  await put('linked the old way', 'by link');
  const link = (expires: string) => `/box/linked%20the%20old%20way?AWSAccessKeyId=test&Signature=x%3D&Expires=${expires}`;
  const nowSeconds = Math.floor(clock.now() / 1_000);
  assert.equal((await raw('GET', link(String(nowSeconds + 60)))).text, 'by link');
  assert.match((await raw('GET', link(String(nowSeconds - 1)))).text, /<Code>AccessDenied<\/Code><Message>Request has expired/);
  assert.match((await raw('GET', link('soon'))).text, /<Code>AccessDenied<\/Code>/);
});

test('notifications: each event of a matching key is queued as S3 tells it', async () => {
  await client.send(new CreateBucketCommand({ Bucket: 'told' }));
  const configure = (rules: object[]) =>
    client.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: 'told',
        NotificationConfiguration: { LambdaFunctionConfigurations: rules as never },
      }),
    );
  const rule = {
    Id: 'images',
    LambdaFunctionArn: FUNCTION,
    Events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:Delete'],
    Filter: {
      Key: {
        FilterRules: [
          { Name: 'prefix', Value: 'in/' },
          { Name: 'suffix', Value: '.jpg' },
        ],
      },
    },
  };
  await assert.rejects(configure([rule, { ...rule, Id: 'again' }]), { name: 'InvalidArgument', message: /overlap/ });
  await assert.rejects(configure([{ ...rule, LambdaFunctionArn: `${FUNCTION}other` }]), {
    message: 'Unable to validate the following destination configurations',
  });
  await configure([rule]);
  assert.deepEqual(
    (await client.send(new GetBucketNotificationConfigurationCommand({ Bucket: 'told' }))).LambdaFunctionConfigurations?.[0]?.Id,
    'images',
  );
  accepted.length = 0;
  for (const Key of ['in/a b+ü.jpg', 'out/c.jpg', 'in/d.png'])
    await client.send(new PutObjectCommand({ Bucket: 'told', Key, Body: '12345' }));
  await client.send(new DeleteObjectCommand({ Bucket: 'told', Key: 'in/a b+ü.jpg' }));
  assert.equal(accepted.length, 2);
  const [created, removed] = accepted.map(
    ({ payload }) => (JSON.parse(Buffer.from(payload).toString()) as { Records: [Record<string, never>] }).Records[0],
  ) as unknown as [
    {
      eventName: string;
      s3: {
        configurationId: string;
        bucket: { name: string; arn: string };
        object: { key: string; size?: number; eTag?: string; sequencer: string };
      };
    },
    { eventName: string; s3: { object: { key: string; size?: number; sequencer: string } } },
  ];
  assert.equal(created.eventName, 'ObjectCreated:Put');
  assert.deepEqual([created.s3.configurationId, created.s3.bucket.arn], ['images', 'arn:aws:s3:::told']);
  assert.deepEqual(
    [created.s3.object.key, created.s3.object.size, created.s3.object.eTag],
    ['in/a+b%2B%C3%BC.jpg', 5, '827ccb0eea8a706c4c34a16891f84e7b'],
  );
  assert.deepEqual([removed.eventName, removed.s3.object.size], ['ObjectRemoved:Delete', undefined]);
  assert.ok(removed.s3.object.sequencer > created.s3.object.sequencer);
});

test('what is not built is named, what is hostile refused', async () => {
  await assert.rejects(
    client.send(new PutBucketVersioningCommand({ Bucket: 'box', VersioningConfiguration: { Status: 'Enabled' } })),
    { name: 'NotImplemented', message: /PutBucketVersioning/ },
  );
  await assert.rejects(put('x', 'x', { ServerSideEncryption: 'aws:kms' }), {
    name: 'NotImplemented',
    message: /ServerSideEncryption/,
  });
  const bomb = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><Delete><Object><Key>&b;</Key></Object></Delete>';
  const deep = `${'<a>'.repeat(10_000)}${'</a>'.repeat(10_000)}`;
  for (const body of [
    '',
    '<',
    'nonsense',
    bomb,
    deep,
    '<'.repeat(2_000_000),
    `<Delete>${'<'.repeat(1_000_000)}`,
    '<Delete><Object/></Delete>',
    '<Other/>',
    `<Delete>${'<Object><Key>k</Key></Object>'.repeat(1_001)}</Delete>`,
  ]) {
    const { status, text } = await raw('POST', '/box?delete', body);
    assert.deepEqual([status, /<Code>MalformedXML<\/Code>/.test(text)], [400, true], body.slice(0, 60));
  }
  for (const name of ['constructor', 'crc31'])
    assert.equal((await raw('PUT', '/box/sum', 'x', { 'x-amz-trailer': `x-amz-checksum-${name}` })).status, 501, name);
  assert.match((await raw('PUT', '/UPPER')).text, /<Code>InvalidBucketName<\/Code>/);
  assert.match((await raw('PUT', `/box/${'k'.repeat(1_025)}`)).text, /<Code>KeyTooLongError<\/Code>/);
  assert.match((await raw('GET', '/box/%ff')).text, /<Code>InvalidArgument<\/Code>/);
  assert.equal((await raw('PATCH', '/box/key')).status, 405);
});

test('notifications: a bucket can tell EventBridge of everything', async () => {
  const Bucket = 'told-bus';
  await client.send(new CreateBucketCommand({ Bucket }));
  const configured = (NotificationConfiguration: object) =>
    client.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
  await configured({ EventBridgeConfiguration: {} });
  const told = await client.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
  assert.deepEqual(told.EventBridgeConfiguration, {});
  onBus.length = 0;
  await client.send(new PutObjectCommand({ Bucket, Key: 'a b+ü', Body: '12345' }));
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'a b+ü' }));
  await configured({});
  await client.send(new PutObjectCommand({ Bucket, Key: 'later', Body: '' }));
  assert.equal(onBus.length, 2);
  const [created, removed] = onBus.map(({ body, ...delivery }) => ({ ...delivery, detail: JSON.parse(body) }));
  const delivery = {
    targetArn: 'arn:aws:events:us-east-1:000000000000:event-bus/default',
    account: '000000000000',
    region: 'us-east-1',
  };
  const event = (detailType: string) => ({ source: 'aws.s3', detailType, resources: ['arn:aws:s3:::told-bus'] });
  const { 'request-id': requestId, ...detail } = created?.detail;
  assert.match(requestId, /^[0-9A-F]{16}$/);
  assert.deepEqual(
    { ...created, detail },
    {
      ...delivery,
      event: event('Object Created'),
      detail: {
        version: '0',
        bucket: { name: Bucket },
        object: { key: 'a b+ü', size: 5, etag: '827ccb0eea8a706c4c34a16891f84e7b', sequencer: detail.object.sequencer },
        requester: '000000000000',
        'source-ip-address': '127.0.0.1',
        reason: 'PutObject',
      },
    },
  );
  const { object, reason, 'deletion-type': deletion } = removed?.detail;
  assert.deepEqual(removed?.event, event('Object Deleted'));
  assert.deepEqual([Object.keys(object), reason, deletion], [['key', 'sequencer'], 'DeleteObject', 'Permanently Deleted']);
  assert.ok(object.sequencer > detail.object.sequencer);
});
