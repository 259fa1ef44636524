import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { devNull } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../ports/clock.ts';
import type { Enforcement, Sandbox, SandboxDriver, SandboxSpec } from '../../ports/sandbox-driver.ts';
import { quote } from './bubblewrap-command.ts';
import type { ControlGroup, ControlGroups } from './cgroup/control-group.ts';
import { ChildSandbox } from './child-sandbox.ts';
import { companionScript } from './companion-script.ts';
import { closedStdio, inheritedDescriptors } from './inherited-descriptors.ts';
import type { TemporaryVolume, TemporaryVolumes } from './temporary-volumes.ts';

/** What the driver works with; found by `choose.ts`. */
export interface ProcessParts {
  readonly runDirectory: string;
  readonly groups: ControlGroups | undefined;
  readonly volumes: TemporaryVolumes;
  readonly enforcements: readonly Enforcement[];
  readonly clock: Clock;
}

/** Plain processes: for development, and where nothing better can be had. A function sees the host as this server's user does. */
export class ProcessDriver implements SandboxDriver {
  readonly name = 'process';
  readonly enforcements: readonly Enforcement[];
  readonly ownFilesystem = false;
  readonly roots = 'none';
  readonly #parts: ProcessParts;
  readonly #running = new Set<Sandbox>();
  readonly #inherited = inheritedDescriptors();

  constructor(parts: ProcessParts) {
    this.#parts = parts;
    this.enforcements = parts.enforcements;
  }

  locate(spec: Pick<SandboxSpec, 'id' | 'mounts'>, path: string): string {
    if (path === '/tmp') return this.#tmp(spec.id);
    // The innermost mount that holds the path decides.
    let best: { source: string; target: string } | undefined;
    for (const mount of spec.mounts) {
      const holds = path === mount.target || path.startsWith(`${mount.target}/`);
      if (holds && (!best || mount.target.length >= best.target.length)) best = mount;
    }
    return best ? best.source + path.slice(best.target.length) : path;
  }

  async start(spec: SandboxSpec): Promise<Sandbox> {
    // It would run the image's programs on the host's own files.
    if (spec.root) throw new Error('plain processes can not run container images (see docs/images.md)');
    const { groups, clock } = this.#parts;
    let group: ControlGroup | undefined;
    let tmp: TemporaryVolume | undefined;
    const release = async (): Promise<void> => {
      await tmp?.release();
    };
    try {
      group = groups?.create(spec.id, spec);
      tmp = await this.#parts.volumes.acquire(spec.tmpBytesMax, spec.id);
      const child = await this.#spawn(spec, group);
      const sandbox: ChildSandbox = new ChildSandbox({
        id: spec.id,
        child,
        group,
        hasFreezer: groups?.controllers.has('freezer') ?? false,
        firstProcess: () => child.pid,
        hasCompanions: spec.companions !== undefined,
        clock,
        release: async () => {
          this.#running.delete(sandbox);
          await release();
        },
      });
      this.#running.add(sandbox);
      return sandbox;
    } catch (error) {
      group?.kill();
      group?.remove();
      await release();
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running].map((sandbox) => sandbox.stop()));
    await this.#parts.volumes.close();
    this.#parts.groups?.close();
    await rm(this.#parts.runDirectory, { recursive: true, force: true });
  }

  #tmp(id: string): string {
    return join(this.#parts.runDirectory, 'tmp', id);
  }

  async #spawn(spec: SandboxSpec, group: ControlGroup | undefined) {
    const isPosix = process.platform !== 'win32';
    const limits = (group?.joinFiles ?? []).map((file) => `echo 0 > ${quote(file)} || exit 126`);
    const run = spec.companions ? companionScript(spec.companions, '"$@"', quote) : 'exec "$@"';
    const script = [...limits, `ulimit -n ${spec.descriptorsMax} 2>/dev/null; ulimit -c 0`, run].join('\n');
    const argv: readonly [string, ...string[]] = isPosix ? ['/bin/sh', '-c', script, 'sh', ...spec.argv] : spec.argv;
    const nothing = openSync(devNull, 'r');
    const child = spawn(argv[0], argv.slice(1), {
      cwd: spec.cwd,
      env: { ...spec.env },
      detached: isPosix,
      stdio: closedStdio(
        // Four and five belong to nobody here; the numbers of what follows are the same for every driver.
        ['ignore', 'pipe', 'pipe', 'pipe', ...(spec.companions ? (['ignore', 'ignore', 'pipe', 'pipe'] as const) : [])],
        this.#inherited,
        nothing,
      ),
    });
    try {
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', reject);
      });
      return child;
    } finally {
      closeSync(nothing);
    }
  }
}
