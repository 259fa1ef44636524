import { ServiceError } from '../../model/service-error.ts';
import type { RequestContext } from '../../wire/service.ts';
import type { Members } from './members.ts';
import { changeMessageVisibility, changeMessageVisibilityBatch } from './operations/change-message-visibility.ts';
import { createQueue } from './operations/create-queue.ts';
import { deleteMessage, deleteMessageBatch } from './operations/delete-message.ts';
import { deleteQueue, purgeQueue } from './operations/delete-queue.ts';
import { getQueueUrl } from './operations/get-queue-url.ts';
import { listDeadLetterSourceQueues, listQueues } from './operations/list-queues.ts';
import { cancelMessageMoveTask, listMessageMoveTasks, startMessageMoveTask } from './operations/message-move-tasks.ts';
import { addPermission, removePermission } from './operations/permissions.ts';
import { getQueueAttributes, setQueueAttributes } from './operations/queue-attributes.ts';
import { receiveMessage } from './operations/receive-message.ts';
import { sendMessage, sendMessageBatch } from './operations/send-message.ts';
import { listQueueTags, tagQueue, untagQueue } from './operations/tags.ts';
import { fromForm, toXml } from './query-shapes.ts';
import type { SqsContext, SqsOperation } from './sqs-context.ts';
import { jsonErrorOf, queryErrorOf } from './sqs-errors.ts';
import type { QueryMembers } from '../../wire/query/form.ts';
import type { QueryStructure } from '../../wire/query/xml.ts';

/** The operations, by name. */
export const SQS_BUILT: Readonly<Record<string, SqsOperation>> = {
  AddPermission: addPermission,
  CancelMessageMoveTask: cancelMessageMoveTask,
  ChangeMessageVisibility: changeMessageVisibility,
  ChangeMessageVisibilityBatch: changeMessageVisibilityBatch,
  CreateQueue: createQueue,
  DeleteMessage: deleteMessage,
  DeleteMessageBatch: deleteMessageBatch,
  DeleteQueue: deleteQueue,
  GetQueueAttributes: getQueueAttributes,
  GetQueueUrl: getQueueUrl,
  ListDeadLetterSourceQueues: listDeadLetterSourceQueues,
  ListMessageMoveTasks: listMessageMoveTasks,
  ListQueueTags: listQueueTags,
  ListQueues: listQueues,
  PurgeQueue: purgeQueue,
  ReceiveMessage: receiveMessage,
  RemovePermission: removePermission,
  SendMessage: sendMessage,
  SendMessageBatch: sendMessageBatch,
  SetQueueAttributes: setQueueAttributes,
  StartMessageMoveTask: startMessageMoveTask,
  TagQueue: tagQueue,
  UntagQueue: untagQueue,
};

type JsonHandler = (input: Members, context: RequestContext) => Promise<{ output: object }>;
type FormHandler = (input: QueryMembers, context: RequestContext) => Promise<QueryStructure | undefined>;

/** The operations as the JSON protocol calls them. */
export function jsonHandlers(sqs: SqsContext): Readonly<Record<string, JsonHandler>> {
  return bound((operation) => async (input: Members, context: RequestContext) => {
    try {
      return { output: await operation(sqs, input, context) };
    } catch (error) {
      throw error instanceof ServiceError ? jsonErrorOf(error) : error;
    }
  });
}

/** The operations as the query protocol calls them; a queue's URL may be the address of the request. */
export function formHandlers(sqs: SqsContext): Readonly<Record<string, FormHandler>> {
  return bound((operation, name) => async (form: QueryMembers, context: RequestContext) => {
    try {
      const addressed = context.path.length > 1 && name !== 'CreateQueue' ? { QueueUrl: context.path } : {};
      return toXml(name, await operation(sqs, { ...addressed, ...fromForm(name, form) }, context));
    } catch (error) {
      throw error instanceof ServiceError ? queryErrorOf(error) : error;
    }
  });
}

function bound<Handler>(bind: (operation: SqsOperation, name: string) => Handler): Readonly<Record<string, Handler>> {
  return Object.fromEntries(Object.entries(SQS_BUILT).map(([name, operation]) => [name, bind(operation, name)]));
}
