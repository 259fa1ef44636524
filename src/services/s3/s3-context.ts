import type { BlobStore } from '../../ports/blob-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventQueue } from '../../ports/event-queue.ts';
import type { EventTargets } from '../../ports/event-target.ts';
import type { InvokePermission } from '../../ports/function-directory.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Logger } from '../../ports/logger.ts';
import type { MessageQueues } from '../../ports/message-queue.ts';
import type { Document, MetadataStore } from '../../ports/metadata-store.ts';
import type { TopicPublisher } from '../../ports/topic-publisher.ts';
import type { FidelityCheck } from '../../wire/fidelity/fidelity-check.ts';
import type { HttpRequest, HttpResponse, RequestContext } from '../../wire/service.ts';
import type { BlobReferences } from './blob-references.ts';
import type { OwedNotifications } from './owed-notifications.ts';
import { type BucketRecord, bucketKey, type ObjectRecord, objectKey } from './records.ts';
import { s3Error } from './s3-errors.ts';

/** What S3's operations work with. */
export interface S3Context {
  readonly store: MetadataStore;
  readonly blobs: BlobStore;
  readonly references: BlobReferences;
  readonly owed: OwedNotifications;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** What requests are held against. */
  readonly fidelity: FidelityCheck;
  readonly permission: InvokePermission;
  /** Notifications to queues and topics wait in it. */
  readonly queue: EventQueue;
  readonly queues: Pick<MessageQueues, 'describe'>;
  readonly topics: Pick<TopicPublisher, 'exists'>;
  /** Event buses; undefined where there are none. */
  readonly buses?: EventTargets;
}

/** One request, taken apart. */
export interface S3Call {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly context: RequestContext;
  readonly query: URLSearchParams;
  readonly bucket: string;
  readonly key: string;
  /** Goes out as `x-amz-request-id` and `x-amz-id-2`. */
  readonly requestId: string;
  readonly hostId: string;
}

/** One operation; it answers by itself. Throws S3's errors. */
export type S3Operation = (s3: S3Context, call: S3Call) => Promise<void>;

/** The bucket of a call; throws NoSuchBucket. */
export async function getBucket(s3: S3Context, bucket: string): Promise<Document<BucketRecord>> {
  const found = await s3.store.get<BucketRecord>(bucketKey(bucket));
  if (!found) throw s3Error('NoSuchBucket', undefined, { BucketName: bucket });
  return found;
}

/** An object that exists; throws NoSuchBucket or NoSuchKey. */
export async function getObjectRecord(s3: S3Context, bucket: string, key: string): Promise<Document<ObjectRecord>> {
  const found = await s3.store.get<ObjectRecord>(objectKey(bucket, key));
  if (found) return found;
  await getBucket(s3, bucket);
  throw s3Error('NoSuchKey', undefined, { Key: key });
}

/** Answers with headers and a short body. */
export function answer(
  call: S3Call,
  status: number,
  headers: Readonly<Record<string, string | number>> = {},
  body?: string,
): void {
  const bytes = body === undefined ? undefined : Buffer.from(body);
  call.response.writeHead(status, {
    'x-amz-request-id': call.requestId,
    'x-amz-id-2': call.hostId,
    ...(bytes
      ? { 'Content-Type': 'application/xml', 'Content-Length': bytes.length }
      : status === 204 || status === 304
        ? {}
        : { 'Content-Length': 0 }),
    ...headers,
  });
  call.response.end(bytes);
}
