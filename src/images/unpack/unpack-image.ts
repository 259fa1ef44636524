import { createHash } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import { ImageUnusable } from '../../ports/image-registry.ts';
import { IMAGE_BYTES_MAX, type ImageConfiguration, type ImageManifest } from '../image-manifest.ts';
import type { ImageSource } from '../image-source.ts';
import { verified } from '../verified-stream.ts';
import { decompressed } from './decompression.ts';
import { RootWriter } from './root-writer.ts';

/** What an image may be unpacked. */
export interface UnpackLimits {
  readonly bytesMax: number;
  /** Each costs a file; large images have some hundred thousand. */
  readonly entriesMax: number;
}

/** Source of the size: the Lambda quotas page. */
export const UNPACK_LIMITS: UnpackLimits = { bytesMax: IMAGE_BYTES_MAX, entriesMax: 1_000_000 };

/**
 * Fetches an image's layers and unpacks them below a new folder. Returns their size in bytes, unpacked. Throws
 * `ImageUnusable` when a layer is not what manifest and config say, hostile or too large; what was written until then is
 * the caller's to remove.
 */
export async function unpackImage(
  root: string,
  image: { readonly manifest: ImageManifest; readonly configuration: ImageConfiguration },
  source: ImageSource,
  limits: UnpackLimits,
): Promise<number> {
  await mkdir(root, { recursive: true });
  await chmod(root, 0o755);
  const writer = new RootWriter(root, limits.entriesMax);
  const budget = { bytesLeft: limits.bytesMax };
  for (const [index, layer] of image.manifest.layers.entries()) {
    const packed = verified(await source.blob(layer), layer);
    const digest = image.configuration.layerDigests[index] ?? '';
    await writer.layer(measured(decompressed(packed), digest, budget));
  }
  return limits.bytesMax - budget.bytesLeft;
}

/** Passes a layer's tar on, and throws at its end when it is another one than the config says. */
async function* measured(tar: AsyncIterable<Buffer>, digest: string, budget: { bytesLeft: number }): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const chunk of tar) {
    budget.bytesLeft -= chunk.length;
    // Counted as it comes out of the decompressor, so that a bomb stops here whatever it is made of.
    if (budget.bytesLeft < 0) throw new ImageUnusable('invalid', 'unpacked it is larger than an image may be');
    hash.update(chunk);
    yield chunk;
  }
  if (`sha256:${hash.digest('hex')}` !== digest) throw new ImageUnusable('invalid', `a layer is not ${digest} when unpacked`);
}
