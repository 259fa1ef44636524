import type { IncomingMessage } from 'node:http';
import { RESPONSE_PAYLOAD_BYTES_MAX } from '../model/limits.ts';
import { ACCEPTED, errorReply, readBounded, type Reply, wrongMethod } from './api-reply.ts';
import type { DeliveredInvocation } from './invocation.ts';
import { invalidResponseMode, type PlatformError, responseTooLarge, truncatedResponse } from './platform-errors.ts';
import { OCTET_STREAM, ResponseBody } from './response-body.ts';
import type { ApiSession, Refusal } from './runtime-session.ts';

const PREFIX = '/2018-06-01';
const TOO_LARGE: Reply = errorReply(
  413,
  'RequestEntityTooLarge',
  `Exceeded maximum allowed payload size (${RESPONSE_PAYLOAD_BYTES_MAX} bytes).`,
);

/** The requests of the Runtime API `2018-06-01`, apart from sockets and processes. */
export class RuntimeApiRequestHandler {
  /** Which attempt at an event a runtime has in hand; a retry has the same request id and another attempt. */
  readonly #attempts = new WeakMap<ApiSession, string>();
  #attemptCount = 0;

  /**
   * Answers one request through `reply`, for `next` only once there is an event. `isOpen` tells whether the runtime still waits.
   * Rejects when the request breaks off.
   */
  async handle(
    session: ApiSession,
    request: IncomingMessage,
    reply: (reply: Reply) => void,
    isOpen: () => boolean,
  ): Promise<void> {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const route = path.startsWith(PREFIX) ? path.slice(PREFIX.length) : undefined;
    if (route === '/ping' && request.method === 'GET')
      return reply({ status: 200, body: 'pong', headers: { 'Content-Type': 'text/plain' } });
    if (route === '/runtime/invocation/next') return this.#next(session, request, reply, isOpen);
    if (route === '/runtime/init/error') return this.#initError(session, request, reply);
    const call = /^\/runtime\/invocation\/([^/]{1,128})\/(response|error)$/.exec(route ?? '');
    if (!call?.[1]) return reply(errorReply(404, 'ResourceNotFound', `No such path: ${path.slice(0, 256)}`));
    if (request.method !== 'POST') return reply(wrongMethod(request));
    return this.#answer(session, request, reply, call[1], call[2] === 'error');
  }

  #next(session: ApiSession, request: IncomingMessage, reply: (reply: Reply) => void, isOpen: () => boolean): void {
    if (request.method !== 'GET') return reply(wrongMethod(request));
    const refusal = session.next((invocation) => {
      if (!isOpen()) return;
      this.#attemptCount += 1;
      const attempt = `${invocation.requestId}.${this.#attemptCount}`;
      this.#attempts.set(session, attempt);
      reply({ status: 200, body: invocation.payload, headers: invocationHeaders(invocation, attempt) });
    }, isOpen);
    if (refusal) reply(refusalReply(refusal));
  }

  async #initError(session: ApiSession, request: IncomingMessage, reply: (reply: Reply) => void): Promise<void> {
    if (request.method !== 'POST') return reply(wrongMethod(request));
    const body = await readBounded(request);
    const refusal = session.initError(errorType(request, 'Runtime.Unknown'), body ?? Buffer.alloc(0));
    reply(refusal ? refusalReply(refusal) : ACCEPTED);
  }

  async #answer(
    session: ApiSession,
    request: IncomingMessage,
    reply: (reply: Reply) => void,
    requestId: string,
    isError: boolean,
  ): Promise<void> {
    const attempt = request.headers['lambda-runtime-invocation-id'];
    if (!session.takesSeveral && attempt !== undefined && attempt !== this.#attempts.get(session)) {
      request.resume();
      return reply(errorReply(400, 'InvalidRequestID', 'Invalid request ID'));
    }
    const mode = request.headers['lambda-runtime-function-response-mode'];
    if (mode !== undefined && mode !== 'streaming') {
      request.resume();
      const { errorType: type, payload } = invalidResponseMode();
      session.answer(requestId, { kind: 'error', errorType: type, payload });
      return reply(errorReply(400, 'InvalidFunctionResponseMode', `Invalid response mode: ${String(mode).slice(0, 64)}`));
    }
    if ((mode === 'streaming' || announcesErrors(request)) && !isError) return this.#stream(session, request, reply, requestId);
    const body = await readBounded(request);
    const refusal =
      body === undefined
        ? session.answer(requestId, { kind: 'too-large' })
        : isError
          ? session.answer(requestId, { kind: 'error', errorType: errorType(request, 'Function.Unknown'), payload: body })
          : session.answer(requestId, { kind: 'response', payload: body });
    reply(refusal ? refusalReply(refusal) : body === undefined ? TOO_LARGE : ACCEPTED);
  }

  /** A response that goes to the caller as it comes; a slow caller makes the runtime wait. */
  #stream(session: ApiSession, request: IncomingMessage, reply: (reply: Reply) => void, requestId: string): Promise<void> {
    const body = new ResponseBody(() => request.resume());
    const refusal = session.respond(requestId, request.headers['content-type'] ?? OCTET_STREAM, body);
    if (refusal) {
      request.resume();
      reply(refusalReply(refusal));
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      request.on('data', (piece: Buffer) => {
        if (!body.accept(piece)) request.pause();
      });
      // A request that breaks off closes without an end, and may say why first.
      request.on('error', () => {});
      request.once('close', resolve);
      const end = (): void => {
        session.responded(endOf(request, body), undefined, requestId);
        body.finish();
        if (request.complete) reply(body.isTooLarge ? TOO_LARGE : ACCEPTED);
      };
      request.once('end', end);
      request.once('aborted', end);
    });
  }
}

/**
 * Go's client streams every answer, and says so only by the trailers that may end it.
 * Source: `post` of aws-lambda-go's runtime API client.
 */
function announcesErrors({ headers }: IncomingMessage): boolean {
  return headers.trailer !== undefined && /\blambda-runtime-function-error-type\b/i.test(headers.trailer);
}

/** How a streamed response ended: trailers tell an error after its first byte. */
function endOf(request: IncomingMessage, body: ResponseBody): PlatformError | undefined {
  if (!request.complete) return truncatedResponse();
  if (body.isTooLarge) return responseTooLarge();
  const type = request.trailers['lambda-runtime-function-error-type'];
  if (type === undefined) return undefined;
  const encoded = request.trailers['lambda-runtime-function-error-body'] ?? '';
  return { errorType: type, payload: Buffer.from(encoded, 'base64') };
}

function invocationHeaders(invocation: DeliveredInvocation, attempt: string): Record<string, string> {
  return {
    'Lambda-Runtime-Aws-Request-Id': invocation.requestId,
    'Lambda-Runtime-Invocation-Id': attempt,
    'Lambda-Runtime-Deadline-Ms': String(invocation.deadlineMs),
    'Lambda-Runtime-Invoked-Function-Arn': invocation.invokedFunctionArn,
    ...(invocation.traceHeader ? { 'Lambda-Runtime-Trace-Id': invocation.traceHeader } : {}),
    ...(invocation.clientContext ? { 'Lambda-Runtime-Client-Context': headerText(invocation.clientContext) } : {}),
    ...(invocation.tenantId ? { 'Lambda-Runtime-Aws-Tenant-Id': headerText(invocation.tenantId) } : {}),
  };
}

/** A caller's text as a header of UTF-8 bytes, which Node.js takes one by one; what no header can hold becomes spaces. */
function headerText(text: string): string {
  return Buffer.from(text, 'utf8')
    .toString('latin1')
    .replaceAll(/[^\x20-\x7e\x80-\xff]/g, ' ');
}

/** The error type is for logs and metrics only, so anything but the known form is replaced. */
function errorType(request: IncomingMessage, fallback: 'Runtime.Unknown' | 'Function.Unknown'): string {
  const value = request.headers['lambda-runtime-function-error-type'];
  return typeof value === 'string' && /^(Runtime|Function)\.[A-Z][a-zA-Z]{0,120}$/.test(value) ? value : fallback;
}

function refusalReply(refusal: Refusal): Reply {
  return errorReply(refusal.status, refusal.errorType, refusal.errorMessage);
}
