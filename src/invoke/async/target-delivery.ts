import { EVENT_AGE_SECONDS_MAX } from '../../model/limits.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { EventTargets } from '../../ports/event-target.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Logger } from '../../ports/logger.ts';
import type { MetricSink } from '../../ports/metric-sink.ts';
import { isPassing } from './attempt-outcome.ts';
import { type DeliveryAttributes, deliveryOf } from './delivery-event.ts';
import type { EventLease } from './event-lease.ts';
import type { FunctionGates } from './function-gates.ts';
import { backoffMs } from './retry-rules.ts';

/** What a delivery needs. */
export interface DeliveryDependencies {
  readonly targets: EventTargets;
  /** By target, so that one that does not answer holds up nothing that goes elsewhere. */
  readonly gates: FunctionGates;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly metrics: MetricSink;
}

/** How long a target may take before it counts as unreachable. */
const ANSWER_MS_MAX = 30_000;
/** How long a target that can't be reached is tried; at least once in any case. */
const AGE_MS_MAX = EVENT_AGE_SECONDS_MAX * 1_000;

/**
 * Delivers what was leased and ends the lease: gone when the target has it; later, after 1 s to 5 minutes, when it could
 * not be reached; counted, logged and gone when the target refuses it or six hours are over. Rejects only when the queue
 * can't be reached.
 */
export async function deliverLease(dependencies: DeliveryDependencies, lease: EventLease): Promise<void> {
  const { gates, clock, ids } = dependencies;
  const attributes = lease.event.attributes as DeliveryAttributes;
  const place = { account: attributes.account, region: attributes.region, functionName: attributes.targetArn };
  const startMs = clock.now();
  const turnMs = gates.enter(place, startMs);
  if (turnMs !== undefined) return lease.giveBack(turnMs);
  const failure = await deliverInTime(dependencies, lease);
  const nowMs = clock.now();
  const isLater = failure !== undefined && isPassing(failure.error);
  gates.leave(place, isLater, nowMs, nowMs - startMs);
  if (failure === undefined) {
    countDelivered(dependencies, attributes);
    return lease.acknowledge();
  }
  const visibleAtMs = nowMs + backoffMs(attributes.deferrals, ids.random());
  if (isLater && visibleAtMs <= attributes.madeAtMs + AGE_MS_MAX)
    return lease.giveBack(visibleAtMs, { ...attributes, deferrals: attributes.deferrals + 1 });
  drop(dependencies, attributes, failure.error);
  return lease.acknowledge();
}

async function deliverInTime(
  { targets, clock }: DeliveryDependencies,
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

function countDelivered({ metrics }: DeliveryDependencies, { account, region, mapping }: DeliveryAttributes): void {
  if (!mapping) return;
  metrics.add('OnFailureDestinationDeliveredEventCount', { account, region, mapping: mapping.uuid }, mapping.records);
}

/** The body stays out of the log: it is the user's. */
function drop({ logger, metrics }: DeliveryDependencies, attributes: DeliveryAttributes, error: unknown): void {
  const { kind, requestId, functionName, targetArn } = attributes;
  const { account, region } = attributes;
  metrics.add(kind === 'dead-letter' ? 'DeadLetterErrors' : 'DestinationDeliveryFailures', { account, region, functionName }, 1);
  logger.error(
    { requestId, functionName, targetArn, error: String(error) },
    `a ${kind} did not take the end of an event; dropped`,
  );
}
