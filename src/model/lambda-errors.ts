import { ServiceError } from './service-error.ts';

interface CatalogueEntry {
  readonly status: number;
  readonly messageMember: 'message' | 'Message';
  /** False for the errors that AWS answers without the `Type` member. */
  readonly typeMember?: false;
}

const lower = (status: number): CatalogueEntry => ({ status, messageMember: 'message' });
const upper = (status: number): CatalogueEntry => ({ status, messageMember: 'Message' });
const untyped = (entry: CatalogueEntry): CatalogueEntry => ({ ...entry, typeMember: false });

/**
 * Every error that the Lambda API gives, with its status and the spelling of its message member.
 * Source: the service model's error shapes, and for the unmodelled ones responses recorded from AWS.
 */
export const LAMBDA_ERRORS = {
  InvalidParameterValueException: lower(400),
  InvalidRequestContentException: lower(400),
  ResourceNotFoundException: upper(404),
  ResourceConflictException: lower(409),
  TooManyRequestsException: lower(429),
  ServiceException: upper(500),
  PreconditionFailedException: lower(412),
  PolicyLengthExceededException: lower(400),
  PublicPolicyException: upper(400),
  ResourceInUseException: upper(400),
  CodeStorageExceededException: lower(400),
  AliasLimitExceededException: lower(400),
  InvalidCodeSignatureException: upper(400),
  CodeVerificationFailedException: upper(400),
  CodeSigningConfigNotFoundException: upper(404),
  ProvisionedConcurrencyConfigNotFoundException: lower(404),
  CapacityProviderLimitExceededException: lower(400),
  FunctionVersionsPerCapacityProviderLimitExceededException: lower(400),
  CallbackTimeoutException: upper(400),
  NoPublishedVersionException: upper(400),
  RequestTooLargeException: lower(413),
  UnsupportedMediaTypeException: lower(415),
  InvalidRuntimeException: upper(502),
  ResourceNotReadyException: lower(502),
  RequestEntityTooLargeException: untyped(lower(413)),
  ValidationException: untyped(lower(400)),
  SerializationException: untyped(upper(400)),
  AccessDeniedException: untyped(upper(403)),
  UnknownOperationException: untyped(lower(404)),
  NotImplementedException: untyped(lower(501)),
} as const satisfies Record<string, CatalogueEntry>;

/** A name of the Lambda error catalogue. */
export type LambdaErrorCode = keyof typeof LAMBDA_ERRORS;

/** Further body members and headers of one error. */
export interface LambdaErrorExtras {
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** A few answers of AWS lack `Type` although their error is modelled with it. */
  readonly typeMember?: false;
}

/** Makes an error of the catalogue, ready to be thrown. */
export function lambdaError(code: LambdaErrorCode, message: string, extras: LambdaErrorExtras = {}): ServiceError {
  const entry: CatalogueEntry = LAMBDA_ERRORS[code];
  return new ServiceError({
    code,
    status: entry.status,
    message,
    messageMember: entry.messageMember,
    typeMember: extras.typeMember ?? entry.typeMember ?? true,
    ...(extras.members ? { members: extras.members } : {}),
    ...(extras.headers ? { headers: extras.headers } : {}),
  });
}
