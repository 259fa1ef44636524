import { LeasesExhausted, type LeasedEvent, type LeaseRules } from '../../ports/event-queue.ts';
import { numberOf } from './queue-attributes.ts';
import { arnOfEventQueue, eventQueueOf, isFifo, queueOfArn, type QueueRecord } from './queue-records.ts';
import { receiptHandle } from './receipt-handle.ts';
import { redrivePolicyOf } from './redrive-policy.ts';
import { type KeptMessage, sequenceNumber } from './send.ts';
import type { SqsContext } from './sqs-context.ts';
import { sqsError } from './sqs-errors.ts';

/** Messages that may be in flight of one queue, of either type, as AWS has it. */
const IN_FLIGHT_MAX = 120_000;

/** How messages are received. */
export interface Reception {
  readonly countMax: number;
  readonly waitMs: number;
  readonly visibilityTimeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Takes messages of a queue, waiting for the first. Throws OverLimit when a standard queue has too many in flight and nobody wants to wait. */
export async function receiveEvents(sqs: SqsContext, queue: QueueRecord, reception: Reception): Promise<LeasedEvent[]> {
  const name = eventQueueOf(queue);
  const { countMax, waitMs, visibilityTimeoutMs, signal } = reception;
  return sqs.receivers.take(name, waitMs, signal, async () => {
    try {
      return await sqs.queue.lease(name, countMax, visibilityTimeoutMs, await rulesOf(sqs, queue));
    } catch (error) {
      if (!(error instanceof LeasesExhausted)) throw error;
      if (waitMs > 0 || isFifo(queue)) return [];
      throw sqsError('OverLimit', `The maximum number of in flight messages is reached: ${IN_FLIGHT_MAX}.`);
    }
  });
}

async function rulesOf({ store, clock }: SqsContext, queue: QueueRecord): Promise<LeaseRules> {
  const policy = redrivePolicyOf(queue);
  const target = policy && (await queueOfArn(store, policy.deadLetterTargetArn));
  return {
    leasedMax: IN_FLIGHT_MAX,
    outlivesRestart: true,
    enqueuedAfterMs: clock.now() - numberOf(queue, 'MessageRetentionPeriod') * 1_000,
    ...(isFifo(queue) ? { groupRuns: true } : {}),
    ...(policy && target
      ? {
          redrive: {
            receiveCountMax: policy.maxReceiveCount,
            to: eventQueueOf(target),
            // Of standard queues the age goes on in the dead-letter queue, of FIFO queues it begins anew.
            ...(isFifo(queue) ? { renewed: true } : {}),
          },
        }
      : {}),
  };
}

/** The handle of a message that was taken. */
export function handleOf({ id, lease }: LeasedEvent, receivedAtMs: number): string {
  return receiptHandle({ id, lease, receivedAtMs });
}

/** System attributes by their names in SQS. */
export function systemAttributesOf(event: LeasedEvent): Readonly<Record<string, string>> {
  const kept = event.attributes as KeptMessage;
  return {
    SenderId: kept.sender,
    ApproximateFirstReceiveTimestamp: String(event.firstLeasedAtMs ?? event.enqueuedAtMs),
    ApproximateReceiveCount: String(event.receiveCount),
    SentTimestamp: String(event.enqueuedAtMs),
    ...(event.number === undefined ? {} : { SequenceNumber: sequenceNumber(event.number) }),
    ...(kept.deduplicationId === undefined ? {} : { MessageDeduplicationId: kept.deduplicationId }),
    ...(kept.group === undefined ? {} : { MessageGroupId: kept.group }),
    ...(kept.trace === undefined ? {} : { AWSTraceHeader: kept.trace }),
    ...(event.origin === undefined ? {} : { DeadLetterQueueSourceArn: arnOfEventQueue(event.origin) }),
  };
}

/** The body as it was sent. */
export function bodyOf(event: LeasedEvent): string {
  return Buffer.from(event.payload.buffer, event.payload.byteOffset, event.payload.byteLength).toString();
}
