import { ServiceError } from '../../model/service-error.ts';

/** How an error is spelled in the query protocol, and its status there; JSON answers are 400 always. */
const QUERY_SPELLINGS = {
  InvalidAddress: ['InvalidAddress', 404],
  OverLimit: ['OverLimit', 403],
  QueueDoesNotExist: ['AWS.SimpleQueueService.NonExistentQueue', 400],
  UnsupportedOperation: ['AWS.SimpleQueueService.UnsupportedOperation', 400],
  ResourceNotFoundException: ['ResourceNotFoundException', 404],
  MessageNotInflight: ['AWS.SimpleQueueService.MessageNotInflight', 400],
  ReceiptHandleIsInvalid: ['ReceiptHandleIsInvalid', 404],
  BatchEntryIdsNotDistinct: ['AWS.SimpleQueueService.BatchEntryIdsNotDistinct', 400],
  EmptyBatchRequest: ['AWS.SimpleQueueService.EmptyBatchRequest', 400],
  InvalidBatchEntryId: ['AWS.SimpleQueueService.InvalidBatchEntryId', 400],
  TooManyEntriesInBatchRequest: ['AWS.SimpleQueueService.TooManyEntriesInBatchRequest', 400],
  BatchRequestTooLong: ['AWS.SimpleQueueService.BatchRequestTooLong', 400],
  InvalidAttributeName: ['InvalidAttributeName', 400],
  InvalidAttributeValue: ['InvalidAttributeValue', 400],
  QueueNameExists: ['QueueAlreadyExists', 400],
  PurgeQueueInProgress: ['AWS.SimpleQueueService.PurgeQueueInProgress', 403],
  InvalidMessageContents: ['InvalidMessageContents', 400],
  InvalidParameterValueException: ['InvalidParameterValue', 400],
  MissingRequiredParameterException: ['MissingParameter', 400],
} as const satisfies Readonly<Record<string, readonly [string, number]>>;

/** Errors of the SQS API, as JSON spells them. */
export type SqsErrorCode = keyof typeof QUERY_SPELLINGS;

/** The last two are of the framework below SQS and have its namespace. */
const FRAMEWORK_CODES: ReadonlySet<string> = new Set(['InvalidParameterValueException', 'MissingRequiredParameterException']);

/** Makes an error of SQS, ready to be thrown. */
export function sqsError(code: SqsErrorCode, message: string): ServiceError {
  return new ServiceError({ code, status: 400, message });
}

/** A parameter's value that is not allowed. */
export function invalidValue(message: string): ServiceError {
  return sqsError('InvalidParameterValueException', message);
}

/** A parameter that must be there and is not. */
export function missingParameter(name: string): ServiceError {
  return sqsError('MissingRequiredParameterException', `The request must contain the parameter ${name}.`);
}

/** The answer to a call that names a queue that isn't there. */
export function queueDoesNotExist(): ServiceError {
  return sqsError('QueueDoesNotExist', 'The specified queue does not exist.');
}

/** The code that the query protocol and entries of batches have for an error. */
export function queryCodeOf(code: string): string {
  return isSqsCode(code) ? QUERY_SPELLINGS[code][0] : code;
}

/** The error as the JSON protocol sends it: with its namespace, and the query protocol's code in a header for old clients. */
export function jsonErrorOf(error: ServiceError): ServiceError {
  if (!isSqsCode(error.code)) return error;
  const namespace = FRAMEWORK_CODES.has(error.code) ? 'com.amazon.coral.service' : 'com.amazonaws.sqs';
  return new ServiceError({
    code: `${namespace}#${error.code}`,
    status: error.status,
    message: error.message,
    headers: { 'x-amzn-query-error': `${queryCodeOf(error.code)};Sender` },
  });
}

/** The error as the query protocol sends it. */
export function queryErrorOf(error: ServiceError): ServiceError {
  if (!isSqsCode(error.code)) return error;
  const [code, status] = QUERY_SPELLINGS[error.code];
  const message =
    error.code === 'QueueDoesNotExist' ? 'The specified queue does not exist for this wsdl version.' : error.message;
  return new ServiceError({ code, status, message });
}

function isSqsCode(code: string): code is SqsErrorCode {
  return Object.hasOwn(QUERY_SPELLINGS, code);
}
