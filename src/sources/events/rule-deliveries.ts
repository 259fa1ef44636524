import { FunctionGates } from '../../invoke/async/function-gates.ts';
import type { EventLease } from '../../invoke/async/event-lease.ts';
import { LeaseWorker } from '../../invoke/async/lease-worker.ts';
import { backoffMs } from '../../invoke/async/retry-rules.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { EventQueue } from '../../ports/event-queue.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Logger } from '../../ports/logger.ts';
import { type DeliveryFailure, failureOf, TargetTimeout } from './delivery-failure.ts';
import { deliverToTarget, type TargetDependencies } from './deliver-to-target.ts';
import { ruleArn } from './event-buses.ts';
import { type DeadLetter, envelopeOfLease, RULE_DELIVERY_QUEUE, type RuleDeliveryAttributes } from './rule-delivery.ts';

/** Deliveries in flight on this node. */
const DELIVERIES_MAX = 32;
/** How long a target may take before it counts as unreachable. */
const ANSWER_MS_MAX = 30_000;
/** Source: EventBridge's page on retries: 24 hours and 185 times. */
const RETRIES_DEFAULT = 185;
const AGE_SECONDS_DEFAULT = 86_400;
/** How long a dead-letter queue that can't be reached is tried. */
const DEAD_LETTER_MS_MAX = 86_400_000;
const MESSAGE_CHARACTERS_MAX = 1_024;

/** What delivering events to targets is made of. */
export interface RuleDeliveryDependencies extends TargetDependencies {
  readonly queue: EventQueue;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** Brings events to the targets of rules, at least once. */
export interface RuleDeliveries {
  /** Begins to deliver, what earlier runs left included. */
  start(): void;
  /** Starts no more; after `graceMs` what is still on its way is given back to the queue. */
  close(graceMs: number): Promise<void>;
}

/** Puts the delivering together; nothing is delivered before {@link RuleDeliveries.start}. */
export function createRuleDeliveries(dependencies: RuleDeliveryDependencies): RuleDeliveries {
  const { queue, clock, ids, logger } = dependencies;
  const gates = new FunctionGates(DELIVERIES_MAX, () => ids.random());
  const worker = new LeaseWorker({
    queue,
    queueName: RULE_DELIVERY_QUEUE,
    concurrencyMax: DELIVERIES_MAX,
    clock,
    logger,
    work: (lease) => deliverLease(dependencies, gates, lease),
  });
  return { start: () => worker.start(), close: (graceMs) => worker.close(graceMs) };
}

async function deliverLease(dependencies: RuleDeliveryDependencies, gates: FunctionGates, lease: EventLease): Promise<void> {
  const { clock } = dependencies;
  const attributes = lease.event.attributes as RuleDeliveryAttributes;
  const { account, region, target, deadLetter } = attributes;
  const functionName = deadLetter === undefined ? target.Arn : (target.DeadLetterConfig?.Arn ?? '');
  // By target, so that one that does not answer holds up nothing that goes elsewhere.
  const place = { account, region, functionName };
  const startMs = clock.now();
  const turnMs = gates.enter(place, startMs);
  if (turnMs !== undefined) return lease.giveBack(turnMs);
  const failure = await inTime(clock, functionName, send(dependencies, attributes, lease));
  gates.leave(place, failure?.isPassing === true, clock.now(), clock.now() - startMs);
  if (failure === undefined) return lease.acknowledge();
  return deadLetter === undefined
    ? afterFailure(dependencies, lease, attributes, failure)
    : afterLostDeadLetter(dependencies, lease, attributes, deadLetter, failure);
}

function send(
  dependencies: RuleDeliveryDependencies,
  attributes: RuleDeliveryAttributes,
  lease: EventLease,
): Promise<DeliveryFailure | undefined> {
  const envelope = envelopeOfLease(lease.event);
  const { deadLetter, target, account, region } = attributes;
  if (deadLetter === undefined) {
    const [id = ''] = lease.event.id.split('/', 1);
    return deliverToTarget(dependencies, attributes, { id, envelope });
  }
  const delivery = {
    targetArn: target.DeadLetterConfig?.Arn ?? '',
    account,
    region,
    body: envelope,
    attributes: deadLetter.attributes,
  };
  return dependencies.targets.deliver(delivery).then(() => undefined, failureOf);
}

async function inTime(
  clock: Clock,
  targetArn: string,
  sending: Promise<DeliveryFailure | undefined>,
): Promise<DeliveryFailure | undefined> {
  let timer: Timer | undefined;
  const late = new Promise<DeliveryFailure>((resolve) => {
    timer = clock.setTimeout(() => resolve(failureOf(new TargetTimeout(targetArn))), ANSWER_MS_MAX);
  });
  try {
    return await Promise.race([sending, late]);
  } finally {
    timer?.cancel();
  }
}

/** Later, as the target's retry policy allows; else to its dead-letter queue, or dropped where it has none. */
async function afterFailure(
  { clock, ids, logger }: RuleDeliveryDependencies,
  lease: EventLease,
  attributes: RuleDeliveryAttributes,
  failure: DeliveryFailure,
): Promise<void> {
  const { target, failures, acceptedAtMs } = attributes;
  const nowMs = clock.now();
  const retriesMax = target.RetryPolicy?.MaximumRetryAttempts ?? RETRIES_DEFAULT;
  const ageMsMax = (target.RetryPolicy?.MaximumEventAgeInSeconds ?? AGE_SECONDS_DEFAULT) * 1_000;
  const visibleAtMs = nowMs + backoffMs(failures, ids.random());
  const exhausted =
    failures >= retriesMax
      ? 'MaximumRetryAttempts'
      : visibleAtMs > acceptedAtMs + ageMsMax
        ? 'MaximumEventAgeInSeconds'
        : undefined;
  if (failure.isPassing && exhausted === undefined) return lease.giveBack(visibleAtMs, { ...attributes, failures: failures + 1 });
  const told = { ruleArn: ruleArn(attributes), targetArn: target.Arn, code: failure.code, reason: failure.message };
  if (target.DeadLetterConfig?.Arn === undefined) {
    logger.warn(told, 'an event was not taken by a target that has no dead-letter queue; dropped');
    return lease.acknowledge();
  }
  logger.warn(told, 'an event was not taken by a target; it goes to the dead-letter queue');
  const deadLetter: DeadLetter = {
    attributes: {
      RULE_ARN: told.ruleArn,
      TARGET_ARN: target.Arn,
      ERROR_CODE: failure.code,
      ERROR_MESSAGE: sendable(failure.message),
      ...(failure.isPassing && exhausted !== undefined ? { EXHAUSTED_RETRY_CONDITION: exhausted } : {}),
      RETRY_ATTEMPTS: String(failures),
    },
    madeAtMs: nowMs,
    failures: 0,
  };
  return lease.giveBack(nowMs, { ...attributes, deadLetter });
}

async function afterLostDeadLetter(
  { clock, ids, logger }: RuleDeliveryDependencies,
  lease: EventLease,
  attributes: RuleDeliveryAttributes,
  deadLetter: DeadLetter,
  failure: DeliveryFailure,
): Promise<void> {
  const visibleAtMs = clock.now() + backoffMs(deadLetter.failures, ids.random());
  if (failure.isPassing && visibleAtMs <= deadLetter.madeAtMs + DEAD_LETTER_MS_MAX)
    return lease.giveBack(visibleAtMs, { ...attributes, deadLetter: { ...deadLetter, failures: deadLetter.failures + 1 } });
  const { Arn: targetArn, DeadLetterConfig } = attributes.target;
  const told = { ruleArn: ruleArn(attributes), targetArn, deadLetterArn: DeadLetterConfig?.Arn, reason: failure.message };
  logger.error(told, 'a dead-letter queue did not take an event; dropped');
  return lease.acknowledge();
}

/** SQS takes no empty attributes, and no characters that XML 1.0 does not have. */
function sendable(message: string): string {
  const text = message.replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
  return text.slice(0, MESSAGE_CHARACTERS_MAX) || 'unknown';
}
