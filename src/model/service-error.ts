/** How an error is written on the wire and whose mistake it was. */
export interface ServiceErrorFields {
  /** AWS's name, for example `ResourceNotFoundException` or `NoSuchKey`. */
  readonly code: string;
  /** HTTP status. */
  readonly status: number;
  readonly message: string;
  /** Further members of the error body, for example `{ Reason: '...' }`. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** Further response headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How restJson spells the message member. Default `message`. */
  readonly messageMember?: 'message' | 'Message';
  /** Whether restJson adds `Type`. Default true. */
  readonly typeMember?: boolean;
}

/** An expected outcome at an API's edge: rendered for the caller as it is. Any other thrown value is our own fault (500). */
export class ServiceError extends Error {
  readonly code: string;
  readonly status: number;
  /** Whose mistake: the caller's (4xx) or ours (5xx). */
  readonly fault: 'User' | 'Service';
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly messageMember: 'message' | 'Message';
  readonly typeMember: boolean;

  constructor(fields: ServiceErrorFields) {
    super(fields.message);
    this.name = fields.code;
    this.code = fields.code;
    this.status = fields.status;
    this.fault = fields.status < 500 ? 'User' : 'Service';
    this.members = fields.members ?? {};
    this.headers = fields.headers ?? {};
    this.messageMember = fields.messageMember ?? 'message';
    this.typeMember = fields.typeMember ?? true;
  }
}
