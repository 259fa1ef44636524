import { missingParameter, sqsError } from '../sqs-errors.ts';
import { textMap, texts } from '../members.ts';
import { askedAttributes, checkAttributes, effectiveAttributes, mergedAttributes } from '../queue-attributes.ts';
import { existingDocument, existingQueue, eventQueueOf, isFifo, queueArn, rewriteQueue } from '../queue-records.ts';
import { checkRedrive } from '../redrive-policy.ts';
import type { SqsOperation } from '../sqs-context.ts';

/** GetQueueAttributes. The counts are exact at the time of the answer. */
export const getQueueAttributes: SqsOperation = async ({ store, queue }, input, context) => {
  const record = await existingQueue(store, input, context);
  const isAsked = askedAttributes(texts(input, 'AttributeNames'));
  const counts = isAsked('All') || [...COUNTS].some(isAsked) ? await queue.counts(eventQueueOf(record)) : undefined;
  const all = {
    QueueArn: queueArn(record),
    ApproximateNumberOfMessages: String(counts?.visible ?? 0),
    ApproximateNumberOfMessagesNotVisible: String(counts?.leased ?? 0),
    ApproximateNumberOfMessagesDelayed: String(counts?.delayed ?? 0),
    CreatedTimestamp: seconds(record.createdAtMs),
    LastModifiedTimestamp: seconds(record.modifiedAtMs),
    ...effectiveAttributes(record),
  };
  const asked = Object.entries(all).filter(([name]) => isAsked(name));
  return asked.length > 0 ? { Attributes: Object.fromEntries(asked) } : {};
};

const COUNTS = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed'];

function seconds(ms: number): string {
  return String(Math.floor(ms / 1_000));
}

/** SetQueueAttributes; in force for the next message, receive or check. */
export const setQueueAttributes: SqsOperation = async ({ store, clock }, input, context) => {
  const document = await existingDocument(store, input, context);
  const changes = textMap(input, 'Attributes');
  if (changes === undefined) throw missingParameter('Attributes');
  const record = document.body;
  if (changes['FifoQueue'] !== undefined) throw sqsError('InvalidAttributeName', 'Unknown Attribute FifoQueue.');
  checkAttributes(changes, isFifo(record));
  await checkRedrive(store, record, changes);
  await rewriteQueue(store, document, {
    attributes: mergedAttributes(record.attributes, changes),
    modifiedAtMs: clock.now(),
  });
  return {};
};
