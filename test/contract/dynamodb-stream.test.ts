import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '../../src/adapters/memory/fake-clock.ts';
import { SqliteItemStore } from '../../src/adapters/sqlite/item-store.ts';
import { sequenceAt } from '../../src/ports/item-store.ts';
import { dynamodbSource } from '../../src/sources/dynamodb/dynamodb-source.ts';
import { ShardReads } from '../../src/sources/dynamodb/shard-reads.ts';
import { encodeChange } from '../../src/sources/dynamodb/stream-record.ts';
import { streamArn, type TableStream } from '../../src/sources/dynamodb/table-streams.ts';
import { type StreamWorld, testRecordStream } from './record-stream.ts';

testRecordStream('dynamodb', async (): Promise<StreamWorld> => {
  const directory = mkdtempSync(join(tmpdir(), 'lambkin-stream-'));
  const clock = new FakeClock();
  const store = await SqliteItemStore.open(join(directory, 'items.db'), clock, (error) => {
    throw error;
  });
  const described: TableStream = {
    account: '111122223333',
    region: 'us-east-1',
    id: 'stream',
    tableName: 'table',
    label: '2026-01-01T00:00:00.000',
    viewType: 'KEYS_ONLY',
    keySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    lanes: 1,
    createdMs: clock.now(),
  };
  const source = dynamodbSource(new ShardReads(store, clock), () => described, clock);
  return {
    stream: source.open(streamArn(described)),
    put: async (partitionKey, data) => {
      const put = { table: 't', partition: Buffer.from(partitionKey), sort: new Uint8Array(0) };
      const body = encodeChange({ name: 'INSERT', keys: { id: { S: partitionKey } }, newImage: { data: { S: data } }, bytes: 1 });
      await store.transact([put], () => ({
        writes: [{ put, body: Buffer.from(data), bytes: 1, entries: [], record: { stream: 'stream', lane: 0, body } }],
        result: undefined,
      }));
    },
    later: async () => {
      await clock.advance(1_000);
      return clock.now();
    },
    // Records are trimmed by their age alone.
    trim: async (beforeMs) => {
      await clock.advance(beforeMs + 86_400_000 - clock.now());
      await store.trim(sequenceAt(beforeMs), 1_000);
    },
    close: async () => {
      await store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
});
