import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  type GetShardIteratorCommandInput,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
  type Shard,
  type _Record as StreamRecord,
  type StreamViewType,
} from '@aws-sdk/client-dynamodb-streams';
import { ACCOUNT, type DynamoDbFixture, openDynamoDb } from './dynamodb-fixture.ts';

const TableName = 'things';
const HOUR_MS = 3_600_000;

interface StreamFixture extends DynamoDbFixture {
  readonly StreamArn: string;
  put(id: string, more?: Record<string, { S: string } | { N: string }>): Promise<void>;
  shards(): Promise<Shard[]>;
  iterator(ShardId: string | undefined, more?: Partial<GetShardIteratorCommandInput>): Promise<string | undefined>;
  /** All records of all shards, each shard to its end or until it has none now. */
  all(): Promise<StreamRecord[]>;
}

async function openStream(t: TestContext, StreamViewType: StreamViewType = 'NEW_AND_OLD_IMAGES'): Promise<StreamFixture> {
  const fixture = await openDynamoDb(t);
  const { client, streams } = fixture;
  const { TableDescription } = await client.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType },
    }),
  );
  const StreamArn = TableDescription?.LatestStreamArn ?? '';
  const shards = async (): Promise<Shard[]> =>
    (await streams.send(new DescribeStreamCommand({ StreamArn }))).StreamDescription?.Shards ?? [];
  const iterator = async (ShardId: string | undefined, more: Partial<GetShardIteratorCommandInput> = {}) =>
    (await streams.send(new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON', ...more })))
      .ShardIterator;
  const all = async (): Promise<StreamRecord[]> => {
    const found: StreamRecord[] = [];
    for (const { ShardId } of await shards()) {
      for (let ShardIterator = await iterator(ShardId); ShardIterator !== undefined;) {
        const { Records = [], NextShardIterator } = await streams.send(new GetRecordsCommand({ ShardIterator, Limit: 7 }));
        found.push(...Records);
        ShardIterator = Records.length === 0 ? undefined : NextShardIterator;
      }
    }
    return found;
  };
  const put: StreamFixture['put'] = async (id, more = {}) =>
    void (await client.send(new PutItemCommand({ TableName, Item: { id: { S: id }, ...more } })));
  return { ...fixture, StreamArn, put, shards, iterator, all };
}

test('changes of an item are records in their order, and what changes nothing is none', async (t) => {
  const { client, put, all, clock, StreamArn } = await openStream(t);
  const startMs = clock.now();
  await put('a', { n: { N: '1' } });
  await put('a', { n: { N: '1' } });
  await client.send(
    new UpdateItemCommand({
      TableName,
      Key: { id: { S: 'a' } },
      UpdateExpression: 'SET n = n + :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    }),
  );
  await client.send(new DeleteItemCommand({ TableName, Key: { id: { S: 'a' } } }));
  await client.send(new DeleteItemCommand({ TableName, Key: { id: { S: 'a' } } }));
  const records = await all();
  const [one, two] = [
    { id: { S: 'a' }, n: { N: '1' } },
    { id: { S: 'a' }, n: { N: '2' } },
  ];
  assert.deepEqual(
    records.map(({ eventName, dynamodb }) => [eventName, dynamodb?.OldImage, dynamodb?.NewImage]),
    [
      ['INSERT', undefined, one],
      ['MODIFY', one, two],
      ['REMOVE', two, undefined],
    ],
  );
  const numbers = records.map(({ dynamodb }) => BigInt(dynamodb?.SequenceNumber ?? 0));
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => (a < b ? -1 : 1)),
  );
  const [first] = records;
  assert.match(first?.eventID ?? '', /^[0-9a-f]{32}$/);
  assert.deepEqual(
    [first?.eventVersion, first?.eventSource, first?.awsRegion, first?.dynamodb?.StreamViewType, first?.dynamodb?.Keys],
    ['1.1', 'aws:dynamodb', 'us-east-1', 'NEW_AND_OLD_IMAGES', { id: { S: 'a' } }],
  );
  // The key, and the new image: two times "id" and "a", once "n" and a number of one pair of digits.
  assert.equal(first?.dynamodb?.SizeBytes, 3 + 3 + 1 + 2);
  assert.equal(first?.dynamodb?.ApproximateCreationDateTime?.getTime(), Math.floor(startMs / 1_000) * 1_000);
  assert.match(
    StreamArn,
    new RegExp(`^arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/things/stream/\\d{4}-\\d\\d-\\d\\dT[\\d:.]+$`),
  );
});

for (const [view, images] of [
  ['KEYS_ONLY', []],
  ['NEW_IMAGE', ['NewImage']],
  ['OLD_IMAGE', ['OldImage']],
  ['NEW_AND_OLD_IMAGES', ['NewImage', 'OldImage']],
] as const) {
  test(`a stream of ${view} has ${images.join(' and ') || 'no image'}`, async (t) => {
    const { put, all } = await openStream(t, view);
    await put('a', { n: { N: '1' } });
    await put('a', { n: { N: '2' } });
    const [, modified] = await all();
    const { dynamodb } = modified ?? {};
    assert.deepEqual(dynamodb?.Keys, { id: { S: 'a' } });
    assert.deepEqual(
      ['NewImage', 'OldImage'].filter((name) => dynamodb && name in dynamodb),
      images,
    );
  });
}

test('items are spread over the shards, each in one of them, and every kind of iterator begins where it should', async (t) => {
  const { put, shards, iterator, streams } = await openStream(t);
  const open = await shards();
  assert.equal(open.length, 4);
  const early = await Promise.all(open.map(({ ShardId }) => iterator(ShardId, { ShardIteratorType: 'LATEST' })));
  for (let round = 0; round < 3; round += 1)
    await Promise.all(Array.from({ length: 40 }, (_, index) => put(`item-${index}`, { n: { N: String(round) } })));
  let total = 0;
  for (const [at, { ShardId, SequenceNumberRange }] of open.entries()) {
    const read = async (ShardIterator: string | undefined) =>
      (await streams.send(new GetRecordsCommand({ ShardIterator }))).Records ?? [];
    const records = await read(await iterator(ShardId));
    total += records.length;
    assert.ok(records.length > 0);
    assert.deepEqual(await read(early[at]), records);
    const ofItem = Map.groupBy(records, ({ dynamodb }) => dynamodb?.Keys?.['id']?.S);
    for (const changes of ofItem.values())
      assert.deepEqual(
        changes.map(({ dynamodb }) => dynamodb?.NewImage?.['n']?.N),
        ['0', '1', '2'],
      );
    const SequenceNumber = records[2]?.dynamodb?.SequenceNumber;
    const at2 = await read(await iterator(ShardId, { ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber }));
    const after2 = await read(await iterator(ShardId, { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber }));
    assert.deepEqual([at2, after2], [records.slice(2), records.slice(3)]);
    const first = { SequenceNumber: SequenceNumberRange?.StartingSequenceNumber };
    assert.deepEqual(await read(await iterator(ShardId, { ShardIteratorType: 'AT_SEQUENCE_NUMBER', ...first })), records);
    assert.deepEqual(await read(await iterator(ShardId, { ShardIteratorType: 'LATEST' })), []);
  }
  assert.equal(total, 120);
});

test('a shard ends after some hours, its child goes on, and after a day it is gone with its records', async (t) => {
  const { put, shards, iterator, streams, clock, all, StreamArn } = await openStream(t);
  const parents = await shards();
  await put('a', { n: { N: '1' } });
  await clock.advance(4 * HOUR_MS);
  await put('a', { n: { N: '2' } });
  const both = await shards();
  assert.equal(both.length, 8);
  for (const [at, { ShardId, ParentShardId, SequenceNumberRange }] of both.entries()) {
    assert.equal(ParentShardId, at < 4 ? undefined : parents[at - 4]?.ShardId);
    assert.equal(SequenceNumberRange?.EndingSequenceNumber !== undefined, at < 4);
    let ShardIterator = await iterator(ShardId);
    for (let reads = 0; reads < 5 && ShardIterator !== undefined; reads += 1)
      ({ NextShardIterator: ShardIterator } = await streams.send(new GetRecordsCommand({ ShardIterator })));
    assert.equal(ShardIterator === undefined, at < 4);
  }
  assert.deepEqual(
    (await all()).map(({ dynamodb }) => dynamodb?.NewImage?.['n']?.N),
    ['1', '2'],
  );
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn, Limit: 3 }));
  assert.deepEqual([StreamDescription?.Shards?.length, StreamDescription?.LastEvaluatedShardId], [3, parents[2]?.ShardId]);
  const rest = await streams.send(new DescribeStreamCommand({ StreamArn, ExclusiveStartShardId: parents[2]?.ShardId }));
  assert.deepEqual(rest.StreamDescription?.Shards, both.slice(3));
  const filter = { Type: 'CHILD_SHARDS', ShardId: parents[1]?.ShardId } as const;
  const children = await streams.send(new DescribeStreamCommand({ StreamArn, ShardFilter: filter }));
  assert.deepEqual(children.StreamDescription?.Shards, [both[5]]);
  const old = (await all())[0]?.dynamodb?.SequenceNumber;
  await clock.advance(24 * HOUR_MS + 1);
  assert.deepEqual(await all(), []);
  assert.ok(!(await shards()).some(({ ShardId }) => parents.some((parent) => parent.ShardId === ShardId)));
  const outcomes = parents.map(({ ShardId }) =>
    iterator(ShardId, { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: old }).catch((thrown: Error) => thrown.name),
  );
  assert.deepEqual(new Set(await Promise.all(outcomes)), new Set(['TrimmedDataAccessException']));
});

test('iterators grow old, and what is no iterator, stream or shard is refused by name', async (t) => {
  const { shards, iterator, streams, clock, StreamArn } = await openStream(t);
  const [shard] = await shards();
  const ShardIterator = await iterator(shard?.ShardId);
  await clock.advance(901_000);
  await assert.rejects(streams.send(new GetRecordsCommand({ ShardIterator })), { name: 'ExpiredIteratorException' });
  for (const strange of ['x', `${StreamArn}|1|${Buffer.from('[]').toString('base64url')}`, `${StreamArn}|2|abc`])
    await assert.rejects(streams.send(new GetRecordsCommand({ ShardIterator: strange })), { name: 'ValidationException' });
  await assert.rejects(streams.send(new DescribeStreamCommand({ StreamArn: `${StreamArn}1` })), {
    name: 'ResourceNotFoundException',
    message: `Requested resource not found: Stream: ${StreamArn}1 not found`,
  });
  await assert.rejects(iterator('shardId-00000000000000000001-00000000'), { name: 'ResourceNotFoundException' });
  await assert.rejects(iterator(shard?.ShardId, { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' }), { name: 'ValidationException' });
  await assert.rejects(streams.send(new GetRecordsCommand({ ShardIterator, Limit: 1_001 })), { name: 'ValidationException' });
});

test('a stream that was turned off, or whose table is gone, can be read for a day', async (t) => {
  const { client, put, all, shards, clock, streams, until, StreamArn } = await openStream(t);
  await put('a');
  await client.send(new UpdateTableCommand({ TableName, StreamSpecification: { StreamEnabled: false } }));
  await put('b');
  assert.deepEqual(
    (await all()).map(({ dynamodb }) => dynamodb?.Keys?.['id']?.S),
    ['a'],
  );
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  assert.equal(StreamDescription?.StreamStatus, 'DISABLED');
  assert.ok((await shards()).every(({ SequenceNumberRange }) => SequenceNumberRange?.EndingSequenceNumber));
  await clock.advance(1_000);
  const again = { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' } as const;
  await client.send(new UpdateTableCommand({ TableName, StreamSpecification: again }));
  await put('c');
  await client.send(new DeleteTableCommand({ TableName }));
  const listed = async () => (await streams.send(new ListStreamsCommand({ TableName }))).Streams ?? [];
  assert.equal((await listed()).length, 2);
  const page = await streams.send(new ListStreamsCommand({ Limit: 1 }));
  assert.equal(page.LastEvaluatedStreamArn, page.Streams?.[0]?.StreamArn);
  await clock.advance(25 * HOUR_MS);
  await until(async () => (await listed()).length === 0);
});

test('items go when their time is over, and their records say who did it', async (t) => {
  const { client, put, all, clock, until } = await openStream(t);
  const inSeconds = (seconds: number) => ({ ends: { N: String(Math.floor(clock.now() / 1_000) + seconds) } });
  await put('before', inSeconds(30));
  await client.send(
    new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { Enabled: true, AttributeName: 'ends' } }),
  );
  await until(async () => {
    const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
    return TimeToLiveDescription?.TimeToLiveStatus === 'ENABLED';
  });
  await put('soon', inSeconds(40));
  await put('later', inSeconds(100_000));
  await put('long ago', inSeconds(-6 * 365 * 86_400));
  await put('never', { ends: { S: '1' } });
  await put('kept', inSeconds(50));
  await put('kept', inSeconds(500_000));
  const left = async () =>
    ((await client.send(new ScanCommand({ TableName }))).Items ?? []).map((item) => item['id']?.S).toSorted();
  assert.equal((await left()).length, 6);
  await clock.advance(60_000);
  await until(async () => {
    await clock.advance(1_000);
    return (await left()).length === 4;
  });
  assert.deepEqual(await left(), ['kept', 'later', 'long ago', 'never']);
  const removed = (await all()).filter(({ eventName }) => eventName === 'REMOVE');
  assert.deepEqual(removed.map(({ dynamodb }) => dynamodb?.Keys?.['id']?.S).toSorted(), ['before', 'soon']);
  for (const { userIdentity } of removed)
    assert.deepEqual(userIdentity, { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' });
});

test('an index that is made later has what was there, and what is written meanwhile', async (t) => {
  const { client, put, until } = await openStream(t);
  const colours = ['red', 'green'];
  for (let from = 0; from < 1_200; from += 25) {
    const things = Array.from({ length: 25 }, (_, at) => ({
      PutRequest: { Item: { id: { S: `item-${from + at}` }, colour: { S: colours[(from + at) % 2] ?? '' } } },
    }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { things } }));
  }
  await client.send(
    new UpdateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: 'colour', AttributeType: 'S' }],
      GlobalSecondaryIndexUpdates: [
        {
          Create: {
            IndexName: 'by-colour',
            KeySchema: [{ AttributeName: 'colour', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        },
      ],
    }),
  );
  await Promise.all(Array.from({ length: 40 }, (_, index) => put(`item-${index}`, { colour: { S: 'blue' } })));
  const described = async () => (await client.send(new DescribeTableCommand({ TableName }))).Table;
  await until(async () => (await described())?.GlobalSecondaryIndexes?.[0]?.IndexStatus === 'ACTIVE');
  const count = async (colour: string) =>
    (
      await client.send(
        new QueryCommand({
          TableName,
          IndexName: 'by-colour',
          KeyConditionExpression: 'colour = :c',
          ExpressionAttributeValues: { ':c': { S: colour } },
          Select: 'COUNT',
        }),
      )
    ).Count;
  assert.deepEqual([await count('red'), await count('green'), await count('blue')], [580, 580, 40]);
  assert.equal((await described())?.GlobalSecondaryIndexes?.[0]?.ItemCount, 1_200);
  const { Item } = await client.send(new GetItemCommand({ TableName, Key: { id: { S: 'item-7' } } }));
  assert.equal(Item?.['colour']?.S, 'blue');
});
