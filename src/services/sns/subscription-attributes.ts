import { z } from 'zod';
import { parseFilterPolicyScope } from '../../model/event-filter/filter-policy.ts';
import { shownSubscriptionPolicy, subscriptionPolicyBreach } from './delivery-policy.ts';
import { filterRefusal, type FilterCache } from './filter-cache.ts';
import { isFifo, type Protocol, subscriptionArn, type SubscriptionName, type SubscriptionRecord, topicArn } from './records.ts';
import { snsError } from './sns-errors.ts';

/** What is looked at besides the attributes. */
export interface AttributeSubject {
  readonly topicName: string;
  readonly protocol: Protocol;
  readonly endpoint: string;
}

const QUEUE_ARN = /^arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[\w-]{1,80}(?:\.fifo)?$/;
const NAMES = new Set(['DeliveryPolicy', 'FilterPolicy', 'FilterPolicyScope', 'RawMessageDelivery', 'RedrivePolicy']);
const REFUSED = new Set(['ReplayPolicy', 'SubscriptionRoleArn']);
const redriveSchema = z.strictObject({ deadLetterTargetArn: z.string() });

/** Whether AWS has the attribute. Throws NotImplementedException for one that is refused by name. */
export function isSubscriptionAttribute(name: string): boolean {
  if (REFUSED.has(name)) throw snsError('NotImplementedException', `lambkin does not implement ${name} of subscriptions yet.`);
  return NAMES.has(name);
}

/**
 * Why the attributes of a subscription, all together, can't be taken, in AWS's words without `Invalid parameter: `; undefined
 * when they can.
 */
export function subscriptionBreach(
  filters: FilterCache,
  subject: AttributeSubject,
  attributes: Readonly<Record<string, string>>,
): string | undefined {
  const { RawMessageDelivery: raw, RedrivePolicy: redrive, DeliveryPolicy: delivery } = attributes;
  if (raw !== undefined && !/^(true|false)$/i.test(raw))
    return `RawMessageDelivery: Invalid value [${raw}]. Must be true or false.`;
  if (raw?.toLowerCase() === 'true' && subject.protocol === 'lambda')
    return 'RawMessageDelivery: Delivery protocol [lambda] does not support raw message delivery.';
  if (delivery !== undefined) {
    if (!isHttp(subject.protocol)) return `DeliveryPolicy: is not supported for the protocol ${subject.protocol}`;
    const reason = subscriptionPolicyBreach(delivery);
    if (reason !== undefined) return `DeliveryPolicy: ${reason}`;
  }
  return redriveBreach(subject, redrive) ?? filterBreach(filters, attributes);
}

/** ARN of the queue for what can't be delivered; undefined when there is none. */
export function deadLetterArnOf({ attributes }: SubscriptionRecord): string | undefined {
  const text = attributes['RedrivePolicy'];
  return text === undefined ? undefined : redriveSchema.parse(JSON.parse(text)).deadLetterTargetArn;
}

/** Whether the message is delivered as it is, without an envelope. */
export function isRaw({ attributes }: SubscriptionRecord): boolean {
  return attributes['RawMessageDelivery']?.toLowerCase() === 'true';
}

/** Whether the endpoint is reached over HTTP. */
export function isHttp(protocol: Protocol): boolean {
  return protocol === 'http' || protocol === 'https';
}

/** What GetSubscriptionAttributes answers. */
export function shownSubscriptionAttributes(
  name: SubscriptionName,
  record: SubscriptionRecord,
  topicPolicy: string | undefined,
): Map<string, string> {
  const { FilterPolicyScope = 'MessageAttributes', ...others } = record.attributes;
  const http = isHttp(record.protocol)
    ? { EffectiveDeliveryPolicy: shownSubscriptionPolicy(topicPolicy, record.attributes['DeliveryPolicy']) }
    : {};
  return new Map(
    Object.entries({
      RawMessageDelivery: 'false',
      ...others,
      ...(others['FilterPolicy'] === undefined ? {} : { FilterPolicyScope }),
      ...http,
      ConfirmationWasAuthenticated: String(record.confirmationWasAuthenticated),
      Endpoint: record.endpoint,
      Owner: record.owner,
      PendingConfirmation: String(record.token !== undefined),
      Protocol: record.protocol,
      SubscriptionArn: subscriptionArn(name),
      SubscriptionPrincipal: `arn:aws:iam::${record.owner}:root`,
      TopicArn: topicArn(name),
    }),
  );
}

function redriveBreach({ topicName, protocol, endpoint }: AttributeSubject, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'RedrivePolicy: failed to parse JSON.';
  }
  const policy = redriveSchema.safeParse(value);
  if (!policy.success || !QUEUE_ARN.test(policy.data.deadLetterTargetArn))
    return 'RedrivePolicy: deadLetterTargetArn is an invalid arn';
  const isOrdered = isFifo(topicName) && protocol === 'sqs' && isFifo(endpoint);
  if (isOrdered && !isFifo(policy.data.deadLetterTargetArn))
    return 'RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.';
  return undefined;
}

function filterBreach(filters: FilterCache, attributes: Readonly<Record<string, string>>): string | undefined {
  const { FilterPolicy, FilterPolicyScope = 'MessageAttributes' } = attributes;
  try {
    if (FilterPolicy === undefined) parseFilterPolicyScope(FilterPolicyScope);
    else filters.compile(FilterPolicy, FilterPolicyScope);
    return undefined;
  } catch (error) {
    return filterRefusal(error);
  }
}
