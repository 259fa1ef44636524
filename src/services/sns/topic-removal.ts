import { createHash } from 'node:crypto';
import type { Change } from '../../ports/metadata-store.ts';
import { endpointKey, subscriptionKey, type SubscriptionName, type SubscriptionRecord, type TopicName } from './records.ts';
import { subscriptionsOf, type Sns } from './sns-context.ts';

/** What stands for an endpoint in the key of its document. */
export function endpointDigest(protocol: string, endpoint: string): string {
  return createHash('sha256').update(`${protocol} ${endpoint}`).digest('hex');
}

/** What is to be removed of a subscription. */
export function subscriptionRemovals(name: SubscriptionName, { protocol, endpoint }: SubscriptionRecord): readonly Change[] {
  return [{ remove: subscriptionKey(name) }, { remove: endpointKey(name, endpointDigest(protocol, endpoint)) }];
}

/** What is to be removed of all subscriptions of a topic. */
export async function removalsOf(sns: Sns, topic: TopicName): Promise<readonly Change[]> {
  const subscriptions = await subscriptionsOf(sns, topic);
  return subscriptions.flatMap(([id, record]) => subscriptionRemovals({ ...topic, id }, record));
}
