import { createHmac, timingSafeEqual } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { BlobMissing, type BlobStore } from '../ports/blob-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { HttpRequest, HttpResponse, RequestContext } from '../wire/service.ts';
import { searchParams } from '../wire/search-params.ts';

/** Path below which packages are downloaded. */
export const CODE_DOWNLOAD_PATH = '/_lambkin/code/';
/** How long a location is good for. Source: GetFunction's documentation. */
const VALID_MS = 600_000;

/** Links to deployment packages that anybody who holds one can follow, for ten minutes. */
export class CodeDownload {
  readonly #blobs: BlobStore;
  readonly #clock: Clock;
  readonly #secret: string;

  constructor(blobs: BlobStore, clock: Clock, secret: string) {
    this.#blobs = blobs;
    this.#clock = clock;
    this.#secret = secret;
  }

  /** A link below `origin`. */
  url(origin: string, account: string, blobId: string): string {
    const expires = String(this.#clock.now() + VALID_MS);
    return `${origin}${CODE_DOWNLOAD_PATH}${account}/${blobId}?expires=${expires}&signature=${this.#sign(account, blobId, expires)}`;
  }

  /** Answers a request for a link: the zip, or 403 when it is not one of ours or too old. */
  async handle(request: HttpRequest, response: HttpResponse, context: RequestContext): Promise<void> {
    const [account = '', blobId = ''] = context.path.slice(CODE_DOWNLOAD_PATH.length).split('/', 2);
    const query = searchParams(context.query);
    const expires = query.get('expires') ?? '';
    const isOurs = isEqual(query.get('signature') ?? '', this.#sign(account, blobId, expires));
    if (request.method !== 'GET' || !isOurs || Number(expires) < this.#clock.now())
      return refuse(response, 403, 'The link is not valid, or no longer.');
    try {
      const body = await this.#blobs.read(blobId);
      response.writeHead(200, { 'Content-Type': 'application/zip', 'x-amzn-RequestId': context.requestId });
      await pipeline(body, response).catch(() => response.destroy());
    } catch (error) {
      if (!(error instanceof BlobMissing)) throw error;
      refuse(response, 404, 'The package is no longer there.');
    }
  }

  #sign(account: string, blobId: string, expires: string): string {
    return createHmac('sha256', this.#secret).update(`${account}/${blobId}/${expires}`).digest('hex');
  }
}

function refuse(response: HttpResponse, status: number, message: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ message }));
}

function isEqual(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}
