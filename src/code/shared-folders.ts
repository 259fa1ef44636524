import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ids } from '../ports/ids.ts';

const NAME = /^[0-9a-f]{64}$/;

/** A folder while somebody uses it. */
export interface HeldFolder<Facts> {
  readonly directory: string;
  readonly facts: Facts;
  /** Calls after the first do nothing. */
  release(): void;
}

interface Folder<Facts> {
  readonly ready: Promise<Facts>;
  users: number;
}

/** What makes the folders of one kind. */
export interface FolderKind<Facts> {
  /** What was written beside a folder, or undefined when that is not it. */
  parse(stored: unknown): Facts | undefined;
  /** What can be told of a folder that has lost its facts; undefined when it has to be made anew. */
  recover(directory: string): Promise<Facts | undefined>;
}

/**
 * Folders named by a SHA-256, each made once, whole or not at all, and shared by all who use it. Never written after
 * they are made. What is known of a folder lies beside it as JSON.
 */
export class SharedFolders<Facts> {
  readonly #root: string;
  readonly #ids: Ids;
  readonly #kind: FolderKind<Facts>;
  readonly #folders = new Map<string, Folder<Facts>>();
  readonly #removals = new Map<string, Promise<void>>();

  private constructor(root: string, ids: Ids, kind: FolderKind<Facts>) {
    this.#root = root;
    this.#ids = ids;
    this.#kind = kind;
  }

  /** Opens the root and removes everything in it that is not whole: what was being made or removed when a run was cut off. */
  static async open<Facts>(root: string, ids: Ids, kind: FolderKind<Facts>): Promise<SharedFolders<Facts>> {
    // Functions run as other users and must reach the folders, whose names they can't list.
    await mkdir(root, { recursive: true, mode: 0o711 });
    const names = new Set(await readdir(root));
    for (const name of names) {
      const folder = name.endsWith('.json') ? name.slice(0, -'.json'.length) : name;
      if (!NAME.test(folder) || !names.has(folder)) await rm(join(root, name), { recursive: true, force: true });
    }
    return new SharedFolders(root, ids, kind);
  }

  /** The names and facts of the folders that there are. A folder whose facts are lost for good is removed. */
  async list(): Promise<Map<string, Facts>> {
    const found = new Map<string, Facts>();
    for (const name of await readdir(this.#root)) {
      const facts = NAME.test(name) ? await this.#existing(name) : undefined;
      if (facts !== undefined) found.set(name, facts);
    }
    return found;
  }

  /**
   * What is known of a folder, which `make` fills first if there is none; it is given the path of a folder that does
   * not exist yet, and when it rejects nothing is kept.
   */
  facts(name: string, make: (directory: string) => Promise<Facts>): Promise<Facts> {
    return this.#folder(name, make).ready;
  }

  /** The same, and keeps the folder in its place until it is released. */
  async hold(name: string, make: (directory: string) => Promise<Facts>): Promise<HeldFolder<Facts>> {
    const folder = this.#folder(name, make);
    folder.users += 1;
    let isReleased = false;
    const release = (): void => {
      if (!isReleased) folder.users -= 1;
      isReleased = true;
    };
    try {
      return { facts: await folder.ready, directory: join(this.#root, name), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Whether somebody holds the folder now. */
  isHeld(name: string): boolean {
    return (this.#folders.get(name)?.users ?? 0) > 0;
  }

  /** Removes a folder; false while somebody holds it. */
  async remove(name: string): Promise<boolean> {
    if (this.isHeld(name)) return false;
    const folder = this.#folders.get(name);
    this.#folders.delete(name);
    // Whoever asks for the folder from now on waits for the end of this and then makes it anew.
    const ended = [folder?.ready, this.#removals.get(name)];
    const removal = Promise.allSettled(ended).then(() => this.#discard(name));
    this.#removals.set(name, removal);
    try {
      await removal;
    } finally {
      if (this.#removals.get(name) === removal) this.#removals.delete(name);
    }
    return true;
  }

  #folder(name: string, make: (directory: string) => Promise<Facts>): Folder<Facts> {
    const known = this.#folders.get(name);
    if (known) return known;
    const folder: Folder<Facts> = { ready: this.#ready(name, make), users: 0 };
    this.#folders.set(name, folder);
    folder.ready.catch(() => {
      if (this.#folders.get(name) === folder) this.#folders.delete(name);
    });
    return folder;
  }

  async #ready(name: string, make: (directory: string) => Promise<Facts>): Promise<Facts> {
    await this.#removals.get(name)?.catch(() => {});
    const existing = await this.#existing(name);
    if (existing !== undefined) return existing;
    // Made beside its place and moved there whole, so that a folder of that name is always complete.
    const temporary = join(this.#root, `making-${this.#ids.hex(8)}`);
    try {
      const facts = await make(temporary);
      await this.#writeFacts(name, facts);
      await rename(temporary, join(this.#root, name));
      return facts;
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      throw error;
    }
  }

  async #existing(name: string): Promise<Facts | undefined> {
    const directory = join(this.#root, name);
    const isThere = await stat(directory).then(
      () => true,
      () => false,
    );
    if (!isThere) return undefined;
    const stored = await this.#readFacts(name);
    if (stored !== undefined) return stored;
    const recovered = await this.#kind.recover(directory);
    if (recovered === undefined) await this.#discard(name);
    else await this.#writeFacts(name, recovered);
    return recovered;
  }

  async #readFacts(name: string): Promise<Facts | undefined> {
    try {
      return this.#kind.parse(JSON.parse(await readFile(join(this.#root, `${name}.json`), 'utf8')));
    } catch {
      return undefined;
    }
  }

  async #writeFacts(name: string, facts: Facts): Promise<void> {
    const temporary = join(this.#root, `making-${this.#ids.hex(8)}`);
    await writeFile(temporary, JSON.stringify(facts), { mode: 0o600 });
    await rename(temporary, join(this.#root, `${name}.json`));
  }

  /** Out of its place first: half a folder must never be taken for a whole one. */
  async #discard(name: string): Promise<void> {
    const temporary = join(this.#root, `removing-${this.#ids.hex(8)}`);
    try {
      await rename(join(this.#root, name), temporary);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    await Promise.all([rm(temporary, { recursive: true, force: true }), rm(join(this.#root, `${name}.json`), { force: true })]);
  }
}
