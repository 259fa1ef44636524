import { RevisionConflict } from '../../ports/metadata-store.ts';
import { checkWriteConditions } from './conditions.ts';
import type { OwedNotification } from './owed-notifications.ts';
import { type BucketRecord, type ObjectRecord, objectKey } from './records.ts';
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
  const { owed, lost } = await retrying(async () => {
    const bucketFound = await getBucket(s3, call.bucket);
    const existing = await s3.store.get<ObjectRecord>(key);
    checkWriteConditions(call.request, existing?.body);
    const had = existing?.body.blobs.map(({ id }) => id) ?? [];
    const owes = owedFor(s3, call, bucketFound.body, eventName, record);
    await s3.store.commit([
      { put: key, body: record, expect: existing?.revision ?? 'absent' },
      ...s3.references.changes(
        key,
        record.blobs.map(({ id }) => id),
        had,
      ),
      ...(owes ? [s3.owed.change(owes)] : []),
    ]);
    return { owed: owes, lost: had };
  });
  s3.references.release(lost);
  if (owed) await s3.owed.pay(owed);
}

/** Removes an object, if it is there, and queues its notifications. */
export async function removeObject(s3: S3Context, call: ObjectChange): Promise<void> {
  const key = objectKey(call.bucket, call.key);
  const removed = await retrying(async () => {
    const bucket = await getBucket(s3, call.bucket);
    const existing = await s3.store.get<ObjectRecord>(key);
    if (!existing) return undefined;
    const had = existing.body.blobs.map(({ id }) => id);
    const owed = owedFor(s3, call, bucket.body, 'ObjectRemoved:Delete', undefined);
    await s3.store.commit([
      { remove: key, expect: existing.revision },
      ...s3.references.changes(key, [], had),
      ...(owed ? [s3.owed.change(owed)] : []),
    ]);
    return { owed, had };
  });
  if (!removed) return;
  s3.references.release(removed.had);
  if (removed.owed) await s3.owed.pay(removed.owed);
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

/** To be called after the object was read that the commit expects. */
function owedFor(
  s3: S3Context,
  call: ObjectChange,
  bucket: BucketRecord,
  name: string,
  record: ObjectRecord | undefined,
): OwedNotification | undefined {
  return s3.owed.owe(bucket.notifications, {
    name,
    bucket: call.bucket,
    bucketOwner: bucket.account,
    region: bucket.region,
    key: call.key,
    ...(record ? { sizeBytes: record.sizeBytes, etag: record.etag } : {}),
    sourceAddress: call.context.remoteAddress,
    requestId: call.requestId,
    hostId: call.hostId,
    ...traceOf(call),
  });
}

function traceOf({ request }: ObjectChange): { readonly traceHeader?: string } {
  const traceHeader = request.headers['x-amzn-trace-id'];
  return typeof traceHeader === 'string' ? { traceHeader } : {};
}
