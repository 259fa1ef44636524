import type { Clock } from '../../ports/clock.ts';
import type { Enqueued, EventQueue, LeasedEvent, NewEvent, QueueCounts, Retry } from '../../ports/event-queue.ts';

interface Entry {
  event: NewEvent;
  readonly enqueuedAtMs: number;
  lease: string | undefined;
  visibleAtMs: number;
  receiveCount: number;
}

/** For tests: event queues in memory, without groups. */
export class FakeQueue implements EventQueue {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<() => void>();
  #leases = 0;
  /** Calls of `lease` so far. */
  leaseCalls = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async enqueue(events: readonly NewEvent[]): Promise<readonly Enqueued[]> {
    for (const event of events) {
      const key = `${event.queue}/${event.id}`;
      if (this.#entries.has(key)) continue;
      const { visibleAtMs } = event;
      this.#entries.set(key, { event, enqueuedAtMs: this.#clock.now(), lease: undefined, visibleAtMs, receiveCount: 0 });
    }
    this.#notify();
    return events.map(({ id }) => ({ id }));
  }

  async lease(queue: string, countMax: number, visibleForMs: number): Promise<LeasedEvent[]> {
    this.leaseCalls += 1;
    const now = this.#clock.now();
    const leased: LeasedEvent[] = [];
    for (const entry of this.#entries.values()) {
      if (leased.length >= countMax) break;
      if (entry.event.queue !== queue || entry.visibleAtMs > now) continue;
      this.#leases += 1;
      entry.lease = `lease ${this.#leases}`;
      entry.visibleAtMs = now + visibleForMs;
      entry.receiveCount += 1;
      const { receiveCount, enqueuedAtMs, lease, visibleAtMs } = entry;
      leased.push({ ...entry.event, lease, leasedUntilMs: visibleAtMs, receiveCount, enqueuedAtMs });
    }
    return leased;
  }

  async ack(leases: readonly { queue: string; id: string; lease: string }[]): Promise<number> {
    const held = leases.filter(({ queue, id, lease }) => this.#held(queue, id, lease));
    for (const { queue, id } of held) this.#entries.delete(`${queue}/${id}`);
    return held.length;
  }

  async retry(retries: readonly Retry[]): Promise<number> {
    let count = 0;
    for (const { queue, id, lease, visibleAtMs, attributes } of retries) {
      const entry = this.#held(queue, id, lease);
      if (!entry) continue;
      entry.lease = undefined;
      entry.visibleAtMs = visibleAtMs;
      if (attributes !== undefined) entry.event = { ...entry.event, attributes };
      count += 1;
    }
    this.#notify();
    return count;
  }

  async extend(queue: string, id: string, lease: string, visibleForMs: number): Promise<boolean> {
    const entry = this.#held(queue, id, lease);
    if (entry) entry.visibleAtMs = this.#clock.now() + visibleForMs;
    return entry !== undefined;
  }

  /** Of all queues together when none is named. */
  async counts(queue?: string): Promise<QueueCounts> {
    const now = this.#clock.now();
    let [visible, delayed, leased] = [0, 0, 0];
    for (const entry of this.#entries.values()) {
      if (queue !== undefined && entry.event.queue !== queue) continue;
      if (entry.visibleAtMs <= now) visible += 1;
      else if (entry.lease === undefined) delayed += 1;
      else leased += 1;
    }
    return { visible, delayed, leased };
  }

  async nextVisibleAtMs(queue: string): Promise<number | undefined> {
    let next = Infinity;
    for (const { event, visibleAtMs } of this.#entries.values())
      if (event.queue === queue && visibleAtMs > this.#clock.now()) next = Math.min(next, visibleAtMs);
    return next === Infinity ? undefined : next;
  }

  async move(): Promise<number> {
    return 0;
  }

  async expire(): Promise<void> {}

  onArrival(_queue: string, listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async purge(): Promise<void> {
    this.#entries.clear();
  }

  async close(): Promise<void> {}

  #held(queue: string, id: string, lease: string): Entry | undefined {
    const entry = this.#entries.get(`${queue}/${id}`);
    return entry?.lease === lease && entry.visibleAtMs > this.#clock.now() ? entry : undefined;
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}
