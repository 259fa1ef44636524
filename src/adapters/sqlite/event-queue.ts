import type { Worker } from 'node:worker_threads';
import type { Clock } from '../../ports/clock.ts';
import {
  type AckRules,
  type Enqueued,
  type EventQueue,
  type LeasedEvent,
  type LeaseRules,
  LeasesExhausted,
  type MoveTarget,
  type NewEvent,
  type QueueCounts,
  type Retry,
} from '../../ports/event-queue.ts';
import { DataDirectoryInUse } from './database.ts';
import type { QueueAnswer, QueueCall } from './queue-messages.ts';
import type { LeaseAnswer, LeaseName } from './queue-tables.ts';
import { startThread } from './start-thread.ts';

/** The queue holds all it may; the event was not taken. */
export class QueueFull extends Error {
  constructor(pendingMax: number) {
    super(`more than ${pendingMax} calls wait for the queue's disk`);
    this.name = 'QueueFull';
  }
}

/** Calls that may wait for the disk at a time. */
const PENDING_MAX = 100_000;

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Queues in one SQLite file, written by a thread of its own. */
export class SqliteEventQueue implements EventQueue {
  readonly #worker: Worker;
  readonly #clock: Clock;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Map<string, Set<() => void>>();
  #number = 0;
  #failure: Error | undefined;

  private constructor(worker: Worker, clock: Clock, onFailure: (error: Error) => void) {
    this.#worker = worker;
    this.#clock = clock;
    worker.on('message', (answers: readonly QueueAnswer[]) => {
      for (const answer of answers) this.#settle(answer);
    });
    worker.on('error', (error: Error) => {
      this.#fail(error);
      onFailure(error);
    });
    worker.on('exit', () => this.#fail(new Error('the queue is closed')));
  }

  /** Opens the file. `onFailure` hears when the thread breaks: nothing can be queued from then on. */
  static async open(path: string, clock: Clock, onFailure: (error: Error) => void): Promise<SqliteEventQueue> {
    const worker = startThread('queue-thread', path);
    await opened(worker, path);
    worker.unref();
    return new SqliteEventQueue(worker, clock, onFailure);
  }

  async enqueue(events: readonly NewEvent[]): Promise<readonly Enqueued[]> {
    const enqueued = (await this.#call({ call: 'enqueue', events })) as Enqueued[];
    for (const queue of new Set(events.map((event) => event.queue))) this.#announce(queue);
    return enqueued;
  }

  async lease(queue: string, countMax: number, visibleForMs: number, rules: LeaseRules = {}): Promise<LeasedEvent[]> {
    const answer = (await this.#call({ call: 'lease', queue, countMax, visibleForMs, rules })) as LeaseAnswer;
    if (answer.moved > 0 && rules.redrive) this.#announce(rules.redrive.to);
    if (answer.exhausted) throw new LeasesExhausted(rules.leasedMax ?? 0);
    return [...answer.events];
  }

  async ack(leases: readonly LeaseName[], { late = false, lazily = false }: AckRules = {}): Promise<number> {
    return (await this.#call({ call: 'ack', leases, late, lazily })) as number;
  }

  async retry(retries: readonly Retry[]): Promise<number> {
    const count = (await this.#call({ call: 'retry', retries })) as number;
    for (const queue of new Set(retries.map((retry) => retry.queue))) this.#announce(queue);
    return count;
  }

  async extend(queue: string, id: string, lease: string, visibleForMs: number): Promise<boolean> {
    const isHeld = (await this.#call({ call: 'extend', queue, id, lease, visibleForMs })) as boolean;
    if (isHeld && visibleForMs === 0) this.#announce(queue);
    return isHeld;
  }

  async counts(queue: string): Promise<QueueCounts> {
    return (await this.#call({ call: 'counts', queue })) as QueueCounts;
  }

  async nextVisibleAtMs(queue: string, afterMs = -1): Promise<number | undefined> {
    return (await this.#call({ call: 'next', queue, afterMs })) as number | undefined;
  }

  async move(queue: string, target: MoveTarget, countMax: number): Promise<number> {
    const count = (await this.#call({ call: 'move', queue, target, countMax })) as number;
    if (count > 0) for (const to of 'to' in target ? [target.to] : target.origins) this.#announce(to);
    return count;
  }

  async expire(queue: string, enqueuedUntilMs: number): Promise<void> {
    await this.#call({ call: 'expire', queue, enqueuedUntilMs });
  }

  onArrival(queue: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(queue) ?? new Set();
    this.#listeners.set(queue, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(queue) === listeners) this.#listeners.delete(queue);
    };
  }

  async purge(queue: string): Promise<void> {
    await this.#call({ call: 'purge', queue });
  }

  async close(): Promise<void> {
    if (this.#failure) return;
    await this.#call({ call: 'close' });
    await this.#worker.terminate();
  }

  #call(call: QueueCall): Promise<unknown> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#pending.size >= PENDING_MAX) return Promise.reject(new QueueFull(PENDING_MAX));
    return new Promise((resolve, reject) => {
      this.#number += 1;
      this.#pending.set(this.#number, { resolve, reject });
      this.#worker.postMessage({ ...call, number: this.#number, nowMs: this.#clock.now() });
    });
  }

  #settle({ number, value, error }: QueueAnswer): void {
    const pending = this.#pending.get(number);
    this.#pending.delete(number);
    if (error === undefined) pending?.resolve(value);
    else pending?.reject(new Error(error));
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  #announce(queue: string): void {
    for (const listener of this.#listeners.get(queue) ?? []) listener();
  }
}

/** Resolves when the thread has the file open. Its listeners are taken off one by one: the worker has some of its own. */
function opened(worker: Worker, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => reject(error.name === 'DataDirectoryInUse' ? new DataDirectoryInUse(path) : error);
    worker.once('error', onError);
    worker.once('message', () => {
      worker.off('error', onError);
      resolve();
    });
  });
}
