import { batchEntries, perEntry } from '../batch.ts';
import { integer, type Members, requiredText } from '../members.ts';
import { existingQueue, type QueueRecord } from '../queue-records.ts';
import { changeVisibilityByHandle } from '../settle.ts';
import type { SqsContext, SqsOperation } from '../sqs-context.ts';
import { invalidValue, missingParameter } from '../sqs-errors.ts';

/** ChangeMessageVisibility. Zero shows the message at once. */
export const changeMessageVisibility: SqsOperation = async (sqs, input, context) => {
  await change(sqs, await existingQueue(sqs.store, input, context), input);
  return {};
};

/** ChangeMessageVisibilityBatch. */
export const changeMessageVisibilityBatch: SqsOperation = async (sqs, input, context) => {
  const queue = await existingQueue(sqs.store, input, context);
  const entries = batchEntries(input, 'ChangeMessageVisibilityBatchRequestEntry');
  const { done, failed } = await perEntry(entries, ({ members }) => change(sqs, queue, members));
  return { Successful: done.map(({ id }) => ({ Id: id })), ...(failed.length > 0 ? { Failed: failed } : {}) };
};

async function change(sqs: SqsContext, queue: QueueRecord, input: Members): Promise<void> {
  const handle = requiredText(input, 'ReceiptHandle');
  const seconds = integer(input, 'VisibilityTimeout', 0, 43_200, 'VisibilityTimeout must be an integer between 0 and 43200.');
  if (seconds === undefined) throw missingParameter('VisibilityTimeout');
  if (await changeVisibilityByHandle(sqs, queue, handle, seconds)) return;
  throw invalidValue(
    `Value ${handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
  );
}
