import { ServiceError } from '../../model/service-error.ts';

/** Status by error of STS's API reference and of its common errors. */
const STATUS = {
  AccessDenied: 403,
  ExpiredToken: 403,
  Throttling: 400,
  ValidationError: 400,
} as const;

/** Makes an error of STS, ready to be thrown. */
export function stsError(code: keyof typeof STATUS, message: string): ServiceError {
  return new ServiceError({ code, status: STATUS[code], message });
}
