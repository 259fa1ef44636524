import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../ports/clock.ts';
import { type FoundImage, type ImageRegistry, ImageUnusable } from '../ports/image-registry.ts';
import type { HeldImage, ImageDefaults, ImageShelf } from '../ports/image-shelf.ts';
import type { Logger } from '../ports/logger.ts';
import { ImageFinder, type ImageSettings } from './image-finder.ts';
import { type ImageReference, isDigest, parseImageUri, withDigest } from './image-reference.ts';
import type { ImageSource } from './image-source.ts';
import { PullTurns } from './pull-turns.ts';
import { followInside } from './unpack/scoped-path.ts';
import { UNPACK_LIMITS, unpackImage, type UnpackLimits } from './unpack/unpack-image.ts';

/** What is known of an unpacked image. */
export interface StoredImage {
  readonly defaults: ImageDefaults;
  /** Of its layers, unpacked. */
  readonly sizeBytes: number;
}

/** Folders named by a SHA-256, each made once, whole or not at all. `SharedFolders` of the code's cache is one. */
export interface ImageFolders {
  facts(name: string, make: (directory: string) => Promise<StoredImage>): Promise<StoredImage>;
  hold(
    name: string,
    make: (directory: string) => Promise<StoredImage>,
  ): Promise<{ readonly directory: string; readonly facts: StoredImage; release(): void }>;
  list(): Promise<ReadonlyMap<string, StoredImage>>;
  remove(name: string): Promise<boolean>;
}

/** What the store works with. */
export interface ImageStoreOptions {
  readonly folders: ImageFolders;
  readonly settings: ImageSettings;
  /** Of this host, as Go names it: `amd64`, `arm64`. */
  readonly architecture: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: UnpackLimits;
}

/** Where the root lies in an image's folder. */
const ROOT_NAME = 'rootfs';
/** Images pulled at a time; more wait. */
const PULLS_MAX = 2;
/** Registries and networks fail now and then. */
const ATTEMPTS_MAX = 3;
const ATTEMPT_DELAY_MS = 1_000;

/** Container images of registries and of local layouts, unpacked once each into a folder that is read only from then on. */
export class ImageStore implements ImageRegistry, ImageShelf {
  readonly #options: ImageStoreOptions;
  readonly #finder: ImageFinder;
  readonly #turns = new PullTurns(PULLS_MAX);
  readonly #ending = new AbortController();

  constructor(options: ImageStoreOptions) {
    this.#options = options;
    this.#finder = new ImageFinder({ ...options, signal: this.#ending.signal });
  }

  async resolve(imageUri: string): Promise<FoundImage> {
    return this.#finder.resolve(imageUri);
  }

  async prepare(resolvedUri: string): Promise<void> {
    const { name, pull } = this.#pulling(resolvedUri);
    await this.#options.folders.facts(name, pull);
  }

  async acquire(resolvedUri: string): Promise<HeldImage> {
    const { name, pull } = this.#pulling(resolvedUri);
    const { directory, facts, release } = await this.#options.folders.hold(name, pull);
    const folder = join(directory, ROOT_NAME);
    return { root: { folder }, defaults: facts.defaults, locate: (path) => followInside(folder, path), release };
  }

  async keepOnly(digests: ReadonlySet<string>): Promise<number> {
    let removed = 0;
    for (const name of (await this.#options.folders.list()).keys())
      if (!digests.has(`sha256:${name}`) && (await this.#options.folders.remove(name))) removed += 1;
    return removed;
  }

  /** Ends every pull; what was pulled until then is removed with the next start. */
  close(): void {
    this.#ending.abort(new Error('the server stops'));
  }

  #pulling(resolvedUri: string): { name: string; pull: (directory: string) => Promise<StoredImage> } {
    const reference = parseImageUri(resolvedUri);
    const { tagOrDigest = '' } = reference;
    if (!isDigest(tagOrDigest)) throw new ImageUnusable('invalid', `${resolvedUri} names no digest`);
    return {
      name: tagOrDigest.replace('sha256:', ''),
      pull: (directory) => this.#turns.run(() => this.#pull(reference, tagOrDigest, directory)),
    };
  }

  async #pull(reference: ImageReference, digest: string, directory: string): Promise<StoredImage> {
    const { logger, clock } = this.#options;
    const image = withDigest(reference, digest);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#pullOnce(this.#finder.sourceOf(reference), digest, directory);
      } catch (error) {
        const isFinal = error instanceof ImageUnusable || attempt === ATTEMPTS_MAX || this.#ending.signal.aborted;
        logger.warn({ image, attempt, error: String(error) }, 'an image could not be pulled');
        if (isFinal) throw error;
      }
      await rm(directory, { recursive: true, force: true });
      await new Promise<void>((resolve) => clock.setTimeout(resolve, ATTEMPT_DELAY_MS));
    }
  }

  async #pullOnce(source: ImageSource, digest: string, directory: string): Promise<StoredImage> {
    const { logger, limits = UNPACK_LIMITS } = this.#options;
    const image = await this.#finder.find(source, digest);
    const sizeBytes = await unpackImage(join(directory, ROOT_NAME), image, source, limits);
    logger.info({ digest, layers: image.manifest.layers.length, sizeBytes }, 'pulled an image');
    return { defaults: image.configuration.defaults, sizeBytes };
  }
}

/** What is written beside an image's folder, or undefined when that is not it. */
export function parseStoredImage(stored: unknown): StoredImage | undefined {
  const { defaults, sizeBytes } = (stored ?? {}) as Partial<Record<keyof StoredImage, unknown>>;
  const isStored = typeof defaults === 'object' && defaults !== null && Number.isSafeInteger(sizeBytes);
  return isStored ? { defaults: defaults as ImageDefaults, sizeBytes: sizeBytes as number } : undefined;
}
