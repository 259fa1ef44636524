import type { Clock } from '../../ports/clock.ts';
import type { FunctionDirectory, ResolvedFunction } from '../../ports/function-directory.ts';
import type { Ids } from '../../ports/ids.ts';
import type { InvokeRequest, InvokeResult } from '../../ports/invoker.ts';
import type { Logger } from '../../ports/logger.ts';
import type { MetricSink } from '../../ports/metric-sink.ts';
import { outcomeOfError, outcomeOfResult, type AttemptOutcome } from './attempt-outcome.ts';
import { requestOf, type AsyncAttributes } from './async-event.ts';
import type { EventEnds } from './event-ends.ts';
import type { EventLease } from './event-lease.ts';
import type { FunctionGates } from './function-gates.ts';
import { decide, expiresAtMs, type Decision, type ExhaustedCondition } from './retry-rules.ts';

/** What an attempt needs. */
export interface AttemptDependencies {
  readonly directory: FunctionDirectory;
  readonly run: (request: InvokeRequest) => Promise<InvokeResult>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly gates: FunctionGates;
  readonly retryDelaysSeconds: readonly number[];
  readonly ends: EventEnds;
  readonly metrics: MetricSink;
}

type FunctionRules = Pick<ResolvedFunction, 'maximumRetryAttempts' | 'maximumEventAgeSeconds'>;

/** Pause after the end of an event could not be made durable. */
const QUEUE_FAILED_MS = 1_000;

/** Used when the directory can't answer: AWS's highest values, so that nothing is dropped for our own fault. */
const RULES_UNKNOWN: FunctionRules = { maximumRetryAttempts: 2, maximumEventAgeSeconds: 21_600 };

/** Tries one leased event and ends its lease by what came of it. Rejects only when the queue can't be reached. */
export async function attemptEvent(dependencies: AttemptDependencies, lease: EventLease): Promise<void> {
  const { clock, gates, ids, metrics } = dependencies;
  const attributes = lease.event.attributes as AsyncAttributes;
  const request = requestOf(lease.event, attributes);
  const found = await resolve(dependencies, request);
  const resolved = 'kind' in found ? undefined : found;
  const { maximumRetryAttempts, maximumEventAgeSeconds } = resolved ?? RULES_UNKNOWN;
  const { retryDelaysSeconds } = dependencies;
  const situation = { attributes, maximumRetryAttempts, maximumEventAgeSeconds, retryDelaysSeconds };
  const attempted: Attempted = { lease, request, attributes, ...(resolved ? { resolved } : {}) };
  const settle = (outcome: AttemptOutcome): Promise<void> =>
    conclude(
      dependencies,
      { ...attempted, outcome },
      decide(outcome, { ...situation, nowMs: clock.now(), random: ids.random() }),
    );
  if ('kind' in found) return settle(found);

  const givenUp = (condition: ExhaustedCondition): Promise<void> =>
    conclude(dependencies, attempted, { kind: 'exhausted', condition, attempts: attributes.attempts });
  const startMs = clock.now();
  const deadlineMs = expiresAtMs(situation);
  if (found.reservedConcurrency === 0) return givenUp('ZeroReservedConcurrency');
  if (startMs > deadlineMs) return givenUp('EventAgeExceeded');
  const turnMs = gates.enter(request, startMs);
  if (turnMs !== undefined) return lease.giveBack(Math.max(startMs + 1, Math.min(turnMs, deadlineMs)));

  metrics.add('AsyncEventAge', request, Math.max(0, startMs - attributes.acceptedAtMs));
  const outcome = await dependencies.run(request).then(outcomeOfResult, outcomeOfError);
  gates.leave(request, outcome.kind === 'deferred', clock.now(), clock.now() - startMs);
  return settle(outcome);
}

/** An event in this attempt, and what came of it unless it was given up before. */
interface Attempted {
  readonly lease: EventLease;
  readonly request: InvokeRequest;
  readonly attributes: AsyncAttributes;
  readonly resolved?: ResolvedFunction;
  readonly outcome?: AttemptOutcome;
}

/** The function with its settings now, or the outcome when there is no function to run. */
async function resolve({ directory }: AttemptDependencies, request: InvokeRequest): Promise<ResolvedFunction | AttemptOutcome> {
  try {
    return directory.resolveCached(request) ?? (await directory.resolve(request));
  } catch (error) {
    return outcomeOfError(error);
  }
}

async function conclude(dependencies: AttemptDependencies, attempted: Attempted, decision: Decision): Promise<void> {
  const { clock, logger } = dependencies;
  const { lease, request, outcome } = attempted;
  if (decision.kind === 'retry') {
    if (outcome?.kind === 'deferred')
      logger.debug({ requestId: request.requestId, error: String(outcome.error) }, 'an event was put back');
    return lease.giveBack(decision.visibleAtMs, decision.attributes);
  }
  try {
    await tell(dependencies, attempted, decision);
  } catch (error) {
    logger.error({ requestId: request.requestId, error: String(error) }, 'the end of an event could not be kept; it runs again');
    return lease.giveBack(clock.now() + QUEUE_FAILED_MS);
  }
  if (decision.kind === 'exhausted') dependencies.metrics.add('AsyncEventsDropped', request, 1);
  return lease.acknowledge();
}

async function tell(
  { ends }: AttemptDependencies,
  { request, attributes, resolved, outcome }: Attempted,
  decision: Exclude<Decision, { readonly kind: 'retry' }>,
): Promise<void> {
  const ended = { request, ...(resolved ? { resolved } : {}) };
  if (decision.kind === 'exhausted') {
    const { condition, attempts } = decision;
    const last =
      outcome?.kind === 'failed'
        ? { lastResult: outcome.result }
        : outcome && 'error' in outcome
          ? { lastError: outcome.error }
          : {};
    await ends.exhausted({ ...ended, condition, attempts, ...last });
  } else if (outcome?.kind === 'succeeded') {
    await ends.succeeded({ ...ended, attempts: attributes.attempts + 1, result: outcome.result });
  }
}
