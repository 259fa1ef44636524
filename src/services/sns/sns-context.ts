import { type Attempt, commitOptimistically as commit } from '../../documents/optimistic-commit.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventQueue } from '../../ports/event-queue.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Document, MetadataStore } from '../../ports/metadata-store.ts';
import { type MemberRules, type MemberValues, type QueryOperation, queryOperation } from '../../wire/query/members.ts';
import type { QueryStructure } from '../../wire/query/xml.ts';
import type { RequestContext } from '../../wire/service.ts';
import type { FifoOrder } from './fifo-order.ts';
import type { FilterCache } from './filter-cache.ts';
import {
  SUBSCRIPTION_KIND,
  subscriptionKey,
  type SubscriptionName,
  type SubscriptionRecord,
  topicKey,
  type TopicName,
  type TopicRecord,
} from './records.ts';
import { snsError } from './sns-errors.ts';

/** What every operation gets besides its input. */
export interface Sns {
  readonly store: MetadataStore;
  /** Deliveries wait in it. */
  readonly queue: EventQueue;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly filters: FilterCache;
  readonly fifo: FifoOrder;
}

/** One operation of SNS. Throws ServiceErrors with the API's names. */
export function snsOperation<const Rules extends MemberRules>(
  rules: Rules,
  run: (sns: Sns, input: MemberValues<Rules>, context: RequestContext) => Promise<QueryStructure | undefined>,
): QueryOperation<Sns> {
  return queryOperation(rules, run);
}

/** A topic that exists; throws NotFound. */
export async function existingTopic(sns: Sns, topic: TopicName): Promise<Document<TopicRecord>> {
  const found = await sns.store.get<TopicRecord>(topicKey(topic));
  if (!found) throw snsError('NotFound', 'Topic does not exist');
  return found;
}

/** A subscription that exists; throws NotFound. */
export async function existingSubscription(sns: Sns, name: SubscriptionName): Promise<Document<SubscriptionRecord>> {
  const found = await sns.store.get<SubscriptionRecord>(subscriptionKey(name));
  if (!found) throw snsError('NotFound', 'Subscription does not exist');
  return found;
}

const DOCUMENTS_AT_ONCE = 500;

/** Every subscription of a topic, by its id. A topic has a bounded number of them. */
export async function subscriptionsOf(sns: Sns, topic: TopicName): Promise<(readonly [string, SubscriptionRecord])[]> {
  const found: (readonly [string, SubscriptionRecord])[] = [];
  const prefix = `${topic.name}/`;
  const { account, region } = topic;
  for (let after: string | undefined; ;) {
    const page = await sns.store.list<SubscriptionRecord>({
      account,
      region,
      kind: SUBSCRIPTION_KIND,
      prefix,
      limit: DOCUMENTS_AT_ONCE,
      ...(after === undefined ? {} : { after }),
    });
    for (const { key, body } of page) found.push([key.id.slice(prefix.length), body]);
    if (page.length < DOCUMENTS_AT_ONCE) return found;
    after = page.at(-1)?.key.id;
  }
}

/** Reads, decides and writes, again when another writer was faster. Throws ConcurrentAccess when others always are. */
export function commitOptimistically<Result>({ store }: Sns, attempt: Attempt<Result>): Promise<Result> {
  return commit(store, attempt, {
    givenUp: () =>
      snsError('ConcurrentAccess', 'Can\u2019t perform multiple operations on a topic simultaneously. Try again later.'),
  });
}

/** Changes a topic, whatever others do to it at the same moment. Throws NotFound. */
export function changeTopic(sns: Sns, topic: TopicName, change: (record: TopicRecord) => TopicRecord): Promise<TopicRecord> {
  return commitOptimistically(sns, async () => {
    const { key, revision, body } = await existingTopic(sns, topic);
    const changed = change(body);
    return { changes: changed === body ? [] : [{ put: key, body: changed, expect: revision }], result: changed };
  });
}
