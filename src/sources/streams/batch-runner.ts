import type { Logger } from '../../ports/logger.ts';
import type { StreamMapping } from '../../ports/mapping-directory.ts';
import type { MetricSink } from '../../ports/metric-sink.ts';
import { type BatchResult, readBatchResult } from '../mappings/batch-result.ts';
import type { EventCounts } from '../mappings/event-counts.ts';
import { type BatchInvocation, type BatchOutcome, invokeBatch } from '../mappings/invoke-batch.ts';
import { pause } from '../mappings/pause.ts';
import type { BatchForm } from './batch-form.ts';
import type { BatchFailure } from './failure-record.ts';
import { extentOf, type HeldRecord } from './held-record.ts';
import { FUNCTION_FAILED, INTERNAL_ERROR, OK } from './processing-result.ts';
import type { TumblingWindow } from './tumbling-window.ts';

/** What running the batches of a shard needs. */
export interface RunnerDependencies extends BatchInvocation {
  readonly mapping: StreamMapping;
  readonly shardId: string;
  /** For how long the stream keeps records. */
  readonly retentionMs: () => number;
  /** Whether the shard is still this server's to handle; false also while nobody knows. */
  readonly isOurs: () => boolean;
  /** Resolves when what is told is on disk. */
  readonly tellDestination: (shardId: string, failure: BatchFailure) => Promise<void>;
  /** Records are through: handled, given up, or lost to the stream's retention. */
  readonly finish: (records: readonly HeldRecord[]) => void;
  readonly count: EventCounts;
  readonly metrics: MetricSink;
  readonly onResult: (result: string) => void;
  readonly logger: Logger;
}

/** Records that are tried together. */
interface Segment {
  readonly records: readonly HeldRecord[];
  /** Tries that count. */
  readonly attempts: number;
  /** Tries in a row that did not reach the function, which don't. */
  readonly unreached: number;
}

const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 60_000;
/** How often is looked whether the shard is ours again. */
const OURS_AGAIN_MS = 1_000;

/**
 * Runs a batch until every record of it is done: retries, splits, goes on behind what succeeded, gives up what is too old or
 * was tried often enough. Source: Lambda developer guide, "Error handling" of Kinesis and DynamoDB streams.
 */
export class BatchRunner {
  readonly #given: RunnerDependencies;

  constructor(given: RunnerDependencies) {
    this.#given = given;
  }

  /** Resolves when all records are finished, or after the signal when the try that runs is over. Never rejects. */
  async run(batch: readonly HeldRecord[], form: BatchForm, signal: AbortSignal): Promise<void> {
    // The last one is the next one's: what follows a split waits behind it.
    const segments: Segment[] = [{ records: batch, attempts: 0, unreached: 0 }];
    for (let next = segments.pop(); next && !signal.aborted; next = segments.pop()) {
      if (!this.#given.isOurs()) {
        segments.push(next);
        await pause(this.#given.clock, OURS_AGAIN_MS, signal);
        continue;
      }
      segments.push(...(await this.#attempt(next, form, signal)).toReversed());
    }
  }

  /** Gives up a record that no event can hold. */
  async giveUpOversized(batch: readonly HeldRecord[], form: BatchForm, signal: AbortSignal): Promise<void> {
    const requestId = this.#given.ids.uuid();
    await this.#giveUp(batch, form, { condition: 'MaximumPayloadSizeExceeded', attempts: 1, requestId }, signal);
  }

  /**
   * Ends a window; resolves with true when the function has taken that, or it was tried as often as may be. False: the signal
   * came first.
   */
  async endWindow(window: TumblingWindow, signal: AbortSignal): Promise<boolean> {
    const { clock, isOurs, logger, mapping, onResult } = this.#given;
    for (let attempts = 0, failures = 0; !signal.aborted;) {
      if (!isOurs()) {
        await pause(clock, OURS_AGAIN_MS, signal);
        continue;
      }
      const outcome = await this.#invoke(window.finalEvent(), signal);
      const isFailed = outcome.kind !== 'answered' || this.#verdictOf(outcome.payload, []) !== 'none';
      onResult(isFailed ? FUNCTION_FAILED : OK);
      if (!isFailed) return true;
      failures += 1;
      if (outcome.kind !== 'unreached') attempts += 1;
      if (attempts > (mapping.maximumRetryAttempts ?? Infinity)) {
        const { uuid } = mapping;
        logger.warn({ uuid, window: window.startMs }, 'the end of a window was given up, and its state with it');
        if (window.extent)
          await this.#tell({ ...failureOf(outcome, attempts), extent: window.extent, event: () => window.finalEvent() }, signal);
        return !signal.aborted;
      }
      await this.#backOff(failures, signal);
    }
    return false;
  }

  /** Tries once; resolves with what is left to do, in its order. */
  async #attempt(segment: Segment, form: BatchForm, signal: AbortSignal): Promise<Segment[]> {
    const { clock, count, onResult, metrics, mapping, finish } = this.#given;
    const records = await this.#withoutOld(segment, form, signal);
    const last = records.at(-1);
    if (!last || signal.aborted) return [];
    const outcome = await this.#invoke(form.eventOf(records), signal);
    if (outcome.kind === 'unreached') {
      count('FailedInvokeEventCount', records.length);
      onResult(FUNCTION_FAILED);
      const unreached = segment.unreached + 1;
      await this.#backOff(unreached, signal);
      return [{ ...segment, records, unreached }];
    }
    count('InvokedEventCount', records.length);
    metrics.add('IteratorAge', mapping.function, Math.max(0, clock.now() - last.arrivalMs));
    const { failed, handled } = this.#read(outcome, records, form);
    onResult(failed === 'none' ? OK : FUNCTION_FAILED);
    if (failed === 'none') {
      finish(records);
      return [];
    }
    count('FailedInvokeEventCount', failed === 'all' ? records.length : failed.size);
    if (handled > 0) finish(records.slice(0, handled));
    return this.#afterFailure({ ...segment, unreached: 0, records: records.slice(handled) }, handled > 0, {
      outcome,
      form,
      signal,
    });
  }

  /** What to do with records of which the first failed, or all did. */
  async #afterFailure(
    segment: Segment,
    isCut: boolean,
    { outcome, form, signal }: { outcome: BatchOutcome; form: BatchForm; signal: AbortSignal },
  ): Promise<Segment[]> {
    const { bisectsOnError, maximumRetryAttempts = Infinity } = this.#given.mapping;
    const { records } = segment;
    // Neither kind of split uses up a retry, and each leaves fewer records together.
    if (bisectsOnError && isCut) return [segment];
    if (bisectsOnError && records.length > 1) {
      const middle = Math.ceil(records.length / 2);
      return [
        { ...segment, records: records.slice(0, middle) },
        { ...segment, records: records.slice(middle) },
      ];
    }
    const attempts = segment.attempts + 1;
    if (attempts > maximumRetryAttempts) {
      await this.#giveUp(records, form, failureOf(outcome, attempts), signal);
      return [];
    }
    await this.#backOff(attempts, signal);
    return [{ ...segment, attempts }];
  }

  /** Gives up records that are older than may be, and passes over those that the stream itself would not give any more. */
  async #withoutOld({ records, attempts }: Segment, form: BatchForm, signal: AbortSignal): Promise<readonly HeldRecord[]> {
    const { clock, ids, mapping, retentionMs, finish, logger } = this.#given;
    const nowMs = clock.now();
    const ageMs = (mapping.maximumRecordAgeSeconds ?? Infinity) * 1_000;
    const keptMs = retentionMs();
    const old: HeldRecord[] = [];
    const lost: HeldRecord[] = [];
    const young: HeldRecord[] = [];
    for (const record of records) {
      const recordAgeMs = nowMs - record.arrivalMs;
      (recordAgeMs > ageMs ? old : recordAgeMs > keptMs ? lost : young).push(record);
    }
    if (old.length > 0) {
      const failure = { condition: 'RecordAgeExceeded', attempts: Math.max(1, attempts), requestId: ids.uuid() } as const;
      await this.#giveUp(old, form, failure, signal);
    }
    if (lost.length > 0) {
      logger.warn({ uuid: mapping.uuid, records: lost.length }, 'records were lost: the stream does not keep them any longer');
      finish(lost);
    }
    return young;
  }

  async #invoke(payload: Uint8Array, signal: AbortSignal): Promise<BatchOutcome> {
    // The pauses between tries are this one's own, for what is too old is given up before each.
    return invokeBatch(this.#given, this.#given.mapping.function, { payload, deadlineMs: this.#given.clock.now() }, signal);
  }

  /** Which records failed, and how many before the first of them did not. */
  #read(
    outcome: BatchOutcome,
    records: readonly HeldRecord[],
    form: BatchForm,
  ): { readonly failed: BatchResult; readonly handled: number } {
    const whole = { failed: 'all', handled: 0 } as const;
    if (outcome.kind !== 'answered') return whole;
    const failed = this.#verdictOf(outcome.payload, records);
    if (failed === 'all') return whole;
    const handled = failed === 'none' ? records.length : records.findIndex(({ sequenceNumber }) => failed.has(sequenceNumber));
    // An answer to a batch of which nothing was handled has nothing to say of a state.
    return handled === 0 || form.accept(outcome.payload) ? { failed, handled } : whole;
  }

  #verdictOf(answer: Uint8Array, records: readonly HeldRecord[]): BatchResult {
    if (!this.#given.mapping.reportsItemFailures) return 'none';
    return readBatchResult(answer, new Set(records.map(({ sequenceNumber }) => sequenceNumber)));
  }

  async #giveUp(
    records: readonly HeldRecord[],
    form: BatchForm,
    failure: Omit<BatchFailure, 'extent' | 'event' | 'isFunctionError'> & { readonly isFunctionError?: boolean },
    signal: AbortSignal,
  ): Promise<void> {
    const { mapping, shardId, finish, count, logger } = this.#given;
    const event = (): Uint8Array => form.eventOf(records);
    const isTold = await this.#tell({ isFunctionError: false, ...failure, extent: extentOf(records), event }, signal);
    if (!isTold) return;
    const { condition, attempts } = failure;
    logger.warn(
      { uuid: mapping.uuid, shardId, condition, attempts, records: records.length },
      'records of a stream were given up',
    );
    count('DroppedEventCount', records.length);
    finish(records);
  }

  /** Goes on until it is on disk, for nothing else will tell of these records; false when the signal came first. */
  async #tell(failure: BatchFailure, signal: AbortSignal): Promise<boolean> {
    const { tellDestination, shardId, logger, mapping, onResult } = this.#given;
    for (let tries = 1; !signal.aborted; tries += 1) {
      try {
        await tellDestination(shardId, failure);
        return true;
      } catch (error) {
        onResult(INTERNAL_ERROR);
        logger.error({ uuid: mapping.uuid, error: String(error) }, 'a failure of a batch could not be written down');
        await this.#backOff(tries, signal);
      }
    }
    return false;
  }

  async #backOff(tries: number, signal: AbortSignal): Promise<void> {
    const { clock, ids } = this.#given;
    const ceilingMs = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(tries - 1, 10));
    await pause(clock, ceilingMs / 2 + (ids.random() * ceilingMs) / 2, signal);
  }
}

function failureOf(outcome: BatchOutcome, attempts: number): Omit<BatchFailure, 'extent' | 'event'> {
  return {
    condition: 'RetryAttemptsExhausted',
    attempts,
    requestId: outcome.requestId,
    isFunctionError: outcome.kind === 'failed',
    ...(outcome.kind === 'unreached' ? {} : { executedVersion: outcome.executedVersion }),
  };
}
