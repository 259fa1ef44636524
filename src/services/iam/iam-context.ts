import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import { type Change, type MetadataStore, RevisionConflict } from '../../ports/metadata-store.ts';
import { type MemberRules, type MemberValues, type QueryOperation, queryOperation } from '../../wire/query/members.ts';
import type { QueryStructure } from '../../wire/query/xml.ts';
import type { RequestContext } from '../../wire/service.ts';
import { iamError } from './iam-errors.ts';

/** What every operation gets besides its input. */
export interface Iam {
  readonly store: MetadataStore;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** One operation of IAM. Throws ServiceErrors with the API's names. */
export function iamOperation<const Rules extends MemberRules>(
  rules: Rules,
  run: (iam: Iam, input: MemberValues<Rules>, context: RequestContext) => Promise<QueryStructure | undefined>,
): QueryOperation<Iam> {
  return queryOperation(rules, run);
}

/** How often an operation is tried again when others write the same role or policy at the same moment. */
const TRIES_MAX = 100;

/**
 * Reads, decides and writes; when another writer was faster, reads and decides anew. `attempt` returns the changes with
 * their expectations, and what the operation answers. Throws ConcurrentModification when others are always faster.
 */
export async function commitOptimistically<Result>(
  { store }: Iam,
  attempt: () => Promise<{ readonly changes: readonly Change[]; readonly result: Result }>,
): Promise<Result> {
  for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
    const { changes, result } = await attempt();
    try {
      if (changes.length > 0) await store.commit(changes);
      return result;
    } catch (error) {
      if (!(error instanceof RevisionConflict)) throw error;
    }
  }
  throw iamError(
    'ConcurrentModification',
    'The request was rejected because multiple requests to change this object were submitted simultaneously.',
  );
}
