import type { ExecutableVersion } from '../model/executable-version.ts';
import type { Timer } from '../ports/clock.ts';
import type { ExecutionEnvironment } from './environment.ts';
import type { Invocation, InvocationOutcome } from './invocation.ts';

/** An environment and what the pool keeps of it. */
export interface PooledEnvironment {
  readonly environment: ExecutionEnvironment;
  readonly pool: VersionPool;
  idleSinceMs: number;
  memoryBytes: number;
  readonly startCostMs: number;
}

/** An invocation that waits for an environment. */
export interface Waiter {
  readonly invocation: Invocation;
  readonly resolve: (outcome: InvocationOutcome) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: Timer;
}

/** The environments of one version with one configuration. */
export interface VersionPool {
  readonly version: ExecutableVersion;
  readonly key: string;
  /** Last in, first out: the warmest is used first and the surplus grows old. */
  readonly idle: PooledEnvironment[];
  readonly waiting: Waiter[];
  size: number;
  retired: boolean;
}
