import type { Locality } from '../model/arn.ts';
import type { Change } from '../ports/metadata-store.ts';
import type { ControlContext } from './control-context.ts';
import { keyOf, write } from './documents.ts';

/** What an account has given away of its concurrency in a region. */
export interface ConcurrencyBudget {
  /** Sum of all functions' reservations. */
  readonly reserved: number;
  /**
   * Belongs into the transaction that gives away more: two that look at the same budget at the same moment must not both
   * have it.
   */
  readonly guard: Change;
}

/** Reads the budget for a decision that is then written together with its guard. */
export async function concurrencyBudget(control: ControlContext, locality: Locality): Promise<ConcurrencyBudget> {
  const { account, region } = locality;
  const key = keyOf(locality, 'guard', 'concurrency');
  const guard = await control.store.get(key);
  const { weight } = await control.store.totals({ account, region, kind: 'function' });
  return { reserved: weight, guard: write(key, {}, guard?.revision ?? 'absent') };
}
