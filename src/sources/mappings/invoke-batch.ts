import { ServiceError } from '../../model/service-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { FunctionReference } from '../../ports/function-directory.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Invoker } from '../../ports/invoker.ts';
import { newTraceHeader } from '../../invoke/trace-header.ts';
import { pause } from './pause.ts';

/** What came of a batch, by the last try. */
export type BatchOutcome = { readonly requestId: string } &
  /** The function answered without an error. */
  (
    | { readonly kind: 'answered'; readonly payload: Uint8Array; readonly executedVersion: string }
    /** It ran and failed. */
    | { readonly kind: 'failed'; readonly executedVersion: string }
    /** It did not run: throttled or not ready until the deadline, or it takes no such thing. */
    | { readonly kind: 'unreached'; readonly error: unknown }
  );

/** What running a batch needs. */
export interface BatchInvocation {
  readonly invoke: Invoker['invoke'];
  readonly clock: Clock;
  readonly ids: Ids;
}

const BACKOFF_FIRST_MS = 100;
const BACKOFF_MAX_MS = 5_000;

/**
 * Runs a function with a batch and waits for its answer. Throttles and passing faults are waited out, with growing pauses,
 * for as long as the batch may be held; not at all with a deadline that is over. Never rejects.
 */
export async function invokeBatch(
  { invoke, clock, ids }: BatchInvocation,
  reference: FunctionReference,
  batch: { readonly payload: Uint8Array; readonly traceHeader?: string; readonly deadlineMs: number },
  signal: AbortSignal,
): Promise<BatchOutcome> {
  // Functions are always traced, so that one that comes back to itself by way of others is seen.
  const { payload, traceHeader = newTraceHeader(clock, ids), deadlineMs } = batch;
  for (let ceilingMs = BACKOFF_FIRST_MS; ; ceilingMs = Math.min(BACKOFF_MAX_MS, ceilingMs * 2)) {
    const requestId = ids.uuid();
    try {
      const result = await invoke({ ...reference, requestId, payload, traceHeader });
      const { functionError, executedVersion } = result;
      if (functionError !== undefined) return { kind: 'failed', requestId, executedVersion };
      return { kind: 'answered', requestId, executedVersion, payload: result.payload };
    } catch (error) {
      const delayMs = ceilingMs / 2 + (ids.random() * ceilingMs) / 2;
      if (!passes(error) || signal.aborted || clock.now() + delayMs > deadlineMs) return { kind: 'unreached', requestId, error };
      await pause(clock, delayMs, signal);
    }
  }
}

/** Whether trying again may help: throttles, functions that are being made or changed, faults of ours. */
function passes(error: unknown): boolean {
  if (!(error instanceof ServiceError)) return true;
  return error.status === 429 || error.status === 409 || error.fault === 'Service';
}
