import type { AsyncAttributes } from './async-event.ts';
import type { AttemptOutcome } from './attempt-outcome.ts';

/** Why an event is given up. The first three are AWS's words in destination records. */
export type ExhaustedCondition = 'RetriesExhausted' | 'EventAgeExceeded' | 'ZeroReservedConcurrency' | 'FunctionDeleted';

/** What becomes of an event after an attempt. */
export type Decision =
  | { readonly kind: 'done' }
  | { readonly kind: 'retry'; readonly visibleAtMs: number; readonly attributes: AsyncAttributes }
  | { readonly kind: 'exhausted'; readonly condition: ExhaustedCondition; readonly attempts: number };

/** What the rules look at besides the outcome. */
export interface RetrySituation {
  readonly attributes: AsyncAttributes;
  /** Further attempts after the first, as the function is set now. */
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeSeconds: number;
  /** Pause after the first, second ... failed attempt; the last one stays in force. */
  readonly retryDelaysSeconds: readonly number[];
  readonly nowMs: number;
  /** In [0, 1). */
  readonly random: number;
}

const BACKOFF_FIRST_MS = 2_000;
const BACKOFF_MAX_MS = 300_000;

/** Pause before an event that could not be run is tried again: 1 s to 5 minutes, exponential, with jitter. */
export function backoffMs(deferrals: number, random: number): number {
  const ceilingMs = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(deferrals, 16));
  return Math.round(ceilingMs / 2 + (random * ceilingMs) / 2);
}

/** When the event is too old, epoch ms. */
export function expiresAtMs({
  attributes,
  maximumEventAgeSeconds,
}: Pick<RetrySituation, 'attributes' | 'maximumEventAgeSeconds'>): number {
  return attributes.acceptedAtMs + maximumEventAgeSeconds * 1_000;
}

/**
 * Lambda's rules for asynchronous invocation (developer guide, "How Lambda handles errors and retries with
 * asynchronous invocation"): function errors use up attempts, throttles and faults only time. A retry that would come
 * after the event's highest age is not waited for.
 */
export function decide(outcome: AttemptOutcome, situation: RetrySituation): Decision {
  const { attributes, nowMs } = situation;
  switch (outcome.kind) {
    case 'succeeded':
      return { kind: 'done' };
    case 'gone':
      return { kind: 'exhausted', condition: 'FunctionDeleted', attempts: attributes.attempts };
    case 'refused':
      return { kind: 'exhausted', condition: 'RetriesExhausted', attempts: attributes.attempts };
    case 'failed': {
      const attempts = attributes.attempts + 1;
      if (attempts > situation.maximumRetryAttempts) return { kind: 'exhausted', condition: 'RetriesExhausted', attempts };
      const delays = situation.retryDelaysSeconds;
      const delaySeconds = delays[Math.min(attempts, delays.length) - 1] ?? 0;
      return retryUnlessTooOld(situation, nowMs + delaySeconds * 1_000, { ...attributes, attempts, deferrals: 0 });
    }
    case 'deferred': {
      const visibleAtMs = nowMs + backoffMs(attributes.deferrals, situation.random);
      return retryUnlessTooOld(situation, visibleAtMs, { ...attributes, deferrals: attributes.deferrals + 1 });
    }
  }
}

function retryUnlessTooOld(situation: RetrySituation, visibleAtMs: number, attributes: AsyncAttributes): Decision {
  if (visibleAtMs > expiresAtMs(situation))
    return { kind: 'exhausted', condition: 'EventAgeExceeded', attempts: attributes.attempts };
  return { kind: 'retry', visibleAtMs, attributes };
}
