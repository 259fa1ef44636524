import type { ResponseStream, StreamCompletion } from '../../ports/invoker.ts';
import type { HttpResponse } from '../../wire/service.ts';
import type { AnswerHead } from './http-answer.ts';
import { PRELUDE_TYPE, readPrelude } from './prelude.ts';
import { BAD_GATEWAY } from './refusals.ts';
import { hasBody, type Reply, sendHead, sendWhole } from './reply.ts';

/** Code of HTTP/2 for a stream that the server could not end (RFC 9113, section 7). */
const INTERNAL_ERROR = 2;

/**
 * Passes a streamed response on as it arrives; a client that reads slowly makes the function wait, one that has gone away stops
 * nothing. A function that fails after its head is told by a connection that is cut: there is nothing else left to tell it by.
 */
export async function streamAnswer(reply: Reply, stream: ResponseStream): Promise<void> {
  const { response } = reply;
  const { body } = stream;
  const head = await headOf(stream);
  if (!head) {
    body.resume();
    sendWhole(reply, BAD_GATEWAY);
    return;
  }
  sendHead(reply, head);
  if (!hasBody(reply, head.status)) {
    body.resume();
    response.end();
    return;
  }
  // The head must not wait for the first piece.
  response.flushHeaders();
  const { error } = await relay(response, stream);
  if (error) setImmediate(() => cut(response));
  else response.end();
}

async function headOf({ contentType, body }: ResponseStream): Promise<AnswerHead | undefined> {
  if (contentType.split(';', 1)[0]?.trim().toLowerCase() === PRELUDE_TYPE) return readPrelude(body);
  return { status: 200, headers: new Map([['content-type', contentType]]), cookies: [] };
}

function relay(response: HttpResponse, { body, completion }: ResponseStream): Promise<StreamCompletion> {
  return new Promise((resolve) => {
    body.once('end', () => resolve(completion));
    body.on('data', (piece: Buffer) => {
      if (!response.destroyed && !response.write(piece)) body.pause();
    });
    response.on('drain', () => body.resume());
    response.on('close', () => body.resume());
    // Reading a prelude has paused it.
    body.resume();
  });
}

function cut(response: HttpResponse): void {
  const { stream } = response as { stream?: { close(code: number): void } };
  if (stream) stream.close(INTERNAL_ERROR);
  else response.destroy();
}
