import { ServiceError } from './service-error.ts';

interface CatalogueEntry {
  readonly status: number;
  readonly messageMember: 'message' | 'Message';
  /** False for the errors that AWS answers without the `Type` member. */
  readonly typeMember?: false;
  /** When it is given, a sentence for the page of errors. */
  readonly meaning: string;
}

const lower = (status: number, meaning: string): CatalogueEntry => ({ status, messageMember: 'message', meaning });
const upper = (status: number, meaning: string): CatalogueEntry => ({ status, messageMember: 'Message', meaning });
const untyped = (entry: CatalogueEntry): CatalogueEntry => ({ ...entry, typeMember: false });

/**
 * Every error that the Lambda API gives, with its status and the spelling of its message member.
 * Source: the service model's error shapes, and for the unmodelled ones responses recorded from AWS.
 */
export const LAMBDA_ERRORS = {
  InvalidParameterValueException: lower(400, 'A parameter, or several together, can not be taken.'),
  InvalidRequestContentException: lower(400, 'The event is not JSON.'),
  ResourceNotFoundException: upper(404, 'What the request names does not exist.'),
  ResourceConflictException: lower(409, 'It exists already, or its state does not allow the request now.'),
  TooManyRequestsException: lower(429, 'Throttled; `Reason` says by which limit, `Retry-After` when to try again.'),
  ServiceException: upper(500, 'A fault of the server, not of the caller.'),
  PreconditionFailedException: lower(412, 'The RevisionId is not the newest.'),
  PolicyLengthExceededException: lower(400, 'The resource policy would be larger than 20 KB.'),
  PublicPolicyException: upper(400, 'The policy would let everybody in, which the account forbids.'),
  ResourceInUseException: upper(400, 'The event source mapping is being changed.'),
  CodeStorageExceededException: lower(400, 'The account stores as much code as it may.'),
  AliasLimitExceededException: lower(400, 'The function has as many aliases as it may.'),
  CodeVerificationFailedException: upper(400, 'The package is not signed as the code signing configuration enforces.'),
  CodeSigningConfigNotFoundException: upper(404, 'The code signing configuration does not exist.'),
  ProvisionedConcurrencyConfigNotFoundException: lower(404, 'No concurrency is provisioned there.'),
  CapacityProviderLimitExceededException: lower(400, 'The account has as many capacity providers as it may.'),
  FunctionVersionsPerCapacityProviderLimitExceededException: lower(400, 'The capacity provider runs as many versions as it may.'),
  CallbackTimeoutException: upper(400, 'The callback is over.'),
  NoPublishedVersionException: upper(400, 'The function runs on a capacity provider and nothing of it is published.'),
  RecursiveInvocationException: upper(400, 'The function ran about 16 times in one chain of requests, and was not run again.'),
  RequestTooLargeException: lower(413, 'The event is larger than its kind allows.'),
  RequestEntityTooLargeException: untyped(lower(413, 'The body or the package is larger than the operation allows.')),
  ValidationException: untyped(lower(400, 'Members break the constraints of the service model; all of them are named.')),
  SerializationException: untyped(upper(400, 'The body is not JSON, or a member is of another type.')),
  AccessDeniedException: untyped(upper(403, 'The caller may not do it; also for what belongs to another account.')),
  UnknownOperationException: untyped(lower(404, 'No operation has this method and path.')),
  NotImplementedException: untyped(
    lower(501, 'An operation, or a kind of function, that Lambkin does not have yet; AWS has no such error.'),
  ),
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
