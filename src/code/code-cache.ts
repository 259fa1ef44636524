import { lstat, readdir } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { join } from 'node:path';
import type { BlobId, BlobStore } from '../ports/blob-store.ts';
import type { Ids } from '../ports/ids.ts';
import { type Unpacked, unpackArchive } from './archive.ts';
import { SharedFolders } from './shared-folders.ts';

/** A package's folder while somebody uses it. */
export interface CodeDirectory {
  readonly directory: string;
  /** What its files take. */
  readonly unzippedBytes: number;
  release(): void;
}

/** Asked before a package is forgotten: removes what was made of it, or tells by false that it is in use. */
type ForgetListener = (blobId: BlobId) => Promise<boolean>;

/** Packages of functions and layers, unpacked once each and shared by all environments that run them. Never written after they are made. */
export class CodeCache {
  readonly #folders: SharedFolders<Unpacked>;
  readonly #blobs: BlobStore;
  readonly #forgetListeners: ForgetListener[] = [];

  private constructor(folders: SharedFolders<Unpacked>, blobs: BlobStore) {
    this.#folders = folders;
    this.#blobs = blobs;
  }

  /** Opens the folder and sweeps packages whose unpacking was cut off. */
  static async open(root: string, blobs: BlobStore, ids: Ids): Promise<CodeCache> {
    return new CodeCache(await SharedFolders.open(root, ids, { parse: parseUnpacked, recover: measure }), blobs);
  }

  /** Unpacks a package that has just come in and tells its unzipped size in bytes. Throws `ArchiveRefused`; then nothing is left of it. */
  async add(blobId: BlobId, zip: Buffer): Promise<number> {
    return (await this.#folders.facts(blobId, (directory) => unpackArchive(zip, directory))).sizeBytes;
  }

  /** The unzipped size of a stored package in bytes; unpacks it if it is not. Throws `BlobMissing`. */
  async unzippedBytes(blobId: BlobId): Promise<number> {
    return (await this.#folders.facts(blobId, this.#unpack(blobId))).sizeBytes;
  }

  /** The folder of a package, which stays until it is released. */
  async acquire(blobId: BlobId): Promise<CodeDirectory> {
    const { directory, facts, release } = await this.#folders.hold(blobId, this.#unpack(blobId));
    return { directory, unzippedBytes: facts.sizeBytes, release };
  }

  /** Removes the folder of a package that no function refers to; false while an environment still uses it. */
  async forget(blobId: BlobId): Promise<boolean> {
    if (this.#folders.isHeld(blobId)) return false;
    for (const listener of this.#forgetListeners) if (!(await listener(blobId))) return false;
    return this.#folders.remove(blobId);
  }

  /** For whoever makes something of packages. */
  onForget(listener: ForgetListener): void {
    this.#forgetListeners.push(listener);
  }

  #unpack(blobId: BlobId): (directory: string) => Promise<Unpacked> {
    return async (directory) => unpackArchive(await buffer(await this.#blobs.read(blobId)), directory);
  }
}

function parseUnpacked(stored: unknown): Unpacked | undefined {
  const { sizeBytes, entryCount } = (stored ?? {}) as Partial<Record<keyof Unpacked, unknown>>;
  return Number.isSafeInteger(sizeBytes) && Number.isSafeInteger(entryCount)
    ? { sizeBytes: sizeBytes as number, entryCount: entryCount as number }
    : undefined;
}

/** The size of an unpacked package whose facts are lost: as in a zip, a link takes the length of its target. */
async function measure(directory: string): Promise<Unpacked> {
  let sizeBytes = 0;
  let entryCount = 0;
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    entryCount += 1;
    if (!entry.isDirectory()) sizeBytes += (await lstat(join(entry.parentPath, entry.name))).size;
  }
  return { sizeBytes, entryCount };
}
