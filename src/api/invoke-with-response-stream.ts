import type { InvokeRequest, InvokeResult, ResponseStream, StreamCompletion } from '../ports/invoker.ts';
import { eventStreamMessage } from '../wire/event-stream/message.ts';
import type { RawHandler } from '../wire/rest-json/rest-json-service.ts';
import type { HttpResponse } from '../wire/service.ts';
import { commonHeaders, type InvokeApiDependencies, readInvokeCall } from './invoke-call.ts';

/** Longest payload of one message; a larger piece is cut. */
const PIECE_BYTES_MAX = 131_072;

/**
 * InvokeWithResponseStream: each piece of the response leaves as a message as soon as it arrives, and a last message
 * tells how the invocation ended. A caller who goes away stops nothing. Source: the service model's operation, and the
 * event stream encoding of the AWS SDKs.
 */
export function invokeWithResponseStreamHandler(dependencies: InvokeApiDependencies): RawHandler {
  return async (request, response, context, labels, query) => {
    const { type, call } = await readInvokeCall('InvokeWithResponseStream', dependencies, request, context, labels, query);
    if (type === 'DryRun') {
      await dependencies.invoker.dryRun(call);
      response.writeHead(204, commonHeaders(call));
      response.end();
      return;
    }
    const result = await dependencies.invoker.invoke(call);
    writeHead(response, call, result);
    const completion = result.stream ? await relay(response, result.stream) : sendWhole(response, result);
    response.end(completeMessage(completion));
  };
}

function writeHead(response: HttpResponse, call: InvokeRequest, result: InvokeResult): void {
  response.writeHead(200, {
    'Content-Type': 'application/vnd.amazon.eventstream',
    'X-Amz-Executed-Version': result.executedVersion,
    ...commonHeaders(call),
  });
  // The head must not wait for the first piece.
  response.flushHeaders();
}

/** Passes the pieces on; a slow caller makes the function wait, one who has gone away does not. */
function relay(response: HttpResponse, stream: ResponseStream): Promise<StreamCompletion> {
  const { body, completion } = stream;
  body.on('data', (piece: Buffer) => {
    if (response.destroyed) return;
    let isTaken = true;
    for (const part of parts(piece)) isTaken = response.write(pieceMessage(part));
    if (!isTaken) body.pause();
  });
  response.on('drain', () => body.resume());
  response.on('close', () => body.resume());
  return new Promise((resolve) => body.once('end', () => resolve(completion)));
}

function sendWhole(response: HttpResponse, result: InvokeResult): StreamCompletion {
  const logTail = result.logTail ? { logTail: result.logTail } : {};
  if (result.functionError) return { error: { errorType: result.errorType ?? 'Unhandled', payload: result.payload }, ...logTail };
  for (const part of parts(result.payload)) response.write(pieceMessage(part));
  return logTail;
}

function* parts(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let start = 0; start < bytes.length; start += PIECE_BYTES_MAX) yield bytes.subarray(start, start + PIECE_BYTES_MAX);
}

function pieceMessage(payload: Uint8Array): Buffer {
  return eventStreamMessage(
    { ':message-type': 'event', ':event-type': 'PayloadChunk', ':content-type': 'application/octet-stream' },
    payload,
  );
}

function completeMessage({ error, logTail }: StreamCompletion): Buffer {
  const body = {
    ...(error ? { ErrorCode: error.errorType, ErrorDetails: Buffer.from(error.payload).toString('utf8') } : {}),
    ...(logTail ? { LogResult: Buffer.from(logTail).toString('base64') } : {}),
  };
  return eventStreamMessage(
    { ':message-type': 'event', ':event-type': 'InvokeComplete', ':content-type': 'application/json' },
    Buffer.from(JSON.stringify(body)),
  );
}
