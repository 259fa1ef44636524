import type { KinesisContext } from './kinesis-context.ts';
import { kinesisError } from './kinesis-errors.ts';
import { listedShards, shardId, type ShardRecord, type StreamRecord } from './stream-record.ts';

/** A shard that is listed. Throws ResourceNotFoundException. */
export function existingShard({ clock }: Pick<KinesisContext, 'clock'>, stream: StreamRecord, id: string): ShardRecord {
  const shard = listedShards(stream, clock.now()).find(({ number }) => shardId(number) === id);
  if (!shard)
    throw kinesisError(
      'ResourceNotFoundException',
      `Shard ${id} in stream ${stream.name} under account ${stream.account} does not exist`,
    );
  return shard;
}
