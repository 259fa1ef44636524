import type { ExecutableVersion } from '../model/executable-version.ts';
import type { Timer } from '../ports/clock.ts';
import type { Invocation, InvocationOutcome } from './invocation.ts';
import type { PlatformError } from './platform-errors.ts';
import type { RunnableEnvironment } from './runnable-environment.ts';

/** What an invocation takes up as long as its environment is in use. */
export interface Place {
  /** Called exactly once, when the environment is free again or the invocation was refused. */
  leave(): void;
}

/** How whoever provisioned an environment hears of it. */
export interface ProvisionedListener {
  /** Invocations find it ready. */
  ready(): void;
  /** It is no more, though it was not given up. `cause`: why it never served; undefined when it did. */
  lost(cause: PlatformError | Error | undefined): void;
}

/** An environment that was provisioned. */
export interface ProvisionedEnvironment {
  /** It is wanted no more: it stops now, or after the invocation that it runs. Its listener hears no more of it. */
  giveUp(): void;
}

/** An environment and what the pool keeps of it. */
export interface PooledEnvironment {
  readonly environment: RunnableEnvironment;
  readonly pool: VersionPool;
  idleSinceMs: number;
  memoryBytes: number;
  readonly startCostMs: number;
  /** Provisioned environments are neither evicted nor do they grow old. */
  readonly isProvisioned: boolean;
  listener: ProvisionedListener | undefined;
  /** Invocations in it, more than one only where it takes several at a time. */
  running: number;
  hasServed: boolean;
  /** Was given up while it ran an invocation. */
  isLeaving: boolean;
}

/** An invocation and whom its end concerns. */
export interface Errand {
  readonly invocation: Invocation;
  readonly place: Place;
  readonly resolve: (outcome: InvocationOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/** An invocation that waits for an environment. */
export interface Waiter extends Errand {
  readonly timer: Timer;
}

/** The environments of one version with one configuration, and of one tenant where tenants are isolated. */
export interface VersionPool {
  readonly version: ExecutableVersion;
  readonly tenantId: string | undefined;
  readonly key: string;
  /** Last in, first out: the warmest is used first and the surplus grows old. */
  readonly idle: PooledEnvironment[];
  /** The same of provisioned environments, which are used before the others. */
  readonly idleProvisioned: PooledEnvironment[];
  /** Environments in use that may take more, which go before idle ones; none where each takes one invocation. */
  readonly shared: PooledEnvironment[];
  readonly waiting: Waiter[];
  size: number;
  retired: boolean;
}
