import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { ShardCheckpoint } from '../../ports/checkpoints.ts';
import {
  type RecordStream,
  StreamError,
  type StreamPage,
  type StreamPosition,
  type StreamSource,
} from '../../ports/record-stream.ts';
import { pause } from '../mappings/pause.ts';
import { NOT_READABLE } from './processing-result.ts';

/** What reading a shard needs. */
export interface ReaderDependencies {
  readonly stream: RecordStream;
  readonly source: Pick<StreamSource, 'pollMs' | 'pollBusyMs'>;
  readonly shardId: string;
  readonly position: ShardCheckpoint['position'];
  /** False for a position that another reader began with. */
  readonly isFirst: boolean;
  readonly roleArn: () => string | undefined;
  /** How much may be read now; undefined: nothing, and it is waited for. */
  readonly room: () => { readonly recordsMax: number; readonly bytesMax: number } | undefined;
  /** Resolves when there may be room again. */
  readonly roomAgain: (signal: AbortSignal) => Promise<void>;
  readonly onPage: (page: StreamPage, startedMs: number) => void;
  readonly onResult: (result: string) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

const BACKOFF_FIRST_MS = 1_000;
const BACKOFF_MAX_MS = 30_000;

/**
 * Reads one shard to its end, as fast as records wait and there is room for them, and seldom when nothing waits. Faults are
 * waited out; what the stream does not keep any more is passed over.
 */
export class ShardReader {
  readonly #given: ReaderDependencies;
  /** The last record that was read. */
  #lastRead: string | undefined;
  #iterator: string | undefined;
  #isTrimmed = false;
  #wasLatest = false;
  /** Records that came before this time are not the mapping's. */
  #sinceMs = Number.NEGATIVE_INFINITY;
  #backoffMs = 0;

  constructor(given: ReaderDependencies) {
    this.#given = given;
  }

  /** Resolves with true at the end of the shard, with false after the signal. */
  async run(signal: AbortSignal): Promise<boolean> {
    const { room, roomAgain, clock, source } = this.#given;
    while (!signal.aborted) {
      const limits = room();
      if (!limits) {
        await roomAgain(signal);
        continue;
      }
      const page = await this.#read(limits);
      if (signal.aborted) return false;
      if (page === 'end') return true;
      const isWaiting = page !== 'fault' && page.behindMs > 0;
      await pause(clock, page === 'fault' ? this.#backoffMs : isWaiting ? source.pollBusyMs : source.pollMs, signal);
    }
    return false;
  }

  async #read(limits: { readonly recordsMax: number; readonly bytesMax: number }): Promise<StreamPage | 'end' | 'fault'> {
    const { stream, roleArn, onPage, clock, shardId } = this.#given;
    const role = roleArn();
    try {
      this.#iterator ??= await stream.iterator(shardId, this.#position());
      const startedMs = clock.now();
      const page = await stream.read(this.#iterator, { ...limits, ...(role === undefined ? {} : { roleArn: role }) });
      this.#iterator = page.next;
      this.#lastRead = page.records.at(-1)?.sequenceNumber ?? this.#lastRead;
      this.#isTrimmed = false;
      this.#backoffMs = 0;
      const since = this.#sinceMs;
      onPage({ ...page, records: page.records.filter(({ arrivalMs }) => arrivalMs >= since) }, startedMs);
      return page.next === undefined ? 'end' : page;
    } catch (error) {
      return this.#afterFault(error);
    }
  }

  /** Where to begin: behind what was read; else as the checkpoint says, and a `LATEST` of earlier is the time of then. */
  #position(): StreamPosition {
    const { position, isFirst, stream } = this.#given;
    if (this.#isTrimmed) return { at: 'TRIM_HORIZON' };
    if (this.#lastRead !== undefined) return { at: 'AFTER', sequenceNumber: this.#lastRead };
    if (position.at !== 'LATEST') return position;
    if (isFirst && !this.#wasLatest) {
      this.#wasLatest = true;
      return { at: 'LATEST' };
    }
    if (stream.seeksTime) return { at: 'AT_TIMESTAMP', timestampMs: position.sinceMs };
    this.#sinceMs = position.sinceMs;
    return { at: 'TRIM_HORIZON' };
  }

  #afterFault(error: unknown): 'end' | 'fault' {
    const { logger, shardId, onResult } = this.#given;
    const fault = error instanceof StreamError ? error.fault : undefined;
    this.#backoffMs = this.#backoffMs === 0 ? BACKOFF_FIRST_MS : Math.min(BACKOFF_MAX_MS, this.#backoffMs * 2);
    this.#iterator = undefined;
    switch (fault) {
      case 'expired':
        this.#backoffMs = 0;
        return 'fault';
      case 'throttled':
        return 'fault';
      case 'trimmed':
        logger.warn({ shardId }, 'records of a shard were removed before they were read; going on with the oldest there is');
        this.#isTrimmed = true;
        return 'fault';
      case 'shard-gone':
        logger.warn({ shardId }, 'a shard is gone, with what was not read of it');
        return 'end';
      default:
        onResult(NOT_READABLE);
        logger.warn({ shardId, error: String(error) }, 'a shard could not be read');
        return 'fault';
    }
  }
}
