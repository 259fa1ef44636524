import { join } from 'node:path';
import type { SandboxUsage } from '../../../ports/sandbox-driver.ts';
import { type ControlGroup, type ControlGroups, cpuPeriodUs, type GroupLimits } from './control-group.ts';
import { childGroups, ControlFile, killProcesses, makeGroup, readControl, removeGroup, setControl } from './group-files.ts';

/** Control groups of the second kind: one hierarchy, below a folder that was delegated to us (or the root, as root). */
export class ControlGroupsV2 implements ControlGroups {
  readonly version = 'v2';
  readonly controllers: ReadonlySet<'memory' | 'cpu' | 'pids' | 'freezer'>;
  readonly #parent: string;

  /** Makes the parent below `base` and asks for the controllers; throws when it can't be made. */
  constructor(base: string, name: string) {
    this.#parent = join(base, name);
    for (const controller of ['memory', 'cpu', 'pids']) setControl(base, 'cgroup.subtree_control', `+${controller}`);
    makeGroup(this.#parent);
    for (const controller of ['memory', 'cpu', 'pids']) setControl(this.#parent, 'cgroup.subtree_control', `+${controller}`);
    const given = new Set(readControl(this.#parent, 'cgroup.subtree_control').trim().split(/\s+/));
    const wanted = (['memory', 'cpu', 'pids'] as const).filter((controller) => given.has(controller));
    // Freezing belongs to the hierarchy itself and needs no controller.
    this.controllers = new Set([...wanted, 'freezer']);
  }

  create(id: string, limits: GroupLimits): ControlGroup {
    const folder = join(this.#parent, id);
    makeGroup(folder);
    const group = new GroupV2(folder);
    group.setLimits(limits);
    return group;
  }

  existing(): ControlGroup[] {
    return childGroups(this.#parent).map((id) => new GroupV2(join(this.#parent, id)));
  }

  close(): void {
    removeGroup(this.#parent);
  }
}

class GroupV2 implements ControlGroup {
  readonly joinFiles: readonly string[];
  readonly #folder: string;
  readonly #freezer: ControlFile;
  readonly #usage: ControlFile;
  readonly #peak: ControlFile;

  constructor(folder: string) {
    this.#folder = folder;
    this.joinFiles = [join(folder, 'cgroup.procs')];
    this.#freezer = new ControlFile(folder, 'cgroup.freeze', 'w');
    this.#usage = new ControlFile(folder, 'memory.current', 'r');
    this.#peak = new ControlFile(folder, 'memory.peak', 'r');
  }

  setLimits(limits: GroupLimits): void {
    setControl(this.#folder, 'memory.max', limits.memoryBytesMax);
    setControl(this.#folder, 'memory.swap.max', 0);
    setControl(this.#folder, 'memory.oom.group', 1);
    setControl(this.#folder, 'pids.max', limits.processesMax);
    this.limitCpu(limits.cpuCores);
  }

  freeze(): void {
    this.#freezer.write('1');
  }

  thaw(): void {
    this.#freezer.write('0');
  }

  limitCpu(cores: number): void {
    const periodUs = cpuPeriodUs(cores);
    setControl(this.#folder, 'cpu.max', `${Math.max(1_000, Math.round(periodUs * cores))} ${periodUs}`);
  }

  usage(): SandboxUsage {
    const memoryBytes = this.#usage.number();
    const memoryPeakBytes = this.#peak.number() ?? memoryBytes;
    const cpuUs = Number(/^usage_usec (\d+)/m.exec(readControl(this.#folder, 'cpu.stat'))?.[1] ?? Number.NaN);
    return {
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
      ...(memoryPeakBytes === undefined ? {} : { memoryPeakBytes }),
      ...(Number.isNaN(cpuUs) ? {} : { cpuMs: cpuUs / 1e3 }),
    };
  }

  outOfMemory(): boolean {
    return Number(/^oom_kill (\d+)/m.exec(readControl(this.#folder, 'memory.events'))?.[1] ?? 0) > 0;
  }

  kill(): boolean {
    this.thaw();
    // cgroup.kill (Linux 5.14) also gets what is forking faster than it can be listed.
    setControl(this.#folder, 'cgroup.kill', 1);
    return killProcesses(this.#folder);
  }

  remove(): boolean {
    for (const file of [this.#freezer, this.#usage, this.#peak]) file.close();
    return removeGroup(this.#folder);
  }
}
