import { ServiceError } from '../../model/service-error.ts';

/** Errors of CloudWatch Logs' API reference that this service gives. */
export type LogErrorCode =
  | 'InvalidParameterException'
  | 'LimitExceededException'
  | 'ResourceAlreadyExistsException'
  | 'ResourceNotFoundException'
  | 'TooManyTagsException'
  | 'ValidationException';

/** Makes an error of CloudWatch Logs, ready to be thrown; all of them are answered with 400. */
export function logError(code: LogErrorCode, message: string): ServiceError {
  return new ServiceError({ code, status: 400, message, typeMember: false });
}

/** The answer to a call that names a group that isn't there. */
export function groupNotFound(): ServiceError {
  return logError('ResourceNotFoundException', 'The specified log group does not exist.');
}

/** The answer to a call that names a stream that isn't there. */
export function streamNotFound(): ServiceError {
  return logError('ResourceNotFoundException', 'The specified log stream does not exist.');
}
