import { existingDocument, existingQueue, eventQueueOf } from '../queue-records.ts';
import type { SqsOperation } from '../sqs-context.ts';
import { sqsError } from '../sqs-errors.ts';

/** DeleteQueue, with its messages. The name is free again at once. */
export const deleteQueue: SqsOperation = async (sqs, input, context) => {
  const { key, body } = await existingDocument(sqs.store, input, context);
  await sqs.store.commit([{ remove: key }]);
  await sqs.queue.purge(eventQueueOf(body));
  return {};
};

/** PurgeQueue, once a minute. Messages in flight go too. */
export const purgeQueue: SqsOperation = async (sqs, input, context) => {
  const record = await existingQueue(sqs.store, input, context);
  const name = eventQueueOf(record);
  if (!sqs.purges.begin(name)) {
    throw sqsError('PurgeQueueInProgress', `Only one PurgeQueue operation on ${record.name} is allowed every 60 seconds.`);
  }
  await sqs.queue.purge(name);
  return {};
};
