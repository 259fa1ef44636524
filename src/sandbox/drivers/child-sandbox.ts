import type { ChildProcess } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import type { Clock } from '../../ports/clock.ts';
import type { Sandbox, SandboxExit, SandboxUsage } from '../../ports/sandbox-driver.ts';
import type { ControlGroup } from './cgroup/control-group.ts';

/** How often the end of the last process is looked for, and how often at most. */
const EMPTY_CHECK_MS = 2;
const EMPTY_CHECKS_MAX = 2_500;

/** What a driver hands over for a process that it has spawned. */
export interface ChildSandboxParts {
  readonly id: string;
  readonly child: ChildProcess;
  readonly uid?: number;
  readonly group?: ControlGroup | undefined;
  readonly clock: Clock;
  /** Gives back what the driver took for it, after the last process is gone. */
  readonly release: () => Promise<void>;
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
    if (this.#parts.group) this.#parts.group.freeze();
    else this.#signalGroup('SIGSTOP');
  }

  thaw(): void {
    if (this.#stopping || this.#ended) return;
    if (this.#parts.group) this.#parts.group.thaw();
    else this.#signalGroup('SIGCONT');
  }

  limitCpu(cores: number): void {
    if (!this.#stopping) this.#parts.group?.limitCpu(cores);
  }

  usage(): SandboxUsage {
    return this.#stopping ? {} : (this.#parts.group?.usage() ?? {});
  }

  signal(name: 'SIGTERM' | 'SIGKILL'): void {
    if (!this.#stopping && !this.#ended) this.#parts.child.kill(name);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const { group, child, release } = this.#parts;
    child.kill('SIGKILL');
    this.#signalGroup('SIGKILL');
    group?.kill();
    await this.exited;
    if (group) await this.#emptied(group);
    for (const stream of [this.channel, this.stdout, this.stderr]) stream.destroy();
    child.stdin?.destroy();
    await release();
  }

  /** Waits for the last process, also of those that left the process group, and removes the control group. */
  async #emptied(group: ControlGroup): Promise<void> {
    for (let check = 0; check < EMPTY_CHECKS_MAX; check += 1) {
      if (group.kill() && group.remove()) return;
      await new Promise<void>((resolve) => this.#parts.clock.setTimeout(resolve, EMPTY_CHECK_MS));
    }
  }

  #signalGroup(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch {
      // The group is gone.
    }
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
