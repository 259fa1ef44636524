import type { LeasedEvent } from '../../../ports/event-queue.ts';
import { integer, text, texts, type Members } from '../members.ts';
import { askedMessageAttributes, attributesMd5 } from '../message-attributes.ts';
import { numberOf } from '../queue-attributes.ts';
import { existingQueue, eventQueueOf, isFifo, type QueueRecord } from '../queue-records.ts';
import { bodyOf, handleOf, receiveEvents, systemAttributesOf, type Reception } from '../receive.ts';
import { type KeptMessage, md5 } from '../send.ts';
import type { SqsContext, SqsOperation } from '../sqs-context.ts';
import { invalidValue, sqsError } from '../sqs-errors.ts';

const SYSTEM_ATTRIBUTES: ReadonlySet<string> = new Set([
  'All',
  'SenderId',
  'SentTimestamp',
  'ApproximateReceiveCount',
  'ApproximateFirstReceiveTimestamp',
  'SequenceNumber',
  'MessageDeduplicationId',
  'MessageGroupId',
  'AWSTraceHeader',
  'DeadLetterQueueSourceArn',
]);

/** ReceiveMessage. Waits for the first message as long as it may, and takes what is there then. */
export const receiveMessage: SqsOperation = async (sqs, input, context) => {
  const queue = await existingQueue(sqs.store, input, context);
  const systemNames = [...texts(input, 'AttributeNames'), ...texts(input, 'MessageSystemAttributeNames')];
  for (const name of systemNames) {
    if (!SYSTEM_ATTRIBUTES.has(name)) throw sqsError('InvalidAttributeName', `Unknown Attribute ${name.slice(0, 256)}.`);
  }
  const attributeNames = texts(input, 'MessageAttributeNames');
  const events = await receiveOnce(sqs, queue, input, { ...receptionOf(queue, input), signal: context.signal });
  if (events.length === 0) return {};
  const receivedAtMs = sqs.clock.now();
  return { Messages: events.map((event) => received(event, receivedAtMs, systemNames, attributeNames)) };
};

function receptionOf(queue: QueueRecord, input: Members): Omit<Reception, 'signal'> {
  const countMax = integer(input, 'MaxNumberOfMessages', 1, 10, 'Must be between 1 and 10, if provided.') ?? 1;
  const wait = integer(input, 'WaitTimeSeconds', 0, 20, 'Must be >= 0 and <= 20, if provided.');
  const visibility = integer(input, 'VisibilityTimeout', 0, 43_200, 'Must be between 0 and 43200, if provided.');
  return {
    countMax,
    waitMs: (wait ?? numberOf(queue, 'ReceiveMessageWaitTimeSeconds')) * 1_000,
    visibilityTimeoutMs: (visibility ?? numberOf(queue, 'VisibilityTimeout')) * 1_000,
  };
}

/** An attempt that a FIFO queue's receiver repeats gets what it got before, hidden anew, as long as all of that is still in flight. */
async function receiveOnce(
  sqs: SqsContext,
  queue: QueueRecord,
  input: Members,
  reception: Reception,
): Promise<readonly LeasedEvent[]> {
  const attemptId = text(input, 'ReceiveRequestAttemptId');
  if (attemptId === undefined || !isFifo(queue)) return receiveEvents(sqs, queue, reception);
  if (attemptId.length === 0 || attemptId.length > 128) {
    throw invalidValue(
      `Value ${attemptId.slice(0, 128)} for parameter ReceiveRequestAttemptId is invalid. Reason: ReceiveRequestAttemptId can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
    );
  }
  const name = eventQueueOf(queue);
  const before = sqs.attempts.of(name, attemptId);
  if (before) {
    const held = await Promise.all(
      before.map(({ id, lease }) => sqs.queue.extend(name, id, lease, reception.visibilityTimeoutMs)),
    );
    if (held.every(Boolean)) return before;
  }
  const events = await receiveEvents(sqs, queue, reception);
  if (events.length > 0) sqs.attempts.remember(name, attemptId, events);
  return events;
}

function received(
  event: LeasedEvent,
  receivedAtMs: number,
  systemNames: readonly string[],
  attributeNames: readonly string[],
): object {
  const attributes = askedMessageAttributes((event.attributes as KeptMessage).attributes ?? {}, attributeNames);
  const attributesDigest = attributesMd5(attributes);
  const isAll = systemNames.includes('All');
  const system = Object.entries(systemAttributesOf(event)).filter(([name]) => isAll || systemNames.includes(name));
  return {
    MessageId: event.id,
    ReceiptHandle: handleOf(event, receivedAtMs),
    MD5OfBody: md5(event.payload),
    Body: bodyOf(event),
    ...(system.length > 0 ? { Attributes: Object.fromEntries(system) } : {}),
    ...(attributesDigest === undefined ? {} : { MD5OfMessageAttributes: attributesDigest, MessageAttributes: attributes }),
  };
}
