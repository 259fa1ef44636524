import { lstat, mkdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ImageUnusable } from '../../ports/image-registry.ts';

/** Links followed for one path before it counts as leading nowhere. Source: path_resolution(7). */
const LINKS_MAX = 40;
/** Names on the way; no image comes near it, and a hostile one costs no more. */
const STEPS_MAX = 4_096;

/** What to do about names that are missing on the way. */
export type Missing = 'stop' | 'make-folders';

/**
 * The host's path of a path inside a folder that is somebody's root: links are followed by us, as they lead inside it,
 * so that none is left on the way for the kernel to follow out of it. The folder must not change meanwhile.
 *
 * Undefined when something on the way is missing or no folder, unless missing folders are made. Throws
 * {@link ImageUnusable} when folders are to be made and something is in the way.
 */
export async function followInside(root: string, path: string, missing: Missing = 'stop'): Promise<string | undefined> {
  const ahead = path.split('/').toReversed();
  const inside: string[] = [];
  let links = 0;
  let steps = ahead.length;
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      inside.pop();
      continue;
    }
    const place = join(root, ...inside, name);
    const found = await look(place);
    if (found === 'nothing' && missing === 'stop') return undefined;
    if (found === 'nothing') await mkdir(place, { mode: 0o755 });
    if (found === 'link') {
      links += 1;
      const names = (await readlink(place)).split('/', STEPS_MAX + 1);
      steps += names.length;
      if (links > LINKS_MAX || steps > STEPS_MAX) return blocked(path, missing);
      if (names[0] === '') inside.length = 0;
      ahead.push(...names.toReversed());
      continue;
    }
    // Only folders are made, so the last name must be one too.
    if (found === 'other' && (ahead.length > 0 || missing === 'make-folders')) return blocked(path, missing);
    inside.push(name);
  }
  return join(root, ...inside);
}

async function look(path: string): Promise<'nothing' | 'link' | 'folder' | 'other'> {
  try {
    const stats = await lstat(path);
    return stats.isSymbolicLink() ? 'link' : stats.isDirectory() ? 'folder' : 'other';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'nothing';
    if (code === 'ENAMETOOLONG' || code === 'EINVAL') throw new ImageUnusable('invalid', 'a name is too long');
    throw error;
  }
}

function blocked(path: string, missing: Missing): undefined {
  if (missing === 'stop') return undefined;
  throw new ImageUnusable('invalid', `what is on the way to ${path} is no folder`);
}
