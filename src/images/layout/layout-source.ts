import type { Readable } from 'node:stream';
import { ImageUnusable } from '../../ports/image-registry.ts';
import { type Descriptor, DOCUMENT_BYTES_MAX, type ManifestDocument } from '../image-manifest.ts';
import { isDigest } from '../image-reference.ts';
import type { ImageSource } from '../image-source.ts';
import { readAll } from '../verified-stream.ts';
import { type LayoutFiles, openLayout } from './layout-files.ts';

/** Where an entry of a layout's index has its tag. Source: the OCI image specification, annotations. */
const TAG_ANNOTATION = 'org.opencontainers.image.ref.name';

interface IndexEntry {
  readonly digest: string;
  readonly mediaType: string | undefined;
  readonly tag: string | undefined;
}

/** Images in a folder or a tar. Source: the OCI image specification, layout. */
export class LayoutSource implements ImageSource {
  readonly #path: string;
  readonly #directories: readonly string[];
  #files: Promise<LayoutFiles> | undefined;

  /** Only what lies below one of `directories` is read. */
  constructor(path: string, directories: readonly string[]) {
    this.#path = path;
    this.#directories = directories;
  }

  /** `latest` is also the only image of a layout that has but one. */
  async manifest(tagOrDigest: string): Promise<ManifestDocument> {
    if (isDigest(tagOrDigest)) return this.#document(tagOrDigest, undefined);
    const entries = await this.#index();
    const found = entries.find(({ tag }) => tag === tagOrDigest) ?? (tagOrDigest === 'latest' ? onlyOf(entries) : undefined);
    if (!found) throw new ImageUnusable('missing', `${this.#path} has no image with the tag ${tagOrDigest}`);
    return this.#document(found.digest, found.mediaType);
  }

  async blob(descriptor: Descriptor): Promise<Readable> {
    return (await this.#open()).read(pathOf(descriptor.digest));
  }

  async #document(digest: string, mediaType: string | undefined): Promise<ManifestDocument> {
    const files = await this.#open();
    return { mediaType, bytes: await this.#read(files, pathOf(digest)) };
  }

  async #index(): Promise<IndexEntry[]> {
    const files = await this.#open();
    let manifests: unknown;
    try {
      ({ manifests } = JSON.parse((await this.#read(files, 'index.json')).toString('utf8')) as { manifests?: unknown });
    } catch (error) {
      if (error instanceof ImageUnusable) throw error;
      throw new ImageUnusable('invalid', `the index of ${this.#path} can't be read`);
    }
    return (Array.isArray(manifests) ? manifests : []).flatMap(entryOf);
  }

  async #read(files: LayoutFiles, path: string): Promise<Buffer> {
    try {
      return await readAll(files.read(path), DOCUMENT_BYTES_MAX);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new ImageUnusable('missing', `${this.#path} has no ${path}`);
    }
  }

  #open(): Promise<LayoutFiles> {
    this.#files ??= openLayout(this.#path, this.#directories);
    return this.#files;
  }
}

function entryOf(value: unknown): IndexEntry[] {
  const { digest, mediaType, annotations } = (value ?? {}) as Record<string, unknown>;
  if (typeof digest !== 'string' || !isDigest(digest)) return [];
  const tag = ((annotations ?? {}) as Record<string, unknown>)[TAG_ANNOTATION];
  return [
    {
      digest,
      mediaType: typeof mediaType === 'string' ? mediaType : undefined,
      tag: typeof tag === 'string' ? tag : undefined,
    },
  ];
}

function onlyOf(entries: readonly IndexEntry[]): IndexEntry | undefined {
  return entries.length === 1 ? entries[0] : undefined;
}

function pathOf(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}
