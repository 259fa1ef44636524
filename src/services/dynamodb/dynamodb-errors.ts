import { ServiceError } from '../../model/service-error.ts';

/** Errors of DynamoDB and its streams that are not about the form of a request; all have status 400. */
export type DynamoDbErrorCode =
  | 'ExpiredIteratorException'
  | 'LimitExceededException'
  | 'ResourceInUseException'
  | 'ResourceNotFoundException'
  | 'ThrottlingException'
  | 'TrimmedDataAccessException';

/** Makes an error of DynamoDB, ready to be thrown. */
export function dynamodbError(code: DynamoDbErrorCode, message: string): ServiceError {
  return new ServiceError({ code, status: 400, message });
}

/** A table that is not there, in the words of operations on items. */
export function noSuchTable(): ServiceError {
  return dynamodbError('ResourceNotFoundException', 'Requested resource not found');
}

/** A table that is not there, in the words of operations on tables. */
export function noTableNamed(name: string): ServiceError {
  return dynamodbError('ResourceNotFoundException', `Requested resource not found: Table: ${name} not found`);
}
