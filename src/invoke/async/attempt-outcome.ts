import { ServiceError } from '../../model/service-error.ts';
import type { InvokeResult } from '../../ports/invoker.ts';

/** What came of one attempt. */
export type AttemptOutcome =
  | { readonly kind: 'succeeded'; readonly result: InvokeResult }
  /** The function ran and failed. */
  | { readonly kind: 'failed'; readonly result: InvokeResult }
  /** It did not run, and may later: throttled, not ready, or a fault of ours. */
  | { readonly kind: 'deferred'; readonly error: unknown }
  /** It never will: the function is gone. */
  | { readonly kind: 'gone' }
  /** It never will: the request itself is refused. */
  | { readonly kind: 'refused'; readonly error: ServiceError };

/** The outcome of an attempt that answered. */
export function outcomeOfResult(result: InvokeResult): AttemptOutcome {
  return result.functionError === undefined ? { kind: 'succeeded', result } : { kind: 'failed', result };
}

/** The outcome of an attempt that threw. */
export function outcomeOfError(error: unknown): AttemptOutcome {
  if (!(error instanceof ServiceError) || isPassing(error)) return { kind: 'deferred', error };
  return error.code === 'ResourceNotFoundException' ? { kind: 'gone' } : { kind: 'refused', error };
}

/** Whether trying again later may help. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof ServiceError)) return true;
  // 409 is a function that is pending or being updated; it passes like a throttle. What is not implemented stays so.
  return error.status === 429 || error.status === 409 || (error.fault === 'Service' && error.status !== 501);
}
