import type { InvokePermission } from '../../ports/function-directory.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventQueue } from '../../ports/event-queue.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Invoker } from '../../ports/invoker.ts';
import type { Logger } from '../../ports/logger.ts';
import type { MessageQueues } from '../../ports/message-queue.ts';
import type { MetadataStore } from '../../ports/metadata-store.ts';
import type { TopicPublisher } from '../../ports/topic-publisher.ts';
import { fidelityCheck } from '../../wire/fidelity/fidelity-check.ts';
import { SNS_OPERATIONS } from '../../wire/generated/sns.ts';
import { queryHandlers } from '../../wire/query/members.ts';
import { queryService } from '../../wire/query/query-service.ts';
import type { HttpRequest, HttpResponse, RequestContext, Service } from '../../wire/service.ts';
import { attemptDelivery } from './delivery/attempt-delivery.ts';
import { DELIVERY_QUEUES } from './delivery/delivery-queue.ts';
import { DeliveryWorker } from './delivery/delivery-worker.ts';
import { CERTIFICATE_PATH, MessageSigner } from './delivery/message-signer.ts';
import { FifoOrder } from './fifo-order.ts';
import { FilterCache } from './filter-cache.ts';
import { publishTo, topicExists } from './publish-to.ts';
import type { Sns } from './sns-context.ts';
import { snsError } from './sns-errors.ts';
import { SNS_FIDELITY } from './sns-fidelity.ts';
import { SNS_BUILT } from './sns-operations.ts';

/** What SNS is made of. */
export interface SnsDependencies {
  readonly store: MetadataStore;
  /** Deliveries wait in queues of it whose names begin with `sns/`. */
  readonly queue: EventQueue;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** May SNS invoke a function? */
  readonly permission: InvokePermission;
  /** Queues the event of a function durably. */
  readonly accept: Invoker['accept'];
  readonly queues: Pick<MessageQueues, 'send'>;
  /** Base of the links in messages. */
  readonly endpoint: () => string;
}

/** The embedded SNS. */
export interface SnsService {
  readonly service: Service;
  /** How the rest of the server publishes. */
  readonly topics: TopicPublisher;
  /** Serves the certificate below {@link CERTIFICATE_PATH}. */
  readonly certificate: {
    readonly path: string;
    handle(request: HttpRequest, response: HttpResponse, context: RequestContext): Promise<void>;
  };
  start(): Promise<void>;
  /** Waits for deliveries under way, for at most `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** Attempts at a time, for each kind of delivery. */
const CONCURRENCY_MAX = 64;
/** A message of 256 KB whose every byte is escaped, and more. */
const BODY_BYTES_MAX = 2_097_152;

/** Puts SNS together. */
export function createSns(dependencies: SnsDependencies): SnsService {
  const { store, queue, clock, ids, logger } = dependencies;
  const fifo = new FifoOrder(store, clock);
  const signer = new MessageSigner(store, clock);
  const sns: Sns = { store, queue, clock, ids, logger, filters: new FilterCache(), fifo };
  const service = queryService({
    name: 'sns',
    version: '2010-03-31',
    namespace: 'http://sns.amazonaws.com/doc/2010-03-31/',
    operations: SNS_OPERATIONS,
    handlers: queryHandlers(SNS_BUILT, sns),
    fidelity: fidelityCheck(SNS_FIDELITY, (message) => snsError('InvalidParameter', message), logger),
    bodyBytesMax: BODY_BYTES_MAX,
    logger,
  });
  const workers = Object.values(DELIVERY_QUEUES).map(
    (name) =>
      new DeliveryWorker({
        queue,
        name,
        concurrencyMax: CONCURRENCY_MAX,
        clock,
        logger,
        attempt: (event) => attemptDelivery({ ...dependencies, signer }, event),
      }),
  );
  return {
    service,
    topics: {
      exists: (topicArn) => topicExists(sns, topicArn),
      publish: (topicArn, message) => publishTo(sns, topicArn, message),
    },
    certificate: {
      path: CERTIFICATE_PATH,
      handle: async (_request, response) => {
        const body = Buffer.from(signer.certificate());
        response.writeHead(200, { 'Content-Type': 'application/x-pem-file', 'Content-Length': body.length }).end(body);
      },
    },
    start: async () => {
      await Promise.all([signer.start(), fifo.start()]);
      for (const worker of workers) worker.start();
    },
    close: async (graceMs) => {
      await Promise.all([...workers.map((worker) => worker.close(graceMs)), fifo.close()]);
    },
  };
}
