import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KinesisStreamRecord } from 'aws-lambda';
import { DeleteStreamCommand, PutRecordCommand, RegisterStreamConsumerCommand } from '@aws-sdk/client-kinesis';
import { StreamError } from '../../ports/record-stream.ts';
import { openKinesis } from './kinesis-fixture.ts';

const STREAM_ARN = 'arn:aws:kinesis:us-east-1:123456789012:stream/s';
const SHARD = 'shardId-000000000000';

test('a record is as Lambda gives it to functions', async (t) => {
  const { kinesis, client, stream, clock } = await openKinesis(t);
  await stream('s');
  const { SequenceNumber } = await client.send(
    new PutRecordCommand({ StreamName: 's', PartitionKey: 'k', Data: Buffer.from('hello') }),
  );
  const source = kinesis.source.open(STREAM_ARN);
  const iterator = await source.iterator(SHARD, { at: 'TRIM_HORIZON' });
  const { records } = await source.read(iterator, {
    recordsMax: 10,
    bytesMax: 1_000,
    roleArn: 'arn:aws:iam::123456789012:role/r',
  });
  const expected: KinesisStreamRecord = {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: 'k',
      sequenceNumber: SequenceNumber ?? '',
      data: 'aGVsbG8=',
      approximateArrivalTimestamp: clock.now() / 1_000,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `${SHARD}:${SequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: 'arn:aws:iam::123456789012:role/r',
    awsRegion: 'us-east-1',
    eventSourceARN: STREAM_ARN,
  };
  assert.deepEqual(
    records.map(({ record }) => record),
    [expected],
  );
});

test('a consumer reads the same records under its own ARN, as long as it is there', async (t) => {
  const { kinesis, client, stream, settle } = await openKinesis(t);
  await stream('s');
  const { Consumer } = await client.send(new RegisterStreamConsumerCommand({ StreamARN: STREAM_ARN, ConsumerName: 'c' }));
  const arn = Consumer?.ConsumerARN ?? '';
  await client.send(new PutRecordCommand({ StreamName: 's', PartitionKey: 'k', Data: Buffer.from('x') }));
  const source = kinesis.source.open(arn);
  assert.equal((await source.shards()).length, 1);
  const page = await source.read(await source.iterator(SHARD, { at: 'TRIM_HORIZON' }), { recordsMax: 1, bytesMax: 1 });
  assert.partialDeepStrictEqual(page.records[0]?.record, { eventSourceARN: arn });
  assert.deepEqual(
    await Promise.all(
      [arn, STREAM_ARN, arn.replace(/\d$/, 'x'), arn.replace('/c:', '/d:'), 'x'].map((each) => kinesis.exists(each)),
    ),
    [true, true, false, false, false],
  );
  await client.send(new DeleteStreamCommand({ StreamName: 's', EnforceConsumerDeletion: true }));
  assert.equal(await kinesis.exists(STREAM_ARN), false);
  await settle();
  for (let turns = 0; turns < 100_000 && (await source.shards().catch(() => [])).length > 0; turns += 1)
    await new Promise((resolve) => setImmediate(resolve));
  await assert.rejects(source.shards(), (error: unknown) => error instanceof StreamError && error.fault === 'stream-gone');
});
