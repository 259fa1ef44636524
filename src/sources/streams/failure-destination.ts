import { type DeliveryAttributes, DELIVERY_QUEUE } from '../../invoke/async/delivery-event.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventQueue } from '../../ports/event-queue.ts';
import type { Ids } from '../../ports/ids.ts';
import type { StreamMapping } from '../../ports/mapping-directory.ts';
import type { StreamSource } from '../../ports/record-stream.ts';
import { type BatchFailure, failureObjectKey, failureRecord } from './failure-record.ts';

/** What telling a destination needs. */
export interface FailureDestinationDependencies {
  readonly mapping: StreamMapping;
  readonly batchInfo: StreamSource['batchInfo'];
  readonly queue: EventQueue;
  readonly clock: Clock;
  readonly ids: Ids;
}

/**
 * Resolves when the record of a failure is on disk, on its way to the mapping's destination, if it has one; the worker of all
 * destinations delivers it. The same failure, told again after a crash, is one as long as the first was not delivered.
 */
export async function tellDestination(
  { mapping, batchInfo, queue, clock, ids }: FailureDestinationDependencies,
  shardId: string,
  failure: BatchFailure,
): Promise<void> {
  const { account, region, uuid, onFailureArn: targetArn, countsEvents } = mapping;
  if (targetArn === undefined) return;
  const { condition, requestId, extent } = failure;
  const atMs = clock.now();
  const service = targetArn.split(':')[2] ?? '';
  const attributes: DeliveryAttributes = {
    kind: 'destination',
    account,
    region,
    targetArn,
    functionName: mapping.function.functionName,
    requestId,
    madeAtMs: atMs,
    deferrals: 0,
    ...(service === 's3' ? { objectKey: failureObjectKey(uuid, shardId, atMs, ids.uuid()) } : {}),
    ...(countsEvents ? { mapping: { uuid, records: extent.records } } : {}),
  };
  const id = `${uuid}/${shardId}/${extent.startSequenceNumber}-${extent.endSequenceNumber}/${condition}`;
  const payload = Buffer.from(failureRecord({ mapping, batchInfo, shardId }, failure, service, atMs));
  await queue.enqueue([{ id, once: true, queue: DELIVERY_QUEUE, lane: targetArn, visibleAtMs: atMs, attributes, payload }]);
}
