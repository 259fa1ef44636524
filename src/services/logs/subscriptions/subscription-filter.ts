import { compileFilterPattern } from '../filter-pattern/filter-pattern.ts';

/** What sends a group's events that match to a function; part of the group's settings. */
export interface SubscriptionFilter {
  readonly filterName: string;
  readonly filterPattern: string;
  /** A function, a version or an alias. */
  readonly destinationArn: string;
  /** Shown as it was given: every batch is of one stream, and a function has no shards to choose from. */
  readonly distribution: 'ByLogStream' | 'Random';
  readonly createdMs: number;
}

type Matcher = (message: string) => boolean;

const everything: Matcher = () => true;
const compiled = new WeakMap<SubscriptionFilter, Matcher>();

/** Whether a message is for the filter; its pattern is compiled once for as long as the filter is kept. */
export function subscriptionMatches(filter: SubscriptionFilter, message: string): boolean {
  let matcher = compiled.get(filter);
  if (matcher === undefined) {
    matcher = compileFilterPattern(filter.filterPattern) ?? everything;
    compiled.set(filter, matcher);
  }
  return matcher(message);
}
