import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DescribeEndpointsCommand,
  DescribeLimitsCommand,
  DescribeTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTimeToLiveCommand,
  ListTablesCommand,
  ListTagsOfResourceCommand,
  ScanCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import { ListStreamsCommand } from '@aws-sdk/client-dynamodb-streams';
import { systemIds } from '../../adapters/system/ids.ts';
import { createDynamoDb } from './create-dynamodb.ts';
import { ACCOUNT, openDynamoDb } from './dynamodb-fixture.ts';

const SIMPLE: CreateTableCommandInput = {
  TableName: 'things',
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  BillingMode: 'PAY_PER_REQUEST',
};
const names = (...all: string[]): CreateTableCommandInput['AttributeDefinitions'] =>
  all.map((AttributeName) => ({ AttributeName, AttributeType: 'S' }));
const keys = (hash: string, range?: string): NonNullable<CreateTableCommandInput['KeySchema']> => [
  { AttributeName: hash, KeyType: 'HASH' },
  ...(range === undefined ? [] : [{ AttributeName: range, KeyType: 'RANGE' as const }]),
];
const index = (IndexName: string, hash: string, range?: string) => ({
  IndexName,
  KeySchema: keys(hash, range),
  Projection: { ProjectionType: 'ALL' as const },
});

test('a table is made, described, listed and deleted, as waiters expect', async (t) => {
  const { client, endpoint } = await openDynamoDb(t);
  const { TableDescription: made } = await client.send(
    new CreateTableCommand({
      ...SIMPLE,
      AttributeDefinitions: names('id', 'at', 'owner'),
      KeySchema: keys('id', 'at'),
      LocalSecondaryIndexes: [index('by-owner-here', 'id', 'owner')],
      GlobalSecondaryIndexes: [index('by-owner', 'owner')],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
      Tags: [{ Key: 'a', Value: 'b' }],
    }),
  );
  assert.equal(made?.TableStatus, 'CREATING');
  assert.equal(made?.TableArn, `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/things`);
  assert.ok(made?.CreationDateTime instanceof Date);
  await waitUntilTableExists({ client, maxWaitTime: 30 }, { TableName: 'things' });
  const { Table } = await client.send(new DescribeTableCommand({ TableName: made.TableArn }));
  assert.deepEqual(
    [Table?.TableStatus, Table?.ItemCount, Table?.TableSizeBytes, Table?.BillingModeSummary?.BillingMode, Table?.TableId],
    ['ACTIVE', 0, 0, 'PAY_PER_REQUEST', made.TableId],
  );
  assert.deepEqual(
    [Table?.GlobalSecondaryIndexes?.[0]?.IndexStatus, Table?.LocalSecondaryIndexes?.[0]?.IndexName, Table?.LatestStreamArn],
    ['ACTIVE', 'by-owner-here', `${made.TableArn}/stream/${Table?.LatestStreamLabel}`],
  );
  await assert.rejects(client.send(new CreateTableCommand(SIMPLE)), {
    name: 'ResourceInUseException',
    message: 'Table already exists: things',
  });
  for (const TableName of ['other', 'zebra']) await client.send(new CreateTableCommand({ ...SIMPLE, TableName }));
  const first = await client.send(new ListTablesCommand({ Limit: 2 }));
  assert.deepEqual([first.TableNames, first.LastEvaluatedTableName], [['other', 'things'], 'things']);
  const { TableNames } = await client.send(new ListTablesCommand({ ExclusiveStartTableName: 'things' }));
  assert.deepEqual(TableNames, ['zebra']);
  const { TableDescription: gone } = await client.send(new DeleteTableCommand({ TableName: 'things' }));
  assert.equal(gone?.TableStatus, 'DELETING');
  await waitUntilTableNotExists({ client, maxWaitTime: 30 }, { TableName: 'things' });
  await assert.rejects(client.send(new DescribeTableCommand({ TableName: 'things' })), {
    name: 'ResourceNotFoundException',
    message: 'Requested resource not found: Table: things not found',
  });
  assert.equal((await client.send(new DescribeLimitsCommand({}))).TableMaxReadCapacityUnits, 40_000);
  const { Endpoints } = await client.send(new DescribeEndpointsCommand({}));
  assert.equal(`http://${Endpoints?.[0]?.Address}`, endpoint);
});

const REFUSED: readonly (readonly [string, Partial<CreateTableCommandInput>, string | RegExp])[] = [
  ['no name', { TableName: undefined }, "The parameter 'TableName' is required but was not present in the request"],
  ['a short name', { TableName: 'ab' }, 'TableName must be at least 3 characters long and at most 255 characters long'],
  [
    'a strange name',
    { TableName: 'ab;c' },
    "1 validation error detected: Value 'ab;c' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
  ],
  ['no key', { KeySchema: undefined }, /Value null at 'keySchema' failed to satisfy constraint: Member must not be null/],
  [
    'a strange type',
    { AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'X' as never }] },
    /Value 'X' at 'attributeDefinitions.1.member.attributeType' failed to satisfy constraint: Member must satisfy enum value set/,
  ],
  [
    'a range key first',
    { KeySchema: [{ AttributeName: 'id', KeyType: 'RANGE' }] },
    'Invalid KeySchema: The first KeySchemaElement is not a HASH key type',
  ],
  [
    'two hash keys',
    { KeySchema: [...keys('id'), ...keys('id')] },
    'Invalid KeySchema: The second KeySchemaElement is not a RANGE key type',
  ],
  [
    'the same name twice',
    { KeySchema: keys('id', 'id') },
    'Both the Hash Key and the Range Key element in the KeySchema have the same name',
  ],
  [
    'a key without definition',
    { KeySchema: keys('other') },
    'One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [other], AttributeDefinitions: [id]',
  ],
  [
    'a definition without use',
    { AttributeDefinitions: names('id', 'more') },
    'One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
  ],
  [
    'no capacity',
    { BillingMode: 'PROVISIONED' },
    'One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
  ],
  [
    'capacity on demand',
    { ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } },
    'One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
  ],
  [
    'too much capacity',
    { BillingMode: 'PROVISIONED', ProvisionedThroughput: { ReadCapacityUnits: 1_000_000_000_001, WriteCapacityUnits: 1 } },
    'Given value 1000000000001 for ReadCapacityUnits is out of bounds',
  ],
  [
    'an empty list of local indices',
    { LocalSecondaryIndexes: [] },
    'One or more parameter values were invalid: List of LocalSecondaryIndexes is empty',
  ],
  [
    'an empty list of global indices',
    { GlobalSecondaryIndexes: [] },
    'One or more parameter values were invalid: List of GlobalSecondaryIndexes is empty',
  ],
  [
    'a local index of a table without range key',
    { LocalSecondaryIndexes: [index('abc', 'id', 'x')] },
    'One or more parameter values were invalid: Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex',
  ],
  [
    'a local index without range key',
    { AttributeDefinitions: names('id', 'at'), KeySchema: keys('id', 'at'), LocalSecondaryIndexes: [index('abc', 'id')] },
    'One or more parameter values were invalid: Index KeySchema does not have a range key for index: abc',
  ],
  [
    'a local index with another hash key',
    { AttributeDefinitions: names('id', 'at'), KeySchema: keys('id', 'at'), LocalSecondaryIndexes: [index('abc', 'at', 'id')] },
    'One or more parameter values were invalid: Index KeySchema does not have the same leading hash key as table KeySchema for index: abc. index hash key: at, table hash key: id',
  ],
  [
    'two indices of a name',
    { GlobalSecondaryIndexes: [index('abc', 'id'), index('abc', 'id')] },
    'One or more parameter values were invalid: Duplicate index name: abc',
  ],
  [
    'too many global indices',
    { GlobalSecondaryIndexes: Array.from({ length: 21 }, (_, at) => index(`abc${at}`, 'id')) },
    'One or more parameter values were invalid: GlobalSecondaryIndex count exceeds the per-table limit of 20',
  ],
  [
    'a projection of everything and more',
    { GlobalSecondaryIndexes: [{ ...index('abc', 'id'), Projection: { ProjectionType: 'ALL', NonKeyAttributes: ['x'] } }] },
    'One or more parameter values were invalid: ProjectionType is ALL, but NonKeyAttributes is specified',
  ],
  [
    'a projection of nothing',
    { GlobalSecondaryIndexes: [{ ...index('abc', 'id'), Projection: {} }] },
    'One or more parameter values were invalid: Unknown ProjectionType: null',
  ],
  [
    'a projection of no names',
    { GlobalSecondaryIndexes: [{ ...index('abc', 'id'), Projection: { ProjectionType: 'INCLUDE' } }] },
    'One or more parameter values were invalid: ProjectionType is INCLUDE, but NonKeyAttributes is not specified',
  ],
  [
    'definitions that no index uses',
    { AttributeDefinitions: names('id', 'a', 'b'), GlobalSecondaryIndexes: [index('abc', 'a')] },
    'One or more parameter values were invalid: Some AttributeDefinitions are not used. AttributeDefinitions: [id, a, b], keys used: [id, a]',
  ],
  [
    'a stream without view',
    { StreamSpecification: { StreamEnabled: true } },
    'One or more parameter values were invalid: StreamViewType is required when StreamEnabled is true',
  ],
  ['tags of AWS', { Tags: [{ Key: 'aws:x', Value: '' }] }, /Tag keys can not begin with aws:/],
  ['a policy', { ResourcePolicy: '{}' }, /lambkin does not support ResourcePolicy with this value yet/],
];

test(`a table that breaks a rule is refused in AWS's words: ${REFUSED.length} rules`, async (t) => {
  const { client } = await openDynamoDb(t);
  for (const [title, input, message] of REFUSED) {
    const error = (await client
      .send(new CreateTableCommand({ ...SIMPLE, ...input }))
      .catch((thrown: unknown) => thrown)) as Error;
    assert.equal(error.name, 'ValidationException', `${title}: ${error.name} ${error.message}`);
    if (typeof message === 'string') assert.equal(error.message, message, title);
    else assert.match(error.message, message, title);
  }
  assert.deepEqual((await client.send(new ListTablesCommand({}))).TableNames, []);
});

test('a table is changed: capacity, protection, class, tags', async (t) => {
  const { client } = await openDynamoDb(t);
  const TableName = 'things';
  const ProvisionedThroughput = { ReadCapacityUnits: 5, WriteCapacityUnits: 5 };
  await client.send(new CreateTableCommand({ ...SIMPLE, BillingMode: 'PROVISIONED', ProvisionedThroughput }));
  const update = (input: object) => client.send(new UpdateTableCommand({ TableName, ...input }));
  await assert.rejects(update({}), { name: 'ValidationException', message: /^At least one of ProvisionedThroughput/ });
  await assert.rejects(update({ ProvisionedThroughput }), {
    message: /^The provisioned throughput for the table will not change\./,
  });
  const raised = await update({ ProvisionedThroughput: { ReadCapacityUnits: 7, WriteCapacityUnits: 5 } });
  assert.equal(raised.TableDescription?.TableStatus, 'UPDATING');
  assert.ok(raised.TableDescription?.ProvisionedThroughput?.LastIncreaseDateTime);
  await update({ BillingMode: 'PAY_PER_REQUEST', DeletionProtectionEnabled: true, TableClass: 'STANDARD_INFREQUENT_ACCESS' });
  await assert.rejects(client.send(new DeleteTableCommand({ TableName })), {
    name: 'ValidationException',
    message: 'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
  });
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  assert.deepEqual(
    [Table?.BillingModeSummary?.BillingMode, Table?.DeletionProtectionEnabled, Table?.TableClassSummary?.TableClass],
    ['PAY_PER_REQUEST', true, 'STANDARD_INFREQUENT_ACCESS'],
  );
  const ResourceArn = Table?.TableArn;
  await client.send(new TagResourceCommand({ ResourceArn, Tags: [...'abcdefghijkl'].map((Key) => ({ Key, Value: Key })) }));
  await client.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['a'] }));
  const { Tags, NextToken } = await client.send(new ListTagsOfResourceCommand({ ResourceArn }));
  assert.equal(Tags?.length, 10);
  const rest = await client.send(new ListTagsOfResourceCommand({ ResourceArn, NextToken }));
  assert.deepEqual(rest.Tags, [{ Key: 'l', Value: 'l' }]);
  await assert.rejects(client.send(new TagResourceCommand({ ResourceArn: `${ResourceArn}x`, Tags: [] })), {
    name: 'ResourceNotFoundException',
  });
});

test('indices, streams and ends of items are turned on and off', async (t) => {
  const { client, streams, until } = await openDynamoDb(t);
  const TableName = 'things';
  await client.send(new CreateTableCommand(SIMPLE));
  const update = (input: object) => client.send(new UpdateTableCommand({ TableName, ...input }));
  const described = async () => (await client.send(new DescribeTableCommand({ TableName }))).Table;
  const { TableDescription } = await update({
    AttributeDefinitions: names('id', 'owner'),
    GlobalSecondaryIndexUpdates: [{ Create: index('by-owner', 'owner') }],
  });
  assert.deepEqual(
    [TableDescription?.TableStatus, TableDescription?.GlobalSecondaryIndexes?.[0]?.IndexStatus],
    ['UPDATING', 'CREATING'],
  );
  await until(async () => (await described())?.TableStatus === 'ACTIVE');
  assert.equal((await described())?.GlobalSecondaryIndexes?.[0]?.IndexStatus, 'ACTIVE');
  await assert.rejects(update({ GlobalSecondaryIndexUpdates: [{ Create: index('by-owner', 'owner') }] }), {
    message: 'One or more parameter values were invalid: Duplicate index name: by-owner',
  });
  await update({ GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'by-owner' } }] });
  await until(async () => (await described())?.GlobalSecondaryIndexes === undefined);
  assert.deepEqual((await described())?.AttributeDefinitions, names('id'));
  await update({ StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' } });
  const first = (await described())?.LatestStreamArn;
  await assert.rejects(update({ StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' } }), {
    name: 'ResourceInUseException',
  });
  await update({ StreamSpecification: { StreamEnabled: false } });
  assert.equal((await described())?.LatestStreamArn, undefined);
  await assert.rejects(update({ StreamSpecification: { StreamEnabled: false } }), { name: 'ResourceInUseException' });
  const { Streams } = await streams.send(new ListStreamsCommand({ TableName }));
  assert.deepEqual(
    Streams?.map(({ StreamArn }) => StreamArn),
    [first],
  );
  const live = (Enabled: boolean, AttributeName = 'ends') =>
    client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { Enabled, AttributeName } }));
  const status = async () => (await client.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription;
  const { ContinuousBackupsDescription } = await client.send(new DescribeContinuousBackupsCommand({ TableName }));
  assert.equal(ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus, 'DISABLED');
  assert.deepEqual(await status(), { TimeToLiveStatus: 'DISABLED' });
  await assert.rejects(live(false), { message: 'TimeToLive is already disabled' });
  await live(true);
  await until(async () => (await status())?.TimeToLiveStatus === 'ENABLED');
  await assert.rejects(live(true), { message: 'TimeToLive is already enabled' });
  await assert.rejects(live(true, 'other'), {
    message: 'TimeToLive is active on a different AttributeName: current AttributeName is ends',
  });
  await live(false);
  assert.deepEqual(await status(), { TimeToLiveStatus: 'DISABLED' });
});

test('what is left of a deleted table goes, also when the server was stopped in between', async (t) => {
  const { client, items, store, until, dynamodb, clock, logger } = await openDynamoDb(t);
  await client.send(
    new CreateTableCommand({ ...SIMPLE, AttributeDefinitions: names('id', 'a'), GlobalSecondaryIndexes: [index('abc', 'a')] }),
  );
  for (let from = 0; from < 1_000; from += 25) {
    const things = Array.from({ length: 25 }, (_, at) => ({
      PutRequest: { Item: { id: { S: String(from + at) }, a: { S: 'a' } } },
    }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { things } }));
  }
  const { Table } = await client.send(new DescribeTableCommand({ TableName: 'things' }));
  assert.deepEqual([Table?.ItemCount, Table?.GlobalSecondaryIndexes?.[0]?.ItemCount], [1_000, 1_000]);
  await dynamodb.close();
  await client.send(new DeleteTableCommand({ TableName: 'things' }));
  await client.send(new CreateTableCommand(SIMPLE));
  const table = Table?.TableId ?? '';
  assert.equal((await items.measure(table)).items, 1_000);
  const again = createDynamoDb({ store, items, clock, ids: systemIds(), logger });
  await again.start();
  t.after(() => again.close());
  await until(async () => (await store.scopes('dynamodb-leftover')).length === 0);
  assert.deepEqual(await items.measure(table), { items: 0, bytes: 0 });
  assert.deepEqual((await client.send(new ScanCommand({ TableName: 'things' }))).Items, []);
});
