import { ServiceError } from '../../../model/service-error.ts';

/** A request that breaks a rule, in AWS's words. */
export function validation(message: string): ServiceError {
  return new ServiceError({ code: 'ValidationException', status: 400, message });
}

/** A parameter whose value breaks a rule. */
export function invalidParameter(message: string): ServiceError {
  return validation(`One or more parameter values were invalid: ${message}`);
}

/** A body whose JSON has something else in a place than the API's model. */
export function serialization(message: string): ServiceError {
  return new ServiceError({ code: 'SerializationException', status: 400, message });
}

/** Lists and maps that are too deep in each other. */
export function tooDeep(): ServiceError {
  return validation(
    'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit',
  );
}
