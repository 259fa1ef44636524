import { required } from '../../../wire/query/members.ts';
import { MESSAGE_ATTRIBUTES } from '../message-attributes.ts';
import { ARN } from '../member-rules.ts';
import { MESSAGE_BYTES_MAX, readPublication } from '../publication.ts';
import { publishMessages } from '../publish-messages.ts';
import { snsOperation } from '../sns-context.ts';
import { invalidParameter, snsError } from '../sns-errors.ts';
import { topicOfRequest } from './topics.ts';

const MESSAGE = {
  Message: required({ type: 'text' }),
  Subject: { type: 'text' },
  MessageStructure: { type: 'text' },
  MessageAttributes: MESSAGE_ATTRIBUTES,
  MessageGroupId: { type: 'text' },
  MessageDeduplicationId: { type: 'text' },
} as const;
const TEXT = { type: 'text' } as const;
const ENTRIES_MAX = 10;
const ENTRY_ID = /^[\w-]{1,80}$/;

/** Publishes a message to a topic. Answers when its deliveries are on disk. */
export const publish = snsOperation(
  { TopicArn: TEXT, TargetArn: TEXT, PhoneNumber: TEXT, ...MESSAGE },
  async (sns, { TopicArn, TargetArn, PhoneNumber, ...input }, context) => {
    if (PhoneNumber !== undefined) throw snsError('NotImplementedException', 'lambkin does not send to a PhoneNumber yet.');
    const arn = TopicArn ?? TargetArn;
    if (arn === undefined) throw invalidParameter('TopicArn or TargetArn Reason: no value for required parameter');
    if (TopicArn === undefined && arn.includes(':endpoint/'))
      throw invalidParameter('TargetArn Reason: No endpoint found for the target arn specified');
    const { topic, record } = await topicOfRequest(sns, arn, context);
    const [published] = await publishMessages(sns, topic, record, [readPublication(topic, record, input, context)]);
    return { MessageId: published?.messageId, SequenceNumber: published?.sequenceNumber };
  },
);

/** Publishes at most ten messages, all of them or none. Answers when their deliveries are on disk. */
export const publishBatch = snsOperation(
  {
    TopicArn: ARN,
    PublishBatchRequestEntries: required({
      type: 'list',
      countMax: 1_000,
      of: { type: 'structure', members: { Id: required({ type: 'text' }), ...MESSAGE } },
    }),
  },
  async (sns, { TopicArn, PublishBatchRequestEntries: entries }, context) => {
    const { topic, record } = await topicOfRequest(sns, TopicArn, context);
    checkEntries(entries.map(({ Id }) => Id));
    const publications = entries.map(({ Id: _id, ...input }) => readPublication(topic, record, input, context));
    if (publications.reduce((sum, { bytes }) => sum + bytes, 0) > MESSAGE_BYTES_MAX)
      throw snsError('BatchRequestTooLong', 'The length of all the messages put together is more than the limit.');
    const published = await publishMessages(sns, topic, record, publications);
    const Successful = entries.map(({ Id }, index) => ({
      Id,
      MessageId: published[index]?.messageId,
      SequenceNumber: published[index]?.sequenceNumber,
    }));
    return { Successful, Failed: [] };
  },
);

function checkEntries(ids: readonly string[]): void {
  if (ids.length === 0) throw snsError('EmptyBatchRequest', "The batch request doesn't contain any entries.");
  if (ids.length > ENTRIES_MAX)
    throw snsError('TooManyEntriesInBatchRequest', 'The batch request contains more entries than permissible.');
  if (ids.some((id) => !ENTRY_ID.test(id)))
    throw snsError('InvalidBatchEntryId', "The Id of a batch entry in a batch request doesn't abide by the specification.");
  if (new Set(ids).size < ids.length)
    throw snsError('BatchEntryIdsNotDistinct', 'Two or more batch entries in the request have the same Id.');
}
