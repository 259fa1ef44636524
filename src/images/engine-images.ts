import type { ContainerEngine, EngineImage } from '../ports/container-engine.ts';
import { type FoundImage, type ImageRegistry, ImageUnusable } from '../ports/image-registry.ts';
import type { HeldImage, ImageShelf } from '../ports/image-shelf.ts';
import type { Logger } from '../ports/logger.ts';
import { ImageFinder, type FinderOptions } from './image-finder.ts';
import { type ImageReference, parseImageUri, withDigest } from './image-reference.ts';
import { repositoryUrl } from './registry/registry-settings.ts';

/** What this works with. */
export interface EngineImagesOptions extends Omit<FinderOptions, 'signal'> {
  readonly engine: ContainerEngine;
  readonly logger: Logger;
}

type RegistryReference = ImageReference & { readonly kind: 'registry' };

/**
 * Container images of a container engine: looked up in their registry by us, pulled and kept by the engine. An image that
 * no registry has, and the engine does, is taken from there: what somebody has just built.
 */
export class EngineImages implements ImageRegistry, ImageShelf {
  readonly #options: EngineImagesOptions;
  readonly #finder: ImageFinder;
  readonly #ending = new AbortController();

  constructor(options: EngineImagesOptions) {
    this.#options = options;
    this.#finder = new ImageFinder({ ...options, signal: this.#ending.signal });
  }

  async resolve(imageUri: string): Promise<FoundImage> {
    const reference = registryReference(imageUri);
    try {
      return await this.#finder.resolve(imageUri);
    } catch (error) {
      if (error instanceof ImageUnusable && error.reason !== 'missing') throw error;
      const local = await this.#options.engine.image(imageUri);
      if (!local) throw error;
      this.#check(local);
      return { digest: local.id, resolvedUri: withDigest(reference, local.id) };
    }
  }

  async prepare(resolvedUri: string): Promise<void> {
    await this.#ready(resolvedUri);
  }

  async acquire(resolvedUri: string): Promise<HeldImage> {
    const { id, defaults } = await this.#ready(resolvedUri);
    return { root: { image: id }, defaults, release: () => {} };
  }

  /** The engine's images are its user's; none is removed. */
  async keepOnly(): Promise<number> {
    return 0;
  }

  /** Ends what is asked of registries. */
  close(): void {
    this.#ending.abort(new Error('the server stops'));
  }

  async #ready(resolvedUri: string): Promise<EngineImage> {
    const { engine, logger, settings } = this.#options;
    const reference = registryReference(resolvedUri);
    const name = this.#nameOf(reference);
    // One that was built here is known by its id alone.
    const known = (await engine.image(name)) ?? (await engine.image(reference.tagOrDigest));
    if (known) return known;
    await engine.pull(name, userOf(settings.credentials[reference.host]));
    const pulled = await engine.image(name);
    if (!pulled) throw new Error(`the engine has pulled ${name} and does not know it`);
    this.#check(pulled);
    logger.info({ image: name }, 'pulled an image');
    return pulled;
  }

  /** The image by its digest, as the engine finds it: in the registry that stands for the one of the name. */
  #nameOf({ host, repository, tagOrDigest }: RegistryReference): string {
    const { settings } = this.#options;
    if (settings.registries[host] === undefined) return `${host}/${repository}@${tagOrDigest}`;
    const url = new URL(repositoryUrl(host, repository, settings));
    return `${url.host}${url.pathname.replace(/^\/v2/, '')}@${tagOrDigest}`;
  }

  #check({ os, architecture }: EngineImage): void {
    if (os !== 'linux' || architecture !== this.#options.architecture)
      throw new ImageUnusable('invalid', `it is for ${os}/${architecture}`);
  }
}

function registryReference(uri: string): RegistryReference {
  const reference = parseImageUri(uri);
  if (reference.kind === 'layout') throw new Error('a container engine runs no images of local layouts; bubblewrap does');
  return reference;
}

function userOf(credentials: string | undefined): { user: string; password: string } | undefined {
  if (credentials === undefined) return undefined;
  const end = credentials.indexOf(':');
  return { user: credentials.slice(0, end), password: credentials.slice(end + 1) };
}
