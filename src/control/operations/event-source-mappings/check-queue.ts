import { lambdaError } from '../../../model/lambda-errors.ts';
import { ServiceError } from '../../../model/service-error.ts';
import type { QueueDescription } from '../../../ports/message-queue.ts';
import type { ControlContext } from '../../control-context.ts';
import { invalid } from '../../settings/invalid.ts';
import type { EventSourceMappingDocument } from './mapping-document.ts';
import type { MappedFunction } from './mapped-function.ts';

/**
 * Holds a queue against the function that it is to feed; other sources are not looked at. Throws
 * InvalidParameterValueException where the queue does not exist or shows messages again while the function may still be
 * at them, and ServiceException where a queue of another endpoint can't be asked.
 */
export async function checkQueue(
  { queues }: Pick<ControlContext, 'queues'>,
  { source, settings }: Pick<EventSourceMappingDocument, 'source' | 'settings'>,
  { timeoutSeconds }: MappedFunction,
): Promise<void> {
  if (source !== 'sqs' && source !== 'sqs-fifo') return;
  const { visibilityTimeoutSeconds } = await describe(queues, settings.EventSourceArn ?? '');
  if (visibilityTimeoutSeconds < timeoutSeconds) {
    throw invalid(
      `Queue visibility timeout: ${visibilityTimeoutSeconds} seconds is less than Function timeout: ${timeoutSeconds} seconds`,
    );
  }
}

async function describe(queues: ControlContext['queues'], queueArn: string): Promise<QueueDescription> {
  try {
    return await queues.describe(queueArn);
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'QueueDoesNotExist')
      throw lambdaError('ServiceException', `The queue ${queueArn} could not be asked: ${(error as Error).message}`);
    throw invalid(
      'Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: ' +
        'The specified queue does not exist.',
    );
  }
}
