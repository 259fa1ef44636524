import type { Readable } from 'node:stream';
import type { FunctionReference } from './function-directory.ts';

/** A call of a function, by whoever makes it. */
export interface InvokeRequest extends FunctionReference {
  /** UUID; the function sees the same. */
  readonly requestId: string;
  /** JSON bytes; empty counts as `{}`. At most 6 MB synchronous, 1 MB asynchronous. */
  readonly payload: Uint8Array;
  /** Decoded client context JSON; synchronous calls only. */
  readonly clientContext?: string;
  readonly traceHeader?: string;
  /** Whose call it is; needed by functions that isolate their tenants, and by no others. */
  readonly tenantId?: string;
  /** Nobody waits for it: it comes from the queue of events. */
  readonly isQueued?: true;
  /** Keep the last 4,096 bytes of the invocation's log for the answer. */
  readonly logTail?: boolean;
  /** The caller takes the response piece by piece, if the function gives it so. */
  readonly streaming?: boolean;
}

/** How a streamed response ended. */
export interface StreamCompletion {
  /** Set when the function failed after its first byte, or the response was cut off. */
  readonly error?: { readonly errorType: string; readonly payload: Uint8Array };
  readonly logTail?: Uint8Array;
}

/** A response that arrives piece by piece. */
export interface ResponseStream {
  /** As the function gives it; `application/octet-stream` when it gives none. */
  readonly contentType: string;
  /** Must be read to its end, or resumed to be thrown away: the function waits for its reader. */
  readonly body: Readable;
  /** Resolves after the body's end; never rejects. */
  readonly completion: Promise<StreamCompletion>;
}

/** What came of a synchronous call that reached the function. */
export interface InvokeResult {
  readonly executedVersion: string;
  /** Set when the function failed; `payload` is then the error object. */
  readonly functionError?: 'Unhandled';
  /** With `functionError`: the error's type, for a caller who streams. */
  readonly errorType?: string;
  readonly payload: Uint8Array;
  readonly logTail?: Uint8Array;
  /** Only for a call with `streaming`: the response is still arriving, and `payload` is empty. */
  readonly stream?: ResponseStream;
}

/** The data plane's door: what the API and the event sources call. Throws {@link ServiceError}s of the Lambda catalogue. */
export interface Invoker {
  /** Runs the function and waits for its answer. */
  invoke(request: InvokeRequest): Promise<InvokeResult>;
  /** Checks that the call would be accepted, without running anything. */
  dryRun(request: InvokeRequest): Promise<void>;
  /** Resolves when the event is durably queued; it then runs at least once, with Lambda's retries. */
  accept(request: InvokeRequest): Promise<void>;
}
