import type { MoveTarget } from '../../../ports/event-queue.ts';
import { integer, requiredText, text } from '../members.ts';
import { everyQueue, eventQueueOf, isFifo, queueArn, queueOfArn, type QueueRecord } from '../queue-records.ts';
import { redrivePolicyOf } from '../redrive-policy.ts';
import type { SqsContext, SqsOperation } from '../sqs-context.ts';
import { invalidValue, sqsError } from '../sqs-errors.ts';

const NO_RESOURCE = "The resource that you specified for the SourceArn parameter doesn't exist.";

/** StartMessageMoveTask: back to where the messages came from, or to one queue. */
export const startMessageMoveTask: SqsOperation = async (sqs, input) => {
  const source = await sourceQueue(sqs, requiredText(input, 'SourceArn'));
  const destinationArn = text(input, 'DestinationArn');
  const perSecondMax = integer(
    input,
    'MaxNumberOfMessagesPerSecond',
    1,
    500,
    'MaxNumberOfMessagesPerSecond must be an integer between 1 and 500.',
  );
  const origins = await sourcesOf(sqs, source);
  if (origins.length === 0) throw invalidValue('Source queue must be configured as a Dead Letter Queue.');
  const target: MoveTarget =
    destinationArn === undefined
      ? { origins: origins.map(eventQueueOf) }
      : { to: eventQueueOf(await destinationQueue(sqs, source, destinationArn)) };
  const taskId = await sqs.moves.start(source, target, {
    ...(destinationArn === undefined ? {} : { destinationArn }),
    ...(perSecondMax === undefined ? {} : { perSecondMax }),
  });
  if (taskId !== undefined) return { TaskHandle: taskHandle(taskId, queueArn(source)) };
  throw sqsError(
    'UnsupportedOperation',
    'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
  );
};

/** CancelMessageMoveTask. */
export const cancelMessageMoveTask: SqsOperation = async (sqs, input) => {
  const { taskId, sourceArn } = readTaskHandle(requiredText(input, 'TaskHandle'));
  const source = await queueOfArn(sqs.store, sourceArn);
  if (!source) throw sqsError('ResourceNotFoundException', 'Task does not exist.');
  const moved = await sqs.moves.cancel(source, taskId);
  if (moved !== undefined) return { ApproximateNumberOfMessagesMoved: moved };
  const isKnown = (await sqs.moves.list(source)).some((task) => task.taskId === taskId);
  if (!isKnown) throw sqsError('ResourceNotFoundException', 'Task does not exist.');
  throw sqsError('UnsupportedOperation', 'Active task not found.');
};

/** ListMessageMoveTasks, the newest first. */
export const listMessageMoveTasks: SqsOperation = async (sqs, input) => {
  const source = await sourceQueue(sqs, requiredText(input, 'SourceArn'));
  const countMax = integer(input, 'MaxResults', 1, 10, 'MaxResults must be an integer between 1 and 10.') ?? 1;
  const tasks = (await sqs.moves.list(source)).slice(0, countMax);
  return {
    Results: tasks.map((task) => ({
      ...(task.status === 'RUNNING' ? { TaskHandle: taskHandle(task.taskId, task.sourceArn) } : {}),
      Status: task.status,
      SourceArn: task.sourceArn,
      ...(task.destinationArn === undefined ? {} : { DestinationArn: task.destinationArn }),
      ...(task.perSecondMax === undefined ? {} : { MaxNumberOfMessagesPerSecond: task.perSecondMax }),
      ApproximateNumberOfMessagesMoved: task.moved,
      ApproximateNumberOfMessagesToMove: task.toMove,
      ...(task.failureReason === undefined ? {} : { FailureReason: task.failureReason }),
      StartedTimestamp: task.startedAtMs,
    })),
  };
};

async function sourceQueue(sqs: SqsContext, arn: string): Promise<QueueRecord> {
  const source = await queueOfArn(sqs.store, arn);
  if (!source) throw sqsError('ResourceNotFoundException', NO_RESOURCE);
  return source;
}

async function destinationQueue(sqs: SqsContext, source: QueueRecord, arn: string): Promise<QueueRecord> {
  const destination = await queueOfArn(sqs.store, arn);
  if (!destination) {
    throw sqsError(
      'ResourceNotFoundException',
      "The resource that you specified for the DestinationArn parameter doesn't exist.",
    );
  }
  if (arn === queueArn(source)) throw invalidValue('Source queue arn and destination queue arn cannot be the same.');
  if (isFifo(destination) !== isFifo(source)) throw invalidValue('Source queue and destination queue must be of the same type.');
  return destination;
}

async function sourcesOf(sqs: SqsContext, target: QueueRecord): Promise<QueueRecord[]> {
  const sources: QueueRecord[] = [];
  for await (const record of everyQueue(sqs.store, target)) {
    if (redrivePolicyOf(record)?.deadLetterTargetArn === queueArn(target)) sources.push(record);
  }
  return sources;
}

function taskHandle(taskId: string, sourceArn: string): string {
  return Buffer.from(JSON.stringify({ taskId, sourceArn })).toString('base64');
}

function readTaskHandle(handle: string): { readonly taskId: string; readonly sourceArn: string } {
  try {
    const { taskId, sourceArn } = JSON.parse(Buffer.from(handle, 'base64').toString()) as Record<string, unknown>;
    if (typeof taskId === 'string' && typeof sourceArn === 'string') return { taskId, sourceArn };
  } catch {
    // Answered below.
  }
  throw invalidValue('Value for parameter TaskHandle is invalid.');
}
