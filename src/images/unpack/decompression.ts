import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ImageUnusable } from '../../ports/image-registry.ts';
import { zstdFrames } from './zstd-frames.ts';

const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
/** First bytes of a frame that holds nothing of the content: any of sixteen kinds. Source: RFC 8878, section 3.1.2. */
const SKIPPED = Buffer.from([0x2a, 0x4d, 0x18]);

/**
 * A layer as a plain tar, told by how it begins, for media types are often wrong. Throws {@link ImageUnusable} for
 * a broken one; an error of the source is passed on as it is.
 */
export async function* decompressed(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const chunks = source[Symbol.asyncIterator]();
  let begin = Buffer.alloc(0);
  while (begin.length < ZSTD.length) {
    const { value, done } = await chunks.next();
    if (done === true) break;
    begin = Buffer.concat([begin, value]);
  }
  // Whose fault it is decides whether it is the image's.
  const fault: Fault = {};
  const whole = remembering(begin, chunks, fault);
  const decompress = decompressor(begin);
  try {
    yield* decompress ? decompress(whole) : whole;
  } catch (error) {
    if ('error' in fault) throw fault.error;
    if (error instanceof ImageUnusable) throw error;
    throw new ImageUnusable('invalid', `a layer can't be decompressed: ${(error as Error).message}`);
  }
}

interface Fault {
  error?: unknown;
}

function decompressor(begin: Buffer): ((source: AsyncGenerator<Buffer>) => AsyncGenerator<Buffer>) | undefined {
  if (begin.subarray(0, GZIP.length).equals(GZIP)) return gunzipped;
  const isSkipped = ((begin[0] ?? 0) & 0xf0) === 0x50 && begin.subarray(1, 4).equals(SKIPPED);
  return isSkipped || begin.subarray(0, ZSTD.length).equals(ZSTD) ? zstdFrames : undefined;
}

async function* gunzipped(source: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const stream = createGunzip();
  pipeline(Readable.from(source), stream, () => {
    // Whoever reads the stream hears of errors by it.
  });
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } finally {
    await source.return(undefined);
  }
}

async function* remembering(begin: Buffer, chunks: AsyncIterator<Buffer>, fault: Fault): AsyncGenerator<Buffer> {
  try {
    yield begin;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
  } catch (error) {
    fault.error = error;
    throw error;
  } finally {
    await chunks.return?.();
  }
}
