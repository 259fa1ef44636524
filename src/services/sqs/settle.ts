import { eventQueueOf, isFifo, type QueueRecord } from './queue-records.ts';
import { readReceiptHandle } from './receipt-handle.ts';
import type { SqsContext } from './sqs-context.ts';
import { invalidValue } from './sqs-errors.ts';

const VISIBILITY_MS_MAX = 43_200_000;

/** Deletes the messages of these handles; handles that no longer count are passed over. Throws ReceiptHandleIsInvalid. */
export async function deleteByHandles(sqs: SqsContext, queue: QueueRecord, handles: readonly string[]): Promise<void> {
  const name = eventQueueOf(queue);
  const leases = handles.map((handle) => ({ ...readReceiptHandle(handle), queue: name }));
  await sqs.queue.ack(
    leases.map(({ id, lease }) => ({ queue: name, id, lease })),
    // Standard queues deliver at least once: what a power cut brings back is delivered again.
    { late: true, lazily: !isFifo(queue) },
  );
  // What waited behind these in their groups is free now.
  if (isFifo(queue)) sqs.receivers.wake(name);
}

/**
 * Hides a message for so long from now, or shows it at once. Resolves to false when the handle no longer counts. Throws
 * ReceiptHandleIsInvalid, and InvalidParameterValue when the message would be hidden for more than 12 hours in all.
 */
export async function changeVisibilityByHandle(
  sqs: SqsContext,
  queue: QueueRecord,
  handle: string,
  visibilityTimeoutSeconds: number,
): Promise<boolean> {
  const { id, lease, receivedAtMs } = readReceiptHandle(handle);
  const visibleForMs = visibilityTimeoutSeconds * 1_000;
  if (sqs.clock.now() - receivedAtMs + visibleForMs > VISIBILITY_MS_MAX && visibleForMs > 0) {
    throw invalidValue(
      `Value ${visibilityTimeoutSeconds} for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds].`,
    );
  }
  return sqs.queue.extend(eventQueueOf(queue), id, lease, visibleForMs);
}
