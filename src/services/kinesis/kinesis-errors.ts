import { ServiceError } from '../../model/service-error.ts';

/** Errors of the Kinesis API that operations throw. All are the caller's. */
export type KinesisErrorCode =
  | 'ExpiredIteratorException'
  | 'ExpiredNextTokenException'
  | 'InvalidArgumentException'
  | 'LimitExceededException'
  | 'ProvisionedThroughputExceededException'
  | 'ResourceInUseException'
  | 'ResourceNotFoundException'
  | 'ValidationException';

/** An error of Kinesis. */
export function kinesisError(code: KinesisErrorCode, message: string): ServiceError {
  return new ServiceError({ code, status: 400, message });
}

/** An argument that is not allowed. */
export function invalidArgument(message: string): ServiceError {
  return kinesisError('InvalidArgumentException', message);
}

/** A stream that is not there. */
export function noSuchStream(name: string, account: string): ServiceError {
  return kinesisError('ResourceNotFoundException', `Stream ${name} under account ${account} not found.`);
}
