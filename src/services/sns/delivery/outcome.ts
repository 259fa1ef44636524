import { ServiceError } from '../../../model/service-error.ts';

/** What came of an attempt. What was refused would be refused again; what failed is tried again. */
export type Outcome = { readonly kind: 'delivered' } | { readonly kind: 'refused' | 'failed'; readonly reason: string };

/** It has arrived. */
export const DELIVERED: Outcome = { kind: 'delivered' };

/** What an error of a target means. Throttles and functions that are being changed pass; other mistakes of the sender stay. */
export function outcomeOf(error: unknown): Outcome {
  const isRefused =
    error instanceof ServiceError &&
    (error.fault === 'User' ? error.status !== 429 && error.status !== 409 : error.status === 501);
  return {
    kind: isRefused ? 'refused' : 'failed',
    reason: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
  };
}
