import { after, before, decimalOf, evenRanges, hexOf } from '../hash-keys.ts';
import { changeStream, existingStream, type KinesisContext, kinesisOperation, mustBeActive } from '../kinesis-context.ts';
import { invalidArgument, kinesisError } from '../kinesis-errors.ts';
import { HASH_KEY, NAME, required, STREAM } from '../member-rules.ts';
import { areAdjacent, mergeShards as merged, reshardTo, splitShard as split } from '../reshard.ts';
import { sealClosed } from '../seal-closed.ts';
import { refuseShards } from '../shard-limit.ts';
import { openShards, shardId, type ShardRecord, streamArn, type StreamRecord } from '../stream-record.ts';

/** SplitShard. Throws ResourceNotFoundException, ResourceInUseException, InvalidArgumentException and LimitExceededException. */
export const splitShard = kinesisOperation(
  { ...STREAM, ShardToSplit: required(NAME), NewStartingHashKey: required(HASH_KEY) },
  async (kinesis, input, context) => {
    const at = hexOf(input.NewStartingHashKey);
    await refuseShards(kinesis, (await existingStream(kinesis, input, context)).record, 1);
    const changed = await changeStream(kinesis, input, context, (stream) => {
      mustBeProvisioned(kinesis, stream, 'SplitShard');
      const shard = shardNamed(stream, input.ShardToSplit);
      if (shard.closed) throw closedShard(stream, shard);
      if (at === undefined || at <= shard.from || at > shard.to || at === after(shard.from) || at === shard.to)
        throw invalidArgument(
          `NewStartingHashKey ${input.NewStartingHashKey} used in SplitShard() on shard ${input.ShardToSplit} in stream ${stream.name} ` +
            `under account ${stream.account} is not both greater than one plus the shard's StartingHashKey ${decimalOf(shard.from)} ` +
            `and less than the shard's EndingHashKey ${decimalOf(before(shard.to))}.`,
        );
      return split(stream, shard, at, kinesis.clock.now());
    });
    await sealClosed(kinesis, changed);
    return {};
  },
);

/** MergeShards. Throws ResourceNotFoundException, ResourceInUseException and InvalidArgumentException. */
export const mergeShards = kinesisOperation(
  { ...STREAM, ShardToMerge: required(NAME), AdjacentShardToMerge: required(NAME) },
  async (kinesis, input, context) => {
    const changed = await changeStream(kinesis, input, context, (stream) => {
      mustBeProvisioned(kinesis, stream, 'MergeShards');
      const [one, other] = [shardNamed(stream, input.ShardToMerge), shardNamed(stream, input.AdjacentShardToMerge)];
      if (one.closed) throw closedShard(stream, one);
      if (other.closed) throw closedShard(stream, other);
      if (!areAdjacent(one, other))
        throw invalidArgument(
          `Shards ${input.ShardToMerge} and ${input.AdjacentShardToMerge} in stream ${stream.name} under account ${stream.account} ` +
            'are not an adjacent pair of shards eligible for merging',
        );
      return merged(stream, one, other, kinesis.clock.now());
    });
    await sealClosed(kinesis, changed);
    return {};
  },
);

/** UpdateShardCount. Throws ResourceNotFoundException, ResourceInUseException, InvalidArgumentException and LimitExceededException. */
export const updateShardCount = kinesisOperation(
  {
    ...STREAM,
    TargetShardCount: required({ type: 'integer', lowest: 1, highest: 1_000_000 }),
    ScalingType: required({ type: 'text', choices: ['UNIFORM_SCALING'] }),
  },
  async (kinesis, input, context) => {
    const target = input.TargetShardCount;
    const existing = (await existingStream(kinesis, input, context)).record;
    const current = openShards(existing).length;
    if (target > current * 2)
      throw invalidArgument(
        'UpdateShardCount cannot scale up over double your current open shard count. ' +
          `Current open shard count: ${current} Target shard count: ${target}`,
      );
    if (target < current / 2)
      throw invalidArgument(
        'UpdateShardCount cannot scale down below half your current open shard count. ' +
          `Current open shard count: ${current} Target shard count: ${target}`,
      );
    await refuseShards(kinesis, existing, Math.max(0, target - current));
    const changed = await changeStream(kinesis, input, context, (stream) => {
      mustBeProvisioned(kinesis, stream, 'UpdateShardCount');
      return reshardTo(stream, evenRanges(target), kinesis.clock.now());
    });
    await sealClosed(kinesis, changed);
    return { StreamName: changed.name, StreamARN: streamArn(changed), CurrentShardCount: current, TargetShardCount: target };
  },
);

function mustBeProvisioned({ clock }: KinesisContext, stream: StreamRecord, operation: string): void {
  mustBeActive(stream, clock.now());
  if (stream.mode === 'ON_DEMAND')
    throw kinesisError(
      'ValidationException',
      `${operation} is not supported for stream ${stream.name} under account ${stream.account}, which is in ON_DEMAND mode.`,
    );
}

function shardNamed(stream: StreamRecord, id: string): ShardRecord {
  const shard = stream.shards.find(({ number }) => shardId(number) === id);
  if (!shard)
    throw kinesisError(
      'ResourceNotFoundException',
      `Could not find shard ${id} in stream ${stream.name} under account ${stream.account}.`,
    );
  return shard;
}

function closedShard(stream: StreamRecord, shard: ShardRecord): Error {
  return kinesisError(
    'ResourceInUseException',
    `Shard ${shardId(shard.number)} in stream ${stream.name} under account ${stream.account} is closed.`,
  );
}
