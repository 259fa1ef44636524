import type { Clock } from '../../ports/clock.ts';
import {
  type Decision,
  type ItemRef,
  ItemStoreBusy,
  type ItemWrite,
  sequenceAt,
  type StoredItem,
} from '../../ports/item-store.ts';
import { copiedRef, copiedWrite } from './item-copies.ts';
import type { ItemCall, NumberedWrite, SeenItem } from './item-messages.ts';
import type { ItemReads } from './item-reads.ts';
import type { LaneEnds } from './lane-ends.ts';
import { type PendingItem, PendingItems } from './pending-items.ts';
import type { ThreadCalls } from './thread-calls.ts';

/** Calls that may wait for the thread at a time. */
const PENDING_MAX = 50_000;
/** Bytes that may be on their way to the disk. */
const PENDING_BYTES_MAX = 268_435_456;
const ITEMS_MAX = 200;
/** How often a transaction is decided again because one failed whose writes it had seen. */
const TRIES_MAX = 10;

/**
 * Decides transactions at once, on what those before will have written, and hands them to the thread in their order. It holds each
 * against what it was decided on, which differs only where one before has failed; then it is decided again.
 */
export class ItemTransactions {
  readonly #clock: Clock;
  readonly #writer: ThreadCalls<ItemCall>;
  readonly #reads: ItemReads;
  readonly #ends: LaneEnds;
  readonly #pending = new PendingItems();
  #pendingBytes = 0;
  #last: number;

  constructor(clock: Clock, writer: ThreadCalls<ItemCall>, reads: ItemReads, ends: LaneEnds) {
    this.#clock = clock;
    this.#writer = writer;
    this.#reads = reads;
    this.#ends = ends;
    this.#last = reads.lastSequence();
  }

  /** A number that no revision from now on is less than or equal to, were the clock set back. */
  last(): number {
    this.#last = Math.max(this.#last, sequenceAt(this.#clock.now()));
    return this.#last;
  }

  async run<Result>(
    items: readonly ItemRef[],
    decide: (found: readonly (StoredItem | undefined)[]) => Decision<Result>,
  ): Promise<Result> {
    if (items.length > ITEMS_MAX) throw new RangeError(`more than ${ITEMS_MAX} items in a transaction`);
    if (this.#writer.count >= PENDING_MAX || this.#pendingBytes >= PENDING_BYTES_MAX) throw new ItemStoreBusy(PENDING_MAX);
    for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
      const pending = items.map((item) => this.#pending.get(item));
      const found = items.map((item, index) => (pending[index] ? pending[index].item : this.#reads.get(item)));
      let decision: Decision<Result>;
      try {
        decision = decide(found);
      } catch (error) {
        if (await haveWorked(pending)) throw error;
        continue;
      }
      const isDone =
        decision.writes.length === 0 ? await haveWorked(pending) : await this.#commit(decision.writes, seenOf(items, pending));
      if (isDone) return decision.result;
    }
    throw new Error('transactions before this one have failed');
  }

  /** False when it was decided on writes that have failed. Rejects when it can not be written. */
  #commit(given: readonly ItemWrite[], seen: readonly SeenItem[]): Promise<boolean> {
    const writes = given.map((write): NumberedWrite => {
      this.#last = Math.max(this.#last + 1, sequenceAt(this.#clock.now()));
      return { write: copiedWrite(write), revision: this.#last };
    });
    const bytes = writes.reduce((sum, { write }) => sum + bytesOf(write), 0);
    this.#pendingBytes += bytes;
    const written = this.#writer.call({ call: 'commit', seen, writes });
    const done = written.then(
      () => true,
      () => false,
    );
    for (const { write, revision } of writes) this.#pending.set(refOf(write), pendingOf(write, revision, done));
    const end = (): void => {
      this.#pendingBytes -= bytes;
      for (const { write, revision } of writes) this.#pending.forget(refOf(write), revision);
    };
    return written.then(
      () => {
        end();
        for (const { write, revision } of writes)
          if (write.record) this.#ends.reached(write.record.stream, write.record.lane, revision);
        return true;
      },
      (error: unknown) => {
        end();
        if (error instanceof Error && error.message === 'outdated') return false;
        throw error;
      },
    );
  }
}

/** What was seen before it was on disk; all else stays as it is, for nobody else writes. */
function seenOf(items: readonly ItemRef[], pending: readonly (PendingItem | undefined)[]): SeenItem[] {
  return items.flatMap((item, index) => {
    const found = pending[index];
    return found ? [{ item: copiedRef(item), revision: found.item?.revision ?? 0 }] : [];
  });
}

function pendingOf(write: ItemWrite, revision: number, done: Promise<boolean>): PendingItem {
  return { item: 'put' in write ? { ...write.put, body: write.body, revision } : undefined, revision, done };
}

function refOf(write: ItemWrite): ItemRef {
  return 'put' in write ? write.put : write.remove;
}

function bytesOf(write: ItemWrite): number {
  return ('put' in write ? write.body.length : 0) + (write.record?.body.length ?? 0);
}

async function haveWorked(pending: readonly (PendingItem | undefined)[]): Promise<boolean> {
  for (const found of pending) if (found && !(await found.done)) return false;
  return true;
}
