import { batchEntries, perEntry } from '../batch.ts';
import { requiredText } from '../members.ts';
import { existingQueue } from '../queue-records.ts';
import { readReceiptHandle } from '../receipt-handle.ts';
import { deleteByHandles } from '../settle.ts';
import type { SqsOperation } from '../sqs-context.ts';

/** DeleteMessage. A handle that no longer counts is no error. */
export const deleteMessage: SqsOperation = async (sqs, input, context) => {
  const queue = await existingQueue(sqs.store, input, context);
  await deleteByHandles(sqs, queue, [requiredText(input, 'ReceiptHandle')]);
  return {};
};

/** DeleteMessageBatch, in one write. */
export const deleteMessageBatch: SqsOperation = async (sqs, input, context) => {
  const queue = await existingQueue(sqs.store, input, context);
  const entries = batchEntries(input, 'DeleteMessageBatchRequestEntry');
  const { done, failed } = await perEntry(entries, ({ members }) => {
    const handle = requiredText(members, 'ReceiptHandle');
    readReceiptHandle(handle);
    return handle;
  });
  await deleteByHandles(
    sqs,
    queue,
    done.map(({ value }) => value),
  );
  return { Successful: done.map(({ id }) => ({ Id: id })), ...(failed.length > 0 ? { Failed: failed } : {}) };
};
