import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ServiceException,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { clientOptions, startServer, type TestServer } from './server.ts';

// Members of S3's requests that would change what happens are honoured, or refused before anything happens.

let server: TestServer;
let s3: S3Client;
const place = { Bucket: 'members', Key: 'object' };

before(async () => {
  server = await startServer();
  s3 = new S3Client({ ...clientOptions(server), maxAttempts: 1 });
  await s3.send(new CreateBucketCommand({ Bucket: place.Bucket }));
  await s3.send(new PutObjectCommand({ ...place, Body: 'body' }));
});

after(async () => {
  s3.destroy();
  assert.equal(await server.close(), 0, server.output());
});

test('what S3 does not do here is refused by name, and the object is as it was', async () => {
  const { Bucket } = place;
  const CopySource = `${Bucket}/${place.Key}`;
  const cases: readonly (readonly [member: string, sending: () => Promise<unknown>])[] = [
    ['ACL', () => s3.send(new CreateBucketCommand({ Bucket: 'other', ACL: 'public-read' }))],
    ['GrantRead', () => s3.send(new CreateBucketCommand({ Bucket: 'other', GrantRead: 'id=1' }))],
    ['ObjectLockEnabledForBucket', () => s3.send(new CreateBucketCommand({ Bucket: 'other', ObjectLockEnabledForBucket: true }))],
    ['ObjectOwnership', () => s3.send(new CreateBucketCommand({ Bucket: 'other', ObjectOwnership: 'ObjectWriter' }))],
    [
      'CreateBucketConfiguration.Tags',
      () =>
        s3.send(new CreateBucketCommand({ Bucket: 'other', CreateBucketConfiguration: { Tags: [{ Key: 'a', Value: 'b' }] } })),
    ],
    ['ACL', () => s3.send(new PutObjectCommand({ ...place, ACL: 'public-read' }))],
    ['GrantReadACP', () => s3.send(new PutObjectCommand({ ...place, GrantReadACP: 'id=1' }))],
    ['ServerSideEncryption', () => s3.send(new PutObjectCommand({ ...place, ServerSideEncryption: 'AES256' }))],
    ['SSEKMSKeyId', () => s3.send(new PutObjectCommand({ ...place, SSEKMSKeyId: 'key' }))],
    ['ObjectLockRetainUntilDate', () => s3.send(new PutObjectCommand({ ...place, ObjectLockRetainUntilDate: new Date() }))],
    ['StorageClass', () => s3.send(new PutObjectCommand({ ...place, StorageClass: 'GLACIER' }))],
    ['Tagging', () => s3.send(new CopyObjectCommand({ ...place, CopySource, Tagging: 'a=b', MetadataDirective: 'REPLACE' }))],
    ['VersionId', () => s3.send(new GetObjectCommand({ ...place, VersionId: 'v1' }))],
    ['PartNumber', () => s3.send(new GetObjectCommand({ ...place, PartNumber: 1 }))],
    ['VersionId', () => s3.send(new DeleteObjectCommand({ ...place, VersionId: 'v1' }))],
    ['IfMatch', () => s3.send(new DeleteObjectCommand({ ...place, IfMatch: '"0"' }))],
    [
      'Delete.Objects.VersionId',
      () => s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: place.Key, VersionId: 'v1' }] } })),
    ],
    [
      'Delete.Objects.ETag',
      () => s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: place.Key, ETag: '"0"' }] } })),
    ],
    ['Delimiter', () => s3.send(new ListMultipartUploadsCommand({ Bucket, Delimiter: '/' }))],
  ];
  for (const [member, sending] of cases) {
    await assert.rejects(sending, (error: Error) => {
      assert.equal(error.name, 'NotImplemented', member);
      assert.ok(error.message.startsWith(`lambkin does not support ${member} with this value yet`), error.message);
      return true;
    });
  }
  await assert.rejects(s3.send(new HeadObjectCommand({ ...place, VersionId: 'v1' })), (error: S3ServiceException) => {
    // An answer to HEAD has no body that could say more.
    return error.$metadata.httpStatusCode === 501;
  });
  await assert.rejects(s3.send(new HeadBucketCommand({ Bucket: 'other' })), { name: 'NotFound' });
  const { Body } = await s3.send(new GetObjectCommand({ ...place, VersionId: 'null', ExpectedBucketOwner: '000000000000' }));
  assert.equal(await Body?.transformToString(), 'body');
});

test('a bucket of another account than expected is not touched', async () => {
  const ExpectedBucketOwner = '999999999999';
  await assert.rejects(s3.send(new PutObjectCommand({ ...place, Body: 'other', ExpectedBucketOwner })), { name: 'AccessDenied' });
  await assert.rejects(s3.send(new DeleteObjectCommand({ ...place, ExpectedBucketOwner })), { name: 'AccessDenied' });
  const copy = { ...place, Key: 'copy', CopySource: `${place.Bucket}/${place.Key}` };
  await assert.rejects(s3.send(new CopyObjectCommand({ ...copy, ExpectedSourceBucketOwner: ExpectedBucketOwner })), {
    name: 'AccessDenied',
  });
  await assert.rejects(s3.send(new ListObjectsCommand({ Bucket: place.Bucket, ExpectedBucketOwner: 'me' })), {
    name: 'InvalidBucketOwnerAWSAccountID',
  });
  await assert.rejects(s3.send(new HeadObjectCommand({ Bucket: 'absent', Key: 'k', ExpectedBucketOwner })), { name: 'NotFound' });
});

test('buckets are listed by pages and regions, objects with their owner', async () => {
  for (const name of ['page-a', 'page-b', 'page-c']) await s3.send(new CreateBucketCommand({ Bucket: name }));
  const elsewhere = { Bucket: 'page-elsewhere', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } } as const;
  await s3.send(new CreateBucketCommand(elsewhere));
  const names: (string | undefined)[] = [];
  for (let ContinuationToken: string | undefined; ;) {
    const page = await s3.send(
      new ListBucketsCommand({ Prefix: 'page-', MaxBuckets: 2, BucketRegion: 'us-east-1', ContinuationToken }),
    );
    names.push(...(page.Buckets ?? []).map(({ Name }) => Name));
    ContinuationToken = page.ContinuationToken;
    if (ContinuationToken === undefined) break;
  }
  assert.deepEqual(names, ['page-a', 'page-b', 'page-c']);
  const owners = async (FetchOwner?: boolean): Promise<unknown> =>
    (await s3.send(new ListObjectsV2Command({ Bucket: place.Bucket, FetchOwner }))).Contents?.map(({ Owner }) => Owner?.ID);
  assert.deepEqual([await owners(), await owners(true)], [[undefined], ['000000000000']]);
});

test('uploads are listed by pages; a copied part has conditions, and the whole its size', async () => {
  const { Bucket } = place;
  const begun: string[] = [];
  for (const Key of ['up/1', 'up/1', 'up/2', 'up/3']) {
    const { UploadId = '' } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    begun.push(UploadId);
  }
  const listed: (string | undefined)[] = [];
  for (let marker: { KeyMarker?: string; UploadIdMarker?: string } = {}; ;) {
    const page = await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'up/', MaxUploads: 1, ...marker }));
    listed.push(...(page.Uploads ?? []).map(({ UploadId }) => UploadId));
    if (page.IsTruncated !== true) break;
    marker = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
  }
  assert.deepEqual(listed.toSorted(), begun.toSorted());
  const upload = { Bucket, Key: 'up/3', UploadId: begun[3] };
  const copy = { ...upload, PartNumber: 1, CopySource: `${Bucket}/${place.Key}` };
  await assert.rejects(s3.send(new UploadPartCopyCommand({ ...copy, CopySourceIfMatch: '"0"' })), { name: 'PreconditionFailed' });
  const { ETag } = await s3.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: 'part' }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  const complete = (MpuObjectSize: number) =>
    s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload, MpuObjectSize }));
  await assert.rejects(complete(5), { name: 'InvalidRequest' });
  assert.ok((await complete(4)).ETag);
});
