import { createHash } from 'node:crypto';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ContainerEngine, type ContainerOutput, ContainerUnstartable } from '../../ports/container-engine.ts';
import type { Logger } from '../../ports/logger.ts';
import {
  type Enforcement,
  ProgramUnstartable,
  type Sandbox,
  type SandboxDriver,
  type SandboxSpec,
} from '../../ports/sandbox-driver.ts';
import { DockerSandbox } from './docker-sandbox.ts';
import { writeOwnSettings } from './system-settings.ts';
import type { TemporaryVolume, TemporaryVolumes } from './temporary-volumes.ts';
import type { UidPool } from './uid-pool.ts';

/** What the driver works with. */
export interface DockerParts {
  readonly engine: ContainerEngine;
  /** Folder for files of running sandboxes, which the engine must see at the same path. */
  readonly runDirectory: string;
  readonly volumes: TemporaryVolumes;
  readonly uids: UidPool;
  readonly enforcements: readonly Enforcement[];
  readonly logger: Logger;
}

/**
 * Containers of Docker Engine, for functions of images. The network is the host's: the clients inside want the Runtime
 * API at a host and a port, and a network of the container's own would need a bridge, a firewall and a listener on it.
 */
export class DockerDriver implements SandboxDriver {
  readonly name = 'docker';
  readonly enforcements: readonly Enforcement[];
  readonly ownFilesystem = true;
  readonly roots = 'image';
  readonly #parts: DockerParts;
  readonly #owner: string;
  readonly #running = new Set<Sandbox>();

  private constructor(parts: DockerParts) {
    this.#parts = parts;
    this.enforcements = parts.enforcements;
    this.#owner = createHash('sha256').update(parts.runDirectory).digest('hex').slice(0, 24);
  }

  /** Makes sure that the engine is there and can be used, and removes what a server that was killed left in it. */
  static async open(parts: DockerParts): Promise<DockerDriver> {
    const driver = new DockerDriver(parts);
    await parts.engine.describe();
    await driver.#removeAll();
    return driver;
  }

  locate(_spec: Pick<SandboxSpec, 'id' | 'mounts'>, path: string): string {
    return path;
  }

  async start(spec: SandboxSpec): Promise<Sandbox> {
    if (!spec.root || !('image' in spec.root)) throw new Error('a container engine runs functions of images only');
    const { image } = spec.root;
    const { engine, volumes, uids, runDirectory } = this.#parts;
    const folder = join(runDirectory, spec.id);
    const uid = uids.acquire();
    let tmp: TemporaryVolume | undefined;
    let container: string | undefined;
    let output: ContainerOutput | undefined;
    const release = async (): Promise<void> => {
      await Promise.all([tmp?.release(), rm(folder, { recursive: true, force: true })]);
      uids.release(uid);
    };
    try {
      [tmp] = await Promise.all([volumes.acquire(spec.tmpBytesMax, `tmp-${spec.id}`), this.#writeSettings(folder, uid)]);
      container = await engine.create(this.#settings(spec, image, { folder, tmp: tmp.path, uid }));
      output = await engine.attach(container);
      await engine.start(container);
      const { pid } = await engine.state(container);
      return this.#sandbox(spec.id, { container, output, pid, uid, release });
    } catch (error) {
      output?.destroy();
      if (container !== undefined) await engine.remove(container).catch(() => {});
      await release();
      throw error instanceof ContainerUnstartable ? new ProgramUnstartable(error.message) : error;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running].map((sandbox) => sandbox.stop()));
    await this.#parts.volumes.close();
    await rm(this.#parts.runDirectory, { recursive: true, force: true });
  }

  #sandbox(
    id: string,
    made: { container: string; output: ContainerOutput; pid: number; uid: number; release: () => Promise<void> },
  ): Sandbox {
    const { engine, logger } = this.#parts;
    const sandbox: DockerSandbox = new DockerSandbox({
      ...made,
      id,
      engine,
      logger,
      release: async () => {
        this.#running.delete(sandbox);
        await made.release();
      },
    });
    this.#running.add(sandbox);
    return sandbox;
  }

  #settings(spec: SandboxSpec, image: string, made: { folder: string; tmp: string; uid: number }) {
    const own = ['passwd', 'group'].map((name) => ({
      source: join(made.folder, name),
      target: `/etc/${name}`,
      isWritable: false,
    }));
    return {
      name: `lambkin-${this.#owner.slice(0, 12)}-${spec.id}`,
      owner: this.#owner,
      image,
      argv: spec.argv,
      env: spec.env,
      cwd: spec.cwd,
      uid: made.uid,
      binds: [...own, { source: made.tmp, target: '/tmp', isWritable: true }],
      memoryBytesMax: spec.memoryBytesMax,
      cpuCores: spec.cpuCores,
      processesMax: spec.processesMax,
      descriptorsMax: spec.descriptorsMax,
    };
  }

  async #writeSettings(folder: string, uid: number): Promise<void> {
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o755);
    writeOwnSettings(folder, uid);
  }

  async #removeAll(): Promise<void> {
    const { engine } = this.#parts;
    for (const id of await engine.list(this.#owner)) await engine.remove(id);
  }
}
