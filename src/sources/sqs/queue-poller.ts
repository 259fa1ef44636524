import type { FunctionDirectory } from '../../ports/function-directory.ts';
import type { Timer } from '../../ports/clock.ts';
import type { QueueMapping } from '../../ports/mapping-directory.ts';
import type { MappingPoller } from '../mappings/mapping-follower.ts';
import type { Visibility } from './queue-batcher.ts';
import { type BatchEnd, QueueWorker, type WorkerDependencies } from './queue-worker.ts';

/** What the poller of a mapping needs. */
export interface PollerDependencies extends Omit<WorkerDependencies, 'onBatch' | 'visibility'> {
  readonly directory: FunctionDirectory;
}

const TICK_MS = 1_000;
const WORKERS_FIRST = 5;
const WORKERS_IDLE = 2;
const WORKERS_MAX = 1_250;
/** What is added in a second while every worker has something to do. Source: 300 a minute. */
const WORKERS_ADDED = 5;
/** Concurrent invokes of one poller in provisioned mode. */
const WORKERS_PER_POLLER = 10;
/** Provisioned mode grows by 1,000 a minute. */
const PROVISIONED_ADDED = 17;
const IDLE_AFTER_MS = 60_000;
const VISIBILITY_SECONDS_MAX = 43_200;
const VISIBILITY_MARGIN_SECONDS = 30;
/** Until the queue could be asked. */
const VISIBILITY_UNKNOWN_SECONDS = 30;
/** How often the queue and the function are asked for their timeouts. */
const VISIBILITY_AGE_MS = 10_000;

/**
 * The workers of one mapping: five at first, more while all of them are busy, fewer when there is nothing to do or the
 * function fails. Source: Lambda developer guide, "Configuring scaling behavior for SQS event source mappings".
 */
export class QueuePoller implements MappingPoller {
  readonly #given: PollerDependencies;
  readonly #mapping: QueueMapping;
  readonly #workers = new Map<QueueWorker, Promise<void>>();
  readonly #cap: number;
  readonly #floor: number;
  #visibility: Visibility = { seconds: VISIBILITY_UNKNOWN_SECONDS, isAsked: false };
  #visibilityReadMs = Number.NEGATIVE_INFINITY;
  #allowed: number;
  #failures = 0;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(given: PollerDependencies) {
    const { maximumConcurrency, pollers } = given.mapping;
    this.#given = given;
    this.#mapping = given.mapping;
    this.#cap = maximumConcurrency ?? (pollers ? pollers.maximum * WORKERS_PER_POLLER : WORKERS_MAX);
    const keepsFirst = maximumConcurrency !== undefined;
    this.#floor = Math.min(this.#cap, pollers ? pollers.minimum * WORKERS_PER_POLLER : keepsFirst ? WORKERS_FIRST : WORKERS_IDLE);
    this.#allowed = Math.min(this.#cap, Math.max(this.#floor, WORKERS_FIRST));
  }

  /** Workers there are now. */
  get workers(): number {
    return this.#workers.size;
  }

  /** Begins to poll. */
  async start(): Promise<void> {
    await this.#readVisibility();
    if (this.#stopped) return;
    this.#add(this.#allowed);
    this.#scheduleTick();
  }

  /** Receives nothing more; resolves when what was received is through or given back. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    for (const worker of this.#workers.keys()) worker.stop();
    await Promise.all(this.#workers.values());
  }

  #scheduleTick(): void {
    this.#timer = this.#given.clock.setTimeout(() => {
      this.#scale();
      void this.#readVisibility();
      if (!this.#stopped) this.#scheduleTick();
    }, TICK_MS);
  }

  #scale(): void {
    const workers = [...this.#workers.keys()];
    if (this.#failures > 0) this.#allowed = Math.max(this.#floor, Math.floor(workers.length / 2));
    else if (workers.every((worker) => !worker.isWaiting)) {
      const added = this.#mapping.pollers ? PROVISIONED_ADDED : WORKERS_ADDED;
      this.#allowed = Math.min(this.#cap, workers.length + added);
    } else {
      const idle = workers.filter((worker) => worker.waitedMs() >= IDLE_AFTER_MS).length;
      if (idle > 0) this.#allowed = Math.max(this.#floor, workers.length - idle);
    }
    this.#failures = 0;
    if (workers.length < this.#allowed) this.#add(this.#allowed - workers.length);
    // Those with the least to do go first.
    const leaving = workers.toSorted((a, b) => b.waitedMs() - a.waitedMs()).slice(0, Math.max(0, workers.length - this.#allowed));
    for (const worker of leaving) worker.stop();
  }

  #add(count: number): void {
    const dependencies: WorkerDependencies = {
      ...this.#given,
      visibility: () => this.#visibility,
      onBatch: (end) => this.#count(end),
    };
    for (let added = 0; added < count; added += 1) {
      const worker = new QueueWorker(dependencies);
      this.#workers.set(
        worker,
        worker.run().finally(() => this.#workers.delete(worker)),
      );
    }
  }

  #count(end: BatchEnd): void {
    if (end !== 'succeeded') this.#failures += 1;
  }

  /** A message must stay hidden for as long as it may wait for its batch and then run. */
  async #readVisibility(): Promise<void> {
    const { clock, queues, directory } = this.#given;
    const { queueArn, batchingWindowSeconds } = this.#mapping;
    if (clock.monotonic() - this.#visibilityReadMs < VISIBILITY_AGE_MS) return;
    this.#visibilityReadMs = clock.monotonic();
    try {
      const { visibilityTimeoutSeconds } = await queues.describe(queueArn);
      const { version } = await directory.resolve(this.#mapping.function);
      const neededSeconds = batchingWindowSeconds + Math.ceil(version.timeoutMs / 1_000);
      const isAsked = batchingWindowSeconds > 0 && neededSeconds > visibilityTimeoutSeconds;
      const seconds = isAsked
        ? Math.min(VISIBILITY_SECONDS_MAX, neededSeconds + VISIBILITY_MARGIN_SECONDS)
        : visibilityTimeoutSeconds;
      this.#visibility = { seconds, isAsked };
    } catch {
      // The workers meet the same trouble and say so.
    }
  }
}
