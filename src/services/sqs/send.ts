import { createHash } from 'node:crypto';
import type { Enqueued, NewEvent } from '../../ports/event-queue.ts';
import { attributesBytes, attributesMd5, readAttributes, type WireAttributes } from './message-attributes.ts';
import { integer, type Members, text } from './members.ts';
import { numberOf } from './queue-attributes.ts';
import { eventQueueOf, isFifo, type QueueRecord } from './queue-records.ts';
import type { SqsContext } from './sqs-context.ts';
import { invalidValue, missingParameter, sqsError } from './sqs-errors.ts';

/** A message that has been checked. */
export interface Outgoing {
  readonly event: NewEvent;
  readonly bytes: number;
  readonly md5OfBody: string;
  readonly md5OfAttributes?: string;
  readonly md5OfSystemAttributes?: string;
}

/** What is kept beside a message's body. */
export interface KeptMessage {
  readonly sender: string;
  readonly attributes?: WireAttributes;
  readonly trace?: string;
  readonly group?: string;
  readonly deduplicationId?: string;
}

const DEDUPLICATION_MS = 300_000;
const ID = /^[A-Za-z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]{1,128}$/;
// XML's own characters (XML 1.0, section 2.2), lone surrogates not among them.
const UNSENDABLE = /[^\u{9}\u{a}\u{d}\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;

/** Who sends a message. */
export interface Sender {
  readonly account: string;
  /** Of the request, which an SDK inside a function sends; the message carries it on unless it has one of its own. */
  readonly traceHeader?: string;
}

/** Checks a message for a queue and makes the event of it. Throws what SQS answers. */
export function outgoingMessage(sqs: SqsContext, queue: QueueRecord, input: Members, sender: Sender): Outgoing {
  const body = text(input, 'MessageBody');
  if (body === undefined || body === '') throw missingParameter('MessageBody');
  if (UNSENDABLE.test(body)) {
    throw sqsError(
      'InvalidMessageContents',
      'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF',
    );
  }
  const attributes = readAttributes(input['MessageAttributes']);
  const system = readAttributes(input['MessageSystemAttributes']);
  const trace = traceOf(system) ?? sender.traceHeader;
  const payload = Buffer.from(body);
  const bytes = payload.length + attributesBytes(attributes);
  const bytesMax = numberOf(queue, 'MaximumMessageSize');
  if (bytes > bytesMax)
    throw invalidValue(`One or more parameters are invalid. Reason: Message must be shorter than ${bytesMax} bytes.`);
  const order = orderOf(queue, input, payload);
  const kept: KeptMessage = {
    sender: sender.account,
    ...(Object.keys(attributes).length > 0 ? { attributes } : {}),
    ...(trace === undefined ? {} : { trace }),
    ...order.kept,
  };
  const nowMs = sqs.clock.now();
  const md5OfAttributes = attributesMd5(attributes);
  const md5OfSystemAttributes = attributesMd5(system);
  return {
    event: {
      id: sqs.ids.uuid(),
      queue: eventQueueOf(queue),
      visibleAtMs: nowMs + delaySecondsOf(queue, input) * 1_000,
      attributes: kept,
      payload,
      ...order.event(nowMs),
    },
    bytes,
    md5OfBody: md5(payload),
    ...(md5OfAttributes === undefined ? {} : { md5OfAttributes }),
    ...(md5OfSystemAttributes === undefined ? {} : { md5OfSystemAttributes }),
  };
}

/** What the sender is told of a message that is durable. */
export function sentAnswer(outgoing: Outgoing, { id, number }: Enqueued): Members {
  const { md5OfAttributes, md5OfSystemAttributes } = outgoing;
  return {
    MessageId: id,
    MD5OfMessageBody: outgoing.md5OfBody,
    ...(md5OfAttributes === undefined ? {} : { MD5OfMessageAttributes: md5OfAttributes }),
    ...(md5OfSystemAttributes === undefined ? {} : { MD5OfMessageSystemAttributes: md5OfSystemAttributes }),
    ...(number === undefined ? {} : { SequenceNumber: sequenceNumber(number) }),
  };
}

const FIRST_SEQUENCE_NUMBER = 18_850_000_000_000_000_000n;

/** Twenty digits, as AWS's are. */
export function sequenceNumber(number: number): string {
  return String(FIRST_SEQUENCE_NUMBER + BigInt(number));
}

/** MD5 in hex; SQS's clients check bodies by it. */
export function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

function traceOf(system: WireAttributes): string | undefined {
  for (const name of Object.keys(system)) {
    if (name === 'AWSTraceHeader' && system[name]?.StringValue !== undefined) continue;
    throw invalidValue(`Message system attribute name '${name}' is invalid.`);
  }
  return system['AWSTraceHeader']?.StringValue;
}

function delaySecondsOf(queue: QueueRecord, input: Members): number {
  const delay = integer(input, 'DelaySeconds', 0, 900, 'DelaySeconds must be >= 0 and <= 900.');
  if (isFifo(queue) && delay !== undefined && delay > 0) {
    throw invalidValue(
      `Value ${delay} for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.`,
    );
  }
  return isFifo(queue) ? numberOf(queue, 'DelaySeconds') : (delay ?? numberOf(queue, 'DelaySeconds'));
}

interface Order {
  readonly kept: Pick<KeptMessage, 'group' | 'deduplicationId'>;
  event(nowMs: number): Partial<NewEvent>;
}

/** Group and deduplication. A standard queue only tells the group to its receivers (fair queues). */
function orderOf(queue: QueueRecord, input: Members, payload: Uint8Array): Order {
  const group = idOf(input, 'MessageGroupId');
  const given = idOf(input, 'MessageDeduplicationId');
  if (!isFifo(queue)) {
    if (given !== undefined) {
      throw invalidValue(
        `Value ${given} for parameter MessageDeduplicationId is invalid. Reason: The request include parameter that is not valid for this queue type.`,
      );
    }
    return { kept: group === undefined ? {} : { group }, event: () => ({}) };
  }
  if (group === undefined) throw missingParameter('MessageGroupId');
  const byContent = queue.attributes['ContentBasedDeduplication'] === 'true';
  const deduplicationId = given ?? (byContent ? createHash('sha256').update(payload).digest('hex') : undefined);
  if (deduplicationId === undefined) {
    throw invalidValue(
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    );
  }
  const scope = queue.attributes['DeduplicationScope'] === 'messageGroup' ? `${group} ${deduplicationId}` : deduplicationId;
  return {
    kept: { group, deduplicationId },
    event: (nowMs) => ({ group, numbered: true, deduplication: { id: scope, untilMs: nowMs + DEDUPLICATION_MS } }),
  };
}

function idOf(input: Members, name: string): string | undefined {
  const id = text(input, name);
  if (id !== undefined && !ID.test(id)) {
    throw invalidValue(
      `Value ${id.slice(0, 128)} for parameter ${name} is invalid. Reason: ${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
    );
  }
  return id;
}
