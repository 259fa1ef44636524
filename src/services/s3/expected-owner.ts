import { copySource } from './operations/objects.ts';
import { type BucketRecord, bucketKey } from './records.ts';
import type { S3Call, S3Context } from './s3-context.ts';
import { s3Error } from './s3-errors.ts';

/**
 * Throws AccessDenied where the caller expects a bucket, or that of the source of a copy, to be another account's. One that
 * does not exist is told by the operation.
 */
export async function checkExpectedOwners(s3: S3Context, call: S3Call): Promise<void> {
  const { headers } = call.request;
  const [own, source] = [headers['x-amz-expected-bucket-owner'], headers['x-amz-source-expected-bucket-owner']];
  if (own !== undefined) await check(s3, call.bucket, String(own));
  if (source !== undefined && headers['x-amz-copy-source'] !== undefined)
    await check(s3, copySource(call).bucket, String(source));
}

async function check({ store }: S3Context, bucket: string, expected: string): Promise<void> {
  if (!/^\d{12}$/.test(expected)) throw s3Error('InvalidBucketOwnerAWSAccountID', undefined, { BucketName: bucket });
  const found = await store.get<BucketRecord>(bucketKey(bucket));
  if (found && found.body.account !== expected) throw s3Error('AccessDenied');
}
