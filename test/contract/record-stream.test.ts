import { MergeShardsCommand, PutRecordCommand, SplitShardCommand } from '@aws-sdk/client-kinesis';
import { FakeClock } from '../../src/adapters/memory/fake-clock.ts';
import { openKinesis } from '../../src/services/kinesis/kinesis-fixture.ts';
import { FakeStream } from '../../src/sources/streams/fake-stream.ts';
import { type StreamWorld, testRecordStream } from './record-stream.ts';

for (const seeksTime of [true, false]) {
  testRecordStream(`memory${seeksTime ? '' : ', not by time'}`, async (): Promise<StreamWorld> => {
    const clock = new FakeClock();
    const stream = new FakeStream(clock, 1, seeksTime);
    return {
      stream,
      put: async (partitionKey, data) => void stream.put(partitionKey, data),
      later: async () => {
        await clock.advance(1_000);
        return clock.now();
      },
      split: async (shardId) => stream.split(shardId),
      merge: async (shardId, otherId) => stream.merge(shardId, otherId),
      trim: async (beforeMs) => stream.trim(beforeMs),
      close: async () => undefined,
    };
  });
}

testRecordStream('kinesis', async (): Promise<StreamWorld> => {
  const ends: (() => unknown)[] = [];
  const { client, clock, kinesis, log, settle, stream, store } = await openKinesis({
    after: (end) => void ends.push(end as () => unknown),
  });
  const StreamName = 'stream';
  await stream(StreamName);
  const [account, region] = ['123456789012', 'us-east-1'];
  return {
    stream: kinesis.source.open(`arn:aws:kinesis:${region}:${account}:stream/${StreamName}`),
    put: async (PartitionKey, data) => {
      await client.send(new PutRecordCommand({ StreamName, PartitionKey, Data: Buffer.from(data) }));
    },
    later: async () => {
      await clock.advance(1_000);
      return clock.now();
    },
    split: async (ShardToSplit) => {
      await client.send(new SplitShardCommand({ StreamName, ShardToSplit, NewStartingHashKey: String(1n << 127n) }));
      await settle();
    },
    merge: async (ShardToMerge, AdjacentShardToMerge) => {
      await client.send(new MergeShardsCommand({ StreamName, ShardToMerge, AdjacentShardToMerge }));
      await settle();
    },
    trim: async (beforeMs) => {
      const key = { account, region, kind: 'kinesis-stream', id: StreamName };
      const found = await store.get<{ incarnation: string }>(key);
      await log.trim(`${found?.body.incarnation}/0`, beforeMs, 100);
    },
    close: async () => {
      for (const end of ends.toReversed()) await end();
    },
  };
});
