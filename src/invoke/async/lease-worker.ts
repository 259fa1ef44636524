import assert from 'node:assert';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { EventQueue } from '../../ports/event-queue.ts';
import type { Logger } from '../../ports/logger.ts';
import { EventLease, LEASE_MS } from './event-lease.ts';

/** Longest sleep; a queue whose clock jumped is looked at again by then. */
const SLEEP_MS_MAX = 3_600_000;
/** Shortest, when the queue says an event is due that it would not hand out. */
const SLEEP_MS_MIN = 20;
/** Pause after the queue failed. */
const QUEUE_FAILED_MS = 1_000;

/** What the worker is made of. */
export interface LeaseWorkerDependencies {
  readonly queue: EventQueue;
  readonly queueName: string;
  readonly concurrencyMax: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Works on one event and ends its lease. Rejects when the queue can't be reached. */
  readonly work: (lease: EventLease) => Promise<void>;
}

/**
 * Leases events of a queue while it has room and works on each. When the queue has nothing it sleeps until an arrival or until the
 * next event is due; when it is full, until one of its events is done.
 */
export class LeaseWorker {
  readonly #dependencies: LeaseWorkerDependencies;
  readonly #running = new Map<EventLease, Promise<void>>();
  #state: 'new' | 'started' | 'closed' = 'new';
  #unsubscribe: (() => void) | undefined;
  #timer: Timer | undefined;
  #leasing: Promise<void> | undefined;
  /** Something happened while {@link LeaseWorker.#leasing} was under way. */
  #again = false;

  constructor(dependencies: LeaseWorkerDependencies) {
    assert.ok(dependencies.concurrencyMax >= 1);
    this.#dependencies = dependencies;
  }

  start(): void {
    assert.equal(this.#state, 'new');
    this.#state = 'started';
    this.#unsubscribe = this.#dependencies.queue.onArrival(this.#dependencies.queueName, () => this.#wake());
    this.#wake();
  }

  /** Resolves when nothing of its own is left in flight. A second call waits too. */
  async close(graceMs: number): Promise<void> {
    this.#state = 'closed';
    this.#unsubscribe?.();
    this.#timer?.cancel();
    await this.#leasing;
    const { logger } = this.#dependencies;
    if (this.#running.size > 0 && graceMs > 0) await this.#finished(graceMs);
    if (this.#running.size > 0) logger.info({ events: this.#running.size }, 'events still running were given back');
    await Promise.all([...this.#running.keys()].map((lease) => this.#giveBack(lease)));
  }

  /** Resolves when nothing runs any more, or after the grace. */
  async #finished(graceMs: number): Promise<void> {
    let timer: Timer | undefined;
    const grace = new Promise<void>((resolve) => (timer = this.#dependencies.clock.setTimeout(resolve, graceMs)));
    await Promise.race([grace, Promise.all(this.#running.values())]);
    timer?.cancel();
  }

  #wake(): void {
    if (this.#state !== 'started') return;
    this.#again = true;
    this.#leasing ??= this.#leaseWhileRoom().finally(() => {
      this.#leasing = undefined;
      if (this.#again) this.#wake();
    });
  }

  async #leaseWhileRoom(): Promise<void> {
    const { queue, queueName, concurrencyMax, logger } = this.#dependencies;
    this.#timer?.cancel();
    try {
      while (this.#again) {
        this.#again = false;
        const room = concurrencyMax - this.#running.size;
        if (this.#state !== 'started' || room <= 0) return;
        const events = await queue.lease(queueName, room, LEASE_MS, { lanesInTurn: true });
        for (const event of events) this.#begin(new EventLease(event, queue, this.#dependencies.clock, logger));
        if (events.length > 0) this.#again = true;
        else if (!this.#again) await this.#sleepUntilDue();
      }
    } catch (error) {
      logger.error({ queue: queueName, error: String(error) }, 'a queue of events can not be read');
      this.#again = false;
      this.#sleep(QUEUE_FAILED_MS);
    }
  }

  async #sleepUntilDue(): Promise<void> {
    const { queue, queueName, clock } = this.#dependencies;
    const dueMs = await queue.nextVisibleAtMs(queueName);
    if (dueMs !== undefined && !this.#again) this.#sleep(Math.max(SLEEP_MS_MIN, dueMs - clock.now()));
  }

  #sleep(delayMs: number): void {
    this.#timer?.cancel();
    if (this.#state === 'closed') return;
    this.#timer = this.#dependencies.clock.setTimeout(() => this.#wake(), Math.min(SLEEP_MS_MAX, delayMs));
  }

  #begin(lease: EventLease): void {
    const { work, logger } = this.#dependencies;
    const done = work(lease)
      // The lease then runs out and the event is handed out again.
      .catch((error: unknown) =>
        logger.error({ requestId: lease.event.id, error: String(error) }, 'an event could not be acknowledged'),
      )
      .finally(() => {
        this.#running.delete(lease);
        this.#wake();
      });
    this.#running.set(lease, done);
  }

  async #giveBack(lease: EventLease): Promise<void> {
    const { clock, logger } = this.#dependencies;
    await lease
      .giveBack(clock.now())
      .catch((error: unknown) =>
        logger.warn({ requestId: lease.event.id, error: String(error) }, 'an event could not be given back'),
      );
  }
}
