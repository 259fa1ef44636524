import { isPassing } from '../../invoke/async/attempt-outcome.ts';
import type { EventLease } from '../../invoke/async/event-lease.ts';
import { FunctionGates } from '../../invoke/async/function-gates.ts';
import { LeaseWorker } from '../../invoke/async/lease-worker.ts';
import { backoffMs } from '../../invoke/async/retry-rules.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { EventQueue } from '../../ports/event-queue.ts';
import type { EventTargets } from '../../ports/event-target.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Logger } from '../../ports/logger.ts';
import { deliveryOf, NOTIFICATION_QUEUE, type NotificationAttributes } from './notification-delivery.ts';

/** Deliveries in flight on this node. */
const DELIVERIES_MAX = 32;
/** How long a target may take before it counts as unreachable. */
const ANSWER_MS_MAX = 30_000;
/** How long a target that can't be reached is tried; at least once in any case. S3 says of itself only that it tries again. */
const AGE_MS_MAX = 21_600_000;

/** What delivering notifications is made of. */
export interface NotificationDeliveryDependencies {
  readonly queue: EventQueue;
  readonly targets: EventTargets;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** Brings notifications to queues and topics, at least once. */
export interface NotificationDeliveries {
  /** Begins to deliver, what earlier runs left included. */
  start(): void;
  /** Starts no more; after `graceMs` what is still on its way is given back to the queue. */
  close(graceMs: number): Promise<void>;
}

/** Puts the delivering together; nothing is delivered before {@link NotificationDeliveries.start}. */
export function createNotificationDeliveries(dependencies: NotificationDeliveryDependencies): NotificationDeliveries {
  const { queue, clock, ids, logger } = dependencies;
  const gates = new FunctionGates(DELIVERIES_MAX, () => ids.random());
  const worker = new LeaseWorker({
    queue,
    queueName: NOTIFICATION_QUEUE,
    concurrencyMax: DELIVERIES_MAX,
    clock,
    logger,
    work: (lease) => deliverLease(dependencies, gates, lease),
  });
  return { start: () => worker.start(), close: (graceMs) => worker.close(graceMs) };
}

/** Gone when the target has it or refuses it, or is away for too long; else later, after 1 s to 5 minutes. */
async function deliverLease(
  dependencies: NotificationDeliveryDependencies,
  gates: FunctionGates,
  lease: EventLease,
): Promise<void> {
  const { clock, ids, logger } = dependencies;
  const attributes = lease.event.attributes as NotificationAttributes;
  const { account, region, bucket, targetArn } = attributes;
  // By target, so that one that does not answer holds up nothing that goes elsewhere.
  const place = { account, region, functionName: targetArn };
  const startMs = clock.now();
  const turnMs = gates.enter(place, startMs);
  if (turnMs !== undefined) return lease.giveBack(turnMs);
  const failure = await deliverInTime(dependencies, lease);
  const nowMs = clock.now();
  const isLater = failure !== undefined && isPassing(failure.error);
  gates.leave(place, isLater, nowMs, nowMs - startMs);
  if (failure === undefined) return lease.acknowledge();
  const visibleAtMs = nowMs + backoffMs(attributes.failures, ids.random());
  if (isLater && visibleAtMs <= attributes.madeAtMs + AGE_MS_MAX)
    return lease.giveBack(visibleAtMs, { ...attributes, failures: attributes.failures + 1 });
  // The body stays out of the log: it is the user's.
  logger.warn({ bucket, targetArn, error: String(failure.error) }, 'a notification was not taken by its target; dropped');
  return lease.acknowledge();
}

async function deliverInTime(
  { targets, clock }: NotificationDeliveryDependencies,
  lease: EventLease,
): Promise<{ readonly error: unknown } | undefined> {
  let timer: Timer | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = clock.setTimeout(() => reject(new Error(`no answer within ${ANSWER_MS_MAX} ms`)), ANSWER_MS_MAX);
  });
  try {
    await Promise.race([targets.deliver(deliveryOf(lease.event)), late]);
    return undefined;
  } catch (error) {
    return { error };
  } finally {
    timer?.cancel();
  }
}
