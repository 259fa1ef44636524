import { lambdaError } from '../model/lambda-errors.ts';
import type { ExecutableVersion } from '../model/executable-version.ts';
import type { ServiceError } from '../model/service-error.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { ExecutionEnvironment } from './environment.ts';
import { leastValuable } from './eviction.ts';
import { IdleSweeper } from './idle-sweeper.ts';
import type { Invocation, InvocationOutcome } from './invocation.ts';
import type { PooledEnvironment, VersionPool, Waiter } from './pooled-environment.ts';

/** Bounds of the pool. */
export interface PoolSettings {
  readonly environmentsMax: number;
  readonly environmentsPerFunctionMax: number;
  /** Invocations that may wait for an environment when the bounds above are reached; more are throttled. */
  readonly waitingMax: number;
  readonly memoryBudgetBytes: number;
  readonly freezeAfterMs: number;
  readonly idleTimeoutMs: number;
}

/** Longest wait for an environment before the invocation is throttled. */
const WAIT_MS_MAX = 60_000;
/** Memory of an environment before it was measured. */
const MEMORY_ESTIMATE_BYTES = 48 * 1_048_576;

/** All environments of this node. One environment serves one version of one function, one invocation at a time. */
export class EnvironmentPool {
  readonly #create: (version: ExecutableVersion) => ExecutionEnvironment;
  readonly #clock: Clock;
  readonly #settings: PoolSettings;
  readonly #pools = new Map<string, VersionPool>();
  readonly #all = new Set<PooledEnvironment>();
  readonly #stopping = new Set<Promise<void>>();
  readonly #sweeper: IdleSweeper;
  #memoryBytes = 0;
  #waitingCount = 0;
  #busyCount = 0;
  #closing = false;
  #drained: (() => void) | undefined;

  constructor(create: (version: ExecutableVersion) => ExecutionEnvironment, clock: Clock, settings: PoolSettings) {
    this.#create = create;
    this.#clock = clock;
    this.#settings = settings;
    this.#sweeper = new IdleSweeper(clock, settings.freezeAfterMs, settings.idleTimeoutMs, (entry) => this.#evict(entry));
  }

  /** Environments alive, busy ones, and invocations waiting for one. */
  get counts(): { environments: number; busy: number; waiting: number } {
    return { environments: this.#all.size, busy: this.#busyCount, waiting: this.#waitingCount };
  }

  /**
   * Runs the invocation in an idle environment of the version, else in a new one, else when one comes free.
   * Throws TooManyRequestsException when the node is full and nothing comes free in time.
   */
  run(version: ExecutableVersion, invocation: Invocation): Promise<InvocationOutcome> {
    if (this.#closing) return Promise.reject(lambdaError('ServiceException', 'The server is shutting down.'));
    const pool = this.#poolOf(version);
    const idle = pool.idle.pop();
    if (idle) return this.#runIn(idle, invocation);
    if (this.#mayGrow(pool)) return this.#runIn(this.#grow(pool), invocation);
    return this.#wait(pool, invocation);
  }

  /** Versions of a function that have environments now. */
  versionsOf(functionArn: string): ExecutableVersion[] {
    return [...this.#pools.values()].filter((pool) => pool.version.functionArn === functionArn).map((pool) => pool.version);
  }

  /** No new invocation is expected for this version: idle environments stop now, busy ones after their invocation. */
  retire(version: ExecutableVersion): void {
    const pool = this.#pools.get(keyOf(version));
    if (!pool) return;
    pool.retired = true;
    for (const entry of pool.idle.splice(0)) this.#remove(entry);
    this.#forgetIfEmpty(pool);
  }

  /** Waits up to `graceMs` for invocations in progress, then stops everything. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    for (const pool of this.#pools.values()) {
      for (const waiter of pool.waiting.splice(0))
        this.#refuse(waiter, lambdaError('ServiceException', 'The server is shutting down.'));
    }
    if (this.#busyCount > 0) await this.#quiet(graceMs);
    this.#sweeper.stop();
    for (const entry of [...this.#all]) this.#remove(entry);
    await Promise.all(this.#stopping);
  }

  async #quiet(graceMs: number): Promise<void> {
    let timer: Timer | undefined;
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
      timer = this.#clock.setTimeout(resolve, graceMs);
    });
    timer?.cancel();
  }

  #poolOf(version: ExecutableVersion): VersionPool {
    const key = keyOf(version);
    let pool = this.#pools.get(key);
    if (!pool) {
      pool = { version, key, idle: [], waiting: [], size: 0, retired: false };
      this.#pools.set(key, pool);
    }
    return pool;
  }

  #runIn(entry: PooledEnvironment, invocation: Invocation): Promise<InvocationOutcome> {
    return new Promise((resolve, reject) => this.#start(entry, invocation, resolve, reject));
  }

  #start(
    entry: PooledEnvironment,
    invocation: Invocation,
    resolve: (outcome: InvocationOutcome) => void,
    reject: (error: unknown) => void,
  ): void {
    this.#busyCount += 1;
    this.#sweeper.busy(entry);
    entry.environment.run(invocation, { outcome: resolve, failed: reject, released: () => this.#released(entry) });
  }

  #released(entry: PooledEnvironment): void {
    this.#busyCount -= 1;
    if (this.#busyCount === 0) this.#drained?.();
    this.#measure(entry);
    if (entry.environment.state === 'Gone' || entry.pool.retired || this.#closing) {
      this.#remove(entry);
      return;
    }
    const waiter = this.#nextWaiter(entry.pool);
    if (waiter) {
      this.#start(entry, waiter.invocation, waiter.resolve, waiter.reject);
      return;
    }
    entry.idleSinceMs = this.#clock.monotonic();
    entry.pool.idle.push(entry);
    this.#sweeper.idle(entry);
    // Another function may be waiting for the room that this one has just stopped needing.
    if (this.#waitingCount > 0) this.#serveWaiting();
  }

  #measure(entry: PooledEnvironment): void {
    const bytes = entry.environment.memoryBytes;
    if (bytes === undefined || !this.#all.has(entry)) return;
    this.#memoryBytes += bytes - entry.memoryBytes;
    entry.memoryBytes = bytes;
  }

  #mayGrow(pool: VersionPool): boolean {
    const settings = this.#settings;
    if (pool.size >= settings.environmentsPerFunctionMax) return false;
    while (this.#all.size >= settings.environmentsMax || this.#memoryBytes + MEMORY_ESTIMATE_BYTES > settings.memoryBudgetBytes) {
      // One environment is always allowed, however small the budget.
      if (this.#all.size === 0) return true;
      const victim = leastValuable(this.#idleEntries(), this.#clock.monotonic());
      if (!victim) return false;
      this.#evict(victim);
    }
    return true;
  }

  *#idleEntries(): Iterable<PooledEnvironment> {
    for (const pool of this.#pools.values()) yield* pool.idle;
  }

  #grow(pool: VersionPool): PooledEnvironment {
    const environment = this.#create(pool.version);
    const entry: PooledEnvironment = {
      environment,
      pool,
      idleSinceMs: 0,
      memoryBytes: MEMORY_ESTIMATE_BYTES,
      get startCostMs() {
        return environment.startCostMs;
      },
    };
    pool.size += 1;
    this.#all.add(entry);
    this.#memoryBytes += entry.memoryBytes;
    return entry;
  }

  #evict(entry: PooledEnvironment): void {
    const index = entry.pool.idle.indexOf(entry);
    if (index === -1) return;
    entry.pool.idle.splice(index, 1);
    this.#remove(entry);
  }

  #remove(entry: PooledEnvironment): void {
    if (!this.#all.delete(entry)) return;
    this.#sweeper.busy(entry);
    entry.pool.size -= 1;
    this.#memoryBytes -= entry.memoryBytes;
    const stopped = entry.environment.stop().finally(() => this.#stopping.delete(stopped));
    this.#stopping.add(stopped);
    this.#forgetIfEmpty(entry.pool);
    if (!this.#closing && this.#waitingCount > 0) this.#serveWaiting();
  }

  #forgetIfEmpty(pool: VersionPool): void {
    if (pool.size === 0 && pool.waiting.length === 0) this.#pools.delete(pool.key);
  }

  // Waiting ---------------------------------------------------------------------------------------------------------

  #wait(pool: VersionPool, invocation: Invocation): Promise<InvocationOutcome> {
    if (this.#waitingCount >= this.#settings.waitingMax) {
      this.#forgetIfEmpty(pool);
      return Promise.reject(nodeFull());
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        invocation,
        resolve,
        reject,
        timer: this.#clock.setTimeout(() => {
          const index = pool.waiting.indexOf(waiter);
          if (index === -1) return;
          pool.waiting.splice(index, 1);
          this.#refuse(waiter, nodeFull());
          this.#forgetIfEmpty(pool);
        }, WAIT_MS_MAX),
      };
      this.#waitingCount += 1;
      pool.waiting.push(waiter);
    });
  }

  #refuse(waiter: Waiter, error: ServiceError): void {
    this.#waitingCount -= 1;
    waiter.timer.cancel();
    waiter.reject(error);
  }

  #nextWaiter(pool: VersionPool): Waiter | undefined {
    const waiter = pool.waiting.shift();
    if (!waiter) return undefined;
    this.#waitingCount -= 1;
    waiter.timer.cancel();
    return waiter;
  }

  /** Room may have come free: starts environments for versions whose invocations wait, one each, first come first served. */
  #serveWaiting(): void {
    for (const pool of this.#pools.values()) {
      if (pool.waiting.length === 0) continue;
      if (!this.#mayGrow(pool)) continue;
      const waiter = this.#nextWaiter(pool);
      if (waiter) this.#start(this.#grow(pool), waiter.invocation, waiter.resolve, waiter.reject);
    }
  }
}

function keyOf(version: ExecutableVersion): string {
  return `${version.functionArn}:${version.version}:${version.configurationId}`;
}

function nodeFull(): ServiceError {
  return lambdaError('TooManyRequestsException', 'Rate Exceeded.', {
    members: { Reason: 'ConcurrentInvocationLimitExceeded' },
    headers: { 'Retry-After': '1' },
  });
}
