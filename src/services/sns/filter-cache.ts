import {
  compileFilterPolicy,
  FilterPolicyError,
  type FilterPolicyScope,
  type MessageFilter,
  parseFilterPolicyScope,
} from '../../model/event-filter/filter-policy.ts';

const FILTERS_MAX = 1_000;

/** Compiled filter policies, so that a publish does not compile them anew; the one made first goes first. */
export class FilterCache {
  readonly #filters = new Map<string, MessageFilter>();

  /** Throws {@link FilterPolicyError}, whose message is SNS's. */
  compile(policy: string, scope: string): MessageFilter {
    const parsed: FilterPolicyScope = parseFilterPolicyScope(scope);
    const key = `${parsed} ${policy}`;
    const known = this.#filters.get(key);
    if (known) return known;
    const filter = compileFilterPolicy(policy, parsed);
    const [oldest] = this.#filters.keys();
    if (this.#filters.size >= FILTERS_MAX && oldest !== undefined) this.#filters.delete(oldest);
    this.#filters.set(key, filter);
    return filter;
  }
}

/** The message of a policy that is none; other errors are thrown on. */
export function filterRefusal(error: unknown): string {
  if (error instanceof FilterPolicyError) return error.message;
  throw error;
}
