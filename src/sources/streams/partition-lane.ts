import { PLAIN_FORM } from './batch-form.ts';
import type { HeldRecord } from './held-record.ts';
import type { Lane, LaneDependencies } from './lane.ts';
import { RecordQueue } from './record-queue.ts';

/**
 * Some of the partition keys of a shard: one batch after the other, in the order of the shard. A batch goes out when it is
 * full, when its batching window is over, which began with the end of the batch before, or when nothing more can be read
 * until it does.
 */
export class PartitionLane implements Lane {
  readonly #given: LaneDependencies;
  readonly #queue = new RecordQueue();
  #isEnded = false;

  constructor(given: LaneDependencies) {
    this.#given = given;
  }

  add(record: HeldRecord): void {
    this.#queue.push(record);
  }

  end(): void {
    this.#isEnded = true;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { mapping, clock, runner, wake } = this.#given;
    const windowMs = mapping.batchingWindowSeconds * 1_000;
    let openedMs = clock.monotonic();
    while (!signal.aborted) {
      const { batch, isClosed, isOversized } = this.#queue.cut({
        recordsMax: mapping.batchSize,
        overheadBytes: PLAIN_FORM.overheadBytes,
      });
      if (batch.length === 0) {
        if (this.#isEnded) return;
        await wake.wait(signal);
        // Windows follow each other while nothing comes.
        if (windowMs > 0) openedMs += Math.floor((clock.monotonic() - openedMs) / windowMs) * windowMs;
        continue;
      }
      const leftMs = openedMs + windowMs - clock.monotonic();
      if (isClosed || this.#isEnded || leftMs <= 0 || this.#given.isBlocked()) {
        this.#queue.drop(batch.length);
        if (isOversized) await runner.giveUpOversized(batch, PLAIN_FORM, signal);
        else await runner.run(batch, PLAIN_FORM, signal);
        openedMs = clock.monotonic();
      } else await wake.wait(signal, leftMs);
    }
  }
}
