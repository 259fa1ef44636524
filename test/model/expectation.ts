import assert from 'node:assert/strict';
import type { LambdaAnswer, Members } from '../raw/raw-lambda.ts';

/** An error as it must be answered. A message left out is not looked at, for AWS's own words are not known. */
export interface ExpectedError {
  readonly code: string;
  readonly status: number;
  readonly message?: string | RegExp | null;
  /** A few errors come without the member `Type`. */
  readonly untyped?: true;
}

/** What the model says of a call: an error (one of these), or success and what then is to be checked and remembered. */
export type Expected =
  | { readonly fails: readonly ExpectedError[] }
  | {
      readonly status: number;
      /** Errors that may come instead because the function may still be on its way to another state. */
      readonly orFails?: readonly ExpectedError[];
      readonly take: (json: Members) => void;
    };

/** A call, and what it must come to. */
export interface Plan {
  readonly operation: string;
  readonly input: Members;
  readonly expected: Expected;
}

/** Holds an answer against what was expected. Throws an AssertionError. */
export function checkAnswer(answer: LambdaAnswer, expected: Expected): void {
  assert.match(answer.headers['x-amzn-requestid'] ?? '', /^[0-9a-f-]{36}$/);
  if ('fails' in expected) return checkFailure(answer, expected.fails);
  if (answer.error && expected.orFails) return checkFailure(answer, expected.orFails);
  assert.equal(answer.status, expected.status, `expected success, but got ${JSON.stringify(answer.error)}`);
  expected.take(answer.json);
}

function checkFailure({ status, error }: LambdaAnswer, allowed: readonly ExpectedError[]): void {
  if (error && allowed.some((one) => isAsExpected(status, error, one))) return;
  assert.deepEqual({ status, ...error }, allowed.length === 1 ? allowed[0] : { oneOf: allowed });
}

function isAsExpected(status: number, error: NonNullable<LambdaAnswer['error']>, expected: ExpectedError): boolean {
  const { code, message, untyped } = expected;
  const isTold =
    message instanceof RegExp ? message.test(error.message ?? '') : message === undefined || message === error.message;
  return status === expected.status && code === error.code && isTold && error.type === (untyped ? undefined : 'User');
}

/** InvalidParameterValueException. */
export function invalid(message?: string | RegExp): ExpectedError {
  return { code: 'InvalidParameterValueException', status: 400, ...(message === undefined ? {} : { message }) };
}

/** ValidationException with one violation. */
export function violation(path: string, value: unknown, constraint: string): ExpectedError {
  const shown = value === null ? 'null' : `'${String(value)}'`;
  const message = `1 validation error detected: Value ${shown} at '${path}' failed to satisfy constraint: ${constraint}`;
  return { code: 'ValidationException', status: 400, message, untyped: true };
}

/** ResourceNotFoundException. */
export function notFound(message: string | RegExp): ExpectedError {
  return { code: 'ResourceNotFoundException', status: 404, message };
}

/** ResourceConflictException. */
export function conflict(message: string): ExpectedError {
  return { code: 'ResourceConflictException', status: 409, message };
}

/** PreconditionFailedException; `source` is the operation that tells the revision. */
export function outdated(source = 'GetFunction/GetAlias'): ExpectedError {
  const message = `The Revision Id provided does not match the latest Revision Id. Call the ${source} API to retrieve the latest Revision Id`;
  return { code: 'PreconditionFailedException', status: 412, message };
}
