import { createHash } from 'node:crypto';
import type { RequestContext } from '../../wire/service.ts';
import { attributeBytes, readMessageAttributes, type SnsAttributes } from './message-attributes.ts';
import { isFifo, type Protocol, type TopicName, type TopicRecord } from './records.ts';
import { invalidParameter } from './sns-errors.ts';

/** A message that a topic can take, before it has an id. */
export interface Publication {
  /** As it was given, or the default of the texts by protocol. */
  readonly message: string;
  /** Texts for some protocols, which go before `message`. */
  readonly byProtocol: Readonly<Record<string, string>>;
  readonly subject?: string;
  readonly attributes: SnsAttributes;
  readonly groupId?: string;
  /** Of FIFO topics always set. */
  readonly deduplicationId?: string;
  readonly traceHeader?: string;
  /** What it counts for of the size of a request. */
  readonly bytes: number;
}

/** Members of Publish and of an entry of PublishBatch. */
export interface PublishInput {
  readonly Message: string;
  readonly Subject?: string;
  readonly MessageStructure?: string;
  readonly MessageAttributes?: Parameters<typeof readMessageAttributes>[0];
  readonly MessageGroupId?: string;
  readonly MessageDeduplicationId?: string;
}

/** Bytes of a message with its attributes, and of all of a batch together. Source: SNS quotas. */
export const MESSAGE_BYTES_MAX = 262_144;
const SUBJECT_CHARACTERS_MAX = 100;
const ID = /^[!-~]{1,128}$/;

/** Checks a message against its topic. Throws InvalidParameter and ParameterValueInvalid in AWS's words. */
export function readPublication(
  topic: TopicName,
  record: TopicRecord,
  input: PublishInput,
  context: RequestContext,
): Publication {
  const { Message, Subject, MessageStructure, MessageAttributes = {}, MessageGroupId } = input;
  if (Message === '') throw invalidParameter('Empty message');
  if (Subject !== undefined && !isSubject(Subject)) throw invalidParameter('Subject');
  const attributes = readMessageAttributes(MessageAttributes);
  const bytes = Buffer.byteLength(Message) + attributeBytes(attributes);
  if (bytes > MESSAGE_BYTES_MAX) throw invalidParameter('Message too long');
  const deduplicationId = deduplicationIdOf(topic, record, input);
  return {
    ...textsOf(Message, MessageStructure),
    attributes,
    bytes,
    ...(Subject === undefined ? {} : { subject: Subject }),
    ...(MessageGroupId === undefined ? {} : { groupId: MessageGroupId }),
    ...(deduplicationId === undefined ? {} : { deduplicationId }),
    ...(context.traceHeader === undefined ? {} : { traceHeader: context.traceHeader }),
  };
}

/** The text that subscribers of a protocol get. */
export function textFor(publication: Publication, protocol: Protocol): string {
  const { byProtocol, message } = publication;
  return (Object.hasOwn(byProtocol, protocol) ? byProtocol[protocol] : undefined) ?? message;
}

/** At most 100 characters in one line, not beginning with a space. */
function isSubject(text: string): boolean {
  return text !== '' && text.length <= SUBJECT_CHARACTERS_MAX && !/[\p{Cc}]/u.test(text) && !/^\s/.test(text);
}

function deduplicationIdOf(topic: TopicName, { attributes }: TopicRecord, input: PublishInput): string | undefined {
  const { Message, MessageGroupId, MessageDeduplicationId } = input;
  if (MessageGroupId !== undefined && !ID.test(MessageGroupId)) throw invalidParameter('MessageGroupId');
  if (MessageDeduplicationId !== undefined && !ID.test(MessageDeduplicationId)) throw invalidParameter('MessageDeduplicationId');
  if (!isFifo(topic.name)) {
    if (MessageDeduplicationId === undefined) return undefined;
    throw invalidParameter(
      'MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type',
    );
  }
  if (MessageGroupId === undefined) throw invalidParameter('The MessageGroupId parameter is required for FIFO topics');
  if (MessageDeduplicationId !== undefined) return MessageDeduplicationId;
  if (attributes['ContentBasedDeduplication']?.toLowerCase() === 'true')
    return createHash('sha256').update(Message).digest('hex');
  throw invalidParameter(
    'The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
  );
}

function textsOf(message: string, structure: string | undefined): Pick<Publication, 'message' | 'byProtocol'> {
  if (structure === undefined || structure === '') return { message, byProtocol: {} };
  if (structure !== 'json') throw invalidParameter(`Invalid Message Structure parameter: ${structure.slice(0, 128)}`);
  let value: unknown;
  try {
    value = JSON.parse(message);
  } catch {
    throw invalidParameter('Message Structure - JSON message body failed to parse');
  }
  const entries = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const byProtocol = Object.fromEntries(texts);
  const fallback = Object.hasOwn(byProtocol, 'default') ? byProtocol['default'] : undefined;
  if (fallback === undefined) throw invalidParameter('Message Structure - No default entry in JSON message body');
  return { message: fallback, byProtocol };
}
