import { lambdaError } from '../model/lambda-errors.ts';
import type { ExecutableVersion, InitializationType } from '../model/executable-version.ts';
import type { ServiceError } from '../model/service-error.ts';
import { throttled } from '../model/throttle.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import { leastValuable } from './eviction.ts';
import { IdleSweeper } from './idle-sweeper.ts';
import type { Invocation, InvocationOutcome } from './invocation.ts';
import { type PlatformError, sandboxFailure } from './platform-errors.ts';
import type {
  Errand,
  Place,
  PooledEnvironment,
  ProvisionedEnvironment,
  ProvisionedListener,
  VersionPool,
  Waiter,
} from './pooled-environment.ts';
import type { RunnableEnvironment } from './runnable-environment.ts';
import { ScalingRamp } from './scaling-ramp.ts';

/** Bounds of the pool. */
export interface PoolSettings {
  readonly environmentsMax: number;
  readonly environmentsPerFunctionMax: number;
  /** New environments of a function in ten seconds, those that are provisioned apart; 0 is no bound. */
  readonly newEnvironmentsPerTenSeconds: number;
  /** Environments of one account and region that serve one tenant only. */
  readonly tenantEnvironmentsMax: number;
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
const NOWHERE: Place = { leave: () => {} };

type CreateEnvironment = (version: ExecutableVersion, initializationType: InitializationType) => RunnableEnvironment;

/**
 * All environments of this node. One environment serves one version of one function, and one tenant of it where tenants
 * are isolated, one invocation at a time unless the version says otherwise.
 */
export class EnvironmentPool {
  readonly #create: CreateEnvironment;
  readonly #clock: Clock;
  readonly #settings: PoolSettings;
  readonly #pools = new Map<string, VersionPool>();
  readonly #all = new Set<PooledEnvironment>();
  readonly #stopping = new Set<Promise<void>>();
  readonly #sweeper: IdleSweeper;
  readonly #ramp: ScalingRamp;
  /** By account and region. */
  readonly #tenantEnvironments = new Map<string, number>();
  #memoryBytes = 0;
  #waitingCount = 0;
  #busyCount = 0;
  #closing = false;
  #drained: (() => void) | undefined;

  constructor(create: CreateEnvironment, clock: Clock, settings: PoolSettings) {
    this.#create = create;
    this.#clock = clock;
    this.#settings = settings;
    this.#ramp = new ScalingRamp(clock, settings.newEnvironmentsPerTenSeconds);
    this.#sweeper = new IdleSweeper(clock, settings.freezeAfterMs, settings.idleTimeoutMs, (entry) => this.#evict(entry));
  }

  /** Environments alive, busy ones, and invocations waiting for one. */
  get counts(): { environments: number; busy: number; waiting: number } {
    return { environments: this.#all.size, busy: this.#busyCount, waiting: this.#waitingCount };
  }

  /**
   * Runs the invocation in an environment of the version that can take it, else in a new one, else when one comes free.
   * The place is left when the environment is done with it, which is after the answer. Throws TooManyRequestsException
   * when the function grows too fast, tenants have too many environments, or the node is full and nothing comes free in
   * time.
   */
  run(version: ExecutableVersion, invocation: Invocation, place: Place = NOWHERE): Promise<InvocationOutcome> {
    return new Promise((resolve, reject) => this.#run(version, { invocation, place, resolve, reject }));
  }

  #run(version: ExecutableVersion, errand: Errand): void {
    if (this.#closing) return refuse(errand, shuttingDown());
    const pool = this.#poolOf(version, errand.invocation.tenantId);
    const free = pool.idleProvisioned.pop() ?? (version.maxConcurrency === undefined ? pool.idle.pop() : withRoom(pool));
    if (free) return this.#start(free, errand);
    const tenantsAreFull = this.#tenantsAreFull(pool);
    if (tenantsAreFull || !this.#ramp.allows(version.functionArn)) {
      this.#forgetIfEmpty(pool);
      return refuse(errand, throttled('ConcurrentInvocationLimitExceeded', tenantsAreFull ? 'Rate exceeded' : undefined));
    }
    if (this.#mayGrow(pool)) return this.#start(this.#grow(pool), errand);
    this.#wait(pool, errand);
  }

  /**
   * Starts an environment now that stays until it is given up; undefined when there is no room. Invocations of the version
   * use it before any other.
   */
  provision(version: ExecutableVersion, listener: ProvisionedListener): ProvisionedEnvironment | undefined {
    if (this.#closing) return undefined;
    const before = this.#poolOf(version, undefined);
    if (!this.#mayGrow(before)) {
      this.#forgetIfEmpty(before);
      return undefined;
    }
    // Room may have been made of the version's own idle environments, and its pool forgotten with the last.
    const pool = this.#poolOf(version, undefined);
    pool.retired = false;
    const entry = this.#grow(pool, listener);
    entry.environment.initialise({
      ready: () => {
        if (!this.#all.has(entry)) return;
        this.#measure(entry);
        this.#free(entry);
        if (this.#all.has(entry)) entry.listener?.ready();
      },
      failed: (error) => this.#remove(entry, error),
      lost: () => this.#lost(entry),
    });
    return { giveUp: () => this.#giveUp(entry) };
  }

  /** Versions of a function that have environments now. */
  versionsOf(functionArn: string): ExecutableVersion[] {
    const found = new Map<string, ExecutableVersion>();
    for (const { version } of this.#pools.values())
      if (version.functionArn === functionArn) found.set(keyOf(version, undefined), version);
    return [...found.values()];
  }

  /**
   * No new invocation is expected for this version: idle environments stop now, busy ones after their invocation. What is
   * provisioned is given up by whoever provisioned it.
   */
  retire(version: ExecutableVersion): void {
    const key = keyOf(version, undefined);
    for (const pool of [...this.#pools.values()]) {
      if (pool.version.functionArn !== version.functionArn || keyOf(pool.version, undefined) !== key) continue;
      pool.retired = true;
      for (const entry of pool.idle.splice(0)) this.#remove(entry);
      this.#forgetIfEmpty(pool);
    }
  }

  /** Waits up to `graceMs` for invocations in progress, then stops everything. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    for (const pool of this.#pools.values()) {
      for (const waiter of pool.waiting.splice(0)) this.#dismiss(waiter, shuttingDown());
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

  #poolOf(version: ExecutableVersion, tenantId: string | undefined): VersionPool {
    const key = keyOf(version, tenantId);
    let pool = this.#pools.get(key);
    if (!pool) {
      pool = { version, tenantId, key, idle: [], idleProvisioned: [], shared: [], waiting: [], size: 0, retired: false };
      this.#pools.set(key, pool);
    }
    return pool;
  }

  #start(entry: PooledEnvironment, errand: Errand): void {
    entry.running += 1;
    if (entry.running === 1) this.#occupied(entry);
    const released = (): void => {
      errand.place.leave();
      this.#released(entry);
    };
    entry.environment.run(errand.invocation, { outcome: errand.resolve, failed: errand.reject, released });
  }

  /** The environment runs something now. */
  #occupied(entry: PooledEnvironment): void {
    this.#busyCount += 1;
    entry.hasServed = true;
    this.#sweeper.busy(entry);
    if (entry.pool.version.maxConcurrency !== undefined) entry.pool.shared.push(entry);
  }

  #released(entry: PooledEnvironment): void {
    entry.running -= 1;
    if (entry.running === 0) {
      this.#busyCount -= 1;
      if (this.#busyCount === 0) this.#drained?.();
      if (entry.pool.shared.length > 0) takeOut(entry.pool.shared, entry);
    }
    this.#measure(entry);
    this.#free(entry);
  }

  /** The environment can take an invocation: the next that waits, or one to come. */
  #free(entry: PooledEnvironment): void {
    const { pool } = entry;
    const { state } = entry.environment;
    // A provisioned one would, after a crash, start anew within an invocation; another that is ready takes its place.
    const isDone = entry.isProvisioned ? entry.isLeaving || state !== 'Idle' : pool.retired || state === 'Gone';
    if (isDone || this.#closing) {
      // What else it runs may come to its end, unless all of it has.
      if (entry.running === 0 || state === 'Gone') this.#remove(entry);
      return;
    }
    if (entry.environment.hasRoom !== false) {
      const waiter = this.#nextWaiter(pool);
      if (waiter) return this.#start(entry, waiter);
    }
    if (entry.running > 0) return;
    entry.idleSinceMs = this.#clock.monotonic();
    (entry.isProvisioned ? pool.idleProvisioned : pool.idle).push(entry);
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

  #grow(pool: VersionPool, listener?: ProvisionedListener): PooledEnvironment {
    const environment = this.#create(pool.version, listener ? 'provisioned-concurrency' : 'on-demand');
    const entry: PooledEnvironment = {
      environment,
      pool,
      idleSinceMs: 0,
      memoryBytes: MEMORY_ESTIMATE_BYTES,
      isProvisioned: listener !== undefined,
      listener,
      running: 0,
      hasServed: false,
      isLeaving: false,
      get startCostMs() {
        return environment.startCostMs;
      },
    };
    pool.size += 1;
    this.#countTenants(pool, 1);
    if (!listener) this.#ramp.grown(pool.version.functionArn);
    this.#all.add(entry);
    this.#memoryBytes += entry.memoryBytes;
    return entry;
  }

  #evict(entry: PooledEnvironment): void {
    if (takeOut(entry.pool.idle, entry)) this.#remove(entry);
  }

  /** Stops it for good. `cause`: why a provisioned environment that has never served is none. */
  #remove(entry: PooledEnvironment, cause?: PlatformError | Error): void {
    if (!this.#all.delete(entry)) return;
    this.#sweeper.busy(entry);
    takeOut(entry.pool.shared, entry);
    entry.pool.size -= 1;
    this.#countTenants(entry.pool, -1);
    this.#memoryBytes -= entry.memoryBytes;
    const stopped = entry.environment.stop().finally(() => this.#stopping.delete(stopped));
    this.#stopping.add(stopped);
    this.#forgetIfEmpty(entry.pool);
    entry.listener?.lost(entry.hasServed ? undefined : (cause ?? sandboxFailure('')));
    if (!this.#closing && this.#waitingCount > 0) this.#serveWaiting();
  }

  /** A provisioned environment's process has ended while it was idle. */
  #lost(entry: PooledEnvironment): void {
    if (takeOut(entry.pool.idleProvisioned, entry)) this.#remove(entry);
  }

  #giveUp(entry: PooledEnvironment): void {
    entry.listener = undefined;
    entry.isLeaving = true;
    if (entry.running > 0) return;
    takeOut(entry.pool.idleProvisioned, entry);
    this.#remove(entry);
  }

  #tenantsAreFull({ version, tenantId }: VersionPool): boolean {
    if (tenantId === undefined) return false;
    return (this.#tenantEnvironments.get(placeOf(version)) ?? 0) >= this.#settings.tenantEnvironmentsMax;
  }

  #countTenants({ version, tenantId }: VersionPool, change: 1 | -1): void {
    if (tenantId === undefined) return;
    const place = placeOf(version);
    const count = (this.#tenantEnvironments.get(place) ?? 0) + change;
    if (count === 0) this.#tenantEnvironments.delete(place);
    else this.#tenantEnvironments.set(place, count);
  }

  #forgetIfEmpty(pool: VersionPool): void {
    if (pool.size === 0 && pool.waiting.length === 0) this.#pools.delete(pool.key);
  }

  // Waiting ---------------------------------------------------------------------------------------------------------

  #wait(pool: VersionPool, errand: Errand): void {
    if (this.#waitingCount >= this.#settings.waitingMax) {
      this.#forgetIfEmpty(pool);
      return refuse(errand, throttled('ConcurrentInvocationLimitExceeded'));
    }
    const waiter: Waiter = {
      ...errand,
      timer: this.#clock.setTimeout(() => {
        const index = pool.waiting.indexOf(waiter);
        if (index === -1) return;
        pool.waiting.splice(index, 1);
        this.#dismiss(waiter, throttled('ConcurrentInvocationLimitExceeded'));
        this.#forgetIfEmpty(pool);
      }, WAIT_MS_MAX),
    };
    this.#waitingCount += 1;
    pool.waiting.push(waiter);
  }

  #dismiss(waiter: Waiter, error: ServiceError): void {
    this.#waitingCount -= 1;
    waiter.timer.cancel();
    refuse(waiter, error);
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
      if (this.#tenantsAreFull(pool) || !this.#ramp.allows(pool.version.functionArn) || !this.#mayGrow(pool)) continue;
      this.#fill(this.#grow(pool));
    }
  }

  /** Gives a new environment to those that wait, as far as it has room. */
  #fill(entry: PooledEnvironment): void {
    let waiter = this.#nextWaiter(entry.pool);
    for (; waiter; waiter = entry.environment.hasRoom ? this.#nextWaiter(entry.pool) : undefined) this.#start(entry, waiter);
  }
}

/**
 * The environment that takes one more beside what it runs: the one that has been in use longest, so that others grow
 * idle; else an idle one, which has no room when all it took up is late.
 */
function withRoom({ shared, idle }: VersionPool): PooledEnvironment | undefined {
  const used = shared.find(({ environment }) => environment.hasRoom);
  if (used) return used;
  const unused = idle.findLast(({ environment }) => environment.hasRoom);
  if (unused) takeOut(idle, unused);
  return unused;
}

function takeOut(entries: PooledEnvironment[], entry: PooledEnvironment): boolean {
  const index = entries.indexOf(entry);
  if (index !== -1) entries.splice(index, 1);
  return index !== -1;
}

function keyOf(version: ExecutableVersion, tenantId: string | undefined): string {
  const key = `${version.functionArn}:${version.version}:${version.configurationId}`;
  return tenantId === undefined ? key : `${key}:${tenantId}`;
}

function placeOf({ account, region }: ExecutableVersion): string {
  return `${account}/${region}`;
}

function refuse({ place, reject }: Errand, error: ServiceError): void {
  place.leave();
  reject(error);
}

function shuttingDown(): ServiceError {
  return lambdaError('ServiceException', 'The server is shutting down.');
}
