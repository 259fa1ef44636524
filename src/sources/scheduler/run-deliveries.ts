import { FunctionGates } from '../../invoke/async/function-gates.ts';
import type { EventLease } from '../../invoke/async/event-lease.ts';
import { LeaseWorker } from '../../invoke/async/lease-worker.ts';
import { backoffMs } from '../../invoke/async/retry-rules.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { EventQueue } from '../../ports/event-queue.ts';
import type { Logger } from '../../ports/logger.ts';
import { TargetTimeout } from '../events/delivery-failure.ts';
import { deliverRun, filledInput, type RunTargets } from './deliver-run.ts';
import { deadLetterBody, deadLetterOf, type ExhaustedCondition } from './run-dead-letter.ts';
import { type RunFailure, runFailureOf } from './run-failure.ts';
import { scheduleArn } from './schedule-records.ts';
import { type DeadLetter, inputOfLease, RUN_QUEUE, type RunAttributes } from './schedule-run.ts';
import { targetKindOf } from './target-kind.ts';

/** Runs in flight on this node. */
const RUNS_MAX = 64;
/** How long a target may take before it counts as unreachable; a function that is waited for has its own timeout. */
const ANSWER_MS_MAX = 30_000;
/** How long a dead-letter queue that can't be reached is tried. */
const DEAD_LETTER_MS_MAX = 86_400_000;
/** Pause of a run whose note could not be written. */
const UNNOTED_MS = 2_000;

/** What working off runs is made of. */
export interface RunDeliveryDependencies extends RunTargets {
  readonly queue: EventQueue;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Resolves when it is noted that the run was queued; to false when that could not be noted. */
  readonly noted: (scheduleArn: string, id: string) => Promise<boolean>;
}

/** Brings what is due to its targets, at least once. */
export interface RunDeliveries {
  /** Begins to run, what earlier runs of the server left included. */
  start(): void;
  /** Starts no more; after `graceMs` what is still on its way is given back to the queue. */
  close(graceMs: number): Promise<void>;
}

/** Puts the delivering together; nothing is run before {@link RunDeliveries.start}. */
export function createRunDeliveries(dependencies: RunDeliveryDependencies): RunDeliveries {
  const { queue, clock, ids, logger } = dependencies;
  const gates = new FunctionGates(RUNS_MAX, () => ids.random());
  const worker = new LeaseWorker({
    queue,
    queueName: RUN_QUEUE,
    concurrencyMax: RUNS_MAX,
    clock,
    logger,
    work: (lease) => runLease(dependencies, gates, lease),
  });
  return { start: () => worker.start(), close: (graceMs) => worker.close(graceMs) };
}

async function runLease(dependencies: RunDeliveryDependencies, gates: FunctionGates, lease: EventLease): Promise<void> {
  const { clock, noted } = dependencies;
  const attributes = lease.event.attributes as RunAttributes;
  if (!(await noted(scheduleArn(attributes), lease.event.id))) return lease.giveBack(clock.now() + UNNOTED_MS);
  const { account, region, target, deadLetter } = attributes;
  const arn = deadLetter === undefined ? target.Arn : (target.DeadLetterConfig?.Arn ?? '');
  // By target, so that one that does not answer holds up nothing that goes elsewhere.
  const place = { account, region, functionName: arn };
  const startMs = clock.now();
  const turnMs = gates.enter(place, startMs);
  if (turnMs !== undefined) return lease.giveBack(turnMs);
  const failure = await failureIn(clock, arn, send(dependencies, attributes, lease));
  gates.leave(place, failure?.isPassing === true, clock.now(), clock.now() - startMs);
  if (failure === undefined) return lease.acknowledge();
  return deadLetter === undefined
    ? afterFailure(dependencies, lease, attributes, failure)
    : afterLostDeadLetter(dependencies, lease, attributes, deadLetter, failure);
}

function send(dependencies: RunDeliveryDependencies, attributes: RunAttributes, lease: EventLease): Promise<void> {
  const input = inputOfLease(lease.event);
  const { deadLetter, target, account, region } = attributes;
  if (deadLetter === undefined) return deliverRun(dependencies, attributes, input);
  return dependencies.targets.deliver({
    targetArn: target.DeadLetterConfig?.Arn ?? '',
    account,
    region,
    body: deadLetterBody(filledInput(attributes, input)).text,
    attributes: deadLetter.attributes,
  });
}

async function failureIn(clock: Clock, targetArn: string, sending: Promise<void>): Promise<RunFailure | undefined> {
  const sent = sending.then(() => undefined, runFailureOf);
  if (targetKindOf(targetArn) === 'lambda:invoke') return sent;
  let timer: Timer | undefined;
  const late = new Promise<RunFailure>((resolve) => {
    timer = clock.setTimeout(() => resolve(runFailureOf(new TargetTimeout(targetArn))), ANSWER_MS_MAX);
  });
  try {
    return await Promise.race([sent, late]);
  } finally {
    timer?.cancel();
  }
}

/** Later, as the target's retry policy allows; else to its dead-letter queue, or dropped where it has none. */
async function afterFailure(
  { clock, ids, logger }: RunDeliveryDependencies,
  lease: EventLease,
  attributes: RunAttributes,
  failure: RunFailure,
): Promise<void> {
  const { target, failures, runMs } = attributes;
  const nowMs = clock.now();
  const visibleAtMs = nowMs + backoffMs(failures, ids.random());
  const exhausted = exhaustedCondition(attributes, visibleAtMs);
  if (failure.isPassing && exhausted === undefined) return lease.giveBack(visibleAtMs, { ...attributes, failures: failures + 1 });
  const told = { scheduleArn: scheduleArn(attributes), targetArn: target.Arn, code: failure.code, reason: failure.message };
  if (target.DeadLetterConfig?.Arn === undefined) {
    logger.warn({ ...told, ageMs: nowMs - runMs }, 'a run of a schedule was not taken by its target; dropped');
    return lease.acknowledge();
  }
  logger.warn(told, 'a run of a schedule was not taken by its target; it goes to the dead-letter queue');
  const isTruncated = deadLetterBody(filledInput(attributes, inputOfLease(lease.event))).isTruncated;
  return lease.giveBack(nowMs, { ...attributes, deadLetter: deadLetterOf(attributes, failure, exhausted, isTruncated, nowMs) });
}

function exhaustedCondition({ target, failures, runMs }: RunAttributes, againMs: number): ExhaustedCondition | undefined {
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds } = target.RetryPolicy;
  if (failures >= MaximumRetryAttempts) return 'MaximumRetryAttempts';
  return againMs > runMs + MaximumEventAgeInSeconds * 1_000 ? 'MaximumEventAgeInSeconds' : undefined;
}

async function afterLostDeadLetter(
  { clock, ids, logger }: RunDeliveryDependencies,
  lease: EventLease,
  attributes: RunAttributes,
  deadLetter: DeadLetter,
  failure: RunFailure,
): Promise<void> {
  const visibleAtMs = clock.now() + backoffMs(deadLetter.failures, ids.random());
  if (failure.isPassing && visibleAtMs <= deadLetter.madeAtMs + DEAD_LETTER_MS_MAX)
    return lease.giveBack(visibleAtMs, { ...attributes, deadLetter: { ...deadLetter, failures: deadLetter.failures + 1 } });
  const { Arn: targetArn, DeadLetterConfig } = attributes.target;
  const told = {
    scheduleArn: scheduleArn(attributes),
    targetArn,
    deadLetterArn: DeadLetterConfig?.Arn,
    reason: failure.message,
  };
  logger.error(told, 'a dead-letter queue did not take a run of a schedule; dropped');
  return lease.acknowledge();
}
