import { SYNC_PAYLOAD_BYTES_MAX } from '../../model/limits.ts';
import type { BatchExtent, WindowCheckpoint } from '../../ports/checkpoints.ts';
import { type BatchForm, recordsOf } from './batch-form.ts';
import { extentOf, type HeldRecord, joined } from './held-record.ts';

/** State beyond this ends a window early. */
const STATE_BYTES_MAX = 1_048_576;
/** What an event holds besides records and state, with room for long ARNs. */
const ENVELOPE_BYTES = 1_024;
const NO_STATE = '{}';

/** Where a window's events come from. */
export interface WindowSource {
  readonly shardId: string;
  readonly sourceArn: string;
}

/**
 * One tumbling window of a shard: a span of arrival times, and the state that the function hands from one invoke to the next.
 * Windows begin at multiples of their length since 1970. Source: Lambda developer guide, "Stateful processing" of Kinesis and
 * DynamoDB streams.
 */
export class TumblingWindow implements BatchForm {
  readonly startMs: number;
  readonly endMs: number;
  readonly #source: WindowSource;
  #state: string;
  #extent: BatchExtent | undefined;
  #isTerminatedEarly: boolean;

  constructor(source: WindowSource, from: WindowCheckpoint) {
    this.startMs = from.startMs;
    this.endMs = from.endMs;
    this.#source = source;
    this.#state = from.state;
    this.#extent = from.extent;
    this.#isTerminatedEarly = from.isTerminatedEarly ?? false;
  }

  /** A new window, the one that a record which arrived then is in. */
  static around(source: WindowSource, arrivalMs: number, lengthMs: number): TumblingWindow {
    const startMs = Math.floor(arrivalMs / lengthMs) * lengthMs;
    return new TumblingWindow(source, { startMs, endMs: startMs + lengthMs, state: NO_STATE });
  }

  /** Its state has grown too large: only its final invoke may follow. */
  get isTerminatedEarly(): boolean {
    return this.#isTerminatedEarly;
  }

  get overheadBytes(): number {
    return ENVELOPE_BYTES + Buffer.byteLength(this.#state);
  }

  /** What of it was handled; undefined while nothing was. */
  get extent(): BatchExtent | undefined {
    return this.#extent;
  }

  eventOf(batch: readonly HeldRecord[]): Uint8Array {
    return this.#event(recordsOf(batch), false);
  }

  /** The event that ends it. */
  finalEvent(): Uint8Array {
    return this.#event('[]', true);
  }

  accept(answer: Uint8Array): boolean {
    const state = stateOf(answer);
    // The state has to fit into the next event.
    if (state === undefined || Buffer.byteLength(state) + ENVELOPE_BYTES > SYNC_PAYLOAD_BYTES_MAX) return false;
    this.#state = state;
    if (Buffer.byteLength(state) > STATE_BYTES_MAX) this.#isTerminatedEarly = true;
    return true;
  }

  /** Records of it are done. */
  count(batch: readonly HeldRecord[]): void {
    if (batch.length > 0) this.#extent = joined(this.#extent, extentOf(batch));
  }

  checkpoint(): WindowCheckpoint {
    return {
      startMs: this.startMs,
      endMs: this.endMs,
      state: this.#state,
      ...(this.#extent ? { extent: this.#extent } : {}),
      ...(this.#isTerminatedEarly ? { isTerminatedEarly: true } : {}),
    };
  }

  #event(records: string, isFinal: boolean): Uint8Array {
    const { shardId, sourceArn } = this.#source;
    const rest = {
      window: { start: secondsOf(this.startMs), end: secondsOf(this.endMs) },
      shardId,
      eventSourceARN: sourceArn,
      isFinalInvokeForWindow: isFinal,
      isWindowTerminatedEarly: this.#isTerminatedEarly,
    };
    return Buffer.from(`{"Records":${records},"state":${this.#state},${JSON.stringify(rest).slice(1)}`);
  }
}

/** Time as events and records of failures have it where it has no milliseconds. */
export function secondsOf(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
}

function stateOf(answer: Uint8Array): string | undefined {
  try {
    const { state } = JSON.parse(Buffer.from(answer).toString()) as { state?: unknown };
    return typeof state === 'object' && state !== null && !Array.isArray(state) ? JSON.stringify(state) : undefined;
  } catch {
    return undefined;
  }
}
