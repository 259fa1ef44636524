import { requiredText, text } from '../members.ts';
import { queueKey, queueUrl, type QueueRecord } from '../queue-records.ts';
import type { SqsOperation } from '../sqs-context.ts';
import { queueDoesNotExist } from '../sqs-errors.ts';

/** GetQueueUrl, of the caller's account or of the one that is named. */
export const getQueueUrl: SqsOperation = async ({ store }, input, context) => {
  const name = requiredText(input, 'QueueName');
  const account = text(input, 'QueueOwnerAWSAccountId') ?? context.account;
  const found = await store.get<QueueRecord>(queueKey({ account, region: context.region }, name));
  if (!found) throw queueDoesNotExist();
  return { QueueUrl: queueUrl(context, found.body) };
};
