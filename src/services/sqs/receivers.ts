import type { Clock } from '../../ports/clock.ts';
import type { EventQueue, LeasedEvent } from '../../ports/event-queue.ts';

interface Line {
  /** First come, first woken. */
  readonly waiting: Set<() => void>;
  readonly leave: () => void;
}

/** Receivers that may wait for one queue at a time; what comes on top of them is answered at once. */
const WAITING_MAX = 1_000;

/** Lets receivers wait for messages of their queue. An arrival wakes the first one only, which wakes the next when there may be more. */
export class Receivers {
  readonly #queue: EventQueue;
  readonly #clock: Clock;
  readonly #lines = new Map<string, Line>();
  #isClosed = false;

  constructor(queue: EventQueue, clock: Clock) {
    this.#queue = queue;
    this.#clock = clock;
  }

  /** What `lease` gives, asked again whenever there may be something, until it gives something or `waitMs` are over. */
  async take(
    name: string,
    waitMs: number,
    signal: AbortSignal | undefined,
    lease: () => Promise<LeasedEvent[]>,
  ): Promise<LeasedEvent[]> {
    const endMs = this.#clock.monotonic() + waitMs;
    for (;;) {
      const remainingMs = endMs - this.#clock.monotonic();
      const canWait = remainingMs > 0 && !this.#isClosed && (this.#lines.get(name)?.waiting.size ?? 0) < WAITING_MAX;
      const sinceMs = this.#clock.now();
      // In the line before looking, so that nothing arrives unnoticed in between.
      const place = canWait ? this.#join(name) : undefined;
      let events: LeasedEvent[] = [];
      try {
        if (!signal?.aborted) events = await lease();
        if (events.length > 0 || !place || signal?.aborted) return events;
        const nextMs = (await this.#queue.nextVisibleAtMs(name, sinceMs)) ?? Infinity;
        await this.#wait(place, Math.min(endMs - this.#clock.monotonic(), nextMs - this.#clock.now()), signal);
      } finally {
        place?.leave();
        // A receiver that goes away leaves its turn to the next one.
        if (events.length > 0 || signal?.aborted) this.wake(name);
      }
    }
  }

  /** Something may have become visible. */
  wake(name: string): void {
    const [first] = this.#lines.get(name)?.waiting ?? [];
    first?.();
  }

  /** Ends all waiting, now and from now on. */
  close(): void {
    this.#isClosed = true;
    for (const { waiting } of this.#lines.values()) for (const wake of waiting) wake();
  }

  #wait(place: { readonly woken: Promise<void>; wake(): void }, delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    const timer = this.#clock.setTimeout(place.wake, Math.max(0, delayMs));
    signal?.addEventListener('abort', place.wake, { once: true });
    return place.woken.finally(() => {
      timer.cancel();
      signal?.removeEventListener('abort', place.wake);
    });
  }

  #join(name: string): { readonly woken: Promise<void>; wake(): void; leave(): void } {
    const line = this.#lines.get(name) ?? this.#open(name);
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => {
      line.waiting.delete(wake);
      resolve();
    };
    const leave = (): void => {
      line.waiting.delete(wake);
      if (line.waiting.size > 0 || this.#lines.get(name) !== line) return;
      this.#lines.delete(name);
      line.leave();
    };
    line.waiting.add(wake);
    return { woken: promise, wake, leave };
  }

  #open(name: string): Line {
    const line = { waiting: new Set<() => void>(), leave: this.#queue.onArrival(name, () => this.wake(name)) };
    this.#lines.set(name, line);
    return line;
  }
}
