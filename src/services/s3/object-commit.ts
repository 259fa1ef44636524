import { RevisionConflict } from '../../ports/metadata-store.ts';
import { notify } from '../../sources/s3/notifier.ts';
import type { ObjectEvent } from '../../sources/s3/object-event.ts';
import { checkWriteConditions } from './conditions.ts';
import { bucketKey, type BucketRecord, type ObjectRecord, objectKey } from './records.ts';
import { s3Error } from './s3-errors.ts';
import type { HttpRequest, RequestContext } from '../../wire/service.ts';
import { getBucket, type S3Call, type S3Context } from './s3-context.ts';

const TRIES_MAX = 50;

/** Who changes which object: what conditions and notifications look at of a request. */
export interface ObjectChange extends Pick<S3Call, 'bucket' | 'key' | 'requestId' | 'hostId'> {
  readonly request: Pick<HttpRequest, 'headers'>;
  readonly context: Pick<RequestContext, 'remoteAddress'>;
}

/** Puts a record in an object's place and queues its notifications; both are durable when it resolves. Last writer wins. */
export async function commitObject(s3: S3Context, call: ObjectChange, record: ObjectRecord, eventName: string): Promise<void> {
  const key = objectKey(call.bucket, call.key);
  const { bucket, lost } = await retrying(async () => {
    const bucketFound = await getBucket(s3, call.bucket);
    const existing = await s3.store.get<ObjectRecord>(key);
    checkWriteConditions(call.request, existing?.body);
    const had = existing?.body.blobs.map(({ id }) => id) ?? [];
    await s3.store.commit([
      { put: key, body: record, expect: existing?.revision ?? 'absent' },
      ...s3.references.changes(
        key,
        record.blobs.map(({ id }) => id),
        had,
      ),
    ]);
    return { bucket: bucketFound.body, lost: had };
  });
  s3.references.release(lost);
  await tell(s3, call, bucket, eventName, record);
}

/** Removes an object, if it is there, and queues its notifications. */
export async function removeObject(s3: S3Context, call: ObjectChange): Promise<void> {
  const key = objectKey(call.bucket, call.key);
  const removed = await retrying(async () => {
    const bucket = await getBucket(s3, call.bucket);
    const existing = await s3.store.get<ObjectRecord>(key);
    if (!existing) return undefined;
    const had = existing.body.blobs.map(({ id }) => id);
    await s3.store.commit([{ remove: key, expect: existing.revision }, ...s3.references.changes(key, [], had)]);
    return { bucket: bucket.body, had };
  });
  if (!removed) return;
  s3.references.release(removed.had);
  await tell(s3, call, removed.bucket, 'ObjectRemoved:Delete', undefined);
}

async function retrying<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof RevisionConflict) || tries >= TRIES_MAX)
        throw error instanceof RevisionConflict ? s3Error('InternalError') : error;
    }
  }
}

async function tell(
  s3: S3Context,
  call: ObjectChange,
  bucket: BucketRecord,
  name: string,
  record: ObjectRecord | undefined,
): Promise<void> {
  if (!bucket.notifications) return;
  const atMs = s3.clock.now();
  const event: ObjectEvent = {
    name,
    bucket: call.bucket,
    bucketOwner: bucket.account,
    region: bucket.region,
    key: call.key,
    ...(record ? { sizeBytes: record.sizeBytes, etag: record.etag } : {}),
    atMs,
    sequencer: await nextSequencer(s3, call.bucket),
    sourceAddress: call.context.remoteAddress,
    requestId: call.requestId,
    hostId: call.hostId,
    ...traceOf(call),
  };
  await notify(s3, bucket.notifications, event);
}

/** Time and the bucket's own count: grows with every event of a key, also over a restart. */
async function nextSequencer(s3: S3Context, bucket: string): Promise<string> {
  const [written] = await s3.store.commit([{ put: { ...bucketKey(bucket), kind: 's3-sequence' }, body: 1 }]);
  return (written?.revision ?? 0).toString(16).toUpperCase().padStart(16, '0');
}

function traceOf({ request }: ObjectChange): { readonly traceHeader?: string } {
  const traceHeader = request.headers['x-amzn-trace-id'];
  return typeof traceHeader === 'string' ? { traceHeader } : {};
}
