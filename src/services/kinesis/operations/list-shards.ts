import type { JsonMemberValues } from '../../../wire/aws-json/json-members.ts';
import { existingStream, kinesisOperation } from '../kinesis-context.ts';
import { invalidArgument, kinesisError, noSuchStream } from '../kinesis-errors.ts';
import { NAME, PAGE, required, STREAM, TOKEN } from '../member-rules.ts';
import { decodeToken, encodeToken } from '../page-token.ts';
import {
  listedShards,
  retentionMs,
  shardId,
  type ShardRecord,
  shardShape,
  statusOf,
  type StreamRecord,
} from '../stream-record.ts';

const SHARDS_AT_ONCE = 1_000;
const FILTER = {
  Type: required({
    type: 'text',
    choices: ['AFTER_SHARD_ID', 'AT_TRIM_HORIZON', 'FROM_TRIM_HORIZON', 'AT_LATEST', 'AT_TIMESTAMP', 'FROM_TIMESTAMP'],
  }),
  ShardId: NAME,
  Timestamp: { type: 'time' },
} as const;

const RULES = {
  ...STREAM,
  NextToken: TOKEN,
  ExclusiveStartShardId: NAME,
  MaxResults: PAGE,
  StreamCreationTimestamp: { type: 'time' },
  ShardFilter: { type: 'structure', members: FILTER },
} as const;

type Filter = JsonMemberValues<typeof FILTER>;
interface Listing {
  readonly stream: StreamRecord;
  /** Shards after this number. */
  readonly after: number;
  readonly filter: Filter | undefined;
}

/** ListShards. Throws ResourceNotFoundException, InvalidArgumentException, ExpiredNextTokenException and ResourceInUseException. */
export const listShards = kinesisOperation(RULES, async (kinesis, input, context) => {
  const nowMs = kinesis.clock.now();
  const { stream, after, filter } = await listing();
  if (statusOf(stream, nowMs) === 'CREATING')
    throw kinesisError(
      'ResourceInUseException',
      `Stream ${stream.name} under account ${stream.account} not ACTIVE, instead in state CREATING`,
    );
  const isAsked = passes(filter, nowMs - retentionMs(stream));
  const shards = listedShards(stream, nowMs).filter((shard) => shard.number > after && isAsked(shard));
  const page = shards.slice(0, Math.min(input.MaxResults ?? SHARDS_AT_ONCE, SHARDS_AT_ONCE));
  const place = [stream.name, stream.incarnation, page.at(-1)?.number ?? 0, filter?.Type ?? '', filter?.Timestamp ?? 0];
  return {
    Shards: page.map(shardShape),
    ...(shards.length > page.length ? { NextToken: encodeToken('shards', place, nowMs) } : {}),
  };

  async function listing(): Promise<Listing> {
    const { NextToken: token, ExclusiveStartShardId: start, StreamCreationTimestamp: createdMs } = input;
    if (token !== undefined) {
      if (input.StreamName !== undefined || start !== undefined || createdMs !== undefined || input.ShardFilter !== undefined)
        throw invalidArgument(
          'NextToken and StreamName, ExclusiveStartShardId, StreamCreationTimestamp or ShardFilter cannot be provided together.',
        );
      const [name, incarnation, last, type, time] = decodeToken('shards', token, nowMs);
      const { record } = await existingStream(kinesis, { StreamName: String(name) }, context);
      if (record.incarnation !== incarnation) throw noSuchStream(record.name, record.account);
      const filter = type === '' ? undefined : ({ Type: type, Timestamp: time } as Filter);
      return { stream: record, after: Number(last), filter };
    }
    const { record } = await existingStream(kinesis, input, context);
    if (createdMs !== undefined && Math.floor(createdMs / 1_000) !== Math.floor(record.createdAtMs / 1_000))
      throw noSuchStream(record.name, record.account);
    const first = input.ShardFilter?.Type === 'AFTER_SHARD_ID' ? afterShard(input.ShardFilter, start) : start;
    return { stream: record, after: first === undefined ? -1 : numberOf(first), filter: input.ShardFilter };
  }
});

function afterShard({ ShardId }: Filter, start: string | undefined): string {
  if (ShardId === undefined) throw invalidArgument('ShardId must be specified when the ShardFilter type is AFTER_SHARD_ID.');
  if (start !== undefined)
    throw invalidArgument('ExclusiveStartShardId and a ShardFilter of type AFTER_SHARD_ID cannot be provided together.');
  return ShardId;
}

/** The number of the last shard whose name is not behind this one. */
function numberOf(id: string): number {
  const number = /^shardId-(\d{12})$/.exec(id)?.[1];
  if (number !== undefined) return Number(number);
  return id < shardId(0) ? -1 : Number.MAX_SAFE_INTEGER;
}

/** Source: ShardFilter in the Kinesis API reference. */
function passes(filter: Filter | undefined, horizonMs: number): (shard: ShardRecord) => boolean {
  const wasOpenAt =
    (timeMs: number) =>
    ({ openedAtMs, closed }: ShardRecord): boolean =>
      openedAtMs <= timeMs && (!closed || closed.atMs >= timeMs);
  switch (filter?.Type) {
    case 'AT_LATEST':
      return ({ closed }) => !closed;
    case 'AT_TRIM_HORIZON':
      // Shards that were there from the beginning are the oldest of a stream that is younger than its records may be.
      return (shard) => wasOpenAt(horizonMs)(shard) || (shard.parents.length === 0 && shard.openedAtMs > horizonMs);
    case 'AT_TIMESTAMP':
    case 'FROM_TIMESTAMP': {
      if (filter.Timestamp === undefined)
        throw invalidArgument(`Timestamp must be specified when the ShardFilter type is ${filter.Type}.`);
      const timeMs = Math.max(filter.Timestamp, horizonMs);
      return filter.Type === 'AT_TIMESTAMP' ? wasOpenAt(timeMs) : ({ closed }) => !closed || closed.atMs >= timeMs;
    }
    default:
      return () => true;
  }
}
