import { lambdaError } from './lambda-errors.ts';
import type { ServiceError } from './service-error.ts';

/** Reasons of a throttle. Source: `ThrottleReason` of the service model. */
type ThrottleReason =
  | 'ReservedFunctionConcurrentInvocationLimitExceeded'
  | 'ReservedFunctionInvocationRateLimitExceeded'
  | 'ConcurrentInvocationLimitExceeded'
  | 'FunctionInvocationRateLimitExceeded';

/** The error for an invocation that would go beyond a limit of concurrency or rate; worth another try after a second. */
export function throttled(reason: ThrottleReason, message = 'Rate Exceeded.'): ServiceError {
  return lambdaError('TooManyRequestsException', message, { members: { Reason: reason }, headers: { 'Retry-After': '1' } });
}
