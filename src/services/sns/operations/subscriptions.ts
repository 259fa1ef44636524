import { required } from '../../../wire/query/members.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { readSubscriptionArn, readTopicArn } from '../arns.ts';
import { ARN, NEXT_TOKEN } from '../member-rules.ts';
import { takePage } from '../paging.ts';
import {
  SUBSCRIPTION_KIND,
  subscriptionArn,
  subscriptionKey,
  type SubscriptionRecord,
  topicArn,
  topicKey,
  type TopicRecord,
} from '../records.ts';
import { commitOptimistically, existingSubscription, existingTopic, snsOperation, type Sns } from '../sns-context.ts';
import { invalidParameter, snsError } from '../sns-errors.ts';
import { isSubscriptionAttribute, shownSubscriptionAttributes, subscriptionBreach } from '../subscription-attributes.ts';
import { subscriptionRemovals } from '../topic-removal.ts';

/** Ends a subscription; what waits to be delivered to it is dropped. Fine with one that is not there. */
export const unsubscribe = snsOperation({ SubscriptionArn: ARN }, async (sns, { SubscriptionArn }, context) => {
  const name = readSubscriptionArn(SubscriptionArn);
  const found = await sns.store.get<SubscriptionRecord>(subscriptionKey(name));
  if (!found) return undefined;
  if (found.body.authenticateOnUnsubscribe && context.accessKeyId === undefined)
    throw snsError('AuthorizationError', 'Unsubscribing without authentication is not allowed for this subscription');
  await sns.store.commit(subscriptionRemovals(name, found.body));
  return undefined;
});

/** Subscriptions to topics of the account in the region. */
export const listSubscriptions = snsOperation({ NextToken: NEXT_TOKEN }, (sns, { NextToken }, { account, region }) =>
  listed(sns, { account, region }, NextToken),
);

/** Subscriptions to a topic. */
export const listSubscriptionsByTopic = snsOperation(
  { TopicArn: ARN, NextToken: NEXT_TOKEN },
  async (sns, { TopicArn, NextToken }, context) => {
    const { account, region, name } = readTopicArn(TopicArn, context);
    await existingTopic(sns, { account, region, name });
    return listed(sns, { account, region, prefix: `${name}/` }, NextToken);
  },
);

/** Attributes of a subscription. */
export const getSubscriptionAttributes = snsOperation({ SubscriptionArn: ARN }, async (sns, { SubscriptionArn }) => {
  const name = readSubscriptionArn(SubscriptionArn);
  const { body } = await existingSubscription(sns, name);
  const topic = await sns.store.get<TopicRecord>(topicKey(name));
  return { Attributes: shownSubscriptionAttributes(name, body, topic?.body.attributes['DeliveryPolicy'] || undefined) };
});

/** Sets one attribute of a subscription; an empty value, or an empty filter policy, takes it away. */
export const setSubscriptionAttributes = snsOperation(
  { SubscriptionArn: ARN, AttributeName: required({ type: 'text' }), AttributeValue: { type: 'text' } },
  async (sns, { SubscriptionArn, AttributeName, AttributeValue = '' }) => {
    const name = readSubscriptionArn(SubscriptionArn);
    if (!isSubscriptionAttribute(AttributeName)) throw invalidParameter('AttributeName');
    await commitOptimistically(sns, async () => {
      const { key, revision, body } = await existingSubscription(sns, name);
      const { [AttributeName]: _before, ...others } = body.attributes;
      const isRemoved =
        (AttributeValue === '' && AttributeName !== 'RawMessageDelivery') ||
        (AttributeValue === '{}' && AttributeName === 'FilterPolicy');
      const attributes = isRemoved ? others : { ...others, [AttributeName]: AttributeValue };
      const reason = subscriptionBreach(sns.filters, { ...body, topicName: name.name }, attributes);
      if (reason !== undefined) throw invalidParameter(reason);
      return { changes: [{ put: key, body: { ...body, attributes }, expect: revision }], result: undefined };
    });
    return undefined;
  },
);

async function listed(
  sns: Sns,
  scope: Pick<RequestContext, 'account' | 'region'> & { readonly prefix?: string },
  token: string | undefined,
) {
  const { documents, rest } = await takePage<SubscriptionRecord>(sns.store, { ...scope, kind: SUBSCRIPTION_KIND }, token);
  const Subscriptions = documents.map(({ key, body }) => {
    const [name = '', id = ''] = key.id.split('/');
    const subscription = { account: key.account, region: key.region, name, id };
    return {
      SubscriptionArn: body.token === undefined ? subscriptionArn(subscription) : 'PendingConfirmation',
      Owner: body.owner,
      Protocol: body.protocol,
      Endpoint: body.endpoint,
      TopicArn: topicArn(subscription),
    };
  });
  return { Subscriptions, ...rest };
}
