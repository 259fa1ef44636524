import type { LogRecord } from '../../ports/record-log.ts';
import type { KinesisContext } from './kinesis-context.ts';
import { sequenceNumber } from './sequence-numbers.ts';
import { logName, type ShardRecord, type StreamRecord } from './stream-record.ts';

/** What was read of a shard. */
export interface ShardPage {
  readonly records: readonly LogRecord[];
  readonly next: number;
  /** The shard is closed, and nothing follows. */
  readonly isEnd: boolean;
  /** The oldest position that was not removed. */
  readonly first: number;
  /** How far these records are behind the newest, 0 when nothing waits behind them. */
  readonly behindMs: number;
}

/** Reads from a position on; an empty page when there is nothing now. */
export async function readShard(
  { log, clock }: Pick<KinesisContext, 'log' | 'clock'>,
  stream: StreamRecord,
  shard: ShardRecord,
  { from, recordsMax, bytesMax }: { readonly from: number; readonly recordsMax: number; readonly bytesMax: number },
): Promise<ShardPage> {
  const page = await log.read({ shard: logName(stream, shard), from, recordsMax, bytesMax });
  const behindMs = page.isMore ? Math.max(1, clock.now() - (page.records.at(-1)?.arrivalMs ?? 0)) : 0;
  return { records: page.records, next: page.next, isEnd: page.isEnd, first: page.first, behindMs };
}

/** A record as the API gives it. */
export function recordShape(stream: StreamRecord, shard: ShardRecord, record: LogRecord): object {
  return {
    SequenceNumber: sequenceNumber(shard, record.position, record.arrivalMs),
    ApproximateArrivalTimestamp: record.arrivalMs / 1_000,
    Data: base64(record.data),
    PartitionKey: record.partitionKey,
    ...(stream.keyId === undefined ? {} : { EncryptionType: 'KMS' }),
  };
}

/** Bytes as JSON carries them. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
