import type { ResponseStream } from '../ports/invoker.ts';
import type { ResponseBody } from './response-body.ts';

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
  /** Whose invocation it is, for functions that isolate their tenants. */
  readonly tenantId?: string;
  /** The caller takes the response piece by piece. */
  readonly streaming?: boolean;
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
  | { readonly kind: 'too-large' }
  /** The response begins; {@link SessionListener.responded} tells its end. */
  | { readonly kind: 'stream'; readonly contentType: string; readonly body: ResponseBody };

/** What came of an invocation, ready for the caller. */
export interface InvocationOutcome {
  readonly payload: Uint8Array;
  readonly functionError?: 'Unhandled';
  /** Type of the error, as the platform or the runtime named it. */
  readonly errorType?: string;
  /** For a caller who streams, when the function does. */
  readonly stream?: ResponseStream;
  readonly logTail?: Uint8Array;
}
