import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KINESIS_INPUTS } from '../../wire/generated/kinesis-inputs.ts';
import { inputMembers } from '../../wire/inputs.ts';
import { KINESIS_BUILT } from './kinesis-operations.ts';
import { openKinesis } from './kinesis-fixture.ts';

const ARN = 'arn:aws:kinesis:us-east-1:123456789012:stream/s';
/** What would do, by member, so that a request with one hostile member gets far. */
const FITTING: Readonly<Record<string, unknown>> = {
  StreamName: 's',
  ResourceARN: ARN,
  ShardId: 'shardId-000000000000',
  ShardIteratorType: 'TRIM_HORIZON',
  Data: 'eA==',
  PartitionKey: 'k',
  Records: [{ Data: 'eA==', PartitionKey: 'k' }],
  ConsumerName: 'c',
  ConsumerARN: `${ARN}/consumer/c:1`,
  StartingPosition: { Type: 'LATEST' },
  Tags: { a: 'b' },
  TagKeys: ['a'],
  ShardToSplit: 'shardId-000000000000',
  ShardToMerge: 'shardId-000000000000',
  AdjacentShardToMerge: 'shardId-000000000001',
  NewStartingHashKey: '5',
  TargetShardCount: 1,
  ScalingType: 'UNIFORM_SCALING',
  RetentionPeriodHours: 24,
  Policy: '{}',
  EncryptionType: 'KMS',
  KeyId: 'k',
  ShardLevelMetrics: ['ALL'],
  MaxRecordSizeInKiB: 1_024,
  StreamModeDetails: { StreamMode: 'PROVISIONED' },
  ShardIterator: 'x',
};
const HOSTILE: readonly unknown[] = [
  null,
  0,
  -1,
  1e300,
  '',
  'x',
  '\0',
  '../../..',
  '9'.repeat(129),
  '🙂'.repeat(200),
  [],
  [null],
  [[]],
  {},
  { '': '' },
  JSON.parse('{"__proto__":{"a":"b"},"constructor":"x"}'),
  true,
  `${ARN}/consumer/c:999999999999999`,
  `${ARN}%00`,
  Buffer.from('["123456789012","us-east-1","s","x",0,9007199254740991,9007199254740991]').toString('base64'),
];
/** They would leave nothing for the others. */
const ENDING = new Set(['DeleteStream']);

test('no request ends in a fault of ours, whatever its members are', async (t) => {
  const { endpoint, stream } = await openKinesis(t);
  await stream('s', 2);
  let sent = 0;
  for (const operation of [...Object.keys(KINESIS_BUILT), 'SubscribeToShard'].filter((name) => !ENDING.has(name))) {
    const names = inputMembers(KINESIS_INPUTS.operations[operation]).map(({ name }) => name);
    const fitting = Object.fromEntries(names.filter((name) => name in FITTING).map((name) => [name, FITTING[name]]));
    const bodies = [
      ...names.flatMap((name) => HOSTILE.map((value) => JSON.stringify({ ...fitting, [name]: value }))),
      '',
      '{',
      '[]',
      '"x"',
      'null',
      '{"StreamName":',
      '\xff',
    ];
    const statuses = await Promise.all(
      bodies.map(async (body) => {
        const answer = await fetch(endpoint, {
          method: 'POST',
          headers: {
            'content-type': 'application/x-amz-json-1.1',
            'x-amz-target': `Kinesis_20131202.${operation}`,
            authorization:
              'AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=0',
          },
          body,
        });
        const text = await answer.text();
        return answer.status < 500 ? undefined : `${operation} ${body.slice(0, 300)}: ${answer.status} ${text}`;
      }),
    );
    sent += bodies.length;
    assert.deepEqual(statuses.filter(Boolean), []);
  }
  t.diagnostic(`${sent} requests`);
});
