import { consumersOf } from '../consumers.ts';
import { existingStream, type KinesisContext, kinesisOperation } from '../kinesis-context.ts';
import { NAME, PAGE, STREAM } from '../member-rules.ts';
import { countShards, SHARDS_MAX } from '../shard-limit.ts';
import { listedShards, openShards, shardId, shardShape, statusOf, streamArn, type StreamRecord } from '../stream-record.ts';

const SHARDS_AT_ONCE = 100;
const ON_DEMAND_STREAMS_MAX = 50;

/** DescribeStream. Throws ResourceNotFoundException. */
export const describeStream = kinesisOperation(
  { ...STREAM, Limit: PAGE, ExclusiveStartShardId: NAME },
  async (kinesis, input, context) => {
    const { record } = await existingStream(kinesis, input, context);
    const nowMs = kinesis.clock.now();
    const { ExclusiveStartShardId: start = '', Limit: limit = SHARDS_AT_ONCE } = input;
    const isMade = statusOf(record, nowMs) !== 'CREATING';
    const shards = isMade ? listedShards(record, nowMs).filter(({ number }) => shardId(number) > start) : [];
    return {
      StreamDescription: {
        ...common(kinesis, record),
        Shards: shards.slice(0, limit).map(shardShape),
        HasMoreShards: shards.length > limit,
      },
    };
  },
);

/** DescribeStreamSummary. Throws ResourceNotFoundException. */
export const describeStreamSummary = kinesisOperation(STREAM, async (kinesis, input, context) => {
  const { record } = await existingStream(kinesis, input, context);
  const isMade = statusOf(record, kinesis.clock.now()) !== 'CREATING';
  const consumers = await consumersOf(kinesis, record);
  return {
    StreamDescriptionSummary: {
      ...common(kinesis, record),
      OpenShardCount: isMade ? openShards(record).length : 0,
      ConsumerCount: consumers.length,
      MaxRecordSizeInKiB: record.maxRecordSizeKib,
    },
  };
});

/** DescribeLimits. */
export const describeLimits = kinesisOperation({}, async (kinesis, _input, { account, region }) => {
  const { shards, onDemandStreams } = await countShards(kinesis, { account, region });
  return {
    ShardLimit: SHARDS_MAX,
    OpenShardCount: shards,
    OnDemandStreamCount: onDemandStreams,
    OnDemandStreamCountLimit: ON_DEMAND_STREAMS_MAX,
  };
});

function common({ clock }: KinesisContext, record: StreamRecord): object {
  return {
    StreamName: record.name,
    StreamARN: streamArn(record),
    StreamStatus: statusOf(record, clock.now()),
    StreamModeDetails: { StreamMode: record.mode },
    RetentionPeriodHours: record.retentionHours,
    StreamCreationTimestamp: record.createdAtMs / 1_000,
    EnhancedMonitoring: [{ ShardLevelMetrics: record.shardLevelMetrics }],
    EncryptionType: record.keyId === undefined ? 'NONE' : 'KMS',
    ...(record.keyId === undefined ? {} : { KeyId: record.keyId }),
  };
}
