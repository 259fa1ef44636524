import { chmod, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ids } from '../../ports/ids.ts';
import { discard } from './discard.ts';
import { runCommand } from './run-command.ts';

/** A sandbox's private, writable `/tmp`, as a folder of the host. */
export interface TemporaryVolume {
  readonly path: string;
  /** Empties it and takes it back. */
  release(): Promise<void>;
}

/** Where the `/tmp` of sandboxes comes from. */
export interface TemporaryVolumes {
  /** True when a volume really ends at its size. */
  readonly hasQuota: boolean;
  /** A volume of this size; `name` is that of its folder, where folders are made anew. */
  acquire(sizeBytes: number, name?: string): Promise<TemporaryVolume>;
  close(): Promise<void>;
}

const UNMOUNTED_AT_ONCE = 500;
/** Free volumes kept mounted for the next sandbox: mounting costs more than everything else in a start. */
const FREE_VOLUMES_MAX = 32;
/** As many of the size asked for last are mounted ahead. */
const FREE_VOLUMES_MIN = 2;
/** A volume whose image has grown to more than this on disk is not kept: its space comes back only with its removal. */
const KEPT_BYTES_MAX = 33_554_432;

/** Folders on the disk without a bound of their own. */
export class PlainVolumes implements TemporaryVolumes {
  readonly hasQuota = false;
  readonly #root: string;
  readonly #ids: Ids;

  constructor(root: string, ids: Ids) {
    this.#root = root;
    this.#ids = ids;
  }

  async acquire(_sizeBytes: number, name = this.#ids.hex(8)): Promise<TemporaryVolume> {
    const path = join(this.#root, name);
    await mkdir(path, { recursive: true });
    await chmod(path, 0o1777);
    return { path, release: () => discard(path) };
  }

  async close(): Promise<void> {
    await discard(this.#root);
  }
}

interface Mounted {
  readonly path: string;
  readonly image: string;
  readonly sizeBytes: number;
}

/** Sparse ext4 images, loop-mounted: a volume is full at its size and takes no memory of the function's. Needs root. */
export class LoopVolumes implements TemporaryVolumes {
  readonly hasQuota = true;
  readonly #root: string;
  readonly #ids: Ids;
  readonly #free: Mounted[] = [];
  readonly #templates = new Map<number, Promise<string>>();
  #refilling: Promise<void> | undefined;
  #closed = false;

  private constructor(root: string, ids: Ids) {
    this.#root = root;
    this.#ids = ids;
  }

  /** Sweeps what an earlier run left mounted, and makes sure by a try that mounting works. Rejects with the reason if not. */
  static async open(root: string, ids: Ids): Promise<LoopVolumes> {
    await sweep(root);
    await mkdir(root, { recursive: true });
    const volumes = new LoopVolumes(root, ids);
    const trial = await volumes.acquire(536_870_912);
    await trial.release();
    return volumes;
  }

  async acquire(sizeBytes: number): Promise<TemporaryVolume> {
    const index = this.#free.findIndex((volume) => volume.sizeBytes === sizeBytes);
    const volume = index === -1 ? await this.#mount(sizeBytes) : this.#free.splice(index, 1)[0];
    if (!volume) throw new Error('no temporary volume');
    this.#refill(sizeBytes);
    return { path: volume.path, release: () => this.#release(volume) };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#refilling;
    await Promise.all(this.#free.splice(0).map((volume) => unmount(volume.path, volume.image)));
    await sweep(this.#root);
  }

  async #release(volume: Mounted): Promise<void> {
    if (this.#closed || this.#free.length >= FREE_VOLUMES_MAX) return unmount(volume.path, volume.image);
    // Emptied and used again: the next sandbox finds nothing of this one.
    const isClean = await empty(volume.path);
    const { blocks } = await stat(volume.image);
    if (!isClean || blocks * 512 > KEPT_BYTES_MAX || this.#closed) return unmount(volume.path, volume.image);
    this.#free.push(volume);
  }

  /** Mounts one ahead, in the background and one at a time: a start that waits for it loses more than all else costs. */
  #refill(sizeBytes: number): void {
    const free = this.#free.filter((volume) => volume.sizeBytes === sizeBytes).length;
    if (this.#refilling || this.#closed || free >= FREE_VOLUMES_MIN || this.#free.length >= FREE_VOLUMES_MAX) return;
    const mounting = this.#mount(sizeBytes).then(
      (volume) => {
        this.#free.push(volume);
        this.#refilling = undefined;
        this.#refill(sizeBytes);
      },
      () => {
        // A start that needs it will tell what is wrong.
        this.#refilling = undefined;
      },
    );
    this.#refilling = mounting;
  }

  async #mount(sizeBytes: number): Promise<Mounted> {
    const name = this.#ids.hex(8);
    const path = join(this.#root, name);
    const image = `${path}.img`;
    const template = await this.#template(sizeBytes);
    await Promise.all([mkdir(path), runCommand('cp', ['--sparse=always', '--reflink=auto', template, image])]);
    await runCommand('mount', ['-o', 'loop,nosuid,nodev,noatime', image, path]);
    await chmod(path, 0o1777);
    return { path, image, sizeBytes };
  }

  /** One formatted image a size, copied for each volume: 384 KB are really written for 512 MB. */
  #template(sizeBytes: number): Promise<string> {
    let template = this.#templates.get(sizeBytes);
    if (!template) {
      template = makeTemplate(join(this.#root, `template-${sizeBytes}`), sizeBytes);
      this.#templates.set(sizeBytes, template);
    }
    return template;
  }
}

/** Volumes below a folder, with a bound of their own where this host can mount such; `reason` says why it can't. */
export async function openTemporaryVolumes(root: string, ids: Ids): Promise<{ volumes: TemporaryVolumes; reason?: string }> {
  try {
    return { volumes: await LoopVolumes.open(root, ids) };
  } catch (error) {
    const reason = `volumes of a size can't be mounted: ${error instanceof Error ? error.message : String(error)}`;
    return { volumes: new PlainVolumes(root, ids), reason };
  }
}

async function makeTemplate(path: string, sizeBytes: number): Promise<string> {
  await runCommand('truncate', ['-s', String(sizeBytes), path]);
  const options = ['-q', '-F', '-O', '^has_journal', '-E', 'lazy_itable_init=1,nodiscard', '-m', '0', path];
  await runCommand('mkfs.ext4', options);
  return path;
}

/** False when something can't be removed one by one, for example because its path is too long. */
async function empty(path: string): Promise<boolean> {
  try {
    const names = await readdir(path);
    await Promise.all(names.map((name) => rm(join(path, name), { recursive: true, force: true })));
    return true;
  } catch {
    return false;
  }
}

async function unmount(path: string, image: string): Promise<void> {
  // Lazily only where something still uses it: the plain way has freed the loop device when it is done.
  await runCommand('umount', [path]).catch(() => runCommand('umount', ['-l', path]));
  await rm(image, { force: true });
  await rm(path, { recursive: true, force: true });
}

/** Unmounts and removes whatever lies below the folder. */
async function sweep(root: string): Promise<void> {
  const names = await readdir(root).catch(() => []);
  const volumes = names.filter((name) => !name.includes('.') && !name.startsWith('template-')).map((name) => join(root, name));
  // One program for many: starting one takes longer than what it does. It goes on where one can't be unmounted.
  for (let first = 0; first < volumes.length; first += UNMOUNTED_AT_ONCE)
    await runCommand('umount', ['-l', ...volumes.slice(first, first + UNMOUNTED_AT_ONCE)]).catch(() => '');
  await discard(root);
}
