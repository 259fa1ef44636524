import { ServiceError } from '../../model/service-error.ts';

/** Status by error of EventBridge Scheduler's service model. */
const STATUS = {
  ConflictException: 409,
  InternalServerException: 500,
  ResourceNotFoundException: 404,
  ServiceQuotaExceededException: 402,
  ThrottlingException: 429,
  ValidationException: 400,
} as const;

/** Makes an error of EventBridge Scheduler, ready to be thrown. */
export function schedulerError(code: keyof typeof STATUS, message: string): ServiceError {
  return spelled({ code, status: STATUS[code], message });
}

/** Something that breaks a rule. */
export function invalid(message: string): ServiceError {
  return schedulerError('ValidationException', message);
}

/** Refuses by name what would otherwise be taken and then ignored. */
export function notBuilt(what: string): ServiceError {
  return invalid(`lambkin does not implement ${what} yet.`);
}

/** The errors of the wire as this service writes them: with `Message`, and without `Type`. */
export function schedulerSpelling({ code, status, message, members, headers }: ServiceError): ServiceError {
  return spelled({ code: code === 'ServiceException' ? 'InternalServerException' : code, status, message, members, headers });
}

function spelled(fields: ConstructorParameters<typeof ServiceError>[0]): ServiceError {
  return new ServiceError({ ...fields, messageMember: 'Message', typeMember: false });
}
