import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type { MetadataStore } from '../../ports/metadata-store.ts';
import { type MemberRules, type MemberValues, type QueryOperation, queryOperation } from '../../wire/query/members.ts';
import type { QueryStructure } from '../../wire/query/xml.ts';
import type { RequestContext } from '../../wire/service.ts';
import type { FindRole } from '../iam/create-iam.ts';

/** What every operation gets besides its input. */
export interface Sts {
  readonly store: MetadataStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly findRole: FindRole;
  /** 12 digits: the account of keys that tell none. */
  readonly defaultAccount: string;
}

/** One operation of STS. Throws ServiceErrors with the API's names. */
export function stsOperation<const Rules extends MemberRules>(
  rules: Rules,
  run: (sts: Sts, input: MemberValues<Rules>, context: RequestContext) => Promise<QueryStructure | undefined>,
): QueryOperation<Sts> {
  return queryOperation(rules, run);
}
