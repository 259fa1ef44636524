import type { NewEvent } from '../../ports/event-queue.ts';
import { newDelivery } from './delivery/delivery-queue.ts';
import type { DeduplicationScope } from './fifo-order.ts';
import { type Publication, textFor } from './publication.ts';
import { isFifo, type SubscriptionRecord, topicArn, type TopicName, type TopicRecord } from './records.ts';
import { subscriptionsOf, type Sns } from './sns-context.ts';

/** What a publisher is told of a message. */
export interface Published {
  readonly messageId: string;
  /** FIFO topics only. */
  readonly sequenceNumber?: string;
}

/**
 * Publishes messages in their order. Resolves when all their deliveries are on disk; from then on each is made at least
 * once. A message that a FIFO topic took within five minutes is answered as then, and not delivered again.
 */
export async function publishMessages(
  sns: Sns,
  topic: TopicName,
  record: TopicRecord,
  publications: readonly Publication[],
): Promise<readonly Published[]> {
  const work = async (): Promise<readonly Published[]> => {
    const subscriptions = await subscriptionsOf(sns, topic);
    const confirmed = subscriptions.filter(([, { token }]) => token === undefined);
    return isFifo(topic.name)
      ? publishInOrder(sns, topic, record, confirmed, publications)
      : publishAll(sns, topic, record, confirmed, publications);
  };
  return isFifo(topic.name) ? sns.fifo.inTurn(topic, work) : work();
}

type Subscriptions = readonly (readonly [id: string, record: SubscriptionRecord])[];

async function publishAll(
  sns: Sns,
  topic: TopicName,
  record: TopicRecord,
  subscriptions: Subscriptions,
  publications: readonly Publication[],
): Promise<readonly Published[]> {
  const published = publications.map(() => ({ messageId: sns.ids.uuid() }));
  const events = publications.flatMap((publication, index) =>
    deliveries(sns, topic, record, subscriptions, publication, published[index] ?? { messageId: '' }),
  );
  if (events.length > 0) await sns.queue.enqueue(events);
  return published;
}

/** Remembered after it is queued: a crash in between makes two deliveries of it, and not none. */
async function publishInOrder(
  sns: Sns,
  topic: TopicName,
  record: TopicRecord,
  subscriptions: Subscriptions,
  publications: readonly Publication[],
): Promise<readonly Published[]> {
  const published: Published[] = [];
  for (const publication of publications) {
    const scope = scopeOf(record, publication);
    const taken = await sns.fifo.taken(topic, scope);
    if (taken) {
      published.push({ messageId: taken.messageId, sequenceNumber: taken.sequenceNumber });
      continue;
    }
    const made = { messageId: sns.ids.uuid(), sequenceNumber: sns.fifo.nextSequenceNumber() };
    const events = deliveries(sns, topic, record, subscriptions, publication, made);
    if (events.length > 0) await sns.queue.enqueue(events);
    await sns.fifo.remember(topic, scope, made.messageId, made.sequenceNumber);
    published.push(made);
  }
  return published;
}

function scopeOf({ attributes }: TopicRecord, { deduplicationId = '', groupId = '' }: Publication): DeduplicationScope {
  return attributes['FifoThroughputScope'] === 'MessageGroup' ? { deduplicationId, groupId } : { deduplicationId };
}

function deliveries(
  sns: Sns,
  topic: TopicName,
  { attributes }: TopicRecord,
  subscriptions: Subscriptions,
  publication: Publication,
  { messageId, sequenceNumber }: Published,
): readonly NewEvent[] {
  const { byProtocol: _texts, bytes: _bytes, ...rest } = publication;
  const timestampMs = sns.clock.now();
  const wanted = subscriptions.filter(([, subscription]) => isWanted(sns, subscription, publication));
  return wanted.map(([id, subscription]) => {
    const message = {
      ...rest,
      messageId,
      topicArn: topicArn(topic),
      message: textFor(publication, subscription.protocol),
      timestampMs,
      signatureVersion: attributes['SignatureVersion'] === '2' ? ('2' as const) : ('1' as const),
      ...(sequenceNumber === undefined ? {} : { sequenceNumber }),
    };
    return newDelivery(sns, subscription.protocol, { kind: 'notification', subscription: { ...topic, id }, message });
  });
}

function isWanted(sns: Sns, subscription: SubscriptionRecord, publication: Publication): boolean {
  const { FilterPolicy, FilterPolicyScope = 'MessageAttributes' } = subscription.attributes;
  if (FilterPolicy === undefined) return true;
  const matches = sns.filters.compile(FilterPolicy, FilterPolicyScope);
  return matches({ body: textFor(publication, subscription.protocol), attributes: publication.attributes });
}
