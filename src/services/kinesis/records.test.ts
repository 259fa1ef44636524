import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import {
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  type KinesisClient,
  ListShardsCommand,
  MergeShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  SplitShardCommand,
  UpdateShardCountCommand,
} from '@aws-sdk/client-kinesis';
import { type KinesisFixture, openKinesis } from './kinesis-fixture.ts';

const SHARD = 'shardId-000000000000';

async function read(client: KinesisClient, input: Partial<GetShardIteratorCommandInput>, Limit?: number) {
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({ StreamName: 's', ShardId: SHARD, ShardIteratorType: 'TRIM_HORIZON', ...input }),
  );
  return client.send(new GetRecordsCommand({ ShardIterator, Limit }));
}

function put(client: KinesisClient, data: string, PartitionKey = 'key', more: { ExplicitHashKey?: string } = {}) {
  return client.send(new PutRecordCommand({ StreamName: 's', Data: Buffer.from(data), PartitionKey, ...more }));
}

async function datas(client: KinesisClient, input: Partial<GetShardIteratorCommandInput>): Promise<string[]> {
  const { Records = [] } = await read(client, input);
  return Records.map(({ Data = new Uint8Array() }) => Buffer.from(Data).toString());
}

async function refused(answer: Promise<unknown>, name: string, message: RegExp | string): Promise<void> {
  await assert.rejects(answer, (error: Error) => {
    assert.equal(error.name, name);
    if (typeof message === 'string') assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  });
}

async function closeShard({ client, settle }: KinesisFixture): Promise<void> {
  await client.send(new SplitShardCommand({ StreamName: 's', ShardToSplit: SHARD, NewStartingHashKey: String(1n << 127n) }));
  await settle();
}

test('records come back as they were put, by HTTP/2 and by HTTP/1.1', async (t) => {
  const { client, http1, stream, clock } = await openKinesis(t);
  await stream('s');
  const one = await put(client, 'one');
  const two = await put(http1, 'two', 'schlüssel');
  assert.equal(one.ShardId, SHARD);
  assert.match(one.SequenceNumber ?? '', /^49\d{54}$/);
  assert.ok(BigInt(two.SequenceNumber ?? '') > BigInt(one.SequenceNumber ?? ''));
  for (const each of [client, http1]) {
    const { Records, MillisBehindLatest, NextShardIterator, ChildShards } = await read(each, {});
    assert.deepEqual(
      Records?.map(({ Data, ...rest }) => [Buffer.from(Data ?? []).toString(), rest]),
      [
        ['one', { SequenceNumber: one.SequenceNumber, PartitionKey: 'key', ApproximateArrivalTimestamp: new Date(clock.now()) }],
        [
          'two',
          { SequenceNumber: two.SequenceNumber, PartitionKey: 'schlüssel', ApproximateArrivalTimestamp: new Date(clock.now()) },
        ],
      ],
    );
    assert.deepEqual([MillisBehindLatest, ChildShards], [0, undefined]);
    const next = await each.send(new GetRecordsCommand({ ShardIterator: NextShardIterator }));
    assert.deepEqual(next.Records, []);
  }
});

test('a record goes to the shard of its hash key', async (t) => {
  const { client, stream } = await openKinesis(t);
  await stream('s', 4);
  const keys = Array.from({ length: 40 }, (_, index) => `key-${index}`);
  const { Records = [], FailedRecordCount } = await client.send(
    new PutRecordsCommand({
      StreamName: 's',
      Records: [
        ...keys.map((PartitionKey) => ({ PartitionKey, Data: Buffer.from('x') })),
        { PartitionKey: 'a', ExplicitHashKey: '0', Data: Buffer.from('x') },
        { PartitionKey: 'a', ExplicitHashKey: String((1n << 128n) - 1n), Data: Buffer.from('x') },
      ],
    }),
  );
  assert.equal(FailedRecordCount, 0);
  for (const [index, key] of keys.entries()) {
    const quarter = Number.parseInt(createHash('md5').update(key).digest('hex').slice(0, 1), 16) >> 2;
    assert.equal(Records[index]?.ShardId, `shardId-00000000000${quarter}`);
  }
  assert.deepEqual(
    Records.slice(-2).map(({ ShardId }) => ShardId),
    ['shardId-000000000000', 'shardId-000000000003'],
  );
});

test('reading begins where it is asked to', async (t) => {
  const { client, stream, clock } = await openKinesis(t);
  await stream('s');
  const numbers: (string | undefined)[] = [];
  const times: Date[] = [];
  for (const data of ['a', 'b', 'c']) {
    times.push(new Date(clock.now()));
    numbers.push((await put(client, data)).SequenceNumber);
    await clock.advance(1_000);
  }
  const [, StartingSequenceNumber] = numbers;
  assert.deepEqual(await datas(client, { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber }), ['b', 'c']);
  assert.deepEqual(await datas(client, { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber }), ['c']);
  assert.deepEqual(await datas(client, { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: times[1] }), ['b', 'c']);
  assert.deepEqual(await datas(client, { ShardIteratorType: 'LATEST' }), []);
  const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamName: 's' }));
  const first = StreamDescription?.Shards?.[0]?.SequenceNumberRange?.StartingSequenceNumber;
  assert.deepEqual(await datas(client, { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: first }), [
    'a',
    'b',
    'c',
  ]);
  const { NextShardIterator, MillisBehindLatest } = await read(client, {}, 1);
  assert.equal(MillisBehindLatest, 3_000);
  const rest = await client.send(new GetRecordsCommand({ ShardIterator: NextShardIterator }));
  assert.deepEqual([rest.Records?.length, rest.MillisBehindLatest], [2, 0]);
});

test("iterators are refused in AWS's words", async (t) => {
  const { client, stream, clock, settle } = await openKinesis(t);
  await stream('s');
  await stream('other');
  const { SequenceNumber = '' } = await put(client, 'x');
  const { ShardIterator = '' } = await client.send(
    new GetShardIteratorCommand({ StreamName: 's', ShardId: SHARD, ShardIteratorType: 'LATEST' }),
  );
  await refused(
    read(client, { StreamName: 'none' }),
    'ResourceNotFoundException',
    'Stream none under account 123456789012 not found.',
  );
  await refused(
    read(client, { ShardId: 'shardId-000000000009' }),
    'ResourceNotFoundException',
    'Shard shardId-000000000009 in stream s under account 123456789012 does not exist',
  );
  await refused(read(client, { ShardIteratorType: 'AT_SEQUENCE_NUMBER' }), 'InvalidArgumentException', /^Must either specify/);
  await refused(read(client, { StartingSequenceNumber: SequenceNumber }), 'InvalidArgumentException', /and also a Starting/);
  await refused(read(client, { ShardIteratorType: 'AT_TIMESTAMP' }), 'InvalidArgumentException', /has no timestamp parameter\.$/);
  await refused(
    read(client, { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(clock.now() + 60_000) }),
    'InvalidArgumentException',
    /cannot be greater than the currentTimestampInMillis/,
  );
  for (const StartingSequenceNumber of ['1', SequenceNumber.replace(/.$/, (digit) => String((Number(digit) + 1) % 10))])
    await refused(
      read(client, { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber }),
      'InvalidArgumentException',
      /did not come from this stream\.$/,
    );
  await refused(
    read(client, { ShardIteratorType: 'NEWEST' as never }),
    'ValidationException',
    "1 validation error detected: Value 'NEWEST' at 'shardIteratorType' failed to satisfy constraint: Member must satisfy enum value " +
      'set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]',
  );
  for (const bad of [
    'x',
    'AAAA',
    Buffer.from('[1,2,3]').toString('base64'),
    Buffer.from('["a","b","c","d",-1,1,1]').toString('base64'),
  ])
    await refused(
      client.send(new GetRecordsCommand({ ShardIterator: bad })),
      'InvalidArgumentException',
      'Invalid ShardIterator.',
    );
  await settle();
  await clock.advance(300_001);
  await refused(
    client.send(new GetRecordsCommand({ ShardIterator })),
    'ExpiredIteratorException',
    /^Iterator expired\. The iterator/,
  );
});

test('records and batches that are too large or malformed are refused, and nothing of them is taken', async (t) => {
  const { client, stream } = await openKinesis(t);
  await stream('s');
  await refused(
    put(client, 'x'.repeat(1_048_576)),
    'ValidationException',
    /at 'data' failed to satisfy .* less than or equal to 1048576$/,
  );
  await put(client, 'x'.repeat(1_048_573));
  await refused(put(client, 'x', ''), 'ValidationException', /at 'partitionKey' failed/);
  await refused(put(client, 'x', 'k'.repeat(257)), 'ValidationException', /at 'partitionKey' failed/);
  await refused(
    put(client, 'x', 'k', { ExplicitHashKey: String(1n << 128n) }),
    'InvalidArgumentException',
    'Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was 340282366920938463463374607431768211456',
  );
  await refused(put(client, 'x', 'k', { ExplicitHashKey: '-1' }), 'ValidationException', /at 'explicitHashKey' failed/);
  const records = (count: number, size: number) =>
    Array.from({ length: count }, () => ({ PartitionKey: 'k', Data: Buffer.alloc(size, 'y') }));
  const batch = (Records: ReturnType<typeof records>) => client.send(new PutRecordsCommand({ StreamName: 's', Records }));
  await refused(batch(records(501, 1)), 'ValidationException', /at 'records' failed .* less than or equal to 500$/);
  await refused(batch([]), 'ValidationException', /at 'records' failed .* greater than or equal to 1$/);
  await refused(batch(records(11, 1_000_000)), 'InvalidArgumentException', 'Records size exceeds 10 MB limit');
  await refused(
    batch([...records(1, 1), ...records(1, 1_048_577)]),
    'ValidationException',
    /at 'records\.2\.member\.data' failed/,
  );
  assert.deepEqual((await datas(client, {})).length, 1);
  assert.equal((await batch(records(10, 1_000_000))).Records?.length, 10);
  assert.equal((await batch(records(500, 0))).Records?.length, 500);
});

test('a shard that was split ends, and tells of its children', async (t) => {
  const fixture = await openKinesis(t);
  const { client, stream, settle } = fixture;
  await stream('s');
  const before = await put(client, 'before');
  await closeShard(fixture);
  const page = await read(client, {});
  assert.equal(page.Records?.length, 1);
  assert.equal(page.NextShardIterator, undefined);
  assert.deepEqual(
    page.ChildShards?.map(({ ShardId, ParentShards }) => [ShardId, ParentShards]),
    [
      ['shardId-000000000001', [SHARD]],
      ['shardId-000000000002', [SHARD]],
    ],
  );
  const low = await put(client, 'low', 'k', { ExplicitHashKey: '1' });
  const high = await put(client, 'high', 'k', { ExplicitHashKey: String(1n << 127n) });
  assert.deepEqual([low.ShardId, high.ShardId], ['shardId-000000000001', 'shardId-000000000002']);
  for (const { SequenceNumber = '' } of [low, high]) assert.ok(BigInt(SequenceNumber) > BigInt(before.SequenceNumber ?? ''));
  await client.send(
    new MergeShardsCommand({
      StreamName: 's',
      ShardToMerge: 'shardId-000000000002',
      AdjacentShardToMerge: 'shardId-000000000001',
    }),
  );
  await settle();
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: 's' }));
  assert.deepEqual(
    Shards.map(({ ShardId, ParentShardId, AdjacentParentShardId, SequenceNumberRange }) => [
      ShardId?.slice(-1),
      ParentShardId?.slice(-1),
      AdjacentParentShardId?.slice(-1),
      SequenceNumberRange?.EndingSequenceNumber === undefined,
    ]),
    [
      ['0', undefined, undefined, false],
      ['1', '0', undefined, false],
      ['2', '0', undefined, false],
      ['3', '2', '1', true],
    ],
  );
  assert.ok(BigInt(Shards[0]?.SequenceNumberRange?.EndingSequenceNumber ?? '') > BigInt(before.SequenceNumber ?? ''));
});

test('shards are counted up and down by splits and merges into ranges of one size', async (t) => {
  const { client, stream, settle } = await openKinesis(t);
  await stream('s', 2);
  for (const [TargetShardCount, now] of [
    [3, 2],
    [5, 3],
    [4, 5],
    [4, 4],
    [2, 4],
  ] as const) {
    const answer = await client.send(
      new UpdateShardCountCommand({ StreamName: 's', TargetShardCount, ScalingType: 'UNIFORM_SCALING' }),
    );
    assert.deepEqual([answer.CurrentShardCount, answer.TargetShardCount], [now, TargetShardCount]);
    await settle();
    const open = await client.send(new ListShardsCommand({ StreamName: 's', ShardFilter: { Type: 'AT_LATEST' } }));
    const starts = (open.Shards ?? [])
      .map(({ HashKeyRange }) => BigInt(HashKeyRange?.StartingHashKey ?? ''))
      .toSorted((a, b) => (a < b ? -1 : 1));
    const size = (1n << 128n) / BigInt(TargetShardCount);
    assert.deepEqual(
      starts,
      Array.from({ length: TargetShardCount }, (_, index) => size * BigInt(index)),
    );
  }
  await refused(
    client.send(new UpdateShardCountCommand({ StreamName: 's', TargetShardCount: 5, ScalingType: 'UNIFORM_SCALING' })),
    'InvalidArgumentException',
    /cannot scale up over double/,
  );
});

test('puts while shards split lose nothing, and a key stays in order from parents to children', async (t) => {
  const { client, stream, settle } = await openKinesis(t);
  await stream('s');
  const put = async (writer: number): Promise<void> => {
    for (let index = 0; index < 60; index += 1)
      await client.send(
        new PutRecordCommand({ StreamName: 's', PartitionKey: `w${writer}`, Data: Buffer.from(`${writer}:${index}`) }),
      );
  };
  const writers = Array.from({ length: 8 }, (_, writer) => put(writer));
  for (const TargetShardCount of [2, 3, 6, 4, 2, 1]) {
    await settle();
    await client.send(new UpdateShardCountCommand({ StreamName: 's', TargetShardCount, ScalingType: 'UNIFORM_SCALING' }));
  }
  await Promise.all(writers);
  const { Shards = [] } = await (settle(), client.send(new ListShardsCommand({ StreamName: 's' })));
  const byWriter = new Map<string, { number: bigint; index: number }[]>();
  for (const { ShardId } of Shards) {
    const { Records = [] } = await read(client, { ShardId });
    for (const { Data, SequenceNumber = '' } of Records) {
      const [writer = '', index] = Buffer.from(Data ?? [])
        .toString()
        .split(':');
      byWriter.set(writer, [...(byWriter.get(writer) ?? []), { number: BigInt(SequenceNumber), index: Number(index) }]);
    }
  }
  for (const found of byWriter.values()) {
    const inOrder = found.toSorted((a, b) => (a.number < b.number ? -1 : 1)).map(({ index }) => index);
    assert.deepEqual(
      inOrder,
      Array.from({ length: 60 }, (_, index) => index),
    );
  }
  assert.equal(byWriter.size, 8);
});
