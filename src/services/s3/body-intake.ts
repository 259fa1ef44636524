import { createHash } from 'node:crypto';
import { Readable, Transform } from 'node:stream';
import type { BlobWritten } from '../../ports/blob-store.ts';
import type { HttpRequest } from '../../wire/service.ts';
import { AwsChunkedDecoder } from './aws-chunked.ts';
import { type Checksum, CHECKSUM_HEADERS, newChecksum } from './checksums.ts';
import { s3Error } from './s3-errors.ts';

/** What was learnt of a body while it went to disk. */
export interface TakenBody {
  readonly blob: BlobWritten;
  /** MD5 as hex. */
  readonly md5: string;
  /** Checksums that were given and hold, by header. */
  readonly checksums: Readonly<Record<string, string>>;
}

/** Largest object of one request. */
const OBJECT_BYTES_MAX = 5 * 1_024 ** 3;

/**
 * Streams a request's body to a blob, taking off its chunk framing and checking length, Content-MD5 and checksums on
 * the way. Throws BadDigest, IncompleteBody or EntityTooLarge; then the body is nowhere.
 */
export async function takeBody(request: HttpRequest, write: (source: Readable) => Promise<BlobWritten>): Promise<TakenBody> {
  const headers = request.headers;
  const isChunked =
    /(^|,)\s*aws-chunked\s*(,|$)/.test(headers['content-encoding'] ?? '') ||
    String(headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-');
  const declared = declaredBytes(request, isChunked);
  if (declared !== undefined && declared > OBJECT_BYTES_MAX) throw s3Error('EntityTooLarge');
  const decoder = isChunked ? new AwsChunkedDecoder() : undefined;
  const measure = new Measure(checksumsWanted(request));
  const source = chain(request, decoder, measure);
  const blob = await write(source);
  if (declared !== undefined && declared !== blob.sizeBytes) throw s3Error('IncompleteBody');
  const md5 = measure.md5.digest();
  checkMd5(headers['content-md5'], md5);
  return { blob, md5: md5.toString('hex'), checksums: checkChecksums(request, decoder, measure) };
}

function declaredBytes(request: HttpRequest, isChunked: boolean): number | undefined {
  const text = isChunked ? request.headers['x-amz-decoded-content-length'] : request.headers['content-length'];
  if (text === undefined) {
    if (request.headers['transfer-encoding'] === undefined && !isChunked && request.httpVersionMajor === 1)
      throw s3Error('MissingContentLength');
    return undefined;
  }
  const bytes = Number(text);
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw s3Error('InvalidArgument', 'The length is not a number.');
  return bytes;
}

/** Joins the streams so that an error of any of them ends the last. */
function chain(request: HttpRequest, decoder: Transform | undefined, measure: Transform): Readable {
  const streams = decoder ? [request, decoder, measure] : [request, measure];
  for (const [index, stream] of streams.entries()) {
    const next = streams[index + 1] as Transform | undefined;
    if (!next) break;
    stream.pipe(next);
    stream.on('error', (error) => next.destroy(error));
  }
  // Whoever reads hears of an error when it reads; one that comes before must not end the process.
  measure.on('error', () => {});
  // A client that goes away ends neither body nor pipe by itself.
  request.on('close', () => {
    if (!request.readableEnded) streams[1]?.destroy(s3Error('IncompleteBody'));
  });
  return measure;
}

class Measure extends Transform {
  readonly md5 = createHash('md5');
  readonly checksums: ReadonlyMap<string, Checksum>;
  #sizeBytes = 0;

  constructor(checksums: ReadonlyMap<string, Checksum>) {
    super();
    this.checksums = checksums;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: (error: Error | null, chunk?: Buffer) => void): void {
    this.#sizeBytes += chunk.length;
    if (this.#sizeBytes > OBJECT_BYTES_MAX) return callback(s3Error('EntityTooLarge'));
    this.md5.update(chunk);
    for (const checksum of this.checksums.values()) checksum.update(chunk);
    callback(null, chunk);
  }
}

function checksumsWanted(request: HttpRequest): Map<string, Checksum> {
  const trailers = String(request.headers['x-amz-trailer'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase());
  const names = [
    ...CHECKSUM_HEADERS.filter((name) => request.headers[name] !== undefined),
    ...trailers.filter((name) => name.startsWith('x-amz-checksum-')),
  ];
  return new Map(names.map((name) => [name, newChecksum(name)]));
}

function checkMd5(given: string | string[] | undefined, actual: Buffer): void {
  if (given === undefined) return;
  const wanted = Buffer.from(String(given), 'base64');
  if (wanted.length !== 16) throw s3Error('InvalidDigest');
  if (!wanted.equals(actual)) throw s3Error('BadDigest');
}

function checkChecksums(request: HttpRequest, decoder: AwsChunkedDecoder | undefined, measure: Measure): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, checksum] of measure.checksums) {
    const given = request.headers[name] ?? decoder?.trailers.get(name);
    const actual = checksum.digest();
    if (given !== actual) throw s3Error('BadDigest');
    result[name] = actual;
  }
  return result;
}
