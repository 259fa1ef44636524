import type { Clock, Timer } from '../../ports/clock.ts';
import type { EventQueue, LeasedEvent } from '../../ports/event-queue.ts';
import type { Logger } from '../../ports/logger.ts';

/**
 * How long a lease lasts; it is renewed at a third of that while the event is worked on, so that it outlasts any
 * timeout of a function, and yet a node's crash delays its events no longer than this.
 */
export const LEASE_MS = 30_000;

/** The lease of one event, kept alive until it is ended. */
export class EventLease {
  readonly event: LeasedEvent;
  readonly #queue: EventQueue;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #timer: Timer | undefined;
  #ended = false;

  constructor(event: LeasedEvent, queue: EventQueue, clock: Clock, logger: Logger) {
    this.event = event;
    this.#queue = queue;
    this.#clock = clock;
    this.#logger = logger;
    this.#renewLater();
  }

  /** The event is done. Does nothing when the lease was ended or lost. */
  async acknowledge(): Promise<void> {
    if (!this.#end()) return;
    const { queue, id, lease } = this.event;
    if ((await this.#queue.ack([{ queue, id, lease }], { lazily: true })) === 0)
      this.#logger.warn({ requestId: id }, 'the lease of an event was lost; it may run again');
  }

  /** The event is to be handed out again. Does nothing when the lease was ended or lost. */
  async giveBack(visibleAtMs: number, attributes?: unknown): Promise<void> {
    if (!this.#end()) return;
    const { queue, id, lease } = this.event;
    await this.#queue.retry([{ queue, id, lease, visibleAtMs, ...(attributes === undefined ? {} : { attributes }) }]);
  }

  #end(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.#timer?.cancel();
    return true;
  }

  #renewLater(): void {
    this.#timer = this.#clock.setTimeout(() => void this.#renew(), LEASE_MS / 3);
  }

  async #renew(): Promise<void> {
    const { queue, id, lease } = this.event;
    const held = await this.#queue.extend(queue, id, lease, LEASE_MS).catch((error: unknown) => {
      this.#logger.warn({ requestId: id, error: String(error) }, 'the lease of an event could not be renewed');
      return true;
    });
    if (!this.#ended && held) this.#renewLater();
  }
}
