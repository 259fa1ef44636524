import { SYNC_PAYLOAD_BYTES_MAX } from '../../model/limits.ts';
import type { Clock } from '../../ports/clock.ts';
import type { QueueMapping } from '../../ports/mapping-directory.ts';
import type { MessageQueues, ReceivedMessage } from '../../ports/message-queue.ts';
import type { EventCounts } from '../mappings/event-counts.ts';
import { type QueueRecord, queueRecordOf } from './queue-event.ts';

/** A message that this server holds: hidden in its queue until `heldUntilMs`. */
export interface HeldMessage {
  readonly message: ReceivedMessage;
  /** Its record, serialised once. */
  readonly json: string;
  readonly bytes: number;
  /** On the monotonic clock. */
  readonly heldUntilMs: number;
}

/** How long messages are hidden once they were received. */
export interface Visibility {
  readonly seconds: number;
  /** The queue's own timeout is too short for this mapping, so the receiver says what it needs. */
  readonly isAsked: boolean;
}

/** What batches are made of. */
export interface BatcherDependencies {
  readonly mapping: QueueMapping;
  readonly queues: MessageQueues;
  readonly clock: Clock;
  readonly matches: (record: QueueRecord) => boolean;
  readonly visibility: () => Visibility;
  readonly count: EventCounts;
}

const RECEIVED_MAX = 10;
const LONG_POLL_MS = 20_000;
const HEAD = '{"Records":[';
const TAIL = ']}';

/** The event of a batch. */
export function eventOf(batch: readonly HeldMessage[]): Uint8Array {
  return Buffer.from(HEAD + batch.map(({ json }) => json).join(',') + TAIL);
}

/**
 * Receives messages and cuts them into batches: as many as the mapping says, or what came within its window, or what a
 * request of 6 MB holds. The window opens with a batch's first message. Messages that no filter matches are deleted.
 * Source: Lambda developer guide, "Batching behavior".
 */
export class QueueBatcher {
  readonly #given: BatcherDependencies;
  /** Received, and not part of a batch so far: at most one receive's. */
  #carried: HeldMessage[] = [];

  constructor(given: BatcherDependencies) {
    this.#given = given;
  }

  /** The next batch; empty when none came for a while, or the signal ended the waiting. Rejects when the queue can't be read. */
  async next(signal: AbortSignal): Promise<HeldMessage[]> {
    const { clock, mapping } = this.#given;
    const windowMs = mapping.batchingWindowSeconds * 1_000;
    const batch: HeldMessage[] = [];
    let openedMs: number | undefined;
    for (;;) {
      const isCut = this.#fill(batch);
      if (batch.length > 0) openedMs ??= clock.monotonic();
      const leftMs = openedMs === undefined ? LONG_POLL_MS : openedMs + windowMs - clock.monotonic();
      if (isCut || batch.length >= mapping.batchSize || leftMs <= 0 || signal.aborted) return batch;
      const received = await this.#receive(mapping.batchSize - batch.length, Math.min(LONG_POLL_MS, leftMs), signal, batch);
      if (received === 0 && batch.length === 0) return batch;
    }
  }

  /** What was received and is part of no batch; the batcher forgets it. */
  takeRest(): HeldMessage[] {
    const rest = this.#carried;
    this.#carried = [];
    return rest;
  }

  /** Moves what was carried into the batch; true when the next one would make it too large. */
  #fill(batch: HeldMessage[]): boolean {
    let bytes = batch.reduce((sum, held) => sum + held.bytes + 1, HEAD.length + TAIL.length);
    while (batch.length < this.#given.mapping.batchSize) {
      const next = this.#carried[0];
      if (!next) return false;
      bytes += next.bytes + 1;
      if (batch.length > 0 && bytes > SYNC_PAYLOAD_BYTES_MAX) return true;
      batch.push(next);
      this.#carried.shift();
    }
    return false;
  }

  /** Resolves with how many messages came, whether or not a filter matches them. */
  async #receive(countMax: number, waitMs: number, signal: AbortSignal, batch: HeldMessage[]): Promise<number> {
    const { mapping, queues, clock, matches, visibility, count } = this.#given;
    const { seconds, isAsked } = visibility();
    let messages: ReceivedMessage[];
    try {
      messages = await queues.receive(mapping.queueArn, {
        countMax: Math.min(RECEIVED_MAX, countMax),
        waitMs: Math.ceil(waitMs),
        ...(isAsked ? { visibilityTimeoutSeconds: seconds } : {}),
        signal,
      });
    } catch (error) {
      // What is in the batch already is not lost: it is the next one's beginning.
      this.#carried = [...batch, ...this.#carried];
      throw error;
    }
    count('PolledEventCount', messages.length);
    const heldUntilMs = clock.monotonic() + seconds * 1_000;
    const unwanted: string[] = [];
    for (const message of messages) {
      const record = queueRecordOf(message, mapping.queueArn, mapping.batchingWindowSeconds > 0);
      if (matches(record)) {
        const json = JSON.stringify(record);
        this.#carried.push({ message, json, bytes: Buffer.byteLength(json), heldUntilMs });
      } else unwanted.push(message.receiptHandle);
    }
    if (unwanted.length > 0) {
      count('FilteredOutEventCount', unwanted.length);
      await queues.delete(mapping.queueArn, unwanted);
      count('DeletedEventCount', unwanted.length);
    }
    return messages.length;
  }
}
