import type { HttpRequest } from './service.ts';

/** The body is longer than its reader allows. */
export class BodyTooLarge extends Error {
  readonly bytesMax: number;
  constructor(bytesMax: number) {
    super(`the body is longer than ${bytesMax} bytes`);
    this.name = 'BodyTooLarge';
    this.bytesMax = bytesMax;
  }
}

/** The client broke off before its body was complete. */
export class BodyTruncated extends Error {
  constructor() {
    super('the request ended before its body was complete');
    this.name = 'BodyTruncated';
  }
}

/** How much of a body that is too large is read and thrown away: a client that is still writing does not see an answer. */
const DISCARDED_BYTES_MAX = 134_217_728;

/**
 * Reads a body whole, up to `bytesMax`. Rejects with {@link BodyTooLarge} once the rest was thrown away (or at once
 * when the rest is longer than what is worth reading), and with {@link BodyTruncated}. Must be called before anything
 * else reads the request.
 */
export function readBody(request: HttpRequest, bytesMax: number): Promise<Buffer> {
  const declaredBytes = Number(request.headers['content-length'] ?? 0);
  if (declaredBytes > bytesMax + DISCARDED_BYTES_MAX) return Promise.reject(new BodyTooLarge(bytesMax));
  // Neither `end` nor `close` would come any more.
  if (request.destroyed && !request.readableEnded) return Promise.reject(new BodyTruncated());
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let sizeBytes = 0;
    request.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes <= bytesMax && declaredBytes <= bytesMax) {
        chunks.push(chunk);
        return;
      }
      chunks = [];
      if (sizeBytes <= bytesMax + DISCARDED_BYTES_MAX) return;
      request.pause();
      reject(new BodyTooLarge(bytesMax));
    });
    request.on('end', () => {
      if (sizeBytes > bytesMax) reject(new BodyTooLarge(bytesMax));
      else resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, sizeBytes));
    });
    // Every request closes in the end; making an error for each would cost as much as reading it.
    const truncated = (): void => {
      if (!request.readableEnded) reject(new BodyTruncated());
    };
    request.on('error', truncated);
    request.on('close', truncated);
  });
}
