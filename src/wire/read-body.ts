import type { HttpRequest } from './service.ts';

/** The body is longer than its reader allows; the rest was not read. */
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

/** Reads a body whole, up to `bytesMax`. Rejects with {@link BodyTooLarge} or {@link BodyTruncated}. */
export function readBody(request: HttpRequest, bytesMax: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) return Promise.reject(new BodyTooLarge(bytesMax));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    request.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes > bytesMax) {
        request.pause();
        reject(new BodyTooLarge(bytesMax));
      } else chunks.push(chunk);
    });
    request.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.on('error', () => reject(new BodyTruncated()));
    request.on('close', () => reject(new BodyTruncated()));
  });
}
