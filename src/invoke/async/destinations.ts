import type { Clock } from '../../ports/clock.ts';
import type { EventQueue, NewEvent } from '../../ports/event-queue.ts';
import type { EventTargets } from '../../ports/event-target.ts';
import type { Ids } from '../../ports/ids.ts';
import type { InvokeRequest } from '../../ports/invoker.ts';
import type { Logger } from '../../ports/logger.ts';
import type { MetricSink } from '../../ports/metric-sink.ts';
import { continueLineage } from '../loop-guard.ts';
import { deadLetterAttributes } from './dead-letter.ts';
import { type DeliveryAttributes, DELIVERY_QUEUE } from './delivery-event.ts';
import { qualifiedArn, type RecordedEnd, recordFor } from './destination-record.ts';
import type { EventEnds, ExhaustedEvent, SucceededEvent } from './event-ends.ts';
import { FunctionGates } from './function-gates.ts';
import { LeaseWorker } from './lease-worker.ts';
import { deliverLease } from './target-delivery.ts';

/** Deliveries in flight on this node. */
const DELIVERIES_MAX = 32;

/** What destinations are made of. */
export interface DestinationsDependencies {
  readonly queue: EventQueue;
  readonly targets: EventTargets;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly metrics: MetricSink;
}

/** Tells targets how asynchronous events ended: at least once, as long as they can be reached within six hours. */
export interface Destinations extends EventEnds {
  /** Begins to deliver, what earlier runs left included. */
  start(): void;
  /** Starts no more; after `graceMs` what is still on its way is given back to the queue. */
  close(graceMs: number): Promise<void>;
}

/** Puts destinations together; nothing is delivered before {@link Destinations.start}. */
export function createDestinations(dependencies: DestinationsDependencies): Destinations {
  const { queue, targets, clock, ids, logger, metrics } = dependencies;
  const gates = new FunctionGates(DELIVERIES_MAX, () => ids.random());
  const worker = new LeaseWorker({
    queue,
    queueName: DELIVERY_QUEUE,
    concurrencyMax: DELIVERIES_MAX,
    clock,
    logger,
    work: (lease) => deliverLease({ targets, gates, clock, ids, logger, metrics }, lease),
  });
  return {
    async succeeded(event) {
      const targetArn = event.resolved?.destinations?.onSuccess;
      if (targetArn === undefined) return;
      const { request, attempts, result } = event;
      const end: RecordedEnd = { request, attempts, condition: 'Success', result, atMs: clock.now() };
      await queue.enqueue([recordEvent(event, end, targetArn, ids)]);
    },
    async exhausted(event) {
      const { request, condition, attempts, lastResult: result, resolved } = event;
      const { requestId, functionName } = request;
      logger.warn({ requestId, functionName, condition, attempts }, 'an asynchronous event was given up');
      const onFailure = resolved?.destinations?.onFailure;
      const atMs = clock.now();
      const end: RecordedEnd = { request, condition, attempts, ...(result ? { result } : {}), atMs };
      const deliveries = [
        ...(onFailure === undefined ? [] : [recordEvent(event, end, onFailure, ids)]),
        ...(resolved?.deadLetterArn === undefined ? [] : [deadLetterEvent(event, resolved.deadLetterArn, atMs)]),
      ];
      if (deliveries.length > 0) await queue.enqueue(deliveries);
    },
    start: () => worker.start(),
    close: (graceMs) => worker.close(graceMs),
  };
}

/** Named after the event, so that an event that ends twice because of a crash is told once if the first is still there. */
function recordEvent(event: SucceededEvent | ExhaustedEvent, end: RecordedEnd, targetArn: string, ids: Ids): NewEvent {
  const { request, condition, atMs } = end;
  const side = condition === 'Success' ? 'Success' : 'Failure';
  const service = targetArn.split(':')[2] ?? '';
  return deliveryEvent(`${request.requestId}/On${side}`, recordFor(service, end), {
    ...originOf(event, atMs),
    kind: 'destination',
    targetArn,
    ...(service === 's3' ? { objectKey: objectKeyOf(request.functionName, atMs, ids) } : {}),
    ...(service === 'events'
      ? {
          event: {
            source: 'lambda',
            detailType: `Lambda Function Invocation Result - ${side}`,
            resources: [targetArn, qualifiedArn(request)],
          },
        }
      : {}),
  });
}

function deadLetterEvent(event: ExhaustedEvent, targetArn: string, atMs: number): NewEvent {
  const { requestId, payload } = event.request;
  const body = payload.length === 0 ? Buffer.from('{}') : payload;
  return deliveryEvent(`${requestId}/DeadLetter`, body, {
    ...originOf(event, atMs),
    kind: 'dead-letter',
    targetArn,
    attributes: deadLetterAttributes(event),
  });
}

function deliveryEvent(id: string, payload: Uint8Array, attributes: DeliveryAttributes): NewEvent {
  return {
    id,
    once: true,
    queue: DELIVERY_QUEUE,
    lane: attributes.targetArn,
    visibleAtMs: attributes.madeAtMs,
    attributes,
    payload,
  };
}

function originOf(
  { request, resolved }: SucceededEvent | ExhaustedEvent,
  madeAtMs: number,
): Pick<DeliveryAttributes, 'account' | 'region' | 'functionName' | 'requestId' | 'madeAtMs' | 'deferrals' | 'traceHeader'> {
  const { account, region, functionName, requestId } = request;
  const traceHeader = headerOnwards(request, resolved?.lineageId);
  return {
    account,
    region,
    functionName,
    requestId,
    madeAtMs,
    deferrals: 0,
    ...(traceHeader === undefined ? {} : { traceHeader }),
  };
}

/** What the function was run with; of an invocation that was refused to end a loop, what it came with. */
function headerOnwards(request: InvokeRequest, lineageId: string | undefined): string | undefined {
  try {
    return continueLineage(request.traceHeader, lineageId);
  } catch {
    return request.traceHeader;
  }
}

/** Source: Lambda's page on S3 destinations: `aws/lambda/async/<function>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<uuid>`. */
function objectKeyOf(functionName: string, atMs: number, ids: Ids): string {
  const second = new Date(atMs).toISOString().slice(0, 19);
  const [day = ''] = second.split('T');
  return `aws/lambda/async/${functionName}/${day.replaceAll('-', '/')}/${second.replaceAll(':', '.')}-${ids.uuid()}`;
}
