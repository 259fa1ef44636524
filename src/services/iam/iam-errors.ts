import { ServiceError } from '../../model/service-error.ts';

/** Status by error of IAM's API reference. */
const STATUS = {
  AccessDenied: 403,
  ConcurrentModification: 409,
  DeleteConflict: 409,
  EntityAlreadyExists: 409,
  InvalidInput: 400,
  LimitExceeded: 409,
  MalformedPolicyDocument: 400,
  NoSuchEntity: 404,
  UnmodifiableEntity: 400,
  ValidationError: 400,
} as const;

/** Makes an error of IAM, ready to be thrown. */
export function iamError(code: keyof typeof STATUS, message: string): ServiceError {
  return new ServiceError({ code, status: STATUS[code], message });
}
