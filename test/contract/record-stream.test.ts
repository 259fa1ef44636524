import { FakeClock } from '../../src/adapters/memory/fake-clock.ts';
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
