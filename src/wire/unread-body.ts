import type { HttpResponse } from './service.ts';

/**
 * Headers of an answer that is given before its request was read to the end: what is left of the body would be taken
 * for the next request, so the connection ends with the answer (RFC 9112, section 9.6). HTTP/2 has streams for that.
 */
export function closingHeaders(response: HttpResponse): { readonly Connection?: 'close' } {
  return response.req.complete || response.req.httpVersionMajor > 1 ? {} : { Connection: 'close' };
}
