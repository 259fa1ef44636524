import type { Clock, Timer } from '../../../ports/clock.ts';
import type { EventQueue, LeasedEvent } from '../../../ports/event-queue.ts';
import type { Logger } from '../../../ports/logger.ts';
import type { Settlement } from './attempt-delivery.ts';

/** Outlasts every attempt: an endpoint has 15 seconds. */
const LEASE_MS = 60_000;
/** Longest sleep; a queue whose clock jumped is looked at again by then. */
const SLEEP_MS_MAX = 3_600_000;
/** Pause after the queue failed. */
const QUEUE_FAILED_MS = 1_000;

/** What a worker is made of. */
export interface WorkerDependencies {
  readonly queue: EventQueue;
  /** The one queue that it works on. */
  readonly name: string;
  readonly concurrencyMax: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Must not reject for what a target does. */
  readonly attempt: (event: LeasedEvent) => Promise<Settlement>;
}

/** Leases deliveries while it has room and attempts each; sleeps until one arrives or is due, or until it has room. */
export class DeliveryWorker {
  readonly #dependencies: WorkerDependencies;
  readonly #running = new Set<Promise<void>>();
  #state: 'new' | 'started' | 'closed' = 'new';
  #unsubscribe: (() => void) | undefined;
  #timer: Timer | undefined;
  #leasing: Promise<void> | undefined;
  /** Something happened while leasing was under way. */
  #again = false;

  constructor(dependencies: WorkerDependencies) {
    this.#dependencies = dependencies;
  }

  start(): void {
    const { queue, name } = this.#dependencies;
    this.#state = 'started';
    this.#unsubscribe = queue.onArrival(name, () => this.#wake());
    this.#wake();
  }

  /** Starts no more attempts; resolves when those under way are done, or after the grace: they are made again then. */
  async close(graceMs: number): Promise<void> {
    this.#state = 'closed';
    this.#unsubscribe?.();
    this.#timer?.cancel();
    await this.#leasing;
    if (this.#running.size === 0) return;
    let timer: Timer | undefined;
    const grace = new Promise<void>((resolve) => (timer = this.#dependencies.clock.setTimeout(resolve, graceMs)));
    await Promise.race([grace, Promise.all(this.#running)]);
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
    const { queue, name, concurrencyMax, clock, logger } = this.#dependencies;
    this.#timer?.cancel();
    try {
      while (this.#again) {
        this.#again = false;
        const room = concurrencyMax - this.#running.size;
        if (this.#state !== 'started' || room <= 0) return;
        const askedMs = clock.now();
        const events = await queue.lease(name, room, LEASE_MS, { lanesInTurn: true });
        for (const event of events) this.#begin(event);
        if (events.length > 0) this.#again = true;
        else if (!this.#again) await this.#sleepUntilDue(askedMs);
      }
    } catch (error) {
      logger.error({ queue: name, error: String(error) }, 'a queue of deliveries can not be read');
      this.#again = false;
      this.#sleep(QUEUE_FAILED_MS);
    }
  }

  /** What was due when the queue was asked waits for another of its group, whose end wakes the worker too. */
  async #sleepUntilDue(askedMs: number): Promise<void> {
    const { queue, name, clock } = this.#dependencies;
    const dueMs = await queue.nextVisibleAtMs(name, askedMs);
    if (dueMs === undefined || this.#again) return;
    this.#sleep(Math.max(0, dueMs - clock.now()));
  }

  #sleep(delayMs: number): void {
    this.#timer?.cancel();
    if (this.#state === 'closed') return;
    this.#timer = this.#dependencies.clock.setTimeout(() => this.#wake(), Math.min(SLEEP_MS_MAX, delayMs));
  }

  #begin(event: LeasedEvent): void {
    const { logger, name } = this.#dependencies;
    const work = this.#settle(event)
      // The lease then runs out and the delivery is handed out again.
      .catch((error: unknown) => logger.error({ queue: name, id: event.id, error: String(error) }, 'a delivery was not settled'))
      .finally(() => {
        this.#running.delete(work);
        this.#wake();
      });
    this.#running.add(work);
  }

  async #settle(event: LeasedEvent): Promise<void> {
    const { queue, attempt } = this.#dependencies;
    const settlement = await attempt(event);
    const { id, lease, queue: name } = event;
    if (settlement.kind === 'done') await queue.ack([{ queue: name, id, lease }], { lazily: true });
    else
      await queue.retry([
        { queue: name, id, lease, visibleAtMs: Math.round(settlement.visibleAtMs), attributes: settlement.progress },
      ]);
  }
}
