import type { Clock } from '../../../ports/clock.ts';
import type { SandboxUsage } from '../../../ports/sandbox-driver.ts';

/** Bounds of one sandbox as its control group holds them. */
export interface GroupLimits {
  readonly memoryBytesMax: number;
  readonly cpuCores: number;
  readonly processesMax: number;
}

/** The control group of one sandbox. Calls after {@link ControlGroup.remove} are harmless. */
export interface ControlGroup {
  /** Files into which the first process writes `0` to join before it does anything else. */
  readonly joinFiles: readonly string[];
  freeze(): void;
  thaw(): void;
  limitCpu(cores: number): void;
  usage(): SandboxUsage;
  /** Whether the kernel has killed a process of the group for want of memory. */
  outOfMemory(): boolean;
  /** Kills every process in it, frozen ones too; true when none was left. */
  kill(): boolean;
  /** Removes it; false while a process is still on its way out. */
  remove(): boolean;
}

/** Makes the control groups of one server below a parent of its own. */
export interface ControlGroups {
  readonly version: 'v1' | 'v2';
  /** Controllers that could be had. */
  readonly controllers: ReadonlySet<'memory' | 'cpu' | 'pids' | 'freezer'>;
  create(id: string, limits: GroupLimits): ControlGroup;
  /** Every group that is below our parent now; at start-up, those that an earlier run left. */
  existing(): ControlGroup[];
  /** Removes the parent, which must be empty. */
  close(): void;
}

/** How often the end of the last process is looked for, and how often at most. */
const EMPTY_CHECK_MS = 2;
const EMPTY_CHECKS_MAX = 2_500;

/** Kills what is in a group until nothing is, and removes it; false when a process could not be got rid of within 5 s. */
export async function endGroup(group: ControlGroup, clock: Clock): Promise<boolean> {
  for (let check = 0; check < EMPTY_CHECKS_MAX; check += 1) {
    if (group.kill() && group.remove()) return true;
    await new Promise<void>((resolve) => clock.setTimeout(resolve, EMPTY_CHECK_MS));
  }
  return false;
}

/** Short periods keep a small share from being throttled for most of a long one (100 ms is the kernel's default). */
export function cpuPeriodUs(cores: number): number {
  return cores < 0.5 ? 20_000 : 100_000;
}
