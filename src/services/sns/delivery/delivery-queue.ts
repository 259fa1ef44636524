import type { NewEvent } from '../../../ports/event-queue.ts';
import type { SnsAttributes } from '../message-attributes.ts';
import { isFifo, type Protocol, type SubscriptionName } from '../records.ts';
import type { Sns } from '../sns-context.ts';

/** A message as it waits to be delivered to one subscription. */
export interface PublishedMessage {
  readonly messageId: string;
  readonly topicArn: string;
  /** The text for the subscription's protocol. */
  readonly message: string;
  readonly subject?: string;
  readonly attributes: SnsAttributes;
  readonly timestampMs: number;
  readonly signatureVersion: '1' | '2';
  readonly groupId?: string;
  readonly deduplicationId?: string;
  /** FIFO topics only. */
  readonly sequenceNumber?: string;
  readonly traceHeader?: string;
}

/** What is to be brought to one subscription. */
export type Delivery =
  | { readonly kind: 'notification'; readonly subscription: SubscriptionName; readonly message: PublishedMessage }
  | {
      readonly kind: 'confirmation';
      readonly subscription: SubscriptionName;
      readonly token: string;
      readonly messageId: string;
      readonly timestampMs: number;
    };

/** How far a delivery has got. */
export interface DeliveryProgress {
  /** Attempts that failed. */
  readonly failures: number;
  /** It is given up; only the dead-letter queue is left. */
  readonly isDead?: true;
}

/** Deliveries by how they are made: a slow endpoint holds up none of another kind. */
export const DELIVERY_QUEUES = { lambda: 'sns/lambda', sqs: 'sns/sqs', http: 'sns/http' } as const;

/** A delivery as it goes into the queue. Those of one group of a FIFO topic are made one after the other. */
export function newDelivery(sns: Pick<Sns, 'clock' | 'ids'>, protocol: Protocol, delivery: Delivery): NewEvent {
  const { subscription } = delivery;
  const groupId = delivery.kind === 'notification' ? delivery.message.groupId : undefined;
  const progress: DeliveryProgress = { failures: 0 };
  return {
    id: sns.ids.uuid(),
    queue: protocol === 'lambda' || protocol === 'sqs' ? DELIVERY_QUEUES[protocol] : DELIVERY_QUEUES.http,
    visibleAtMs: sns.clock.now(),
    ...(groupId !== undefined && isFifo(subscription.name)
      ? { group: `${subscription.id}/${groupId}` }
      : { lane: subscription.id }),
    attributes: progress,
    payload: Buffer.from(JSON.stringify(delivery)),
  };
}

/** Queues the request to an endpoint over HTTP that it confirm its subscription. */
export async function enqueueConfirmation(sns: Sns, subscription: SubscriptionName, token: string): Promise<void> {
  const [messageId, timestampMs] = [sns.ids.uuid(), sns.clock.now()];
  await sns.queue.enqueue([newDelivery(sns, 'http', { kind: 'confirmation', subscription, token, messageId, timestampMs })]);
}

/** Reads what {@link newDelivery} wrote. */
export function readDelivery(payload: Uint8Array): Delivery {
  return JSON.parse(Buffer.from(payload).toString()) as Delivery;
}
