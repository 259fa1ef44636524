import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { UNZIPPED_CODE_BYTES_MAX } from '../model/limits.ts';
import { LinkTree } from './link-tree.ts';

/** The archive can't be used as a deployment package. */
export class ArchiveRefused extends Error {
  readonly reason: 'not-a-zip' | 'empty' | 'too-large';
  constructor(reason: 'not-a-zip' | 'empty' | 'too-large', detail: string) {
    super(detail);
    this.name = 'ArchiveRefused';
    this.reason = reason;
  }
}

/** More entries, and more folders, than any package has; each costs a file. */
const ENTRIES_MAX = 100_000;
const FILE_TYPE = 0o170000;
const REGULAR = 0o100000;
const FOLDER = 0o040000;
const LINK = 0o120000;

/** What an unpacked package takes. */
export interface Unpacked {
  readonly sizeBytes: number;
  readonly entryCount: number;
}

/**
 * Unpacks a zip below a new, empty folder. The archive is hostile until proven otherwise: names that leave the folder,
 * links that do or that are written through, devices, duplicates, lying sizes, bombs and encrypted entries are refused
 * with {@link ArchiveRefused}; what was written until then is the caller's to remove.
 */
export async function unpackArchive(zip: Buffer, folder: string): Promise<Unpacked> {
  const archive = await openArchive(zip);
  const unpacking = new Unpacking(archive, folder);
  try {
    return await unpacking.run();
  } catch (error) {
    if (error instanceof ArchiveRefused) throw error;
    // Whatever the reader says of a broken archive, and names the file system refuses.
    throw new ArchiveRefused('not-a-zip', error instanceof Error ? error.message : String(error));
  } finally {
    archive.close();
  }
}

function openArchive(zip: Buffer): Promise<ZipFile> {
  return new Promise((resolveArchive, reject) => {
    // Sizes are checked against what is really inflated, and names against leaving the folder.
    const options = { lazyEntries: true, validateEntrySizes: true, decodeStrings: true, strictFileNames: true };
    yauzl.fromBuffer(zip, options, (error, archive) => {
      if (error) reject(new ArchiveRefused('not-a-zip', error.message));
      else resolveArchive(archive);
    });
  });
}

class Unpacking {
  readonly #archive: ZipFile;
  readonly #folder: string;
  readonly #links = new Map<string, string>();
  readonly #folders = new Set<string>();
  #sizeBytes = 0;
  #entryCount = 0;
  #hasFile = false;

  constructor(archive: ZipFile, folder: string) {
    this.#archive = archive;
    this.#folder = folder;
  }

  async run(): Promise<Unpacked> {
    await mkdir(this.#folder, { recursive: true });
    await chmod(this.#folder, 0o755);
    for await (const entry of entriesOf(this.#archive)) await this.#entry(entry);
    if (!this.#hasFile) throw new ArchiveRefused('empty', 'the archive holds no file');
    const tree = new LinkTree();
    for (const [path, target] of this.#links) tree.set(relative(this.#folder, path), target);
    for (const [path, target] of this.#links) await this.#link(path, target, tree);
    return { sizeBytes: this.#sizeBytes, entryCount: this.#entryCount };
  }

  async #entry(entry: Entry): Promise<void> {
    this.#entryCount += 1;
    if (this.#entryCount > ENTRIES_MAX) throw new ArchiveRefused('too-large', `more than ${ENTRIES_MAX} entries`);
    const name = entry.fileName;
    if (name.includes('\0') || isAbsolute(name) || name.split('/').includes('..'))
      throw new ArchiveRefused('not-a-zip', 'a name leaves the folder');
    const path = resolve(this.#folder, name);
    const type = unixMode(entry) & FILE_TYPE;
    if (name.endsWith('/')) return this.#makeFolder(path);
    if (type !== 0 && type !== REGULAR && type !== LINK)
      throw new ArchiveRefused('not-a-zip', type === FOLDER ? 'a folder that is a file' : 'a device');
    await this.#makeFolder(dirname(path));
    this.#hasFile = true;
    const content = await this.#read(entry);
    if (type === LINK) {
      if (this.#links.has(path)) throw new ArchiveRefused('not-a-zip', 'a name appears twice');
      this.#links.set(path, content.toString('utf8'));
      return;
    }
    // `wx` refuses a second entry of the same name, also where the file system takes two names for one.
    await writeFile(path, content, { flag: 'wx', mode: 0o644 });
    if (isExecutable(entry, content)) await chmod(path, 0o755);
  }

  async #makeFolder(path: string): Promise<void> {
    if (this.#folders.has(path)) return;
    // Links are made last, so nothing can be written through one; a folder under a link's name is a lie.
    for (let parent = path; parent.length > this.#folder.length && !this.#folders.has(parent); parent = dirname(parent)) {
      if (this.#links.has(parent)) throw new ArchiveRefused('not-a-zip', 'an entry lies behind a link');
      // One long name makes thousands.
      if (this.#folders.size >= ENTRIES_MAX) throw new ArchiveRefused('too-large', `more than ${ENTRIES_MAX} folders`);
      this.#folders.add(parent);
    }
    await mkdir(path, { recursive: true, mode: 0o755 });
  }

  async #link(path: string, target: string, tree: LinkTree): Promise<void> {
    const resolved = resolve(dirname(path), target);
    const isInside = resolved === this.#folder || resolved.startsWith(`${this.#folder}/`);
    const isUsable = !isAbsolute(target) && target !== '' && !target.includes('\0');
    if (!isUsable || !isInside || tree.leaves(relative(this.#folder, path)))
      throw new ArchiveRefused('not-a-zip', 'a link leaves the folder');
    await symlink(target, path);
  }

  #read(entry: Entry): Promise<Buffer> {
    if (this.#sizeBytes + entry.uncompressedSize >= UNZIPPED_CODE_BYTES_MAX) throw tooLarge();
    return new Promise((resolveContent, reject) => {
      this.#archive.openReadStream(entry, (error, stream) => {
        if (error) {
          reject(error);
          return;
        }
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => {
          this.#sizeBytes += chunk.length;
          if (this.#sizeBytes >= UNZIPPED_CODE_BYTES_MAX) stream.destroy(tooLarge());
          else chunks.push(chunk);
        });
        stream.on('error', reject);
        stream.on('end', () => resolveContent(Buffer.concat(chunks)));
      });
    });
  }
}

async function* entriesOf(archive: ZipFile): AsyncGenerator<Entry> {
  for (;;) {
    const entry = await nextEntry(archive);
    if (!entry) return;
    yield entry;
  }
}

function nextEntry(archive: ZipFile): Promise<Entry | undefined> {
  return new Promise((resolveEntry, reject) => {
    const settle = (settled: () => void): void => {
      for (const event of ['entry', 'end', 'error']) archive.removeAllListeners(event);
      settled();
    };
    archive.on('entry', (entry) => settle(() => resolveEntry(entry)));
    archive.on('end', () => settle(() => resolveEntry(undefined)));
    archive.on('error', (error: Error) => settle(() => reject(error)));
    archive.readEntry();
  });
}

/** Mode bits of an entry that was made on a Unix; 0 for any other. */
function unixMode(entry: Entry): number {
  return entry.versionMadeBy >>> 8 === 3 ? entry.externalFileAttributes >>> 16 : 0;
}

/** The archive's own word where it has one; otherwise programs are told by how they begin. */
function isExecutable(entry: Entry, content: Buffer): boolean {
  const mode = unixMode(entry);
  if (mode !== 0) return (mode & 0o111) !== 0;
  return content.subarray(0, 2).equals(Buffer.from('#!')) || content.subarray(0, 4).equals(Buffer.from([0x7f, 0x45, 0x4c, 0x46]));
}

function tooLarge(): ArchiveRefused {
  return new ArchiveRefused('too-large', `unpacked it is ${UNZIPPED_CODE_BYTES_MAX} bytes or more`);
}
