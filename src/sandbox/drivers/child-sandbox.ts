import type { ChildProcess } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import type { Clock } from '../../ports/clock.ts';
import type { Sandbox, SandboxExit, SandboxUsage } from '../../ports/sandbox-driver.ts';
import { type ControlGroup, endGroup } from './cgroup/control-group.ts';
import { descendantsOf, isAlive } from './process-tree.ts';

/** Without a control group: how often the end of the last process is looked for, and how often at most. */
const GONE_CHECK_MS = 2;
const GONE_CHECKS_MAX = 2_500;
/** Without a freezer: how often processes that were just forked are looked for while the others are stopped. */
const STOP_ROUNDS_MAX = 8;

/** What a driver hands over for a process that it has spawned. */
export interface ChildSandboxParts {
  readonly id: string;
  readonly child: ChildProcess;
  readonly uid?: number;
  readonly group?: ControlGroup | undefined;
  readonly clock: Clock;
  /** Whether the control group can freeze; without, its processes are stopped by signals. */
  readonly hasFreezer: boolean;
  /** Pid on the host of the function's first process; undefined while it has not come that far. */
  readonly firstProcess: () => number | undefined;
  /** Gives back what the driver took for it; `isEmpty` is false when a process could not be got rid of. */
  readonly release: (isEmpty: boolean) => Promise<void>;
}

/** A sandbox around a child process of this server, with or without a control group. */
export class ChildSandbox implements Sandbox {
  readonly id: string;
  readonly channel: Duplex;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly pid: number;
  declare readonly uid?: number;
  readonly exited: Promise<SandboxExit>;
  readonly #parts: ChildSandboxParts;
  #ended = false;
  #stopping: Promise<void> | undefined;

  constructor(parts: ChildSandboxParts) {
    const { child } = parts;
    this.id = parts.id;
    this.pid = child.pid ?? 0;
    if (parts.uid !== undefined) this.uid = parts.uid;
    this.#parts = parts;
    this.stdout = child.stdout as Readable;
    this.stderr = child.stderr as Readable;
    this.channel = child.stdio[3] as Duplex;
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#ended = true;
        resolve({ ...exitOf(code, signal), outOfMemory: parts.group?.outOfMemory() ?? false });
      });
    });
  }

  freeze(): void {
    if (this.#stopping || this.#ended) return;
    if (this.#parts.group && this.#parts.hasFreezer) return this.#parts.group.freeze();
    let stopped = -1;
    for (let round = 0; round < STOP_ROUNDS_MAX; round += 1) {
      const count = this.#signalAll('SIGSTOP').length;
      if (count === stopped) return;
      stopped = count;
    }
  }

  thaw(): void {
    if (this.#stopping || this.#ended) return;
    if (this.#parts.group && this.#parts.hasFreezer) return this.#parts.group.thaw();
    this.#signalAll('SIGCONT');
  }

  limitCpu(cores: number): void {
    if (!this.#stopping) this.#parts.group?.limitCpu(cores);
  }

  usage(): SandboxUsage {
    return this.#stopping ? {} : (this.#parts.group?.usage() ?? {});
  }

  signal(name: 'SIGTERM' | 'SIGKILL'): void {
    if (!this.#stopping && !this.#ended) signal(this.#parts.firstProcess() ?? this.pid, name);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const { group, child, release, clock } = this.#parts;
    const pids = this.#signalAll('SIGKILL');
    child.kill('SIGKILL');
    group?.kill();
    await this.exited;
    const isEmpty = group ? await endGroup(group, clock) : await this.#gone(pids);
    for (const stream of [this.channel, this.stdout, this.stderr]) stream.destroy();
    child.stdin?.destroy();
    await release(isEmpty);
  }

  async #gone(pids: readonly number[]): Promise<boolean> {
    for (let check = 0; check < GONE_CHECKS_MAX; check += 1) {
      if (!pids.some(isAlive)) return true;
      await new Promise<void>((resolve) => this.#parts.clock.setTimeout(resolve, GONE_CHECK_MS));
    }
    return false;
  }

  /** Signals the process group and, where they can be found, all descendants; returns these. */
  #signalAll(name: NodeJS.Signals): number[] {
    const pids = this.#ended ? [] : descendantsOf(this.pid);
    signal(-this.pid, name);
    for (const pid of pids) signal(pid, name);
    return pids;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It is gone.
  }
}

/** Shells and bubblewrap tell a signal's death as 128 plus its number; only those that mean one are taken so. */
const DEADLY_SIGNALS: Readonly<Record<number, string>> = {
  132: 'SIGILL',
  134: 'SIGABRT',
  135: 'SIGBUS',
  136: 'SIGFPE',
  137: 'SIGKILL',
  139: 'SIGSEGV',
  143: 'SIGTERM',
  159: 'SIGSYS',
};

function exitOf(code: number | null, signal: string | null): { code: number | null; signal: string | null } {
  const told = code === null ? undefined : DEADLY_SIGNALS[code];
  return told ? { code: null, signal: told } : { code, signal };
}
