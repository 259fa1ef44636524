import { LogBusy, type LogPlace, ShardSealed } from '../../ports/record-log.ts';
import type { RequestContext } from '../../wire/service.ts';
import { hashOf, hexOf } from './hash-keys.ts';
import { type KinesisContext, type StreamName, usableStream } from './kinesis-context.ts';
import { invalidArgument, kinesisError } from './kinesis-errors.ts';
import { sequenceNumber } from './sequence-numbers.ts';
import { rateExceeded } from './shard-throughput.ts';
import { shardFor, type Stream } from './stream-directory.ts';
import { logName, shardId, type ShardRecord } from './stream-record.ts';

/** A record as a request has it. */
export interface RecordEntry {
  /** Base64. */
  readonly Data: string;
  readonly PartitionKey: string;
  readonly ExplicitHashKey?: string | undefined;
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const KIB = 1_024;
/** Shards may be closed while records are on their way to them; then their children take them. */
const TRIES_MAX = 20;
const EXCEEDED = 'ProvisionedThroughputExceededException';

/** What became of a record. */
export type PutAnswer =
  | { readonly ShardId: string; readonly SequenceNumber: string; readonly EncryptionType?: string }
  | { readonly ErrorCode: string; readonly ErrorMessage: string };

interface ReadyRecord {
  readonly data: Buffer;
  readonly hash: string;
  readonly partitionKey: string;
}

/**
 * Puts records; resolves when they are on disk, with what the API answers of each. Where shards are held to their throughput, those
 * beyond it are not taken; all others are, or none. Throws ResourceNotFoundException, ValidationException and
 * InvalidArgumentException, and ProvisionedThroughputExceededException where the disk does not keep up.
 */
export async function putRecords(
  kinesis: KinesisContext,
  input: StreamName,
  context: RequestContext,
  entries: readonly RecordEntry[],
  placeOf: (index: number) => string,
): Promise<PutAnswer[]> {
  const stream = await usableStream(kinesis, input, context);
  const bytesMax = stream.record.maxRecordSizeKib * KIB;
  const records = entries.map((entry, index): ReadyRecord => {
    const data = bytesOf(entry, `${placeOf(index)}data`, bytesMax);
    return { data, hash: hashKeyOf(entry), partitionKey: entry.PartitionKey };
  });
  const refusals = records.map((record) => overThroughput(kinesis, stream, record));
  const taken = records.filter((_, index) => refusals[index] === undefined);
  const answers = taken.length === 0 ? [] : await append(kinesis, input, context, taken);
  let next = 0;
  return refusals.map((ErrorMessage) => {
    if (ErrorMessage !== undefined) return { ErrorCode: EXCEEDED, ErrorMessage };
    next += 1;
    return answers[next - 1] as PutAnswer;
  });
}

function overThroughput(
  { throughput, clock }: KinesisContext,
  { record, open }: Stream,
  { data, hash }: ReadyRecord,
): string | undefined {
  if (!throughput) return undefined;
  const shard = shardFor(open, hash);
  if (throughput.allows(logName(record, shard), 'write', data.length, clock.now())) return undefined;
  return rateExceeded(shardId(shard.number), record.name, record.account);
}

async function append(
  kinesis: KinesisContext,
  input: StreamName,
  context: RequestContext,
  records: readonly ReadyRecord[],
): Promise<PutAnswer[]> {
  for (let tries = 1; ; tries += 1) {
    const { record: stream, open } = await usableStream(kinesis, input, context);
    const shards = records.map(({ hash }) => shardFor(open, hash));
    const arrivalMs = kinesis.clock.now();
    const ready = records.map(({ data, partitionKey }, index) => {
      return { shard: logName(stream, shards[index] as ShardRecord), partitionKey, data, arrivalMs };
    });
    const places = await kinesis.log.append(ready).catch((error: unknown) => {
      if (error instanceof LogBusy)
        throw kinesisError(EXCEEDED, `Rate exceeded for stream ${stream.name} under account ${stream.account}.`);
      if (error instanceof ShardSealed && tries < TRIES_MAX) return undefined;
      throw error;
    });
    if (places) return places.map((place, index) => answerOf(shards[index] as ShardRecord, place, stream.keyId));
  }
}

function answerOf(shard: ShardRecord, { position, arrivalMs }: LogPlace, keyId: string | undefined) {
  return {
    ShardId: shardId(shard.number),
    SequenceNumber: sequenceNumber(shard, position, arrivalMs),
    ...(keyId === undefined ? {} : { EncryptionType: 'KMS' }),
  };
}

function bytesOf({ Data, PartitionKey }: RecordEntry, place: string, bytesMax: number): Buffer {
  if (!BASE64.test(Data))
    throw kinesisError('ValidationException', `1 validation error detected: Value at '${place}' is not base64.`);
  const data = Buffer.from(Data, 'base64');
  if (data.length + Buffer.byteLength(PartitionKey) > bytesMax)
    throw kinesisError(
      'ValidationException',
      `1 validation error detected: Value at '${place}' failed to satisfy constraint: Member must have length less than or equal to ${bytesMax}`,
    );
  return data;
}

function hashKeyOf({ ExplicitHashKey: key, PartitionKey }: RecordEntry): string {
  if (key === undefined) return hashOf(PartitionKey);
  const hash = hexOf(key);
  if (hash === undefined)
    throw invalidArgument(
      `Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was ${key}`,
    );
  return hash;
}
