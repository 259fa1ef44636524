import type { Clock } from '../../ports/clock.ts';
import type { FunctionDirectory } from '../../ports/function-directory.ts';
import type { Ids } from '../../ports/ids.ts';
import type { InvokeRequest, InvokeResult } from '../../ports/invoker.ts';
import type { Logger } from '../../ports/logger.ts';
import { outcomeOfError, outcomeOfResult, type AttemptOutcome } from './attempt-outcome.ts';
import { requestOf, type AsyncAttributes } from './async-event.ts';
import type { EventLease } from './event-lease.ts';
import type { FunctionGates } from './function-gates.ts';
import { decide, expiresAtMs, type Decision, type ExhaustedCondition } from './retry-rules.ts';

/** An event that was given up. */
export interface ExhaustedEvent {
  readonly request: InvokeRequest;
  readonly condition: ExhaustedCondition;
  /** How often the function ran. */
  readonly attempts: number;
  /** What the function answered in this attempt, if it ran. */
  readonly lastResult?: InvokeResult;
}

/** What an attempt needs. */
export interface AttemptDependencies {
  readonly directory: FunctionDirectory;
  readonly run: (request: InvokeRequest) => Promise<InvokeResult>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly gates: FunctionGates;
  readonly retryDelaysSeconds: readonly number[];
  readonly onExhausted: (event: ExhaustedEvent) => void | Promise<void>;
}

interface FunctionRules {
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeSeconds: number;
  readonly reservedConcurrency?: number;
}

/** Used when the directory can't answer: AWS's highest values, so that nothing is dropped for our own fault. */
const RULES_UNKNOWN: FunctionRules = { maximumRetryAttempts: 2, maximumEventAgeSeconds: 21_600 };

/** Tries one leased event and ends its lease by what came of it. Rejects only when the queue can't be reached. */
export async function attemptEvent(dependencies: AttemptDependencies, lease: EventLease): Promise<void> {
  const { clock, gates, ids } = dependencies;
  const attributes = lease.event.attributes as AsyncAttributes;
  const request = requestOf(lease.event, attributes);
  const rules = await rulesOf(dependencies, request);
  const situation = {
    attributes,
    maximumRetryAttempts: 'kind' in rules ? 0 : rules.maximumRetryAttempts,
    maximumEventAgeSeconds: 'kind' in rules ? RULES_UNKNOWN.maximumEventAgeSeconds : rules.maximumEventAgeSeconds,
    retryDelaysSeconds: dependencies.retryDelaysSeconds,
  };
  const settle = (outcome: AttemptOutcome): Promise<void> =>
    conclude(dependencies, lease, request, outcome, decide(outcome, { ...situation, nowMs: clock.now(), random: ids.random() }));
  if ('kind' in rules) return settle(rules);

  const givenUp = (condition: ExhaustedCondition): Promise<void> =>
    conclude(dependencies, lease, request, undefined, { kind: 'exhausted', condition, attempts: attributes.attempts });
  const startMs = clock.now();
  const deadlineMs = expiresAtMs(situation);
  if (rules.reservedConcurrency === 0) return givenUp('ZeroReservedConcurrency');
  if (startMs > deadlineMs) return givenUp('EventAgeExceeded');
  const turnMs = gates.enter(request, startMs);
  if (turnMs !== undefined) return lease.giveBack(Math.max(startMs + 1, Math.min(turnMs, deadlineMs)));

  const outcome = await dependencies.run(request).then(outcomeOfResult, outcomeOfError);
  gates.leave(request, outcome.kind === 'deferred', clock.now(), clock.now() - startMs);
  return settle(outcome);
}

/** The function's settings now, or the outcome when there is no function to run. */
async function rulesOf({ directory }: AttemptDependencies, request: InvokeRequest): Promise<FunctionRules | AttemptOutcome> {
  try {
    return directory.resolveCached(request) ?? (await directory.resolve(request));
  } catch (error) {
    return outcomeOfError(error);
  }
}

async function conclude(
  dependencies: AttemptDependencies,
  lease: EventLease,
  request: InvokeRequest,
  outcome: AttemptOutcome | undefined,
  decision: Decision,
): Promise<void> {
  const { logger, onExhausted } = dependencies;
  if (decision.kind === 'retry') {
    if (outcome?.kind === 'deferred')
      logger.debug({ requestId: request.requestId, error: String(outcome.error) }, 'an event was put back');
    return lease.giveBack(decision.visibleAtMs, decision.attributes);
  }
  if (decision.kind === 'exhausted') {
    try {
      const lastResult = outcome?.kind === 'failed' ? { lastResult: outcome.result } : {};
      await onExhausted({ request, condition: decision.condition, attempts: decision.attempts, ...lastResult });
    } catch (error) {
      logger.error({ requestId: request.requestId, error: String(error) }, 'the end of an event could not be reported');
    }
  }
  return lease.acknowledge();
}
