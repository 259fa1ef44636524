import type { Readable } from 'node:stream';
import type { Descriptor, ManifestDocument } from './image-manifest.ts';

/** Where the parts of images of one name come from. Nothing is checked here: what comes may be anything. */
export interface ImageSource {
  /** The manifest or index of a tag or digest. Throws `ImageUnusable`. */
  manifest(tagOrDigest: string): Promise<ManifestDocument>;
  /** A part of an image. Throws `ImageUnusable`. */
  blob(descriptor: Descriptor): Promise<Readable>;
}
