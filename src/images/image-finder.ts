import type { Clock } from '../ports/clock.ts';
import { type FoundImage, ImageUnusable } from '../ports/image-registry.ts';
import {
  type Descriptor,
  digestOf,
  DOCUMENT_BYTES_MAX,
  type ImageConfiguration,
  type ImageManifest,
  readConfiguration,
  readManifest,
} from './image-manifest.ts';
import { type ImageReference, isDigest, parseImageUri, withDigest } from './image-reference.ts';
import type { ImageSource } from './image-source.ts';
import { LayoutSource } from './layout/layout-source.ts';
import { RegistryClient } from './registry/registry-client.ts';
import type { RegistrySettings } from './registry/registry-settings.ts';
import { readAll, verified } from './verified-stream.ts';

/** Where images are looked for. */
export interface ImageSettings extends RegistrySettings {
  /** Folders below which `oci:` images may lie. */
  readonly layoutDirectories: readonly string[];
}

/** What a finder works with. */
export interface FinderOptions {
  readonly settings: ImageSettings;
  /** Of this host, as Go names it: `amd64`, `arm64`. */
  readonly architecture: string;
  readonly clock: Clock;
  /** Ends whatever is under way. */
  readonly signal: AbortSignal;
}

/** An image of this host's platform. */
export interface PlatformImage {
  /** Of its manifest. */
  readonly digest: string;
  readonly manifest: ImageManifest;
  readonly configuration: ImageConfiguration;
}

/** Looks images up, without their layers. */
export class ImageFinder {
  readonly #options: FinderOptions;

  constructor(options: FinderOptions) {
    this.#options = options;
  }

  /** What a name stands for now. Throws {@link ImageUnusable}. */
  async resolve(imageUri: string): Promise<FoundImage> {
    const reference = parseImageUri(imageUri);
    const { digest } = await this.find(this.sourceOf(reference), reference.tagOrDigest ?? 'latest');
    return { digest, resolvedUri: withDigest(reference, digest) };
  }

  sourceOf(reference: ImageReference): ImageSource {
    const { settings, clock, signal } = this.#options;
    return reference.kind === 'layout'
      ? new LayoutSource(reference.path, settings.layoutDirectories)
      : new RegistryClient(reference, settings, clock, signal);
  }

  /** The image of this host's platform, its manifest and configuration checked. Throws {@link ImageUnusable}. */
  async find(source: ImageSource, tagOrDigest: string): Promise<PlatformImage> {
    const { digest, read } = await this.#document(source, tagOrDigest);
    if ('manifest' in read) return { digest, ...(await this.#configured(source, read.manifest)) };
    const inner = await this.#document(source, read.forPlatform.digest);
    if (!('manifest' in inner.read)) throw new ImageUnusable('unsupported', 'an index of indexes');
    return { digest: inner.digest, ...(await this.#configured(source, inner.read.manifest)) };
  }

  async #document(source: ImageSource, tagOrDigest: string) {
    const document = await source.manifest(tagOrDigest);
    const digest = digestOf(document.bytes);
    if (isDigest(tagOrDigest) && digest !== tagOrDigest)
      throw new ImageUnusable('invalid', `what came for ${tagOrDigest} is something else`);
    return { digest, read: readManifest(document, this.#options.architecture) };
  }

  async #configured(source: ImageSource, manifest: ImageManifest) {
    const bytes = await readDocument(source, manifest.config);
    return { manifest, configuration: readConfiguration(bytes, manifest, this.#options.architecture) };
  }
}

async function readDocument(source: ImageSource, descriptor: Descriptor): Promise<Buffer> {
  return readAll(verified(await source.blob(descriptor), descriptor), DOCUMENT_BYTES_MAX);
}
