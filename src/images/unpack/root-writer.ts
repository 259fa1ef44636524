import { type FileHandle, link, lstat, mkdir, open, readdir, rm, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ImageUnusable } from '../../ports/image-registry.ts';
import { tarEntries, type TarEntry } from '../tar/tar-entries.ts';
import { followInside } from './scoped-path.ts';

/** Source of the names: the OCI image specification, whiteouts; `.wh..wh.` names of AUFS's own. */
const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';
const METADATA = '.wh..wh.';
/** What a hostile name makes the file system say. */
const NAME_FAULTS = new Set(['ENAMETOOLONG', 'EILSEQ', 'EINVAL', 'ENOTDIR', 'EISDIR', 'ELOOP', 'EMLINK']);

/**
 * Writes layers, lowest first, below a new, empty folder that nobody else writes to. A layer is hostile until proven
 * otherwise: nothing is ever written, linked or removed but below the folder, by paths in which no link is left for the
 * kernel to follow; what exists is replaced, never opened. Devices are left out, and bits that change who somebody is.
 */
export class RootWriter {
  readonly #root: string;
  readonly #entriesMax: number;
  #entryCount = 0;
  /** Real paths by names, of folders that are known; forgotten as soon as a folder or a link goes. */
  readonly #folders = new Map<string, string>();
  /** What the layer that is being written has, which its own whiteouts don't concern. */
  readonly #ofLayer = new Set<string>();

  /** More than `entriesMax` entries in all layers together are refused. */
  constructor(root: string, entriesMax: number) {
    this.#root = root;
    this.#entriesMax = entriesMax;
  }

  /** Writes the next layer, a plain tar. Throws {@link ImageUnusable}; what was written until then is the caller's to remove. */
  async layer(tar: AsyncIterable<Buffer>): Promise<void> {
    this.#ofLayer.clear();
    this.#folders.clear();
    try {
      for await (const entry of tarEntries(tar)) await this.#entry(entry);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== undefined && NAME_FAULTS.has(code)) throw new ImageUnusable('invalid', `a layer can't be unpacked: ${code}`);
      throw error;
    }
  }

  async #entry(entry: TarEntry): Promise<void> {
    this.#entryCount += 1;
    if (this.#entryCount > this.#entriesMax)
      throw new ImageUnusable('invalid', `more than ${this.#entriesMax} entries in its layers`);
    const names = namesOf(entry.name);
    const name = names.pop();
    // The root itself: it is there already.
    if (name === undefined) return;
    if (name === OPAQUE) return this.#clear(names);
    if ([...names, name].some((part) => part.startsWith(METADATA))) return;
    if (name.startsWith(WHITEOUT)) return this.#whiteout(names, name.slice(WHITEOUT.length));
    if (entry.kind === 'device') return;
    const path = join(await this.#folder(names), name);
    this.#mark(path);
    if (entry.kind === 'folder') return this.#makeFolder(path, entry.mode);
    if (entry.kind === 'hard-link') return this.#hardLink(path, entry.linkName);
    await this.#remove(path);
    if (entry.kind === 'file') await writeContent(path, entry);
    else await this.#link(path, entry.linkName);
  }

  /** The real folder of these names; made where it is missing. */
  async #folder(names: readonly string[]): Promise<string> {
    const key = names.join('/');
    const known = this.#folders.get(key);
    if (known !== undefined) return known;
    const folder = (await followInside(this.#root, key, 'make-folders')) ?? this.#root;
    this.#folders.set(key, folder);
    return folder;
  }

  async #makeFolder(path: string, mode: number): Promise<void> {
    const stats = await statsOf(path);
    if (stats && !stats.isDirectory()) await this.#remove(path);
    if (!stats?.isDirectory()) await mkdir(path);
    // Without a handle a mode could be set through a link; there is none here, and it says so by failing.
    const handle = await open(path, 'r');
    try {
      // We must be able to write into it, and to remove it one day.
      await handle.chmod((mode & 0o777) | 0o700);
    } finally {
      await handle.close();
    }
  }

  async #link(path: string, target: string): Promise<void> {
    if (target === '' || target.includes('\0')) throw new ImageUnusable('invalid', 'a link in a layer leads nowhere');
    // It may lead anywhere: only the function follows it, and for it the folder is the root.
    await symlink(target, path);
  }

  async #hardLink(path: string, target: string): Promise<void> {
    const names = namesOf(target);
    const name = names.pop() ?? '';
    const folder = await followInside(this.#root, names.join('/'));
    const existing = folder === undefined ? undefined : join(folder, name);
    const stats = existing === undefined ? undefined : await statsOf(existing);
    if (existing === undefined || name === '' || !stats?.isFile())
      throw new ImageUnusable('invalid', `a layer links to ${target}, which is no file`);
    // Some writers link a file that they meet twice to itself.
    if (existing === path) return;
    await this.#remove(path);
    await link(existing, path);
  }

  async #whiteout(names: readonly string[], name: string): Promise<void> {
    if (name === '' || name === '.' || name === '..') throw new ImageUnusable('invalid', 'a whiteout of nothing');
    const folder = await followInside(this.#root, names.join('/'));
    const path = folder === undefined ? undefined : join(folder, name);
    if (path !== undefined && !this.#ofLayer.has(path)) await this.#remove(path);
  }

  /** Removes what lower layers have put into a folder. */
  async #clear(names: readonly string[]): Promise<void> {
    const folder = await followInside(this.#root, names.join('/'));
    if (folder === undefined || !(await statsOf(folder))?.isDirectory()) return;
    const open = [folder];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const entry of await readdir(next, { withFileTypes: true })) {
        const path = join(next, entry.name);
        if (!this.#ofLayer.has(path)) await this.#remove(path);
        else if (entry.isDirectory()) open.push(path);
      }
    }
  }

  async #remove(path: string): Promise<void> {
    const stats = await statsOf(path);
    if (!stats) return;
    if (stats.isDirectory() || stats.isSymbolicLink()) this.#folders.clear();
    // Never the target of a link, but the link.
    if (stats.isDirectory()) await rm(path, { recursive: true, force: true });
    else await unlink(path);
  }

  /** This path, and the folders that it lies in, belong to the layer. */
  #mark(path: string): void {
    for (let end = path.length; end > this.#root.length; end = path.lastIndexOf('/', end - 1)) {
      const part = path.slice(0, end);
      if (this.#ofLayer.has(part)) return;
      this.#ofLayer.add(part);
    }
  }
}

/** The parts of a name in a layer, which may begin with a slash or a dot. Throws {@link ImageUnusable} for one that leads upwards. */
function namesOf(name: string): string[] {
  const names = name.split('/').filter((part) => part !== '' && part !== '.');
  if (names.includes('..') || name.includes('\0')) throw new ImageUnusable('invalid', 'a name in a layer leaves the root');
  return names;
}

async function statsOf(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writeContent(path: string, entry: TarEntry): Promise<void> {
  // The owner's right to read stays, for us; programs that run as somebody else never get more than the image gives.
  const mode = (entry.mode & 0o777) | 0o400;
  // `wx` opens nothing that exists, links included.
  const handle = await open(path, 'wx', 0o600);
  try {
    for await (const piece of entry.content) await writeWhole(handle, piece);
    await handle.chmod(mode);
    // Python takes its byte code for valid by the time of the source.
    await handle.utimes(entry.modifiedSeconds, entry.modifiedSeconds);
  } finally {
    await handle.close();
  }
}

async function writeWhole(handle: FileHandle, piece: Buffer): Promise<void> {
  for (let written = 0; written < piece.length;) {
    const { bytesWritten } = await handle.write(piece, written);
    written += bytesWritten;
  }
}
