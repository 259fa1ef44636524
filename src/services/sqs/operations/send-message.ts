import { batchEntries, perEntry } from '../batch.ts';
import { existingQueue } from '../queue-records.ts';
import { outgoingMessage, sentAnswer } from '../send.ts';
import type { SqsOperation } from '../sqs-context.ts';
import { sqsError } from '../sqs-errors.ts';

const BATCH_BYTES_MAX = 1_048_576;

/** SendMessage. Answers when the message is on disk. */
export const sendMessage: SqsOperation = async (sqs, input, context) => {
  const queue = await existingQueue(sqs.store, input, context);
  const outgoing = outgoingMessage(sqs, queue, input, context);
  const [enqueued] = await sqs.queue.enqueue([outgoing.event]);
  return sentAnswer(outgoing, enqueued ?? outgoing.event);
};

/** SendMessageBatch. What is fit to be sent is sent together, in the order of the entries. */
export const sendMessageBatch: SqsOperation = async (sqs, input, context) => {
  const queue = await existingQueue(sqs.store, input, context);
  const entries = batchEntries(input, 'SendMessageBatchRequestEntry');
  const { done, failed } = await perEntry(entries, ({ members }) => outgoingMessage(sqs, queue, members, context));
  const bytes = done.reduce((sum, { value }) => sum + value.bytes, 0);
  if (bytes > BATCH_BYTES_MAX) {
    const message = `Batch requests cannot be longer than ${BATCH_BYTES_MAX} bytes. You have sent ${bytes} bytes.`;
    throw sqsError('BatchRequestTooLong', message);
  }
  const enqueued = done.length > 0 ? await sqs.queue.enqueue(done.map(({ value }) => value.event)) : [];
  return {
    Successful: done.map(({ id, value }, index) => ({ Id: id, ...sentAnswer(value, enqueued[index] ?? value.event) })),
    ...(failed.length > 0 ? { Failed: failed } : {}),
  };
};
