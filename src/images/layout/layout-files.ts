import { createReadStream } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ImageUnusable } from '../../ports/image-registry.ts';
import { BLOCK_BYTES, paddingOf, readHeader } from '../tar/tar-header.ts';

/** The files of a layout, by their paths in it: `index.json`, `blobs/sha256/...`. */
export interface LayoutFiles {
  /** Throws {@link ImageUnusable} when there is no such file. */
  read(path: string): Readable;
}

/** A tar with more entries is no layout. */
const ENTRIES_MAX = 10_000;

/** Opens a folder or an uncompressed tar. Throws {@link ImageUnusable} when it is neither, or not below one of these folders. */
export async function openLayout(path: string, directories: readonly string[]): Promise<LayoutFiles> {
  const real = await realpath(path).catch(() => undefined);
  const allowed = await Promise.all(directories.map((directory) => realpath(directory).catch(() => undefined)));
  const isAllowed = real !== undefined && allowed.some((directory) => directory !== undefined && isWithin(real, directory));
  // The same answer for both, so that nobody learns by it what there is.
  if (!isAllowed) throw new ImageUnusable('missing', `${path} is not in a folder that images.layoutDirectories names`);
  if ((await stat(real)).isDirectory()) return folderFiles(real);
  return tarFiles(real, await entriesOf(real));
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);
}

function folderFiles(folder: string): LayoutFiles {
  return { read: (path) => createReadStream(join(folder, path)) };
}

interface Extent {
  readonly start: number;
  readonly sizeBytes: number;
}

function tarFiles(tar: string, entries: ReadonlyMap<string, Extent>): LayoutFiles {
  return {
    read: (path) => {
      const found = entries.get(path);
      if (!found) throw new ImageUnusable('missing', `the layout has no ${path}`);
      const { start, sizeBytes } = found;
      return sizeBytes === 0 ? createReadStream('/dev/null') : createReadStream(tar, { start, end: start + sizeBytes - 1 });
    },
  };
}

/** Where the plain files of a tar lie. Names of layouts are short, so headers suffice. */
async function entriesOf(tar: string): Promise<Map<string, Extent>> {
  const entries = new Map<string, Extent>();
  const handle = await open(tar, 'r');
  try {
    const block = Buffer.alloc(BLOCK_BYTES);
    for (let position = 0, count = 0; count < ENTRIES_MAX; count += 1) {
      const { bytesRead } = await handle.read(block, 0, BLOCK_BYTES, position);
      const header = bytesRead === BLOCK_BYTES ? readHeader(block) : undefined;
      if (!header) return entries;
      const start = position + BLOCK_BYTES;
      const isFile = header.type === '0' || header.type === '\0';
      if (isFile) entries.set(header.name.replace(/^\.\//, ''), { start, sizeBytes: header.sizeBytes });
      position = start + header.sizeBytes + paddingOf(header.sizeBytes);
    }
  } finally {
    await handle.close();
  }
  throw new ImageUnusable('invalid', `a layout with more than ${ENTRIES_MAX} files`);
}
