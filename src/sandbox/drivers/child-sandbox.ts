import type { ChildProcess } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import type { Clock } from '../../ports/clock.ts';
import type { Sandbox, SandboxExit, SandboxUsage } from '../../ports/sandbox-driver.ts';
import { type ControlGroup, endGroup } from './cgroup/control-group.ts';
import { Companions } from './companions.ts';
import { COMPANION_OUTPUT_DESCRIPTOR, CONTROL_DESCRIPTOR } from './companion-script.ts';
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
  /** Whether the child is a script of `companionScript`, which tells of the first process by itself. */
  readonly hasCompanions?: boolean;
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
  declare companions?: Companions;
  readonly exited: Promise<SandboxExit>;
  readonly #parts: ChildSandboxParts;
  /** The spawned process has ended, and with it everything that it stood for. */
  readonly #gone: Promise<void>;
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
    this.#gone = new Promise((resolve) => {
      child.once('exit', () => {
        this.#ended = true;
        resolve();
      });
    });
    this.exited = new Promise((resolve) => {
      const told = (code: number | null, signal: string | null): void =>
        resolve({ ...exitOf(code, signal), outOfMemory: parts.group?.outOfMemory() ?? false });
      child.once('exit', told);
      if (parts.hasCompanions) this.companions = companionsOf(child, (status) => told(status, null));
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
    if (this.#stopping || this.#ended) return;
    if (this.companions && name === 'SIGTERM') this.companions.terminateMain();
    else signal(this.#parts.firstProcess() ?? this.pid, name);
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
    await this.#gone;
    const isEmpty = group ? await endGroup(group, clock) : await this.#allGone(pids);
    this.companions?.destroy();
    for (const stream of [this.channel, this.stdout, this.stderr]) stream.destroy();
    child.stdin?.destroy();
    await release(isEmpty);
  }

  async #allGone(pids: readonly number[]): Promise<boolean> {
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

function companionsOf(child: ChildProcess, onMainExit: (status: number) => void): Companions {
  return new Companions(
    child.stdio[CONTROL_DESCRIPTOR as 3] as Duplex,
    child.stdio[COMPANION_OUTPUT_DESCRIPTOR as 3] as Readable,
    onMainExit,
  );
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

/** How a process ended, as its parent tells it. */
export function exitOf(code: number | null, signal: string | null): { code: number | null; signal: string | null } {
  const told = code === null ? undefined : DEADLY_SIGNALS[code];
  return told ? { code: null, signal: told } : { code, signal };
}
