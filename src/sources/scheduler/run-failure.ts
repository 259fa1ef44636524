import { ServiceError } from '../../model/service-error.ts';
import { isPassing } from '../../invoke/async/attempt-outcome.ts';
import { TargetTimeout } from '../events/delivery-failure.ts';
import { UniversalRequestError } from './universal-request.ts';

/** Why a target was not run: the error of its API, and whether another try may help. */
export interface RunFailure {
  readonly code: string;
  readonly message: string;
  readonly isPassing: boolean;
}

/** What SQS calls a queue that is not there in the protocol that dead-letter messages quote. */
const NO_QUEUE: RunFailure = {
  code: 'AWS.SimpleQueueService.NonExistentQueue',
  message: 'The specified queue does not exist for this wsdl version.',
  isPassing: false,
};

/** What an error of a target says. Source of the words: EventBridge Scheduler's page on dead-letter queues. */
export function runFailureOf(error: unknown): RunFailure {
  if (error instanceof TargetTimeout) return { code: 'RequestTimeout', message: error.message, isPassing: true };
  if (error instanceof UniversalRequestError)
    return { code: 'ValidationException', message: `Invalid RequestJson provided. Reason: ${error.message}`, isPassing: false };
  // What broke inside of the server is nobody else's business.
  if (!(error instanceof ServiceError))
    return { code: 'InternalServerException', message: 'the target could not be reached', isPassing: true };
  if (error.code === 'QueueDoesNotExist') return NO_QUEUE;
  return { code: error.code, message: error.message === '' ? error.code : error.message, isPassing: isPassing(error) };
}
