import type { Locality } from '../../model/arn.ts';
import type { DocumentKey } from '../../ports/metadata-store.ts';
import { decimalOf, type HashRange } from './hash-keys.ts';
import { endingNumber, startingNumber } from './sequence-numbers.ts';

/** A shard as it is stored. */
export interface ShardRecord extends HashRange {
  /** Which one of its stream: 0 for the first. */
  readonly number: number;
  /** Seconds since 1970, later than those of its parents: sequence numbers of a key grow from shard to shard by it. */
  readonly createdAtS: number;
  readonly openedAtMs: number;
  /** One when it came of a split, two when of a merge. */
  readonly parents: readonly number[];
  /** `isSealed`: its records are complete. */
  readonly closed?: { readonly atMs: number; readonly isSealed: boolean };
}

/** A stream as it is stored. */
export interface StreamRecord extends Locality {
  readonly name: string;
  /** Random: a stream of the same name that is made later is another one, and has none of its records. */
  readonly incarnation: string;
  readonly createdAtMs: number;
  readonly mode: 'PROVISIONED' | 'ON_DEMAND';
  readonly retentionHours: number;
  /** In the order of their numbers; without those whose records are all gone. */
  readonly shards: readonly ShardRecord[];
  /** How many shards it has had. */
  readonly shardsEver: number;
  /** The status that it has until a time. */
  readonly passing?: { readonly status: 'CREATING' | 'UPDATING'; readonly untilMs: number };
  readonly deletedAtMs?: number;
  readonly maxRecordSizeKib: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly shardLevelMetrics: readonly string[];
  readonly keyId?: string;
  readonly policy?: string;
}

/** A consumer as it is stored. */
export interface ConsumerRecord extends Locality {
  readonly name: string;
  readonly stream: string;
  readonly incarnation: string;
  readonly createdAtMs: number;
  readonly activeAtMs: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly policy?: string;
}

/** Kind of the documents that streams are stored in. */
export const STREAM_KIND = 'kinesis-stream';
/** Kind of the documents that consumers are stored in. */
export const CONSUMER_KIND = 'kinesis-consumer';
/** How long a stream or consumer is on its way from one state to another. On AWS it is some seconds. */
export const PASSING_MS = 500;
const HOUR_MS = 3_600_000;

const ARN = /^arn:aws[\w-]*:kinesis:([a-z0-9-]+):(\d{12}):stream\/([\w.-]{1,128})(?:\/consumer\/([\w.-]{1,128}):(\d{1,15}))?$/;

/** Where a stream's document is. */
export function streamKey({ account, region }: Locality, name: string): DocumentKey {
  return { account, region, kind: STREAM_KIND, id: name };
}

/** Where a consumer's document is. */
export function consumerKey({ account, region }: Locality, stream: string, name: string): DocumentKey {
  return { account, region, kind: CONSUMER_KIND, id: `${stream}/${name}` };
}

/** ARN of a stream. */
export function streamArn({ account, region, name }: Pick<StreamRecord, 'account' | 'region' | 'name'>): string {
  return `arn:aws:kinesis:${region}:${account}:stream/${name}`;
}

/** ARN of a consumer, which has the second of its creation in it. */
export function consumerArn(consumer: ConsumerRecord): string {
  return `${streamArn({ ...consumer, name: consumer.stream })}/consumer/${consumer.name}:${Math.floor(consumer.createdAtMs / 1_000)}`;
}

/** What an ARN names: a stream, or a consumer of one; undefined when neither. */
export function parseArn(
  arn: string,
):
  | (Locality & { readonly stream: string; readonly consumer?: { readonly name: string; readonly createdAtS: number } })
  | undefined {
  const [, region, account, stream, name, seconds] = ARN.exec(arn) ?? [];
  if (region === undefined || account === undefined || stream === undefined) return undefined;
  return { region, account, stream, ...(name === undefined ? {} : { consumer: { name, createdAtS: Number(seconds) } }) };
}

/** The status of a stream. */
export function statusOf(stream: StreamRecord, nowMs: number): 'CREATING' | 'ACTIVE' | 'UPDATING' | 'DELETING' {
  if (stream.deletedAtMs !== undefined) return 'DELETING';
  return stream.passing && nowMs < stream.passing.untilMs ? stream.passing.status : 'ACTIVE';
}

/** The name of a shard. */
export function shardId(number: number): string {
  return `shardId-${String(number).padStart(12, '0')}`;
}

/** The name that a shard's records are kept by. */
export function logName({ incarnation }: Pick<StreamRecord, 'incarnation'>, { number }: Pick<ShardRecord, 'number'>): string {
  return `${incarnation}/${number}`;
}

/** For how long records are kept. */
export function retentionMs({ retentionHours }: Pick<StreamRecord, 'retentionHours'>): number {
  return retentionHours * HOUR_MS;
}

/** The shards that still have records or may get some. */
export function listedShards(stream: StreamRecord, nowMs: number): ShardRecord[] {
  return stream.shards.filter(({ closed }) => !closed || closed.atMs + retentionMs(stream) > nowMs);
}

/** The shards that take records. */
export function openShards(stream: StreamRecord): ShardRecord[] {
  return stream.shards.filter(({ closed }) => !closed);
}

/** A shard as the API describes it. */
export function shardShape(shard: ShardRecord): object {
  const [parent, adjacent] = shard.parents;
  return {
    ShardId: shardId(shard.number),
    ...(parent === undefined ? {} : { ParentShardId: shardId(parent) }),
    ...(adjacent === undefined ? {} : { AdjacentParentShardId: shardId(adjacent) }),
    HashKeyRange: rangeShape(shard),
    SequenceNumberRange: {
      StartingSequenceNumber: startingNumber(shard),
      ...(shard.closed ? { EndingSequenceNumber: endingNumber(shard, shard.closed.atMs) } : {}),
    },
  };
}

/** A range of hash keys as the API shows it. */
export function rangeShape({ from, to }: HashRange): object {
  return { StartingHashKey: decimalOf(from), EndingHashKey: decimalOf(to) };
}

/** The children of a shard, as its end tells of them. */
export function childShapes(stream: StreamRecord, { number }: ShardRecord): object[] {
  return stream.shards
    .filter(({ parents }) => parents.includes(number))
    .map((child) => ({
      ShardId: shardId(child.number),
      ParentShards: child.parents.map(shardId),
      HashKeyRange: rangeShape(child),
    }));
}
