import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { join } from 'node:path';
import type { BlobId, BlobStore } from '../ports/blob-store.ts';
import type { Ids } from '../ports/ids.ts';
import { unpackArchive } from './archive.ts';

/** A package's folder while somebody uses it. */
export interface CodeDirectory {
  readonly directory: string;
  release(): void;
}

interface Entry {
  readonly ready: Promise<string>;
  users: number;
}

/** Deployment packages, unpacked once each and shared by all environments that run them. Never written after they are made. */
export class CodeCache {
  readonly #root: string;
  readonly #blobs: BlobStore;
  readonly #ids: Ids;
  readonly #entries = new Map<BlobId, Entry>();

  private constructor(root: string, blobs: BlobStore, ids: Ids) {
    this.#root = root;
    this.#blobs = blobs;
    this.#ids = ids;
  }

  /** Opens the folder and sweeps packages whose unpacking was cut off. */
  static async open(root: string, blobs: BlobStore, ids: Ids): Promise<CodeCache> {
    await mkdir(root, { recursive: true, mode: 0o711 });
    for (const name of await readdir(root)) {
      if (!/^[0-9a-f]{64}$/.test(name)) await rm(join(root, name), { recursive: true, force: true });
    }
    return new CodeCache(root, blobs, ids);
  }

  /** Unpacks a package that has just come in. Throws `ArchiveRefused`; then nothing is left of it. */
  async add(blobId: BlobId, zip: Buffer): Promise<void> {
    await this.#entry(blobId, async () => zip).ready;
  }

  /** The folder of a package, which stays until it is released. */
  async acquire(blobId: BlobId): Promise<CodeDirectory> {
    const entry = this.#entry(blobId, async () => buffer(await this.#blobs.read(blobId)));
    entry.users += 1;
    let isReleased = false;
    const release = (): void => {
      if (!isReleased) entry.users -= 1;
      isReleased = true;
    };
    try {
      return { directory: await entry.ready, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Removes the folder of a package that no function refers to; false while an environment still uses it. */
  async forget(blobId: BlobId): Promise<boolean> {
    const entry = this.#entries.get(blobId);
    if (entry && entry.users > 0) return false;
    this.#entries.delete(blobId);
    await rm(join(this.#root, blobId), { recursive: true, force: true });
    return true;
  }

  #entry(blobId: BlobId, read: () => Promise<Buffer>): Entry {
    let entry = this.#entries.get(blobId);
    if (!entry) {
      entry = { ready: this.#unpack(blobId, read), users: 0 };
      this.#entries.set(blobId, entry);
      entry.ready.catch(() => this.#entries.delete(blobId));
    }
    return entry;
  }

  async #unpack(blobId: BlobId, read: () => Promise<Buffer>): Promise<string> {
    const directory = join(this.#root, blobId);
    const exists = await stat(directory).then(
      () => true,
      () => false,
    );
    if (exists) return directory;
    // Made beside its place and moved there whole, so that a folder of that name is always complete.
    const temporary = join(this.#root, `unpacking-${this.#ids.hex(8)}`);
    try {
      await unpackArchive(await read(), temporary);
      await rename(temporary, directory);
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      throw error;
    }
    return directory;
  }
}
