import type { Logger } from '../../ports/logger.ts';
import { readBatchResult } from '../mappings/batch-result.ts';
import { type BatchInvocation, invokeBatch } from '../mappings/invoke-batch.ts';
import { pause } from '../mappings/pause.ts';
import { type BatcherDependencies, eventOf, type HeldMessage, QueueBatcher } from './queue-batcher.ts';

/** How a batch went, as far as scaling goes. */
export type BatchEnd = 'succeeded' | 'failed' | 'unreached';

/** What the workers of a mapping share. */
export interface WorkerDependencies extends BatcherDependencies, BatchInvocation {
  readonly logger: Logger;
  readonly onBatch: (end: BatchEnd) => void;
}

const DELETED_MAX = 10;
const BACKOFF_FIRST_MS = 1_000;
const BACKOFF_MAX_MS = 30_000;

/** Receives, runs the function, deletes: one batch after the other, until it is stopped. */
export class QueueWorker {
  readonly #given: WorkerDependencies;
  readonly #batcher: QueueBatcher;
  readonly #stop = new AbortController();
  #waitingSinceMs: number | undefined;
  #backoffMs = 0;

  constructor(given: WorkerDependencies) {
    this.#given = given;
    this.#batcher = new QueueBatcher(given);
  }

  /** For how long there has been nothing for it to do; 0 while it has something. */
  waitedMs(): number {
    return this.#waitingSinceMs === undefined ? 0 : this.#given.clock.monotonic() - this.#waitingSinceMs;
  }

  /** True while it waits for messages. */
  get isWaiting(): boolean {
    return this.#waitingSinceMs !== undefined;
  }

  /** Receives nothing more; {@link run} resolves when the batch it has is through. */
  stop(): void {
    this.#stop.abort();
  }

  /** Resolves after {@link stop}; never rejects. */
  async run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const batch = await this.#next(signal);
      if (signal.aborted) await this.#release(batch);
      else if (batch.length > 0) await this.#handle(batch, signal);
      if (this.#backoffMs > 0) await pause(this.#given.clock, this.#backoffMs, signal);
    }
    await this.#release(this.#batcher.takeRest());
  }

  async #next(signal: AbortSignal): Promise<HeldMessage[]> {
    const { clock, logger, mapping } = this.#given;
    this.#waitingSinceMs ??= clock.monotonic();
    try {
      const batch = await this.#batcher.next(signal);
      if (batch.length > 0) this.#waitingSinceMs = undefined;
      this.#backoffMs = 0;
      return batch;
    } catch (error) {
      this.#backOff();
      logger.warn({ uuid: mapping.uuid, queueArn: mapping.queueArn, error: String(error) }, 'a queue could not be read');
      return [];
    }
  }

  async #handle(batch: readonly HeldMessage[], signal: AbortSignal): Promise<void> {
    const { mapping, logger, onBatch, clock, count } = this.#given;
    const heldUntilMs = Math.min(...batch.map((held) => held.heldUntilMs));
    const traceHeader = batch.map(({ message }) => message.attributes['AWSTraceHeader']).find((header) => header !== undefined);
    const outcome = await invokeBatch(
      this.#given,
      mapping.function,
      {
        payload: eventOf(batch),
        deadlineMs: clock.now() + heldUntilMs - clock.monotonic(),
        ...(traceHeader === undefined ? {} : { traceHeader }),
      },
      signal,
    );
    if (outcome.kind !== 'unreached') count('InvokedEventCount', batch.length);
    if (outcome.kind === 'answered') {
      const identifiers = new Set(batch.map(({ message }) => message.messageId));
      const failed = mapping.reportsItemFailures ? readBatchResult(outcome.payload, identifiers) : 'none';
      if (failed !== 'none') count('FailedInvokeEventCount', failed === 'all' ? batch.length : failed.size);
      await this.#delete(
        batch.filter(({ message }) => failed === 'none' || (failed !== 'all' && !failed.has(message.messageId))),
      );
      return onBatch(failed === 'none' ? 'succeeded' : 'failed');
    }
    count('FailedInvokeEventCount', batch.length);
    // The messages come back by themselves when their visibility runs out.
    if (outcome.kind === 'unreached') {
      this.#backOff();
      logger.warn({ uuid: mapping.uuid, error: String(outcome.error) }, 'a function did not take a batch');
      return onBatch('unreached');
    }
    return onBatch('failed');
  }

  async #delete(done: readonly HeldMessage[]): Promise<void> {
    const { queues, mapping, logger, count } = this.#given;
    for (let start = 0; start < done.length; start += DELETED_MAX) {
      const handles = done.slice(start, start + DELETED_MAX).map(({ message }) => message.receiptHandle);
      try {
        await queues.delete(mapping.queueArn, handles);
        count('DeletedEventCount', handles.length);
      } catch (error) {
        logger.warn({ uuid: mapping.uuid, error: String(error) }, 'messages could not be deleted and will come again');
      }
    }
  }

  /** Gives back what no function has seen, so that others get it at once. */
  async #release(held: readonly HeldMessage[]): Promise<void> {
    if (held.length === 0) return;
    const { queues, mapping, logger } = this.#given;
    try {
      await queues.changeVisibility(
        mapping.queueArn,
        held.map(({ message }) => message.receiptHandle),
        0,
      );
    } catch (error) {
      logger.warn({ uuid: mapping.uuid, error: String(error) }, 'messages could not be given back and stay hidden for a while');
    }
  }

  #backOff(): void {
    this.#backoffMs = this.#backoffMs === 0 ? BACKOFF_FIRST_MS : Math.min(BACKOFF_MAX_MS, this.#backoffMs * 2);
  }
}
