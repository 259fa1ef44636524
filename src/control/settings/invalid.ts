import { lambdaError } from '../../model/lambda-errors.ts';
import type { ServiceError } from '../../model/service-error.ts';

/** The error for a parameter that can't be taken: InvalidParameterValueException. */
export function invalid(message: string): ServiceError {
  return lambdaError('InvalidParameterValueException', message);
}
