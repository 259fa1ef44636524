import type { Clock, Timer } from '../../../ports/clock.ts';
import type { Logger } from '../../../ports/logger.ts';
import type { LogGroup } from './log-group.ts';
import type { LogStore } from './log-store.ts';
import { STREAM_OVERHEAD_BYTES, type LogStream } from './log-stream.ts';
import type { Segment } from './segment.ts';

/** Pause between two sweeps; also begun when {@link SWEEP_BYTES} were written. */
const SWEEP_INTERVAL_MS = 60_000;
const FIRST_SWEEP_MS = 5_000;
const SWEEP_BYTES = 67_108_864;
/** How far below the bound a sweep goes, so that the next one isn't due at once. */
const SWEEP_TARGET = 0.9;
const DAY_MS = 86_400_000;

interface Removable {
  readonly group: LogGroup;
  readonly stream: LogStream;
  /** Undefined for a stream without records. */
  readonly segment?: Segment;
  readonly lastUsedMs: number;
}

/** Earliest time of the records a group still shows, epoch ms. */
export function retainedFromMs(group: LogGroup, nowMs: number): number {
  const days = group.settings.retentionInDays;
  return days === undefined ? 0 : nowMs - days * DAY_MS;
}

/** Removes what groups need not retain any longer, and the oldest segments when all logs together are too large. */
export class LogRetention {
  readonly #store: LogStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #totalBytesMax: number;
  #timer: Timer | undefined;
  #sweeping: Promise<void> | undefined;
  #closed = false;

  constructor(store: LogStore, clock: Clock, logger: Logger, totalBytesMax: number) {
    this.#store = store;
    this.#clock = clock;
    this.#logger = logger;
    this.#totalBytesMax = totalBytesMax;
    this.#timer = clock.setTimeout(() => void this.sweep(), FIRST_SWEEP_MS);
    store.onGrowth(Math.min(SWEEP_BYTES, totalBytesMax / 8), () => void this.sweep());
  }

  /** Sweeps once; never rejects. A call while one is under way waits for that one. */
  sweep(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#timer?.cancel();
    this.#sweeping ??= this.#sweep()
      .catch((error: unknown) => this.#logger.error({ error: String(error) }, 'old logs could not be removed'))
      .finally(() => {
        this.#sweeping = undefined;
        if (!this.#closed) this.#timer = this.#clock.setTimeout(() => void this.sweep(), SWEEP_INTERVAL_MS);
      });
    return this.#sweeping;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#sweeping;
  }

  async #sweep(): Promise<void> {
    let totalBytes = await this.#store.totalBytes();
    totalBytes -= await this.#removeExpired();
    if (totalBytes <= this.#totalBytesMax) return;
    const target = this.#totalBytesMax * SWEEP_TARGET;
    for (const item of await this.#oldestFirst()) {
      if (totalBytes <= target || this.#closed) return;
      totalBytes -= await this.#remove(item);
    }
  }

  async #removeExpired(): Promise<number> {
    let removedBytes = 0;
    for (const group of await this.#store.catalogue.loadedGroups()) {
      const fromMs = retainedFromMs(group, this.#clock.now());
      if (fromMs === 0) continue;
      for (const stream of (await group.streams()).values()) {
        for (const segment of stream.segments.filter(({ highestMs, count }) => count > 0 && highestMs < fromMs)) {
          removedBytes += segment.sizeBytes;
          await this.#store.removeSegment(stream, segment);
        }
      }
    }
    return removedBytes;
  }

  async #oldestFirst(): Promise<Removable[]> {
    const items: Removable[] = [];
    for (const group of await this.#store.catalogue.loadedGroups()) {
      for (const stream of (await group.streams()).values()) {
        if (stream.segments.length === 0) items.push({ group, stream, lastUsedMs: stream.createdMs });
        for (const segment of stream.segments) items.push({ group, stream, segment, lastUsedMs: segment.lastIngestionMs });
      }
    }
    return items.sort((left, right) => left.lastUsedMs - right.lastUsedMs);
  }

  /** Removes a segment, and its stream when nothing else is in it. */
  async #remove({ group, stream, segment }: Removable): Promise<number> {
    let removedBytes = 0;
    if (segment) {
      removedBytes += segment.sizeBytes;
      await this.#store.removeSegment(stream, segment);
    }
    if (stream.segments.length === 0 && (await this.#store.deleteStream(group, stream))) removedBytes += STREAM_OVERHEAD_BYTES;
    return removedBytes;
  }
}
