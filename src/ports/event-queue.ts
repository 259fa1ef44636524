/** An event to be kept until it is acknowledged. */
export interface NewEvent {
  /** Chosen by whoever enqueues it so that no other event of the queue has it. */
  readonly id: string;
  /** Enqueueing it while an event that was given with the same id and `once` is there is a no-op: the first one stays. */
  readonly once?: true;
  /** Which queue, for example `async` or an SQS queue's ARN. */
  readonly queue: string;
  /** Not handed out before this time, epoch ms. */
  readonly visibleAtMs: number;
  /** What takes turns with the events of other lanes, where the lease asks for it. Events of a group have none. */
  readonly lane?: string;
  /** Events of one group are handed out one at a time, in the order of their enqueueing. */
  readonly group?: string;
  /** JSON value: what the owner needs besides the payload. */
  readonly attributes: unknown;
  readonly payload: Uint8Array;
  /** Until `untilMs` another event of the queue with this id is not taken, also when the first one is gone by then. */
  readonly deduplication?: { readonly id: string; readonly untilMs: number };
  /** Gives the event a number that is greater than every number given before, for as long as the data exist. */
  readonly numbered?: true;
}

/** What became of a new event. Of one that was deduplicated these are the first one's. */
export interface Enqueued {
  readonly id: string;
  readonly number?: number;
}

/** An event that was handed out. Whoever holds `lease` may acknowledge it until `leasedUntilMs`. */
export interface LeasedEvent extends NewEvent {
  readonly lease: string;
  readonly leasedUntilMs: number;
  /** How often it has been handed out, this time included. */
  readonly receiveCount: number;
  readonly enqueuedAtMs: number;
  /** Of numbered events. */
  readonly number?: number;
  /** When it was handed out for the first time; this time, if that was the first. */
  readonly firstLeasedAtMs?: number;
  /** The queue that it was moved here from because it had been handed out too often. */
  readonly origin?: string;
}

/** How events are chosen to be leased. */
export interface LeaseRules {
  /** Hands out several events of one group in one call, in their order; the group then waits for all of them. */
  readonly groupRuns?: true;
  /** Lanes take turns, so that the backlog of one doesn't keep the others waiting; otherwise the oldest goes first. */
  readonly lanesInTurn?: true;
  /** Leases that the queue may have at a time; above it {@link LeasesExhausted} is thrown. */
  readonly leasedMax?: number;
  /** Events enqueued at this time or before it are removed instead of being handed out, epoch ms. */
  readonly enqueuedAfterMs?: number;
  /** The leases hold after a restart too, for their holders live elsewhere. */
  readonly outlivesRestart?: true;
  /** Events that have been handed out `receiveCountMax` times go to the queue `to` instead, in the same transaction. */
  readonly redrive?: {
    readonly receiveCountMax: number;
    readonly to: string;
    /** They count as enqueued now, not when they were first. */
    readonly renewed?: true;
  };
}

/** Which events are moved: all of them to one queue, or each back to its origin where that is one of these. */
export type MoveTarget = { readonly to: string } | { readonly origins: readonly string[] };

/** A queue has as many leases as it may. */
export class LeasesExhausted extends Error {
  constructor(leasedMax: number) {
    super(`the queue has ${leasedMax} leases already`);
    this.name = 'LeasesExhausted';
  }
}

/** How leases are acknowledged. */
export interface AckRules {
  /** A lease that has run out counts too, as long as nobody else got the event. */
  readonly late?: boolean;
  /** Resolves before the removal is on disk: a power cut may undo it, and the event is handed out again. */
  readonly lazily?: boolean;
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
 * Durable at-least-once queues; one implementation serves asynchronous invokes and SQS.
 * An event is never lost once `enqueue` has resolved, and is handed out again when its lease runs out.
 */
export interface EventQueue {
  /** Resolves when all events are on disk. Calls made at the same time share one sync (group commit). */
  enqueue(events: readonly NewEvent[]): Promise<readonly Enqueued[]>;
  /** At most `countMax` visible events, oldest visibility first, leased for `visibleForMs`. Empty when there is none. */
  lease(queue: string, countMax: number, visibleForMs: number, rules?: LeaseRules): Promise<LeasedEvent[]>;
  /** Removes the events whose lease is still held; returns how many those were. */
  ack(leases: readonly { queue: string; id: string; lease: string }[], rules?: AckRules): Promise<number>;
  /** Gives leases back. A lease that is no longer held is left alone. Returns how many were held. */
  retry(retries: readonly Retry[]): Promise<number>;
  /** Prolongs (or shortens, 0 makes it run out now) a lease; false when it is no longer held. */
  extend(queue: string, id: string, lease: string, visibleForMs: number): Promise<boolean>;
  counts(queue: string): Promise<QueueCounts>;
  /**
   * When the next event of the queue that becomes visible after `afterMs` does so, epoch ms; undefined when there is none.
   * Without `afterMs` also a time in the past, of an event that is visible or waits for its group.
   */
  nextVisibleAtMs(queue: string, afterMs?: number): Promise<number | undefined>;
  /** Moves at most `countMax` visible events, as new ones with new ids; returns how many. */
  move(queue: string, target: MoveTarget, countMax: number): Promise<number>;
  /** Removes the events that were enqueued at this time or before it. */
  expire(queue: string, enqueuedUntilMs: number): Promise<void>;
  /** Called after events of the queue may have become visible by `enqueue`, `retry`, `move`, a redrive, or a lease that was ended early. A hint; time passing gives none. */
  onArrival(queue: string, listener: () => void): () => void;
  /** Removes every event of a queue. */
  purge(queue: string): Promise<void>;
  close(): Promise<void>;
}
