import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeCbor } from '../../wire/cbor/decode-cbor.ts';
import { CborTime, encodeCbor } from '../../wire/cbor/encode-cbor.ts';
import { openKinesis } from './kinesis-fixture.ts';

const READING = { bytes: (bytes: Buffer) => bytes, time: (time: number) => new CborTime(time) };
const CONTENT_TYPE = 'application/x-amz-cbor-1.1';

test('who speaks CBOR is answered in CBOR: bytes as bytes, times as milliseconds', async (t) => {
  const { endpoint, stream, clock } = await openKinesis(t);
  await stream('s');
  const call = async (operation: string, input: object | Buffer): Promise<[number, Record<string, unknown>]> => {
    const body = Buffer.isBuffer(input) ? input : encodeCbor(input);
    const answer = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': CONTENT_TYPE,
        'x-amz-target': `Kinesis_20131202.${operation}`,
        authorization:
          'AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=0',
      },
      body: new Uint8Array(body),
    });
    assert.equal(answer.headers.get('content-type'), CONTENT_TYPE);
    return [answer.status, decodeCbor(Buffer.from(await answer.arrayBuffer()), READING) as Record<string, unknown>];
  };
  const [, put] = await call('PutRecord', { StreamName: 's', PartitionKey: 'k', Data: Buffer.of(0, 255, 128) });
  assert.equal(put['ShardId'], 'shardId-000000000000');
  const shard = { StreamName: 's', ShardId: 'shardId-000000000000' };
  const [, { ShardIterator }] = await call('GetShardIterator', {
    ...shard,
    ShardIteratorType: 'AT_TIMESTAMP',
    Timestamp: new CborTime(clock.now() - 1),
  });
  const [, { Records }] = await call('GetRecords', { ShardIterator });
  assert.deepEqual(Records, [
    {
      SequenceNumber: put['SequenceNumber'],
      ApproximateArrivalTimestamp: new CborTime(clock.now()),
      Data: Buffer.of(0, 255, 128),
      PartitionKey: 'k',
    },
  ]);
  const [status, error] = await call('GetShardIterator', { ...shard, StreamName: 'none', ShardIteratorType: 'LATEST' });
  assert.deepEqual(
    [status, error],
    [400, { __type: 'ResourceNotFoundException', message: 'Stream none under account 123456789012 not found.' }],
  );
  for (const hostile of [Buffer.of(), Buffer.of(0xff), Buffer.from('bf61', 'hex'), Buffer.from('80', 'hex'), encodeCbor('x')]) {
    const [answered] = await call('PutRecord', hostile);
    assert.equal(answered, 400);
  }
});
