import type { EventQueue } from '../../ports/event-queue.ts';
import type { Ids } from '../../ports/ids.ts';
import type { NotificationRule } from './notification-configuration.ts';
import { notificationEvent } from './notification-delivery.ts';

/** A bucket whose notifications were set, and the request that did it. */
export interface ConfiguredBucket {
  readonly bucket: string;
  readonly account: string;
  readonly region: string;
  readonly atMs: number;
  /** Ids of the response. */
  readonly requestId: string;
  readonly hostId: string;
}

/**
 * Tells each queue and topic of the rules once that it will be told of objects; resolves when that is on disk. Functions
 * get none. Source: "Event notification types and destinations" of the S3 user guide.
 */
export async function sendTestEvents(
  { queue, ids }: { readonly queue: EventQueue; readonly ids: Ids },
  rules: readonly NotificationRule[],
  { bucket, account, region, atMs, requestId, hostId }: ConfiguredBucket,
): Promise<void> {
  const body = {
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: new Date(atMs).toISOString(),
    Bucket: bucket,
    RequestId: requestId,
    HostId: hostId,
  };
  const arns = new Set(rules.filter(({ target }) => target !== 'function').map(({ targetArn }) => targetArn));
  if (arns.size === 0) return;
  const from = { bucket, account, region, madeAtMs: atMs };
  await queue.enqueue([...arns].map((targetArn) => notificationEvent(ids.uuid(), body, { ...from, targetArn })));
}
