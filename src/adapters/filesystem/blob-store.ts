import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Ids } from '../../ports/ids.ts';
import { type BlobId, BlobMissing, type BlobStore, type BlobWritten } from '../../ports/blob-store.ts';

/** Blobs as files below a folder, `<root>/ab/cdef...`. */
export class FilesystemBlobStore implements BlobStore {
  readonly #root: string;
  readonly #incoming: string;
  readonly #ids: Ids;

  private constructor(root: string, ids: Ids) {
    this.#root = root;
    this.#incoming = join(root, 'incoming');
    this.#ids = ids;
  }

  /** Opens the folder and sweeps what writes that were cut off left behind. */
  static async open(root: string, ids: Ids): Promise<FilesystemBlobStore> {
    const store = new FilesystemBlobStore(root, ids);
    await rm(store.#incoming, { recursive: true, force: true });
    await mkdir(store.#incoming, { recursive: true, mode: 0o700 });
    return store;
  }

  async write(source: Readable | Uint8Array): Promise<BlobWritten> {
    const temporary = join(this.#incoming, this.#ids.hex(16));
    const file = await open(temporary, 'wx', 0o600);
    try {
      const hash = createHash('sha256');
      let sizeBytes = 0;
      for await (const chunk of source instanceof Uint8Array ? [source] : source) {
        const bytes = chunk as Uint8Array;
        hash.update(bytes);
        sizeBytes += bytes.length;
        await file.writev([bytes]);
      }
      await file.sync();
      const id = hash.digest('hex');
      await this.#place(temporary, id);
      return { id, sizeBytes };
    } finally {
      await file.close();
      await rm(temporary, { force: true });
    }
  }

  async read(id: BlobId, range?: { start: number; end: number }): Promise<Readable> {
    const path = this.#path(id);
    const file = await open(path, 'r').catch(() => {
      throw new BlobMissing(id);
    });
    if (range && range.end < range.start) {
      await file.close();
      return Readable.from([]);
    }
    return createReadStream('', { fd: file, ...range });
  }

  async has(id: BlobId): Promise<boolean> {
    return stat(this.#path(id)).then(
      () => true,
      () => false,
    );
  }

  async remove(id: BlobId): Promise<void> {
    await rm(this.#path(id), { force: true });
  }

  async *ids(): AsyncIterable<BlobId> {
    for (const folder of await readdir(this.#root)) {
      if (!/^[0-9a-f]{2}$/.test(folder)) continue;
      for (const rest of await readdir(join(this.#root, folder))) yield folder + rest;
    }
  }

  /** Moves a finished file to its name; the folder is synced, for a name that is not on disk is no file after a crash. */
  async #place(temporary: string, id: BlobId): Promise<void> {
    const path = this.#path(id);
    const folder = join(this.#root, id.slice(0, 2));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await rename(temporary, path);
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  #path(id: BlobId): string {
    if (!/^[0-9a-f]{64}$/.test(id)) throw new BlobMissing(id);
    return join(this.#root, id.slice(0, 2), id.slice(2));
  }
}
