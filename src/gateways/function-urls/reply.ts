import type { HttpResponse } from '../../wire/service.ts';
import { closingHeaders } from '../../wire/unread-body.ts';
import type { CorsHeaders } from './cors.ts';
import type { AnswerHead, HttpAnswer } from './http-answer.ts';

/** The way back to the client of one request. */
export interface Reply {
  readonly response: HttpResponse;
  /** Of every answer: the ids of the request and its trace. */
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined for a URL without CORS settings. */
  readonly cors?: CorsHeaders;
}

/** Statuses whose answers have no body (RFC 9110, sections 15.3.5 and 15.4.5). */
const BODILESS: ReadonlySet<number> = new Set([204, 304]);

/** Whether a body would be sent at all. */
export function hasBody({ response }: Reply, status: number): boolean {
  return response.req.method !== 'HEAD' && !BODILESS.has(status);
}

/** Writes status and headers; `contentLength` only of a body that is known as a whole. */
export function sendHead(reply: Reply, head: AnswerHead, contentLength?: number): void {
  const headers = new Map<string, string | number | readonly string[]>(head.headers);
  for (const [name, value] of Object.entries(reply.cors ?? {})) {
    const own = head.headers.get(name);
    if (value === undefined) headers.delete(name);
    else headers.set(name, name === 'vary' && own !== undefined ? `${own}, ${value}` : value);
  }
  const setCookie = head.headers.get('set-cookie');
  const cookies = [...(setCookie === undefined ? [] : [setCookie]), ...head.cookies];
  if (cookies.length > 0) headers.set('set-cookie', cookies);
  if (contentLength !== undefined && !BODILESS.has(head.status)) headers.set('content-length', contentLength);
  reply.response.writeHead(head.status, {
    ...Object.fromEntries(headers),
    ...reply.headers,
    ...closingHeaders(reply.response),
  });
}

/** Answers with all there is. */
export function sendWhole(reply: Reply, answer: HttpAnswer): void {
  sendHead(reply, answer, answer.body.length);
  reply.response.end(hasBody(reply, answer.status) ? answer.body : undefined);
}
