import type { Duplex, Readable } from 'node:stream';
import type { SandboxNetwork, SandboxNetworks } from './sandbox-network.ts';

/** A host path shown inside the sandbox. */
export interface SandboxMount {
  readonly source: string;
  /** Absolute path as the function sees it, for example `/var/task`. */
  readonly target: string;
}

/**
 * What a sandbox sees as `/` when it is not what the host's own system folders make up: a folder of the host, read only
 * and left as it is, or an image that the driver's engine knows by this name.
 */
export type SandboxRoot = { readonly folder: string } | { readonly image: string };

/** A program that runs beside the first process, and is started before it. */
export interface Companion {
  readonly argv: readonly [string, ...string[]];
  /** Variables of the first process that it does not get. */
  readonly withoutVariables: readonly string[];
}

/** The companions of a running sandbox. */
export interface SandboxCompanions {
  /** What they print, together. */
  readonly output: Readable;
  /** Starts the first process, which waits for this. */
  begin(): void;
  /** `listener` hears of each that ends, by its place in the spec; also of those that have ended already. */
  onExit(listener: (index: number, status: number) => void): void;
}

/** Everything a driver needs to start one execution environment's first process. Paths in `argv`, `cwd` and `env` are the function's. */
export interface SandboxSpec {
  /** Unique on this node; safe as a file name. */
  readonly id: string;
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Programs that start before the first process; see {@link Sandbox.companions}. */
  readonly companions?: readonly Companion[];
  /** All read only. Later entries may lie inside earlier ones. */
  readonly mounts: readonly SandboxMount[];
  /** Only what the driver's {@link SandboxDriver.roots} names; without it the sandbox sees the host's system folders. */
  readonly root?: SandboxRoot;
  /** Of {@link SandboxDriver.networks}, where the driver has them; without, the sandbox gets one that nobody else knows. */
  readonly network?: SandboxNetwork;
  readonly memoryBytesMax: number;
  /** CPU time per second of wall time at the start; 1 is one core (Lambda: 1,769 MB). See {@link Sandbox.limitCpu}. */
  readonly cpuCores: number;
  /** Size of the private, writable `/tmp`. */
  readonly tmpBytesMax: number;
  readonly processesMax: number;
  readonly descriptorsMax: number;
}

/** The first process's program is not there or can't be run: the function's own fault. The message is Lambda's. */
export class ProgramUnstartable extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ProgramUnstartable';
  }
}

/** How the first process ended. */
export interface SandboxExit {
  /** Exit status, or null when a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  /** The kernel killed a process of the sandbox for want of memory. */
  readonly outOfMemory: boolean;
}

/** What the sandbox has used so far; undefined where the host can't tell. */
export interface SandboxUsage {
  readonly memoryBytes?: number;
  readonly memoryPeakBytes?: number;
  readonly cpuMs?: number;
}

/**
 * A running sandbox. Every call is total: after the end it does nothing and resolves.
 */
export interface Sandbox {
  readonly id: string;
  /** Bidirectional byte stream that the first process holds as file descriptor 3. */
  readonly channel: Duplex;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Where the spec has companions: they, and the word that lets the first process start. */
  readonly companions?: SandboxCompanions;
  /** Pid on the host of the process that was spawned. */
  readonly pid: number;
  /** Host uid that owns the sandbox's processes and nothing else; undefined when it shares ours. */
  readonly uid?: number;
  /** Resolves once, when the first process is gone; never rejects. */
  readonly exited: Promise<SandboxExit>;
  /** Stops all its processes from running until {@link Sandbox.thaw}. Synchronous: it stands between two invocations. */
  freeze(): void;
  thaw(): void;
  /** Changes the bound on CPU time while it runs: init is given at least a full core, as on Lambda, and invocations their share. */
  limitCpu(cores: number): void;
  usage(): SandboxUsage;
  /** Sends a signal to the first process of the function (not to the driver's own). */
  signal(name: 'SIGTERM' | 'SIGKILL'): void;
  /** Kills everything in it and gives back all it held (processes, cgroup, mounts, `/tmp`, uid). Resolves when nothing is left. */
  stop(): Promise<void>;
}

/** A bound that this host can hold, or not and why. */
export interface Enforcement {
  readonly name:
    | 'memory'
    | 'cpu'
    | 'processes'
    | 'descriptors'
    | 'tmp'
    | 'filesystem'
    | 'user'
    | 'network'
    | 'freeze'
    | 'syscalls';
  readonly enforced: boolean;
  /** Why not, in a sentence for the person who runs the host. */
  readonly reason?: string;
}

/** A sandbox made ahead of need, with a runtime in it and nothing of a function. */
export interface PreparedSandbox {
  readonly runtime: string;
  /** Turns it into the sandbox of one function; usable once. */
  specialise(spec: SandboxSpec): Promise<Sandbox>;
  discard(): Promise<void>;
}

/** One way of isolating functions. All drivers pass the contract suite in `test/contract/sandbox-driver.ts`. */
export interface SandboxDriver {
  readonly name: 'process' | 'bubblewrap' | 'docker';
  /** What was found by really trying, at start-up. */
  readonly enforcements: readonly Enforcement[];
  /** True when `mounts` appear at their `target`; false when the function sees host paths (the `process` driver). */
  readonly ownFilesystem: boolean;
  /** The kind of root that a spec may name; `start` rejects any other. */
  readonly roots: 'none' | 'folder' | 'image';
  /** Networks of their own for sandboxes; undefined when they share the host's. */
  readonly networks?: SandboxNetworks | undefined;
  /** The path by which a process in a sandbox with these mounts reaches `path`. `/tmp` gives the sandbox's own. */
  locate(spec: Pick<SandboxSpec, 'id' | 'mounts'>, path: string): string;
  /** Rejects when nothing could be started, with {@link ProgramUnstartable} where it is known to be so; then nothing is left behind. */
  start(spec: SandboxSpec): Promise<Sandbox>;
  /** Starts a sandbox ahead of need, where the driver can. */
  prepare?(runtime: string): Promise<PreparedSandbox>;
  /** Stops every sandbox and removes what earlier, crashed runs left behind. */
  close(): Promise<void>;
}
