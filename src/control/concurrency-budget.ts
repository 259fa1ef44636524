import type { Locality } from '../model/arn.ts';
import type { Change, MetadataStore } from '../ports/metadata-store.ts';
import type { ControlContext } from './control-context.ts';
import { type FunctionDocument, functionKey, keyOf, write } from './documents.ts';

/** More than an account can have, for each stands for at least one of its concurrent executions. */
const PROVISIONED_DOCUMENTS_MAX = 10_000;

/** Concurrency that is provisioned for a version or an alias; kind `provisioned-concurrency`. */
export interface ProvisionedConcurrencyDocument {
  readonly requested: number;
  readonly lastModifiedMs: number;
}

/** What an account has not given away of its concurrency in a region. */
export interface ConcurrencyBudget {
  /** What functions share that have neither reserved nor provisioned any. */
  readonly unreserved: number;
  /**
   * Belongs into the transaction that gives away more: two that look at the same budget at the same moment must not both
   * have it.
   */
  readonly guard: Change;
}

/** Reads the budget for a decision that is then written together with its guard. */
export async function concurrencyBudget(control: ControlContext, locality: Locality): Promise<ConcurrencyBudget> {
  const key = keyOf(locality, 'guard', 'concurrency');
  const guard = await control.store.get(key);
  const unreserved = control.limits.concurrency - (await concurrencySetAside(control.store, locality));
  return { unreserved, guard: write(key, {}, guard?.revision ?? 'absent') };
}

/** What is reserved, and what is provisioned for functions without a reservation. */
export async function concurrencySetAside(store: MetadataStore, { account, region }: Locality): Promise<number> {
  const { weight: reserved } = await store.totals({ account, region, kind: 'function' });
  return reserved + (await provisionedOutside(store, { account, region }));
}

/** What is provisioned for all versions and aliases of a function. */
export async function provisionedConcurrency(
  control: ControlContext,
  { account, region }: Locality,
  functionName: string,
): Promise<number> {
  const totals = await control.store.totals({ account, region, kind: 'provisioned-concurrency', prefix: `${functionName}/` });
  return totals.weight;
}

/** What is provisioned for functions without a reservation; where there is one, it comes out of that. */
async function provisionedOutside(store: MetadataStore, locality: Locality): Promise<number> {
  const { account, region } = locality;
  const found = await store.list<ProvisionedConcurrencyDocument>({
    account,
    region,
    kind: 'provisioned-concurrency',
    limit: PROVISIONED_DOCUMENTS_MAX,
  });
  const byFunction = Map.groupBy(found, ({ key }) => key.id.slice(0, key.id.indexOf('/')));
  let sum = 0;
  for (const [functionName, documents] of byFunction) {
    const shared = await store.get<FunctionDocument>(functionKey(locality, functionName));
    if (shared?.body.reservedConcurrency !== undefined) continue;
    sum += documents.reduce((total, { body }) => total + body.requested, 0);
  }
  return sum;
}
