import type { BlobStore } from '../../ports/blob-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventQueue } from '../../ports/event-queue.ts';
import type { EventTargets } from '../../ports/event-target.ts';
import type { InvokePermission } from '../../ports/function-directory.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Invoker } from '../../ports/invoker.ts';
import type { Logger } from '../../ports/logger.ts';
import type { MessageQueues } from '../../ports/message-queue.ts';
import type { MetadataStore } from '../../ports/metadata-store.ts';
import { type ObjectReader, ObjectUnreadable } from '../../ports/object-reader.ts';
import type { ObjectWriter } from '../../ports/object-writer.ts';
import type { TopicPublisher } from '../../ports/topic-publisher.ts';
import { ServiceError } from '../../model/service-error.ts';
import { createNotificationDeliveries } from '../../sources/s3/notification-deliveries.ts';
import { STORED_ONLY_HEADER } from '../../model/fidelity.ts';
import { fidelityCheck } from '../../wire/fidelity/fidelity-check.ts';
import { BodyTruncated } from '../../wire/read-body.ts';
import type { HttpRequest, HttpResponse, RequestContext, Service } from '../../wire/service.ts';
import { addressOf } from './address.ts';
import { BlobReferences } from './blob-references.ts';
import { operationNamed, S3_BUILT } from './dispatch.ts';
import { checkExpectedOwners } from './expected-owner.ts';
import { writeObject } from './object-write.ts';
import { openBytes } from './operations/objects.ts';
import { OwedNotifications } from './owed-notifications.ts';
import { checkPresigned } from './presigned.ts';
import { getObjectRecord, type S3Call, type S3Context } from './s3-context.ts';
import { checkRequest } from './request-fidelity.ts';
import { s3Error } from './s3-errors.ts';
import { S3_FIDELITY } from './s3-fidelity.ts';
import { plainXmlDocument } from './xml.ts';
import { searchParams } from '../../wire/search-params.ts';

/** What S3 is made of. */
export interface S3Dependencies {
  readonly store: MetadataStore;
  /** Objects' bytes, and nothing else. */
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** May S3 invoke a function? */
  readonly permission: InvokePermission;
  /** Queues a notification durably. */
  readonly accept: Invoker['accept'];
  /** Notifications to queues and topics wait in one queue of it. */
  readonly queue: EventQueue;
  /** Takes notifications to queues and topics. */
  readonly targets: EventTargets;
  /** Which queues and topics there are. */
  readonly queues: Pick<MessageQueues, 'describe'>;
  readonly topics: Pick<TopicPublisher, 'exists'>;
  /** Event buses; undefined where there are none. */
  readonly buses?: EventTargets;
}

/** The embedded S3. */
export interface S3 {
  readonly service: Service;
  /** How the rest of the server reads objects. */
  readonly objectReader: ObjectReader;
  /** How it stores them. */
  readonly objectWriter: ObjectWriter;
  /** Begins to deliver notifications, what earlier runs left included. */
  start(): Promise<void>;
  /** After `graceMs` notifications that are still on their way are given back to the queue. */
  close(graceMs: number): Promise<void>;
}

/** Puts S3 together. */
export function createS3(dependencies: S3Dependencies): S3 {
  const { store, blobs, clock, logger } = dependencies;
  const references = new BlobReferences(store, blobs, clock, logger);
  const owed = new OwedNotifications(dependencies);
  const fidelity = fidelityCheck(S3_FIDELITY, (message) => s3Error('NotImplemented', message), logger);
  const s3: S3Context = { ...dependencies, references, owed, fidelity };
  const deliveries = createNotificationDeliveries(dependencies);
  return {
    service: { name: 's3', handle: (request, response, context) => handle(s3, request, response, context) },
    objectReader: {
      read: async ({ bucket, key, versionId }) => {
        if (versionId !== undefined) throw new ObjectUnreadable('NoSuchVersion', 'The specified version does not exist.');
        const { body: record } = await getObjectRecord(s3, bucket, key).catch((error: unknown) => {
          throw error instanceof ServiceError ? new ObjectUnreadable(error.code, error.message) : error;
        });
        return { body: await openBytes(s3, record, 0, record.sizeBytes - 1), sizeBytes: record.sizeBytes };
      },
    },
    objectWriter: { write: (object) => writeObject(s3, object) },
    start: async () => {
      await Promise.all([references.start(), owed.start()]);
      deliveries.start();
    },
    close: async (graceMs) => {
      await Promise.all([references.close(), owed.close(), deliveries.close(graceMs)]);
    },
  };
}

async function handle(s3: S3Context, request: HttpRequest, response: HttpResponse, context: RequestContext): Promise<void> {
  const query = searchParams(context.query);
  const requestId = s3.ids.hex(8).toUpperCase();
  const hostId = Buffer.from(s3.ids.hex(24), 'hex').toString('base64');
  try {
    checkPresigned(query, s3.clock.now());
    const { bucket, key } = addressOf(request, context);
    const level = bucket === undefined ? 'service' : key === undefined ? 'bucket' : 'object';
    const name = operationNamed({
      method: request.method ?? '',
      level,
      query,
      isCopy: request.headers['x-amz-copy-source'] !== undefined,
    });
    if (name === undefined) throw s3Error('MethodNotAllowed');
    const operation = S3_BUILT[name];
    if (!operation) throw s3Error('NotImplemented', `lambkin does not implement ${name} yet.`);
    const call: S3Call = { request, response, context, query, bucket: bucket ?? '', key: key ?? '', requestId, hostId };
    checkRequest(s3, call, name);
    await checkExpectedOwners(s3, call);
    await operation(s3, call);
  } catch (error) {
    sendError(s3, request, response, context, { requestId, hostId }, error);
  }
}

function sendError(
  s3: S3Context,
  request: HttpRequest,
  response: HttpResponse,
  context: RequestContext,
  ids: { requestId: string; hostId: string },
  error: unknown,
): void {
  if (error instanceof BodyTruncated || response.headersSent) {
    response.destroy();
    return;
  }
  if (!(error instanceof ServiceError)) {
    s3.logger.error(
      { requestId: ids.requestId, error: error instanceof Error ? (error.stack ?? error.message) : String(error) },
      'a request failed by our own fault',
    );
  }
  // Nothing was stored.
  response.removeHeader(STORED_ONLY_HEADER);
  const told = error instanceof ServiceError ? error : s3Error('InternalError');
  const headers = {
    'x-amz-request-id': ids.requestId,
    'x-amz-id-2': ids.hostId,
    ...(request.complete ? {} : { Connection: 'close' }),
  };
  if (told.status === 304 || request.method === 'HEAD') {
    response.writeHead(told.status, headers).end();
    return;
  }
  const members = told.members as Readonly<Record<string, string>>;
  const body = Buffer.from(
    plainXmlDocument('Error', {
      Code: told.code,
      Message: told.message,
      ...members,
      Resource: context.path,
      RequestId: ids.requestId,
      HostId: ids.hostId,
    }),
  );
  response.writeHead(told.status, { 'Content-Type': 'application/xml', 'Content-Length': body.length, ...headers });
  response.end(body);
}
