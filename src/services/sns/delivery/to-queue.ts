import type { MessageAttribute, MessageQueues, OutgoingMessage } from '../../../ports/message-queue.ts';
import type { SnsAttributes } from '../message-attributes.ts';
import { isFifo, type SubscriptionName } from '../records.ts';
import type { PublishedMessage } from './delivery-queue.ts';
import { type EnvelopeDependencies, notificationEnvelope } from './envelope.ts';
import { DELIVERED, type Outcome } from './outcome.ts';

/** What sending to queues needs. */
export interface QueueDependencies extends EnvelopeDependencies {
  readonly queues: Pick<MessageQueues, 'send'>;
}

/** SQS takes no more with one message; AWS then gives the delivery up. */
const RAW_ATTRIBUTES_MAX = 10;

/** Sends a message to a queue: in an envelope, or as it is with its attributes. */
export async function sendToQueue(
  dependencies: QueueDependencies,
  subscription: SubscriptionName,
  queueArn: string,
  message: PublishedMessage,
  isRaw: boolean,
): Promise<Outcome> {
  const names = Object.keys(message.attributes);
  if (isRaw && names.length > RAW_ATTRIBUTES_MAX)
    return { kind: 'refused', reason: `a raw message can have at most ${RAW_ATTRIBUTES_MAX} attributes` };
  const outgoing: OutgoingMessage = {
    body: isRaw ? message.message : await notificationEnvelope(dependencies, subscription, message),
    ...(isRaw && names.length > 0 ? { messageAttributes: queueAttributes(message.attributes) } : {}),
    ...(message.traceHeader === undefined ? {} : { traceHeader: message.traceHeader }),
    ...orderOf(queueArn, message),
  };
  await dependencies.queues.send(queueArn, outgoing);
  return DELIVERED;
}

/**
 * A standard queue is told the groups of standard topics alone, for its receivers. A dead-letter queue that is FIFO takes
 * messages of standard topics by the ids that they have anyway.
 */
function orderOf(queueArn: string, message: PublishedMessage): Pick<OutgoingMessage, 'groupId' | 'deduplicationId'> {
  if (!isFifo(queueArn)) {
    const isTold = message.sequenceNumber === undefined && message.groupId !== undefined;
    return isTold ? { groupId: message.groupId } : {};
  }
  const { groupId = message.topicArn.slice(-128), deduplicationId = message.messageId } = message;
  return { groupId, deduplicationId };
}

function queueAttributes(attributes: SnsAttributes): Readonly<Record<string, MessageAttribute>> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { dataType, stringValue, binaryValue }]): [string, MessageAttribute] => [
      name,
      stringValue === undefined ? { dataType, binaryValue: Buffer.from(binaryValue ?? '', 'base64') } : { dataType, stringValue },
    ]),
  );
}
