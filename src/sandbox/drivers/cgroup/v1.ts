import { join } from 'node:path';
import type { SandboxUsage } from '../../../ports/sandbox-driver.ts';
import { type ControlGroup, type ControlGroups, cpuPeriodUs, type GroupLimits } from './control-group.ts';
import { childGroups, ControlFile, killProcesses, makeGroup, readControl, removeGroup, setControl } from './group-files.ts';

type Controller = 'memory' | 'cpu' | 'pids' | 'freezer' | 'cpuacct';

/** Control groups of the first kind: one hierarchy a controller. `mounts` tells where each is. */
export class ControlGroupsV1 implements ControlGroups {
  readonly version = 'v1';
  readonly controllers: ReadonlySet<'memory' | 'cpu' | 'pids' | 'freezer'>;
  readonly #parents: ReadonlyMap<Controller, string>;

  /** Makes the parent in every hierarchy that can be written; throws when not even one can. */
  constructor(mounts: ReadonlyMap<string, string>, name: string) {
    const parents = new Map<Controller, string>();
    for (const controller of ['memory', 'cpu', 'pids', 'freezer', 'cpuacct'] as const) {
      const mount = mounts.get(controller);
      if (!mount) continue;
      const parent = join(mount, name);
      try {
        makeGroup(parent);
        parents.set(controller, parent);
      } catch {
        // This hierarchy is not ours to use; the enforcement list says so.
      }
    }
    if (parents.size === 0) throw new Error('no control group hierarchy can be written');
    this.#parents = parents;
    const usable = [...parents.keys()].filter((controller) => controller !== 'cpuacct');
    this.controllers = new Set(usable);
  }

  create(id: string, limits: GroupLimits): ControlGroup {
    const folders = new Map<Controller, string>();
    for (const [controller, parent] of this.#parents) {
      const folder = join(parent, id);
      makeGroup(folder);
      folders.set(controller, folder);
    }
    const group = new GroupV1(folders);
    group.setLimits(limits);
    return group;
  }

  existing(): ControlGroup[] {
    const ids = new Set([...this.#parents.values()].flatMap(childGroups));
    return [...ids].map(
      (id) => new GroupV1(new Map([...this.#parents].map(([controller, parent]) => [controller, join(parent, id)]))),
    );
  }

  close(): void {
    for (const parent of this.#parents.values()) removeGroup(parent);
  }
}

class GroupV1 implements ControlGroup {
  readonly joinFiles: readonly string[];
  readonly #folders: ReadonlyMap<Controller, string>;
  readonly #freezer: ControlFile;
  readonly #usage: ControlFile;
  readonly #peak: ControlFile;
  readonly #cpu: ControlFile;

  constructor(folders: ReadonlyMap<Controller, string>) {
    this.#folders = folders;
    // cpu and cpuacct may be one mount under two names; joining it twice is harmless.
    this.joinFiles = [...folders.values()].map((folder) => join(folder, 'tasks'));
    const memory = folders.get('memory');
    this.#freezer = new ControlFile(folders.get('freezer'), 'freezer.state', 'w');
    this.#usage = new ControlFile(memory, 'memory.usage_in_bytes', 'r');
    this.#peak = new ControlFile(memory, 'memory.max_usage_in_bytes', 'r');
    this.#cpu = new ControlFile(folders.get('cpuacct'), 'cpuacct.usage', 'r');
  }

  setLimits(limits: GroupLimits): void {
    const memory = this.#folders.get('memory');
    setControl(memory, 'memory.limit_in_bytes', limits.memoryBytesMax);
    // Where swap is accounted for it must be no way round the limit.
    setControl(memory, 'memory.memsw.limit_in_bytes', limits.memoryBytesMax);
    setControl(memory, 'memory.swappiness', 0);
    setControl(this.#folders.get('pids'), 'pids.max', limits.processesMax);
    this.limitCpu(limits.cpuCores);
  }

  freeze(): void {
    this.#freezer.write('FROZEN');
  }

  thaw(): void {
    this.#freezer.write('THAWED');
  }

  limitCpu(cores: number): void {
    const folder = this.#folders.get('cpu');
    if (!folder) return;
    const periodUs = cpuPeriodUs(cores);
    // Widening the quota first keeps the kernel from seeing one that the old period does not allow.
    setControl(folder, 'cpu.cfs_quota_us', -1);
    setControl(folder, 'cpu.cfs_period_us', periodUs);
    setControl(folder, 'cpu.cfs_quota_us', Math.max(1_000, Math.round(periodUs * cores)));
  }

  usage(): SandboxUsage {
    const memoryBytes = this.#usage.number();
    const memoryPeakBytes = this.#peak.number();
    const cpuNs = this.#cpu.number();
    return {
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
      ...(memoryPeakBytes === undefined ? {} : { memoryPeakBytes }),
      ...(cpuNs === undefined ? {} : { cpuMs: cpuNs / 1e6 }),
    };
  }

  outOfMemory(): boolean {
    const control = readControl(this.#folders.get('memory'), 'memory.oom_control');
    return Number(/^oom_kill (\d+)/m.exec(control)?.[1] ?? 0) > 0;
  }

  kill(): boolean {
    this.thaw();
    // What forks faster than it can be listed must not fork any more.
    setControl(this.#folders.get('pids'), 'pids.max', 0);
    let empty = true;
    for (const folder of this.#folders.values()) empty = killProcesses(folder) && empty;
    return empty;
  }

  remove(): boolean {
    for (const file of [this.#freezer, this.#usage, this.#peak, this.#cpu]) file.close();
    let removed = true;
    for (const folder of this.#folders.values()) removed = removeGroup(folder) && removed;
    return removed;
  }
}
