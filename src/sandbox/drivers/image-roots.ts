import { chmod, copyFile, link, lstat, mkdir, readdir, readFile, readlink, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createHash } from 'node:crypto';
import { linkOwnSettings, OWN_SETTINGS, type OwnSettings } from './system-settings.ts';

/** What stands at the top of an image. */
interface TopEntry {
  readonly name: string;
  /** Of a symbolic link; anything else is bound. */
  readonly target?: string;
}

/** An image as a sandbox shows it: its own top folders, and the rest by us. */
export interface ImageRoot {
  readonly folder: string;
  readonly entries: readonly TopEntry[];
  /** Folder shown as /etc: the image's, but for what each sandbox has of its own. */
  readonly settings: string;
  /** The image's own users, to whom the sandbox's is added. */
  readonly users: OwnSettings;
}

/** Where a sandbox of an image finds its own files. No image has such a folder, and one that has does not see it. */
export const IMAGE_OWN_FOLDER = '/.lambkin';
/** Made by the sandbox itself, whatever the image has there. */
const MADE = new Set(['proc', 'dev', 'tmp', 'etc', basename(IMAGE_OWN_FOLDER)]);
/** Each costs a mount. */
const TOP_ENTRIES_MAX = 256;
/** Files below /etc. Debian's has five hundred. */
const SETTINGS_MAX = 100_000;
const USERS_BYTES_MAX = 1_048_576;

/**
 * Prepares images for sandboxes without touching them. A root that lacks a place for a mount has to be read only all the
 * same, so the sandbox gets an empty one, in which the image's top folders are bound one by one; the one folder that we
 * and the image both have files in, /etc, is put together anew, of hard links.
 */
export class ImageRoots {
  readonly #folder: string;
  readonly #roots = new Map<string, Promise<ImageRoot>>();

  /** `folder` is where what is put together lies; on the images' file system it takes no room. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The image whose root lies in this folder; looked at once. */
  open(root: string): Promise<ImageRoot> {
    let opened = this.#roots.get(root);
    if (!opened) {
      opened = this.#open(root);
      this.#roots.set(root, opened);
      opened.catch(() => this.#roots.delete(root));
    }
    return opened;
  }

  async #open(root: string): Promise<ImageRoot> {
    const names = (await readdir(root)).filter((name) => !MADE.has(name));
    if (names.length > TOP_ENTRIES_MAX)
      throw new Error(`the image has ${names.length} entries in its root (at most ${TOP_ENTRIES_MAX})`);
    const entries: TopEntry[] = [];
    for (const name of names) {
      const stats = await lstat(join(root, name));
      if (stats.isSymbolicLink()) entries.push({ name, target: await readlink(join(root, name)) });
      else if (stats.isDirectory() || stats.isFile()) entries.push({ name });
    }
    const settings = join(this.#folder, createHash('sha256').update(root).digest('hex').slice(0, 32));
    await this.#putTogether(join(root, 'etc'), settings);
    const users = { passwd: await textOf(join(root, 'etc', 'passwd')), group: await textOf(join(root, 'etc', 'group')) };
    return { folder: root, entries, settings, users };
  }

  async #putTogether(from: string, to: string): Promise<void> {
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    await mkdir(to);
    await chmod(to, 0o755);
    linkOwnSettings(to, IMAGE_OWN_FOLDER);
    // An image without settings, or with something else in their place, has ours alone.
    if (!(await lstat(from).catch(() => undefined))?.isDirectory()) return;
    let count = 0;
    const ahead: (readonly [string, string])[] = [[from, to]];
    for (let next = ahead.pop(); next; next = ahead.pop()) {
      for (const name of await readdir(next[0])) {
        count += 1;
        if (count > SETTINGS_MAX) throw new Error(`the image has more than ${SETTINGS_MAX} files below /etc`);
        const [source, target] = [join(next[0], name), join(next[1], name)];
        if (next[1] === to && OWN_SETTINGS.includes(name)) continue;
        const stats = await lstat(source);
        if (stats.isSymbolicLink()) await symlink(await readlink(source), target);
        else if (stats.isFile()) await linkOrCopy(source, target, stats.mode);
        else if (stats.isDirectory()) {
          await mkdir(target);
          await chmod(target, stats.mode & 0o777);
          ahead.push([source, target]);
        }
      }
    }
  }
}

async function linkOrCopy(source: string, target: string, mode: number): Promise<void> {
  try {
    await link(source, target);
  } catch {
    // Another file system, or one without hard links, or too many to one file.
    await copyFile(source, target);
    await chmod(target, mode & 0o777);
  }
}

/** The content of a file that is one; nothing for links, which would be followed on the host. */
async function textOf(path: string): Promise<string> {
  const stats = await lstat(path).catch(() => undefined);
  if (!stats?.isFile() || stats.size > USERS_BYTES_MAX) return '';
  const text = await readFile(path, 'utf8');
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
