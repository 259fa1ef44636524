import type { WindowCheckpoint } from '../../ports/checkpoints.ts';
import type { HeldRecord } from './held-record.ts';
import type { Lane, LaneDependencies } from './lane.ts';
import { RecordQueue } from './record-queue.ts';
import { TumblingWindow, type WindowSource } from './tumbling-window.ts';

/** What a lane with windows needs besides. */
export interface WindowLaneDependencies extends LaneDependencies {
  readonly source: WindowSource;
  /** The window that was open when the checkpoint was written. */
  readonly restored: WindowCheckpoint | undefined;
  /** When the last read began that found nothing more waiting, Unix time; records from before it are all here. */
  readonly caughtUpMs: () => number;
  /** The window was opened, closed, or its state is another. */
  readonly onChange: () => void;
}

/**
 * All of a shard with tumbling windows: batches of one window, each with the state of the one before, and a last invoke when
 * the window is over, which is when a record of a later one follows, when its time is over and the shard is read up to that,
 * when the shard ends, or when the state has become too large.
 */
export class WindowLane implements Lane {
  readonly #given: WindowLaneDependencies;
  readonly #queue = new RecordQueue();
  readonly #lengthMs: number;
  #window: TumblingWindow | undefined;
  #isEnded = false;

  constructor(given: WindowLaneDependencies) {
    this.#given = given;
    this.#lengthMs = given.mapping.tumblingWindowSeconds * 1_000;
    this.#window = given.restored && new TumblingWindow(given.source, given.restored);
  }

  /** The window that is open. */
  get window(): TumblingWindow | undefined {
    return this.#window;
  }

  add(record: HeldRecord): void {
    this.#queue.push(record);
  }

  end(): void {
    this.#isEnded = true;
  }

  async run(signal: AbortSignal): Promise<void> {
    let openedMs = this.#given.clock.monotonic();
    while (!signal.aborted) {
      const first = this.#queue.first;
      if (this.#window && this.#isOver(this.#window, first)) {
        await this.#close(this.#window, signal);
      } else if (first) {
        if (await this.#runBatch(first, openedMs, signal)) openedMs = this.#given.clock.monotonic();
      } else if (this.#isEnded) return;
      else await this.#given.wake.wait(signal);
    }
  }

  /** Records that come late are of the window that is open. */
  #isOver(window: TumblingWindow, first: HeldRecord | undefined): boolean {
    if (window.isTerminatedEarly) return true;
    if (first) return first.arrivalMs >= window.endMs;
    return this.#isEnded || this.#given.caughtUpMs() >= window.endMs;
  }

  async #close(window: TumblingWindow, signal: AbortSignal): Promise<void> {
    if (!(await this.#given.runner.endWindow(window, signal))) return;
    this.#window = undefined;
    this.#given.onChange();
  }

  /** True when a batch was run; false when it was waited for. */
  async #runBatch(first: HeldRecord, openedMs: number, signal: AbortSignal): Promise<boolean> {
    const { mapping, clock, runner, wake, source, isBlocked } = this.#given;
    const window = this.#window ?? TumblingWindow.around(source, first.arrivalMs, this.#lengthMs);
    const { batch, isClosed, isOversized } = this.#queue.cut({
      recordsMax: mapping.batchSize,
      overheadBytes: window.overheadBytes,
      fits: ({ arrivalMs }) => arrivalMs < window.endMs,
    });
    const leftMs = openedMs + mapping.batchingWindowSeconds * 1_000 - clock.monotonic();
    if (!isClosed && !this.#isEnded && leftMs > 0 && !isBlocked()) {
      await wake.wait(signal, leftMs);
      return false;
    }
    this.#window = window;
    this.#queue.drop(batch.length);
    if (isOversized) await runner.giveUpOversized(batch, window, signal);
    else await runner.run(batch, window, signal);
    return true;
  }
}
