import { evenRanges } from '../hash-keys.ts';
import { type KinesisContext, kinesisOperation } from '../kinesis-context.ts';
import { invalidArgument, kinesisError } from '../kinesis-errors.ts';
import { MODE, NAME, required, TAGS } from '../member-rules.ts';
import { refuseShards } from '../shard-limit.ts';
import { PASSING_MS, type ShardRecord, type StreamRecord } from '../stream-record.ts';
import { mergedTags } from '../tags.ts';

/** Shards of a new stream whose capacity Kinesis sees to. Source: Kinesis developer guide, "Choose the right mode". */
const ON_DEMAND_SHARDS = 4;
const RETENTION_HOURS = 24;
const RECORD_KIB = 1_024;

const RULES = {
  StreamName: required(NAME),
  ShardCount: { type: 'integer', lowest: 1, highest: 1_000_000 },
  StreamModeDetails: MODE,
  Tags: TAGS,
  MaxRecordSizeInKiB: { type: 'integer', lowest: 1_024, highest: 10_240 },
} as const;

/** CreateStream. Throws ResourceInUseException, LimitExceededException and InvalidArgumentException. */
export const createStream = kinesisOperation(RULES, async (kinesis, input, { account, region }) => {
  const mode = input.StreamModeDetails?.StreamMode === 'ON_DEMAND' ? 'ON_DEMAND' : 'PROVISIONED';
  if (mode === 'ON_DEMAND' && input.ShardCount !== undefined)
    throw invalidArgument('ShardCount must not be specified for a stream in ON_DEMAND mode.');
  if (mode === 'PROVISIONED' && input.ShardCount === undefined)
    throw invalidArgument('ShardCount must be specified for a stream in PROVISIONED mode.');
  const shardCount = input.ShardCount ?? ON_DEMAND_SHARDS;
  const tags = mergedTags({}, input.Tags ?? {});
  if (await kinesis.streams.find({ account, region }, input.StreamName)) throw exists(input.StreamName, account);
  await refuseShards(kinesis, { account, region }, shardCount);
  const record = newStream(kinesis, { account, region, name: input.StreamName }, shardCount);
  const isMade = await kinesis.streams.create({
    ...record,
    mode,
    tags,
    maxRecordSizeKib: input.MaxRecordSizeInKiB ?? RECORD_KIB,
  });
  if (!isMade) throw exists(input.StreamName, account);
  return {};
});

function newStream(
  { clock, ids }: KinesisContext,
  place: Pick<StreamRecord, 'account' | 'region' | 'name'>,
  shardCount: number,
): StreamRecord {
  const nowMs = clock.now();
  return {
    ...place,
    incarnation: ids.hex(8),
    createdAtMs: nowMs,
    mode: 'PROVISIONED',
    retentionHours: RETENTION_HOURS,
    shards: evenRanges(shardCount).map(({ from, to }, number): ShardRecord => {
      return { number, createdAtS: Math.floor(nowMs / 1_000), openedAtMs: nowMs, parents: [], from, to };
    }),
    shardsEver: shardCount,
    passing: { status: 'CREATING', untilMs: nowMs + PASSING_MS },
    maxRecordSizeKib: RECORD_KIB,
    tags: {},
    shardLevelMetrics: [],
  };
}

function exists(name: string, account: string): Error {
  return kinesisError('ResourceInUseException', `Stream ${name} under account ${account} already exists.`);
}
