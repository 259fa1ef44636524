import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GetRecordsCommand, GetShardIteratorCommand, PutRecordCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { openKinesis } from './kinesis-fixture.ts';

const EXCEEDED = 'Rate exceeded for shard shardId-000000000000 in stream s under account 123456789012.';

test('where that is asked for, a shard takes and gives in a second what it does on AWS', async (t) => {
  const { client, stream, clock } = await openKinesis(t, true);
  await stream('s');
  const put = (bytes: number) =>
    client.send(new PutRecordCommand({ StreamName: 's', PartitionKey: 'k', Data: Buffer.alloc(bytes) }));
  const batch = () =>
    client.send(
      new PutRecordsCommand({
        StreamName: 's',
        Records: Array.from({ length: 500 }, () => ({ PartitionKey: 'k', Data: Buffer.from('x') })),
      }),
    );
  await batch();
  await put(10);
  const { FailedRecordCount, Records = [] } = await batch();
  assert.equal(FailedRecordCount, 1);
  assert.deepEqual(Records.at(-1), { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: EXCEEDED });
  await assert.rejects(put(1), { name: 'ProvisionedThroughputExceededException', message: EXCEEDED });
  await clock.advance(1_000);
  await put(1_000_000);
  await put(1_000_000);
  await assert.rejects(put(1), { name: 'ProvisionedThroughputExceededException' });
  await clock.advance(2_000);
  await put(1);

  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({ StreamName: 's', ShardId: 'shardId-000000000000', ShardIteratorType: 'LATEST' }),
  );
  const read = () => client.send(new GetRecordsCommand({ ShardIterator }));
  for (let calls = 0; calls < 5; calls += 1) await read();
  await assert.rejects(read(), { name: 'ProvisionedThroughputExceededException', message: EXCEEDED });
  await clock.advance(200);
  await read();
});
