import type { Document } from '../../../ports/metadata-store.ts';
import { required } from '../../../wire/query/members.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { readTopicArn } from '../arns.ts';
import { enqueueConfirmation } from '../delivery/delivery-queue.ts';
import { checkEndpoint } from '../endpoints.ts';
import { ARN, ATTRIBUTES } from '../member-rules.ts';
import {
  type EndpointRecord,
  endpointKey,
  subscriptionArn,
  subscriptionKey,
  type SubscriptionName,
  type SubscriptionRecord,
  SUBSCRIPTION_KIND,
  type TopicName,
} from '../records.ts';
import { commitOptimistically, existingTopic, snsOperation, type Sns } from '../sns-context.ts';
import { invalidParameter, snsError } from '../sns-errors.ts';
import { isHttp, isSubscriptionAttribute, subscriptionBreach } from '../subscription-attributes.ts';
import { endpointDigest } from '../topic-removal.ts';

const SUBSCRIPTIONS_MAX = 10_000;
const TOKEN = /^[\da-f]{64,512}$/;
const TOKEN_BYTES = 32;

/**
 * Subscribes an endpoint. Functions and queues are subscribed at once, endpoints over HTTP when they confirm it. The
 * subscription that an endpoint has already is answered again, if its attributes are the same.
 */
export const subscribe = snsOperation(
  {
    TopicArn: ARN,
    Protocol: required({ type: 'text' }),
    Endpoint: { type: 'text' },
    Attributes: ATTRIBUTES,
    ReturnSubscriptionArn: { type: 'flag' },
  },
  async (sns, { TopicArn, Protocol, Endpoint = '', Attributes = {}, ReturnSubscriptionArn }, context) => {
    const topic = readTopicArn(TopicArn, context);
    await existingTopic(sns, topic);
    const protocol = checkEndpoint(topic, Protocol, Endpoint);
    const odd = Object.keys(Attributes).find((name) => !isSubscriptionAttribute(name));
    if (odd !== undefined) throw invalidParameter(`Attributes Reason: Unknown attribute: ${odd.slice(0, 128)}`);
    const attributes = withoutEmptyFilter(Attributes);
    const reason = subscriptionBreach(sns.filters, { topicName: topic.name, protocol, endpoint: Endpoint }, attributes);
    if (reason !== undefined) throw invalidParameter(`Attributes Reason: ${reason}`);
    const id = sns.ids.uuid();
    const made: SubscriptionRecord = {
      protocol,
      endpoint: Endpoint,
      owner: context.account,
      attributes,
      confirmationWasAuthenticated: !isHttp(protocol),
      ...(isHttp(protocol) ? { token: `${id.replaceAll('-', '')}${sns.ids.hex(TOKEN_BYTES)}` } : {}),
    };
    const { name, record } = await insert(sns, { ...topic, id }, made);
    if (record.token !== undefined) await enqueueConfirmation(sns, name, record.token);
    const isShown = record.token === undefined || ReturnSubscriptionArn === true;
    return { SubscriptionArn: isShown ? subscriptionArn(name) : 'pending confirmation' };
  },
);

/** Confirms a subscription by the token that its endpoint was sent. */
export const confirmSubscription = snsOperation(
  { TopicArn: ARN, Token: required({ type: 'text' }), AuthenticateOnUnsubscribe: { type: 'flag' } },
  async (sns, { TopicArn, Token, AuthenticateOnUnsubscribe }, context) => {
    const topic = readTopicArn(TopicArn, context);
    if (!TOKEN.test(Token)) throw snsError('InvalidParameter', 'Invalid token');
    const id = Token.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    const name: SubscriptionName = { ...topic, id };
    await commitOptimistically(sns, async () => {
      const found = await sns.store.get<SubscriptionRecord>(subscriptionKey(name));
      if (!found || !isTokenOf(found.body, Token)) throw invalidParameter('Token');
      return { changes: confirmation(found, context, AuthenticateOnUnsubscribe === true), result: undefined };
    });
    return { SubscriptionArn: subscriptionArn(name) };
  },
);

/** A token counts as long as the subscription lives, so that a link may be followed twice. */
function isTokenOf({ token, confirmedToken }: SubscriptionRecord, given: string): boolean {
  return token === given || confirmedToken === given;
}

function confirmation({ key, revision, body }: Document<SubscriptionRecord>, context: RequestContext, isAuthenticated: boolean) {
  const { token, ...rest } = body;
  if (token === undefined) return [];
  const confirmed: SubscriptionRecord = {
    ...rest,
    confirmedToken: token,
    confirmationWasAuthenticated: context.accessKeyId !== undefined,
    ...(isAuthenticated && context.accessKeyId !== undefined ? { authenticateOnUnsubscribe: true as const } : {}),
  };
  return [{ put: key, body: confirmed, expect: revision }];
}

async function insert(
  sns: Sns,
  name: SubscriptionName,
  record: SubscriptionRecord,
): Promise<{ readonly name: SubscriptionName; readonly record: SubscriptionRecord }> {
  const endpoint = endpointKey(name, endpointDigest(record.protocol, record.endpoint));
  return commitOptimistically(sns, async () => {
    const topic = await existingTopic(sns, name);
    const present = await sns.store.get<EndpointRecord>(endpoint);
    const other = present && { ...name, id: present.body.id };
    const otherRecord = other && (await sns.store.get<SubscriptionRecord>(subscriptionKey(other)))?.body;
    if (other && otherRecord) {
      checkSame(otherRecord, record);
      return { changes: [], result: { name: other, record: otherRecord } };
    }
    await checkRoom(sns, name);
    const body: EndpointRecord = { id: name.id };
    const changes = [
      // The topic is written as it is, so that one that is deleted meanwhile makes this fail.
      { put: topic.key, body: topic.body, expect: topic.revision },
      { put: endpoint, body, ...(present ? { expect: present.revision } : { expect: 'absent' as const }) },
      { put: subscriptionKey(name), body: record, expect: 'absent' as const },
    ];
    return { changes, result: { name, record } };
  });
}

function checkSame(present: SubscriptionRecord, given: SubscriptionRecord): void {
  const isSame = Object.entries(given.attributes).every(([name, value]) => present.attributes[name] === value);
  if (!isSame) throw invalidParameter('Attributes Reason: Subscription already exists with different attributes');
}

async function checkRoom(sns: Sns, { account, region, name }: TopicName): Promise<void> {
  const { documents } = await sns.store.totals({ account, region, kind: SUBSCRIPTION_KIND, prefix: `${name}/` });
  if (documents < SUBSCRIPTIONS_MAX) return;
  throw snsError('SubscriptionLimitExceeded', `lambkin lets a topic have ${SUBSCRIPTIONS_MAX} subscriptions.`);
}

function withoutEmptyFilter(attributes: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { FilterPolicy, ...others } = attributes;
  return FilterPolicy === undefined || FilterPolicy === '' || FilterPolicy === '{}' ? others : attributes;
}
