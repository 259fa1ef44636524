import type { ResponseStream, StreamCompletion } from '../ports/invoker.ts';
import { RESPONSE_PAYLOAD_BYTES_MAX } from '../model/limits.ts';
import type { InvocationOutcome } from './invocation.ts';
import { type PlatformError, responseTooLarge } from './platform-errors.ts';
import type { ResponseBody } from './response-body.ts';

const EMPTY = new Uint8Array();

/** A streamed answer on its way to a caller: piece by piece, or gathered for one who wants it whole. */
export interface StreamedOutcome {
  /** What the caller gets now; undefined when the answer is being gathered. */
  readonly outcome: InvocationOutcome | undefined;
  /** The answer has ended. Returns what the caller gets now, if anything. */
  ended(error: PlatformError | undefined): InvocationOutcome | undefined;
  /** The invocation is over and its log complete. Calling it again does nothing. */
  complete(logTail: Uint8Array | undefined): void;
}

/** For a caller who streams: the outcome is there at once, its end is told later. */
export function relayed(contentType: string, body: ResponseBody): StreamedOutcome {
  let resolve: (completion: StreamCompletion) => void = () => {};
  let failure: PlatformError | undefined;
  const completion = new Promise<StreamCompletion>((resolveCompletion) => {
    resolve = resolveCompletion;
  });
  const stream: ResponseStream = { contentType, body, completion };
  return {
    outcome: { payload: EMPTY, stream },
    ended: (error) => {
      failure = error;
      body.finish();
      return undefined;
    },
    complete: (logTail) => resolve({ ...(failure ? { error: failure } : {}), ...(logTail ? { logTail } : {}) }),
  };
}

/** For a caller who wants it whole: gathered up to the size of a buffered response. */
export function gathered(body: ResponseBody): StreamedOutcome {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  body.on('data', (piece: Buffer) => {
    sizeBytes += piece.length;
    if (sizeBytes <= RESPONSE_PAYLOAD_BYTES_MAX) pieces.push(piece);
  });
  return {
    outcome: undefined,
    ended: (error) => {
      // What still lies in the stream's own buffer belongs to the answer; reading it tells the listener above.
      while (body.read() !== null);
      const failure = error ?? (sizeBytes > RESPONSE_PAYLOAD_BYTES_MAX ? responseTooLarge() : undefined);
      if (failure) return { payload: failure.payload, functionError: 'Unhandled', errorType: failure.errorType };
      return { payload: Buffer.concat(pieces) };
    },
    complete: () => {},
  };
}
