import type { KinesisGround } from './kinesis-ground.ts';
import type { StreamDirectory } from './stream-directory.ts';
import { logName, type StreamRecord } from './stream-record.ts';

/**
 * Completes the shards that were closed: nothing comes into them any more from then on. Must follow every change that closes
 * shards; what a crash left is done at the next start.
 */
export async function sealClosed(
  { streams, log }: Pick<KinesisGround, 'log'> & { readonly streams: StreamDirectory },
  stream: StreamRecord,
): Promise<StreamRecord> {
  const closed = stream.shards.filter((shard) => shard.closed && !shard.closed.isSealed);
  if (closed.length === 0) return stream;
  await Promise.all(closed.map((shard) => log.seal(logName(stream, shard))));
  const numbers = new Set(closed.map(({ number }) => number));
  const sealed = await streams.change(stream, stream.name, (record) =>
    record.incarnation !== stream.incarnation
      ? undefined
      : {
          ...record,
          shards: record.shards.map((shard) =>
            shard.closed && numbers.has(shard.number) ? { ...shard, closed: { ...shard.closed, isSealed: true } } : shard,
          ),
        },
  );
  return sealed ?? stream;
}
