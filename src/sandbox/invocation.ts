/** One event on its way into an environment. */
export interface Invocation {
  readonly requestId: string;
  readonly payload: Uint8Array;
  /** ARN as the caller named it: with a qualifier only when the caller gave one. */
  readonly invokedFunctionArn: string;
  readonly traceHeader?: string;
  readonly clientContext?: string;
  /** Collect the last 4,096 bytes of the log. */
  readonly logTail: boolean;
}

/** An invocation as the runtime sees it: with its deadline. */
export interface DeliveredInvocation extends Invocation {
  /** Epoch ms at which the function's time is over. */
  readonly deadlineMs: number;
}

/** What the runtime posted for an invocation. */
export type RuntimeAnswer =
  | { readonly kind: 'response'; readonly payload: Uint8Array }
  | { readonly kind: 'error'; readonly errorType: string; readonly payload: Uint8Array }
  | { readonly kind: 'too-large' };

/** What came of an invocation, ready for the caller. */
export interface InvocationOutcome {
  readonly payload: Uint8Array;
  readonly functionError?: 'Unhandled';
  readonly logTail?: Uint8Array;
}
