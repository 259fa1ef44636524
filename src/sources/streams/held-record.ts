import type { BatchExtent } from '../../ports/checkpoints.ts';
import type { StreamRecord } from '../../ports/record-stream.ts';

/** A record that was read and is not done. */
export interface HeldRecord {
  readonly sequenceNumber: string;
  readonly arrivalMs: number;
  /** As events have it, serialised once; empty when it is done. */
  json: string;
  readonly bytes: number;
  isDone: boolean;
}

/** Holds a record; one that no function gets is done at once. */
export function hold({ record, sequenceNumber, arrivalMs }: StreamRecord, isWanted: boolean): HeldRecord {
  const json = isWanted ? JSON.stringify(record) : '';
  return { sequenceNumber, arrivalMs, json, bytes: Buffer.byteLength(json), isDone: !isWanted };
}

/** What a batch covers. */
export function extentOf(batch: readonly Pick<HeldRecord, 'sequenceNumber' | 'arrivalMs'>[]): BatchExtent {
  const first = batch.at(0);
  const last = batch.at(-1);
  return {
    startSequenceNumber: first?.sequenceNumber ?? '',
    endSequenceNumber: last?.sequenceNumber ?? '',
    firstArrivalMs: first?.arrivalMs ?? 0,
    lastArrivalMs: last?.arrivalMs ?? 0,
    records: batch.length,
  };
}

/** Two runs of which the second follows the first. */
export function joined(before: BatchExtent | undefined, after: BatchExtent): BatchExtent {
  if (!before) return after;
  const { startSequenceNumber, firstArrivalMs, records } = before;
  return { ...after, startSequenceNumber, firstArrivalMs, records: records + after.records };
}
