import type { Dirent } from 'node:fs';
import { chmod, constants, copyFile, link, lstat, mkdir, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { LinkTree } from './link-tree.ts';

/** Files of one folder that are placed at the same time. */
const PLACED_AT_ONCE_MAX = 32;
/** Links that are checked before others get their turn. */
const CHECKED_AT_ONCE_MAX = 1_000;
/** What the system says where a file can't have one more name: across devices, too many names, or none at all. */
const UNLINKABLE = new Set(['EXDEV', 'EMLINK', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/**
 * Makes a new folder that shows unpacked layers as one: in order, each file, link or folder replacing what an earlier
 * layer has in its place, and folders of both joined. Layers are hostile: nothing is ever written through a link, and
 * links that would lead out of the merged folder make it reject. What was written until then is the caller's to remove.
 *
 * Files are hard-linked. overlayfs could show the folders without any of this, but mounting it takes root, it can't be
 * had without mounts of one's own (the `process` driver), and each start of a sandbox would mount it anew; links cost
 * once, no space, and are plain folders for every driver and platform.
 */
export async function mergeLayers(layers: readonly string[], target: string): Promise<void> {
  await mkdir(target);
  await chmod(target, 0o755);
  const links = new LinkTree();
  for (const layer of layers) await mergeFolder(layer, target, '', links);
  // Each layer's own links stay inside it, but together they may pass through one another.
  let checked = 0;
  for (const path of links.paths()) {
    if (links.leaves(path)) throw new Error(`the link ${path} leads out of the layers`);
    checked += 1;
    if (checked % CHECKED_AT_ONCE_MAX === 0) await turn();
  }
}

/** `path` is that of the folder in both; in `target` it is known to be a real folder, reached through real folders. */
async function mergeFolder(layer: string, target: string, path: string, links: LinkTree): Promise<void> {
  const entries = await readdir(join(layer, path), { withFileTypes: true });
  const others = entries.filter((entry) => !entry.isDirectory());
  for (let at = 0; at < others.length; at += PLACED_AT_ONCE_MAX) {
    const batch = others.slice(at, at + PLACED_AT_ONCE_MAX);
    await Promise.all(batch.map((entry) => mergeEntry(entry, layer, target, join(path, entry.name), links)));
  }
  for (const entry of entries.filter((other) => other.isDirectory())) {
    const inner = join(path, entry.name);
    await makeFolder(target, inner, links);
    await mergeFolder(layer, target, inner, links);
  }
}

async function mergeEntry(entry: Dirent, layer: string, target: string, path: string, links: LinkTree): Promise<void> {
  const from = join(layer, path);
  if (entry.isSymbolicLink()) {
    const pointsTo = await readlink(from);
    await replacing(target, path, links, (to) => symlink(pointsTo, to));
    links.set(path, pointsTo);
  } else if (entry.isFile()) {
    await replacing(target, path, links, (to) => placeFile(from, to));
  } else {
    throw new Error(`${path} of a layer is neither a file nor a folder nor a link`);
  }
}

/** Every call that makes something refuses to where there is anything already, links included, so none is followed. */
async function replacing(target: string, path: string, links: LinkTree, make: (to: string) => Promise<void>): Promise<void> {
  const to = join(target, path);
  try {
    await make(to);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    links.remove(path);
    await rm(to, { recursive: true, force: true });
    await make(to);
  }
}

async function placeFile(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!UNLINKABLE.has(codeOf(error))) throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL);
  }
}

async function makeFolder(target: string, path: string, links: LinkTree): Promise<void> {
  const to = join(target, path);
  try {
    await mkdir(to, { mode: 0o755 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    // Not what a link leads to: a folder takes the link's place.
    if ((await lstat(to)).isDirectory()) return;
    links.remove(path);
    await rm(to, { force: true });
    await mkdir(to, { mode: 0o755 });
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}
