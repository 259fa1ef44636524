/** An event to be kept until it is acknowledged. */
export interface NewEvent {
  /** Unique in the queue; enqueueing an id that is already there is a no-op (the first one stays). */
  readonly id: string;
  /** Which queue, for example `async` or an SQS queue's ARN. */
  readonly queue: string;
  /** Not handed out before this time, epoch ms. */
  readonly visibleAtMs: number;
  /** Events of one group are handed out one at a time, in the order of their enqueueing. */
  readonly group?: string;
  /** JSON value: what the owner needs besides the payload. */
  readonly attributes: unknown;
  readonly payload: Uint8Array;
}

/** An event that was handed out. Whoever holds `lease` may acknowledge it until `leasedUntilMs`. */
export interface LeasedEvent extends NewEvent {
  readonly lease: string;
  readonly leasedUntilMs: number;
  /** How often it has been handed out, this time included. */
  readonly receiveCount: number;
  readonly enqueuedAtMs: number;
}

/** What a queue holds now. */
export interface QueueCounts {
  readonly visible: number;
  readonly delayed: number;
  readonly leased: number;
  readonly oldestEnqueuedAtMs?: number;
}

/** How a lease ends without success: visible again at a time, with attributes replaced if given. */
export interface Retry {
  readonly queue: string;
  readonly id: string;
  readonly lease: string;
  readonly visibleAtMs: number;
  readonly attributes?: unknown;
}

/**
 * Durable at-least-once queues; one implementation serves asynchronous invokes and, later, SQS.
 * An event is never lost once `enqueue` has resolved, and is handed out again when its lease runs out.
 */
export interface EventQueue {
  /** Resolves when all events are on disk. Calls made at the same time share one sync (group commit). */
  enqueue(events: readonly NewEvent[]): Promise<void>;
  /** At most `countMax` visible events, oldest visibility first, leased for `visibleForMs`. Empty when there is none. */
  lease(queue: string, countMax: number, visibleForMs: number): Promise<LeasedEvent[]>;
  /** Removes the events whose lease is still held; returns how many those were. */
  ack(leases: readonly { queue: string; id: string; lease: string }[]): Promise<number>;
  /** Gives leases back. A lease that is no longer held is left alone. Returns how many were held. */
  retry(retries: readonly Retry[]): Promise<number>;
  /** Prolongs (or shortens) a lease; false when it is no longer held. */
  extend(queue: string, id: string, lease: string, visibleForMs: number): Promise<boolean>;
  counts(queue: string): Promise<QueueCounts>;
  /** When the next delayed or leased event of the queue becomes visible, epoch ms; undefined when the queue holds none. */
  nextVisibleAtMs(queue: string): Promise<number | undefined>;
  /** Called after events of the queue may have become visible by `enqueue` or `retry`. A hint; time passing gives none. */
  onArrival(queue: string, listener: () => void): () => void;
  /** Removes every event of a queue. */
  purge(queue: string): Promise<void>;
  close(): Promise<void>;
}
