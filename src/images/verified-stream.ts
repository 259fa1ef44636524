import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { ImageUnusable } from '../ports/image-registry.ts';
import type { Descriptor } from './image-manifest.ts';

/** Passes a part of an image on and throws {@link ImageUnusable} at its end, or before, when it is not what it should be. */
export async function* verified(source: AsyncIterable<Buffer>, expected: Descriptor): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of source) {
    sizeBytes += chunk.length;
    if (sizeBytes > expected.sizeBytes) break;
    hash.update(chunk);
    yield chunk;
  }
  if (sizeBytes !== expected.sizeBytes)
    throw new ImageUnusable('invalid', `${expected.digest} has another size than ${expected.sizeBytes} bytes`);
  if (`sha256:${hash.digest('hex')}` !== expected.digest)
    throw new ImageUnusable('invalid', `what came for ${expected.digest} is something else`);
}

/** Reads a stream to its end. Throws {@link ImageUnusable} when it is longer than `bytesMax`. */
export async function readAll(source: Readable | AsyncIterable<Buffer>, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > bytesMax) throw new ImageUnusable('invalid', `a part of it is longer than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
