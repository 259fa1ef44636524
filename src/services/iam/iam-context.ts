import { type Attempt, commitOptimistically as commit } from '../../documents/optimistic-commit.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type { MetadataStore } from '../../ports/metadata-store.ts';
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

/** Reads, decides and writes, again when another writer was faster. Throws ConcurrentModification when others always are. */
export function commitOptimistically<Result>({ store }: Iam, attempt: Attempt<Result>): Promise<Result> {
  return commit(store, attempt, {
    givenUp: () =>
      iamError(
        'ConcurrentModification',
        'The request was rejected because multiple requests to change this object were submitted simultaneously.',
      ),
  });
}
