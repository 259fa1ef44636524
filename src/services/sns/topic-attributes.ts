import { shownTopicPolicy, topicPolicyBreach } from './delivery-policy.ts';
import { isFifo, topicArn, type TopicName, type TopicRecord } from './records.ts';
import { invalidParameter, snsError } from './sns-errors.ts';
import { defaultPolicy, parsePolicy } from './topic-policy.ts';

/** Why a value can't be taken; undefined when it can. */
type Check = (value: string, topic: TopicName) => string | undefined;

const flag: Check = (value) => (/^(true|false)$/i.test(value) ? undefined : `Invalid value [${value}]. Must be true or false.`);
const oneOf =
  (...choices: readonly string[]): Check =>
  (value) =>
    choices.includes(value) ? undefined : `Invalid value [${value}]. Please use one of: ${choices.join(', ')}`;
const anything: Check = () => undefined;
const fifoOnly =
  (check: Check): Check =>
  (value, topic) =>
    isFifo(topic.name) ? check(value, topic) : 'is only valid for FIFO topics';

/** Roles and rates of delivery logs, which are kept and told; no such logs are written. */
const FEEDBACK =
  /^(?:HTTP|SQS|Lambda|Firehose|Application)(?:SuccessFeedbackRoleArn|SuccessFeedbackSampleRate|FailureFeedbackRoleArn)$/;

/** Attributes that can be set at any time. `Policy`, `KmsMasterKeyId` and `TracingConfig` are kept and told, no more. */
const SETTABLE: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['ContentBasedDeduplication', fifoOnly(flag)],
  ['DeliveryPolicy', (value) => (value === '' ? undefined : topicPolicyBreach(value))],
  ['DisplayName', (value) => (value.length <= 100 ? undefined : 'must be at most 100 characters long')],
  ['FifoThroughputScope', fifoOnly(oneOf('Topic', 'MessageGroup'))],
  ['KmsMasterKeyId', (value) => (value.length <= 2_048 ? undefined : 'is too long')],
  ['Policy', (value) => (value === '' || parsePolicy(value) ? undefined : 'Policy Error: null')],
  ['SignatureVersion', oneOf('1', '2')],
  ['TracingConfig', oneOf('Active', 'PassThrough')],
]);
/** Attributes of AWS that are refused, since what they ask for would not happen. */
const REFUSED = new Set(['ArchivePolicy', 'DataProtectionPolicy']);
const VALUE_CHARACTERS_MAX = 30_720;

/** Attributes of a new topic. Throws InvalidParameter, and NotImplementedException for what is refused by name. */
export function checkNewTopic(topic: TopicName, attributes: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'FifoTopic') {
      const reason = flag(value, topic);
      if (reason !== undefined) throw invalidParameter(`Attributes Reason: FifoTopic: ${reason}`);
      continue;
    }
    const check = checkOf(name);
    if (!check) throw invalidParameter(`Attributes Reason: Unknown attribute: ${name.slice(0, 128)}`);
    const reason = check(value, topic);
    if (reason !== undefined) throw invalidParameter(`Attributes Reason: ${name}: ${reason}`);
  }
}

/** A change of one attribute. Throws InvalidParameter, and NotImplementedException for what is refused by name. */
export function checkTopicAttribute(topic: TopicName, name: string, value: string): void {
  const check = checkOf(name);
  if (!check) throw invalidParameter('AttributeName');
  const reason = check(value, topic);
  if (reason !== undefined) throw invalidParameter(`${name}: ${reason}`);
}

function checkOf(name: string): Check | undefined {
  if (REFUSED.has(name)) throw snsError('NotImplementedException', `lambkin does not implement ${name} of topics yet.`);
  const check = FEEDBACK.test(name) ? anything : SETTABLE.get(name);
  return check && ((value, topic) => (value.length > VALUE_CHARACTERS_MAX ? 'is too long' : check(value, topic)));
}

/** What GetTopicAttributes answers. */
export function shownTopicAttributes(
  topic: TopicName,
  record: TopicRecord,
  counts: { readonly confirmed: number; readonly pending: number },
): Map<string, string> {
  const { FifoTopic: _always, DeliveryPolicy = '', Policy = '', ...others } = record.attributes;
  return new Map(
    Object.entries({
      ...(isFifo(topic.name) ? { FifoTopic: 'true', ContentBasedDeduplication: 'false' } : {}),
      DisplayName: '',
      ...others,
      Policy: Policy || JSON.stringify(defaultPolicy(topic)),
      ...(DeliveryPolicy === '' ? {} : { DeliveryPolicy }),
      EffectiveDeliveryPolicy: shownTopicPolicy(DeliveryPolicy || undefined),
      Owner: topic.account,
      TopicArn: topicArn(topic),
      SubscriptionsConfirmed: String(counts.confirmed),
      SubscriptionsPending: String(counts.pending),
      // AWS counts those that were deleted a while ago; here they are gone at once.
      SubscriptionsDeleted: '0',
    }),
  );
}
