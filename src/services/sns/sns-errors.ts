import { ServiceError } from '../../model/service-error.ts';

/** Status by error of SNS's API reference. */
const STATUS = {
  AuthorizationError: 403,
  BatchEntryIdsNotDistinct: 400,
  BatchRequestTooLong: 400,
  ConcurrentAccess: 400,
  EmptyBatchRequest: 400,
  InvalidBatchEntryId: 400,
  InvalidParameter: 400,
  NotFound: 404,
  NotImplementedException: 501,
  ParameterValueInvalid: 400,
  ResourceNotFound: 404,
  SubscriptionLimitExceeded: 403,
  TagLimitExceeded: 400,
  TooManyEntriesInBatchRequest: 400,
} as const;

/** Makes an error of SNS, ready to be thrown. */
export function snsError(code: keyof typeof STATUS, message: string): ServiceError {
  return new ServiceError({ code, status: STATUS[code], message });
}

/** `Invalid parameter: REASON` */
export function invalidParameter(reason: string): ServiceError {
  return snsError('InvalidParameter', `Invalid parameter: ${reason}`);
}
