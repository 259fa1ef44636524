import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as sdk from '@aws-sdk/client-kinesis';
import { openKinesis } from './kinesis-fixture.ts';

const ACCOUNT = '123456789012';
const arnOf = (name: string): string => `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/${name}`;

async function refused(answer: Promise<unknown>, name: string, message: RegExp | string): Promise<void> {
  await assert.rejects(answer, (error: Error) => {
    assert.equal(error.name, name, error.message);
    if (typeof message === 'string') assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  });
}

function without<Answer extends object>({ $metadata: _metadata, ...rest }: Answer & { $metadata?: unknown }): object {
  return rest;
}

/** Lets what was begun on the way to the disk come to its end. */
async function until(is: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 2_000; tries += 1) if (await is()) return;
  assert.fail('it did not become so');
}

test('a stream is made, described and deleted, and each state has its time', async (t) => {
  const { client, clock, settle } = await openKinesis(t);
  const status = async (): Promise<string | undefined> => {
    const { StreamDescriptionSummary } = await client.send(new sdk.DescribeStreamSummaryCommand({ StreamName: 's' }));
    return StreamDescriptionSummary?.StreamStatus;
  };
  await client.send(new sdk.CreateStreamCommand({ StreamName: 's', ShardCount: 2, Tags: { a: 'b' } }));
  assert.equal(await status(), 'CREATING');
  const put = (): Promise<unknown> =>
    client.send(new sdk.PutRecordCommand({ StreamName: 's', PartitionKey: 'k', Data: Buffer.from('x') }));
  await refused(put(), 'ResourceNotFoundException', `Stream s under account ${ACCOUNT} not found.`);
  await refused(
    client.send(new sdk.CreateStreamCommand({ StreamName: 's', ShardCount: 2 })),
    'ResourceInUseException',
    `Stream s under account ${ACCOUNT} already exists.`,
  );
  const createdAt = new Date(Math.floor(clock.now()));
  await settle();
  const { StreamDescription } = await client.send(new sdk.DescribeStreamCommand({ StreamARN: arnOf('s') }));
  const { Shards, ...description } = StreamDescription ?? {};
  assert.deepEqual(description, {
    StreamName: 's',
    StreamARN: arnOf('s'),
    StreamStatus: 'ACTIVE',
    StreamModeDetails: { StreamMode: 'PROVISIONED' },
    HasMoreShards: false,
    RetentionPeriodHours: 24,
    StreamCreationTimestamp: createdAt,
    EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
    EncryptionType: 'NONE',
  });
  assert.deepEqual(
    Shards?.map(({ ShardId, HashKeyRange }) => [ShardId, HashKeyRange]),
    [
      ['shardId-000000000000', { StartingHashKey: '0', EndingHashKey: '170141183460469231731687303715884105727' }],
      [
        'shardId-000000000001',
        { StartingHashKey: '170141183460469231731687303715884105728', EndingHashKey: '340282366920938463463374607431768211455' },
      ],
    ],
  );
  await put();
  await client.send(new sdk.DeleteStreamCommand({ StreamName: 's' }));
  assert.equal(await status(), 'DELETING');
  await settle();
  await until(async () => (await status().catch((error: Error) => error.name)) === 'ResourceNotFoundException');
  await client.send(new sdk.CreateStreamCommand({ StreamName: 's', ShardCount: 1 }));
  await settle();
  const { ShardIterator } = await client.send(
    new sdk.GetShardIteratorCommand({ StreamName: 's', ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' }),
  );
  assert.deepEqual((await client.send(new sdk.GetRecordsCommand({ ShardIterator }))).Records, []);
});

test('streams and shards are listed in pages', async (t) => {
  const { client, stream } = await openKinesis(t);
  for (const name of ['a', 'b', 'c']) await stream(name, 3);
  const first = await client.send(new sdk.ListStreamsCommand({ Limit: 2 }));
  assert.deepEqual([first.StreamNames, first.HasMoreStreams, first.StreamSummaries?.length], [['a', 'b'], true, 2]);
  const second = await client.send(new sdk.ListStreamsCommand({ NextToken: first.NextToken }));
  assert.deepEqual([second.StreamNames, second.HasMoreStreams, second.NextToken], [['c'], false, undefined]);
  const after = await client.send(new sdk.ListStreamsCommand({ ExclusiveStartStreamName: 'a' }));
  assert.deepEqual(after.StreamNames, ['b', 'c']);
  const ids = ({ Shards = [] }: { Shards?: sdk.Shard[] | undefined }): string =>
    Shards.map(({ ShardId }) => ShardId?.slice(-1)).join('');
  const page = await client.send(new sdk.ListShardsCommand({ StreamName: 'a', MaxResults: 2 }));
  assert.equal(ids(page), '01');
  const rest = await client.send(new sdk.ListShardsCommand({ NextToken: page.NextToken }));
  assert.deepEqual([ids(rest), rest.NextToken], ['2', undefined]);
  assert.equal(
    ids(await client.send(new sdk.ListShardsCommand({ StreamName: 'a', ExclusiveStartShardId: 'shardId-000000000000' }))),
    '12',
  );
  const list = (ShardFilter: sdk.ShardFilter) => client.send(new sdk.ListShardsCommand({ StreamName: 'a', ShardFilter }));
  assert.equal(ids(await list({ Type: 'AFTER_SHARD_ID', ShardId: 'shardId-000000000001' })), '2');
  assert.equal(ids(await list({ Type: 'AT_TRIM_HORIZON' })), '012');
  await refused(list({ Type: 'AT_TIMESTAMP' }), 'InvalidArgumentException', /^Timestamp must be specified/);
  await refused(
    client.send(new sdk.ListShardsCommand({ StreamName: 'a', NextToken: page.NextToken })),
    'InvalidArgumentException',
    /cannot be provided together/,
  );
  await refused(client.send(new sdk.ListShardsCommand({ NextToken: 'x' })), 'InvalidArgumentException', 'NextToken is invalid.');
  const part = await client.send(new sdk.DescribeStreamCommand({ StreamName: 'a', Limit: 1 }));
  assert.equal(part.StreamDescription?.HasMoreShards, true);
});

test("splits and merges are refused in AWS's words", async (t) => {
  const { client, stream, settle } = await openKinesis(t);
  await stream('s', 3);
  const split = (ShardToSplit: string, NewStartingHashKey: string) =>
    client.send(new sdk.SplitShardCommand({ StreamName: 's', ShardToSplit, NewStartingHashKey }));
  const merge = (ShardToMerge: string, AdjacentShardToMerge: string) =>
    client.send(new sdk.MergeShardsCommand({ StreamName: 's', ShardToMerge, AdjacentShardToMerge }));
  const id = (number: number): string => `shardId-00000000000${number}`;
  await refused(
    split(id(9), '5'),
    'ResourceNotFoundException',
    `Could not find shard ${id(9)} in stream s under account ${ACCOUNT}.`,
  );
  await refused(
    split(id(0), '1'),
    'InvalidArgumentException',
    /^NewStartingHashKey 1 used in SplitShard\(\) on shard shardId-000000000000/,
  );
  await refused(
    merge(id(0), id(2)),
    'InvalidArgumentException',
    `Shards ${id(0)} and ${id(2)} in stream s under account ${ACCOUNT} are not an adjacent pair of shards eligible for merging`,
  );
  await split(id(0), '1000');
  await refused(
    merge(id(1), id(2)),
    'ResourceInUseException',
    `Stream s under account ${ACCOUNT} not ACTIVE, instead in state UPDATING`,
  );
  await settle();
  await refused(split(id(0), '500'), 'ResourceInUseException', /is closed\.$/);
  await client.send(new sdk.UpdateStreamModeCommand({ StreamARN: arnOf('s'), StreamModeDetails: { StreamMode: 'ON_DEMAND' } }));
  await settle();
  await refused(merge(id(1), id(2)), 'ValidationException', /ON_DEMAND mode\.$/);
});

test('retention, sizes, keys, metrics and tags are kept and described', async (t) => {
  const { client, stream, settle } = await openKinesis(t);
  await stream('s');
  const StreamName = 's';
  const hours = (RetentionPeriodHours: number) =>
    client.send(new sdk.IncreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours }));
  await refused(
    hours(23),
    'InvalidArgumentException',
    'Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too short.',
  );
  await refused(hours(8_761), 'InvalidArgumentException', /^Maximum allowed retention period is 8760 hours/);
  await hours(48);
  await settle();
  await refused(hours(30), 'InvalidArgumentException', /can not be shorter than existing retention period \(48 hours\)/);
  await client.send(new sdk.DecreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 30 }));
  await settle();
  await client.send(new sdk.UpdateMaxRecordSizeCommand({ StreamARN: arnOf('s'), MaxRecordSizeInKiB: 10_240 }));
  await settle();
  await client.send(new sdk.PutRecordCommand({ StreamName, PartitionKey: 'k', Data: Buffer.alloc(10_485_759) }));
  await client.send(new sdk.StartStreamEncryptionCommand({ StreamName, EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' }));
  await settle();
  const metrics = await client.send(
    new sdk.EnableEnhancedMonitoringCommand({ StreamName, ShardLevelMetrics: ['IncomingBytes'] }),
  );
  assert.deepEqual(metrics.DesiredShardLevelMetrics, ['IncomingBytes']);
  const { StreamDescriptionSummary: summary } = await client.send(new sdk.DescribeStreamSummaryCommand({ StreamName }));
  assert.deepEqual(
    [
      summary?.RetentionPeriodHours,
      summary?.MaxRecordSizeInKiB,
      summary?.EncryptionType,
      summary?.KeyId,
      summary?.EnhancedMonitoring,
    ],
    [30, 10_240, 'KMS', 'alias/aws/kinesis', [{ ShardLevelMetrics: ['IncomingBytes'] }]],
  );
  await client.send(new sdk.AddTagsToStreamCommand({ StreamName, Tags: { a: '1', b: '2' } }));
  await client.send(new sdk.TagResourceCommand({ ResourceARN: arnOf('s'), Tags: { c: '3' } }));
  await client.send(new sdk.RemoveTagsFromStreamCommand({ StreamName, TagKeys: ['b'] }));
  const tags = await client.send(new sdk.ListTagsForStreamCommand({ StreamName, Limit: 1 }));
  assert.deepEqual(without(tags), { Tags: [{ Key: 'a', Value: '1' }], HasMoreTags: true });
  const all = await client.send(new sdk.ListTagsForResourceCommand({ ResourceARN: arnOf('s') }));
  assert.deepEqual(all.Tags, [
    { Key: 'a', Value: '1' },
    { Key: 'c', Value: '3' },
  ]);
  await refused(
    client.send(new sdk.TagResourceCommand({ ResourceARN: arnOf('s'), Tags: { 'aws:x': '1' } })),
    'InvalidArgumentException',
    /aws:/,
  );
  const Policy = '{"Version":"2012-10-17","Statement":[]}';
  await client.send(new sdk.PutResourcePolicyCommand({ ResourceARN: arnOf('s'), Policy }));
  assert.equal((await client.send(new sdk.GetResourcePolicyCommand({ ResourceARN: arnOf('s') }))).Policy, Policy);
  await client.send(new sdk.DeleteResourcePolicyCommand({ ResourceARN: arnOf('s') }));
  await refused(
    client.send(new sdk.GetResourcePolicyCommand({ ResourceARN: arnOf('s') })),
    'ResourceNotFoundException',
    /^No resource policy/,
  );
  await refused(client.send(new sdk.DescribeAccountSettingsCommand({})), 'NotImplementedException', /DescribeAccountSettings/);
});

test('records are gone when they are too old, and closed shards with them', async (t) => {
  const { client, stream, clock, settle } = await openKinesis(t);
  await stream('s');
  const put = (data: string): Promise<unknown> =>
    client.send(new sdk.PutRecordCommand({ StreamName: 's', PartitionKey: 'k', Data: Buffer.from(data) }));
  const shards = async () => (await client.send(new sdk.ListShardsCommand({ StreamName: 's' }))).Shards?.length;
  const left = async (ShardId: string): Promise<number | undefined> => {
    const { ShardIterator } = await client.send(
      new sdk.GetShardIteratorCommand({ StreamName: 's', ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    return (await client.send(new sdk.GetRecordsCommand({ ShardIterator }))).Records?.length;
  };
  await put('old');
  await clock.advance(12 * 3_600_000);
  await put('young');
  await clock.advance(12 * 3_600_000 + 60_000);
  // Removal runs beside the clock, so the clock goes on until it has run.
  await until(async () => {
    await clock.advance(60_000);
    return (await left('shardId-000000000000')) === 1;
  });
  await client.send(
    new sdk.SplitShardCommand({ StreamName: 's', ShardToSplit: 'shardId-000000000000', NewStartingHashKey: '1000' }),
  );
  await settle();
  assert.equal(await shards(), 3);
  await clock.advance(24 * 3_600_000 + 60_000);
  assert.equal(await shards(), 2);
  await put('after');
});

test('consumers are registered, listed and gone', async (t) => {
  const { client, stream, settle } = await openKinesis(t);
  await stream('s');
  const StreamARN = arnOf('s');
  const register = (ConsumerName: string) => client.send(new sdk.RegisterStreamConsumerCommand({ StreamARN, ConsumerName }));
  const { Consumer } = await register('a');
  assert.match(Consumer?.ConsumerARN ?? '', /^arn:aws:kinesis:us-east-1:123456789012:stream\/s\/consumer\/a:\d+$/);
  assert.equal(Consumer?.ConsumerStatus, 'CREATING');
  await refused(
    register('a'),
    'ResourceInUseException',
    `Consumer a under stream ${StreamARN} already exists for account ${ACCOUNT}.`,
  );
  await register('b');
  await settle();
  const page = await client.send(new sdk.ListStreamConsumersCommand({ StreamARN, MaxResults: 1 }));
  assert.deepEqual(
    page.Consumers?.map(({ ConsumerName, ConsumerStatus }) => [ConsumerName, ConsumerStatus]),
    [['a', 'ACTIVE']],
  );
  const rest = await client.send(new sdk.ListStreamConsumersCommand({ StreamARN, NextToken: page.NextToken }));
  assert.deepEqual(
    rest.Consumers?.map(({ ConsumerName }) => ConsumerName),
    ['b'],
  );
  const named = await client.send(new sdk.DescribeStreamConsumerCommand({ StreamARN, ConsumerName: 'b' }));
  assert.equal(named.ConsumerDescription?.StreamARN, StreamARN);
  await refused(client.send(new sdk.DeleteStreamCommand({ StreamARN })), 'ResourceInUseException', /has consumers registered/);
  await client.send(new sdk.DeregisterStreamConsumerCommand({ ConsumerARN: Consumer?.ConsumerARN }));
  await refused(
    client.send(new sdk.DescribeStreamConsumerCommand({ ConsumerARN: Consumer?.ConsumerARN })),
    'ResourceNotFoundException',
    /^Consumer arn.* not found\.$/,
  );
});

for (const version of ['client', 'http1'] as const) {
  test(`a subscriber is pushed what comes, to the end of the shard, by ${version === 'client' ? 'HTTP/2' : 'HTTP/1.1'}`, async (t) => {
    const { [version]: client, stream, settle } = await openKinesis(t);
    await stream('s');
    const { Consumer } = await client.send(new sdk.RegisterStreamConsumerCommand({ StreamARN: arnOf('s'), ConsumerName: 'c' }));
    const ConsumerARN = Consumer?.ConsumerARN;
    const ShardId = 'shardId-000000000000';
    const subscribe = () =>
      client.send(new sdk.SubscribeToShardCommand({ ConsumerARN, ShardId, StartingPosition: { Type: 'TRIM_HORIZON' } }));
    await refused(subscribe(), 'ResourceInUseException', /instead in state CREATING/);
    await settle();
    const put = (data: string) =>
      client.send(new sdk.PutRecordCommand({ StreamName: 's', PartitionKey: 'k', Data: Buffer.from(data) }));
    await put('before');
    const { EventStream } = await subscribe();
    await refused(subscribe(), 'ResourceInUseException', /^Another active subscription exists/);
    const datas: string[] = [];
    let children: number | undefined;
    for await (const { SubscribeToShardEvent: event } of EventStream ?? []) {
      for (const { Data } of event?.Records ?? []) datas.push(Buffer.from(Data ?? []).toString());
      children = event?.ChildShards?.length;
      if (datas.length === 1 && event?.Records?.length) await put('pushed');
      if (datas.length === 2 && event?.Records?.length)
        await client.send(new sdk.SplitShardCommand({ StreamName: 's', ShardToSplit: ShardId, NewStartingHashKey: '1000' }));
    }
    assert.deepEqual([datas, children], [['before', 'pushed'], 2]);
  });
}

test('a subscription ends after five minutes, says something every five seconds, and can be taken over', async (t) => {
  const { client, http1, stream, settle, clock } = await openKinesis(t);
  await stream('s');
  const { Consumer } = await client.send(new sdk.RegisterStreamConsumerCommand({ StreamARN: arnOf('s'), ConsumerName: 'c' }));
  await settle();
  const subscribe = (by: sdk.KinesisClient) =>
    by.send(
      new sdk.SubscribeToShardCommand({
        ConsumerARN: Consumer?.ConsumerARN,
        ShardId: 'shardId-000000000000',
        StartingPosition: { Type: 'LATEST' },
      }),
    );
  const count = async ({ EventStream }: sdk.SubscribeToShardCommandOutput, each: () => Promise<void>): Promise<number> => {
    let events = 0;
    for await (const event of EventStream ?? []) {
      if (event.SubscribeToShardEvent) events += 1;
      await each();
    }
    return events;
  };
  const first = await subscribe(client);
  await clock.advance(5_000);
  const second = await subscribe(http1);
  assert.ok((await count(first, async () => undefined)) >= 1);
  const events = await count(second, () => clock.advance(5_000));
  assert.ok(events >= 50 && events <= 70, String(events));
});
