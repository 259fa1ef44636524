import { createHash } from 'node:crypto';
import type { ObjectToWrite } from '../../ports/object-writer.ts';
import { commitObject } from './object-commit.ts';
import { getBucket, type S3Context } from './s3-context.ts';

/** Stores an object for the server itself, as a PUT without conditions would. Throws NoSuchBucket. */
export async function writeObject(s3: S3Context, object: ObjectToWrite): Promise<void> {
  const { bucket, key, body, contentType, traceHeader } = object;
  await getBucket(s3, bucket);
  const change = {
    bucket,
    key,
    requestId: s3.ids.hex(8).toUpperCase(),
    hostId: Buffer.from(s3.ids.hex(24), 'hex').toString('base64'),
    request: { headers: traceHeader === undefined ? {} : { 'x-amzn-trace-id': traceHeader } },
    context: { remoteAddress: '127.0.0.1' },
  };
  await s3.references.writing(async (write) => {
    const blob = await write(body);
    const record = {
      contentType,
      metadata: {},
      blobs: [blob],
      sizeBytes: blob.sizeBytes,
      etag: createHash('md5').update(body).digest('hex'),
      modifiedMs: s3.clock.now(),
      checksums: {},
    };
    await commitObject(s3, change, record, 'ObjectCreated:Put');
  });
}
