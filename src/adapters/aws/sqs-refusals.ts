import { ServiceError } from '../../model/service-error.ts';

/** Errors by which SQS refuses a message or a request for good, as either of its protocols spells them. */
const REFUSALS: ReadonlySet<string> = new Set([
  'BatchRequestTooLong',
  'InvalidAddress',
  'InvalidAttributeName',
  'InvalidAttributeValue',
  'InvalidMessageContents',
  'InvalidParameterValue',
  'InvalidParameterValueException',
  'MissingParameter',
  'MissingRequiredParameterException',
  'ReceiptHandleIsInvalid',
  'UnsupportedOperation',
]);
const MISSING: ReadonlySet<string> = new Set(['QueueDoesNotExist', 'NonExistentQueue']);

/**
 * What an error of the SDK is to the users of the port: a ServiceError where SQS itself refuses, which trying again would
 * not help. Whatever else there is may be over later, wrong or expired credentials included, and stays an ordinary error.
 */
export function asPortError(error: unknown): Error {
  const found = error instanceof Error ? error : new Error(String(error));
  const code = found.name.replace(/^AWS\.SimpleQueueService\./, '');
  if (MISSING.has(code)) {
    return new ServiceError({ code: 'QueueDoesNotExist', status: 400, message: 'The specified queue does not exist.' });
  }
  if (REFUSALS.has(code)) return new ServiceError({ code, status: 400, message: found.message });
  return found;
}

/** Whether an error says that there is no such queue. */
export function isQueueMissing(error: unknown): boolean {
  return error instanceof ServiceError && error.code === 'QueueDoesNotExist';
}
