import type { ExecutableVersion } from '../model/executable-version.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { FunctionDirectory } from '../ports/function-directory.ts';
import type { Logger } from '../ports/logger.ts';
import type {
  FunctionPlace,
  ProvisionedState,
  ProvisionedTarget,
  Provisioning,
  ProvisioningPlan,
} from '../ports/provisioning.ts';
import type { EnvironmentPool } from '../sandbox/environment-pool.ts';
import type { PlatformError } from '../sandbox/platform-errors.ts';
import type { ProvisionedEnvironment } from '../sandbox/pooled-environment.ts';

/** Pause before what could not be started is tried again without being asked. */
const RETRY_MS = 60_000;
/** Source: recorded from Lambda. The other reasons are our own. */
const INIT_FAILURE = 'FUNCTION_ERROR_INIT_FAILURE';
const NO_ROOM = 'The server has no room for more environments.';
const NOT_STARTED = 'The server could not start the environment.';

/** What the provisioner is made of. */
export interface ProvisionerDependencies {
  readonly plan: ProvisioningPlan;
  readonly directory: Pick<FunctionDirectory, 'onChange'>;
  readonly pool: Pick<EnvironmentPool, 'provision'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Environments that it starts at a time, so that invocations find turns to start theirs. */
  readonly startsMax: number;
}

/** The environments of one version that are kept initialised. */
interface Allocation {
  readonly version: ExecutableVersion;
  wanted: number;
  readonly starting: Set<ProvisionedEnvironment>;
  readonly ready: Set<ProvisionedEnvironment>;
  failure?: { readonly reason: string; readonly atMs: number };
  /** Set after a failure; nothing is started before it fires. */
  retry?: Timer;
}

/** The allocations of one function, by version and configuration. */
interface Function {
  readonly place: FunctionPlace;
  readonly allocations: Map<string, Allocation>;
  isReading: boolean;
  isOutdated: boolean;
}

/**
 * Keeps as many environments initialised as the control plane wants: starts those that are missing, also in the place of
 * those that crashed, and gives up those that are not wanted any more, as when an alias has moved.
 */
export class Provisioner implements Provisioning {
  readonly #dependencies: ProvisionerDependencies;
  /** Bounded by the functions that have provisioned concurrency, and those that were written a moment ago. */
  readonly #functions = new Map<string, Function>();
  #starting = 0;
  #isFilling = false;
  #unsubscribe: (() => void) | undefined;
  #closed = false;

  constructor(dependencies: ProvisionerDependencies) {
    this.#dependencies = dependencies;
  }

  /** Follows the plan from now on, and begins with all that there is. Rejects when the plan can't be read. */
  async start(): Promise<void> {
    const { directory, plan } = this.#dependencies;
    this.#unsubscribe = directory.onChange((place) => this.#changed(place));
    for (const place of await plan.functions()) this.#changed(place);
  }

  /** Starts no more. The environments are the pool's to stop. */
  close(): void {
    this.#closed = true;
    this.#unsubscribe?.();
    for (const { allocations } of this.#functions.values())
      for (const allocation of allocations.values()) allocation.retry?.cancel();
    this.#functions.clear();
  }

  stateOf(version: ExecutableVersion): ProvisionedState {
    const allocation = this.#functions.get(pathOf(version))?.allocations.get(keyOf(version));
    if (!allocation) return { ready: 0 };
    return { ready: allocation.ready.size, ...(allocation.failure ? { failure: allocation.failure } : {}) };
  }

  #changed(place: FunctionPlace): void {
    const path = pathOf(place);
    let found = this.#functions.get(path);
    if (!found) {
      found = { place, allocations: new Map(), isReading: false, isOutdated: false };
      this.#functions.set(path, found);
    }
    found.isOutdated = true;
    if (!found.isReading) void this.#follow(path, found);
  }

  async #follow(path: string, found: Function): Promise<void> {
    const { plan, logger } = this.#dependencies;
    found.isReading = true;
    try {
      while (found.isOutdated && !this.#closed) {
        found.isOutdated = false;
        const targets = await plan.targets(found.place);
        if (!this.#closed) this.#adjust(found, targets);
      }
    } catch (error) {
      logger.error({ ...found.place, error: String(error) }, 'what is to be provisioned could not be read');
    }
    found.isReading = false;
    if (found.allocations.size === 0) this.#functions.delete(path);
  }

  #adjust({ allocations }: Function, targets: readonly ProvisionedTarget[]): void {
    for (const allocation of allocations.values()) allocation.wanted = 0;
    for (const { version, count, askedAtMs } of targets) {
      const key = keyOf(version);
      let allocation = allocations.get(key);
      if (!allocation) {
        allocation = { version, wanted: count, starting: new Set(), ready: new Set() };
        allocations.set(key, allocation);
      }
      allocation.wanted = count;
      if (allocation.failure && askedAtMs > allocation.failure.atMs) forgive(allocation);
    }
    for (const [key, allocation] of allocations) {
      giveUpSurplus(allocation, () => (this.#starting -= 1));
      if (allocation.wanted > 0) continue;
      allocation.retry?.cancel();
      allocations.delete(key);
    }
    this.#fill();
  }

  /** Soon, and once for all that happens at the same moment: environments are lost in the middle of the pool's work. */
  #fill(): void {
    if (this.#isFilling) return;
    this.#isFilling = true;
    queueMicrotask(() => {
      this.#isFilling = false;
      const { startsMax } = this.#dependencies;
      for (const { allocations } of this.#functions.values())
        for (const allocation of allocations.values())
          while (!this.#closed && isShort(allocation) && this.#starting < startsMax) this.#startOne(allocation);
    });
  }

  #startOne(allocation: Allocation): void {
    const { pool } = this.#dependencies;
    const environment = pool.provision(allocation.version, {
      ready: () => {
        if (!environment || !allocation.starting.delete(environment)) return;
        this.#starting -= 1;
        allocation.ready.add(environment);
        if (allocation.ready.size >= allocation.wanted) delete allocation.failure;
        this.#fill();
      },
      lost: (cause) => {
        if (!environment) return;
        if (allocation.starting.delete(environment)) this.#starting -= 1;
        allocation.ready.delete(environment);
        if (cause) this.#failed(allocation, 'errorType' in cause ? INIT_FAILURE : NOT_STARTED, cause);
        this.#fill();
      },
    });
    if (!environment) return this.#failed(allocation, NO_ROOM);
    this.#starting += 1;
    allocation.starting.add(environment);
  }

  #failed(allocation: Allocation, reason: string, cause?: PlatformError | Error): void {
    if (this.#closed) return;
    const { clock, logger } = this.#dependencies;
    const { functionArn, version } = allocation.version;
    const why = cause ? { error: 'errorType' in cause ? cause.errorType : String(cause) } : {};
    logger.warn({ functionArn, version, reason, ...why }, 'provisioned concurrency could not be allocated');
    allocation.failure = { reason, atMs: clock.now() };
    allocation.retry ??= clock.setTimeout(() => {
      delete allocation.retry;
      this.#fill();
    }, RETRY_MS);
  }
}

function isShort({ wanted, starting, ready, retry }: Allocation): boolean {
  return retry === undefined && starting.size + ready.size < wanted;
}

/** It was asked for anew, so it is tried anew. */
function forgive(allocation: Allocation): void {
  allocation.retry?.cancel();
  delete allocation.retry;
  delete allocation.failure;
}

function giveUpSurplus({ wanted, starting, ready }: Allocation, stopped: () => void): void {
  for (const environment of starting) {
    if (starting.size + ready.size <= wanted) return;
    starting.delete(environment);
    stopped();
    environment.giveUp();
  }
  for (const environment of ready) {
    if (ready.size <= wanted) return;
    ready.delete(environment);
    environment.giveUp();
  }
}

function pathOf({ account, region, functionName }: FunctionPlace): string {
  return `${account}/${region}/${functionName}`;
}

function keyOf(version: ExecutableVersion): string {
  return `${version.version}:${version.configurationId}`;
}
