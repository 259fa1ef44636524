import type { ShardCheckpoint } from '../../ports/checkpoints.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { StreamMapping } from '../../ports/mapping-directory.ts';
import type { RecordStream, StreamPage, StreamRecord, StreamSource } from '../../ports/record-stream.ts';
import type { EventCounts } from '../mappings/event-counts.ts';
import { BatchRunner, type RunnerDependencies } from './batch-runner.ts';
import type { BufferBudget } from './buffer-budget.ts';
import { type HeldRecord, hold } from './held-record.ts';
import type { Lane } from './lane.ts';
import type { HeldLease } from './lease-keeper.ts';
import { PartitionLane } from './partition-lane.ts';
import { OK } from './processing-result.ts';
import { ShardProgress } from './shard-progress.ts';
import { ShardReader } from './shard-reader.ts';
import { Wake } from './wake.ts';
import { WindowLane } from './window-lane.ts';

/** What handling a shard needs. */
export interface ShardDependencies extends Omit<RunnerDependencies, 'shardId' | 'isOurs' | 'finish'> {
  readonly mapping: StreamMapping;
  readonly stream: RecordStream;
  readonly source: StreamSource;
  readonly lease: HeldLease;
  readonly matches: (record: object) => boolean;
  /** The mapping has seen this shard for the first time just now. */
  readonly isFirst: boolean;
  readonly roleArn: () => string | undefined;
  /** Of all shards of the mapping. */
  readonly budget: BufferBudget;
  readonly count: EventCounts;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Records read ahead, those included that are done behind one that is not. */
const RECORDS_MAX = 20_000;
/** Read ahead of a shard, as events have it; one read may go over it. */
const BYTES_MAX = 16_777_216;
/** Asked for at once. */
const PAGE_RECORDS_MAX = 10_000;
const PAGE_BYTES_MAX = 6_291_456;
/** How often a shard that waits for others' room looks again. */
const ROOM_MS = 250;

/** One shard of one mapping, from its checkpoint on: a reader, and the lanes that it feeds. */
export class ShardRun {
  readonly #given: ShardDependencies;
  readonly #progress = new ShardProgress();
  readonly #lanes: readonly Lane[];
  readonly #windowLane: WindowLane | undefined;
  readonly #wake: Wake;
  readonly #stop = new AbortController();
  /** Reading waits for batches to be done. */
  #isBlocked = false;
  #caughtUpMs = Number.NEGATIVE_INFINITY;

  constructor(given: ShardDependencies) {
    const { mapping, clock, lease } = given;
    this.#given = given;
    this.#wake = new Wake(clock);
    const { shardId } = lease.place;
    const runner = new BatchRunner({
      ...given,
      shardId,
      isOurs: () => lease.isOurs(),
      finish: (records) => this.#finish(records),
    });
    const lane = { mapping, clock, runner, wake: this.#wake, isBlocked: () => this.#isBlocked };
    if (mapping.tumblingWindowSeconds > 0) {
      this.#windowLane = new WindowLane({
        ...lane,
        source: { shardId, sourceArn: mapping.sourceArn },
        restored: lease.checkpoint.window,
        caughtUpMs: () => this.#caughtUpMs,
        onChange: () => this.#note(),
      });
      // A window is one state handed on, so there is one batch at a time.
      this.#lanes = [this.#windowLane];
    } else this.#lanes = Array.from({ length: mapping.parallelizationFactor }, () => new PartitionLane(lane));
  }

  /** Reads nothing more; {@link run} resolves when the batches that run are through. */
  stop(): void {
    this.#stop.abort();
  }

  /** Resolves with true when the shard is closed and everything in it done. Never rejects. */
  async run(): Promise<boolean> {
    const { lease } = this.#given;
    const stop = (): void => this.stop();
    lease.lost.addEventListener('abort', stop, { once: true });
    if (lease.lost.aborted) stop();
    const { signal } = this.#stop;
    const handled = Promise.all(this.#lanes.map((lane) => lane.run(signal)));
    const isRead = await this.#reader().run(signal);
    if (isRead) {
      for (const lane of this.#lanes) lane.end();
      this.#wake.wake();
    }
    await handled;
    lease.lost.removeEventListener('abort', stop);
    this.#given.budget.give(this.#progress.bytes);
    const isEnded = isRead && !signal.aborted && this.#progress.length === 0;
    if (isEnded) lease.note({ ...lease.checkpoint, ended: true });
    return isEnded;
  }

  #reader(): ShardReader {
    const { lease } = this.#given;
    return new ShardReader({
      ...this.#given,
      shardId: lease.place.shardId,
      position: lease.checkpoint.position,
      room: () => this.#room(),
      roomAgain: (signal) => this.#wake.wait(signal, ROOM_MS),
      onPage: (page, startedMs) => this.#take(page, startedMs),
    });
  }

  /** A shard that holds nothing may always read, so that each goes on whatever the others hold. */
  #room(): { recordsMax: number; bytesMax: number } | undefined {
    const { budget } = this.#given;
    const { length, bytes } = this.#progress;
    const hasRoom = length < RECORDS_MAX && (bytes === 0 || (bytes < BYTES_MAX && budget.has(PAGE_BYTES_MAX)));
    if (this.#isBlocked === hasRoom) {
      this.#isBlocked = !hasRoom;
      this.#wake.wake();
    }
    return hasRoom ? { recordsMax: Math.min(PAGE_RECORDS_MAX, RECORDS_MAX - length), bytesMax: PAGE_BYTES_MAX } : undefined;
  }

  #take({ records, behindMs }: StreamPage, startedMs: number): void {
    const { matches, count, budget, onResult } = this.#given;
    count('PolledEventCount', records.length);
    let wanted = 0;
    for (const record of records) {
      const held = hold(record, matches(record.record));
      this.#progress.add(held);
      if (held.isDone) continue;
      wanted += 1;
      budget.take(held.bytes);
      this.#laneOf(record).add(held);
    }
    if (wanted < records.length) {
      count('FilteredOutEventCount', records.length - wanted);
      if (wanted === 0) onResult(OK);
      if (this.#progress.advance()) this.#note();
    }
    if (behindMs === 0) this.#caughtUpMs = startedMs;
    this.#wake.wake();
  }

  #laneOf({ partitionKey }: StreamRecord): Lane {
    const lane = this.#lanes[hashOf(partitionKey) % this.#lanes.length];
    if (!lane) throw new Error('a shard has no lane');
    return lane;
  }

  #finish(records: readonly HeldRecord[]): void {
    this.#windowLane?.window?.count(records);
    this.#given.budget.give(this.#progress.finish(records));
    this.#note();
    this.#wake.wake();
  }

  #note(): void {
    const { lease } = this.#given;
    const { sequenceNumber } = this.#progress;
    const position: ShardCheckpoint['position'] =
      sequenceNumber === undefined ? lease.checkpoint.position : { at: 'AFTER', sequenceNumber };
    const window = this.#windowLane?.window?.checkpoint();
    lease.note({ position, ...(window ? { window } : {}) });
  }
}

/** FNV-1a, so that a key is in the same lane wherever and whenever it comes. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
