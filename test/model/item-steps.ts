import assert from 'node:assert/strict';
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  type DeleteItemCommandInput,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  ScanCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Random } from '../fuzz/random.ts';
import type { ModelItem, ModelTable, ModelWrite } from './item-model.ts';

type Attributes = NonNullable<PutItemCommand['input']['Item']>;

/** What steps work on. */
export interface Scene {
  readonly client: DynamoDBClient;
  readonly TableName: string;
  readonly table: ModelTable;
  readonly random: Random;
}

/** A write as the model and as the client has it. */
interface Action {
  readonly model: ModelWrite;
  readonly request: { readonly Put?: object; readonly Update?: object; readonly Delete?: object };
}

const PARTITIONS = ['p', 'q', 'r'];
const GROUPS = ['G', 'H'];
const TAGS = ['a', 'b', 'c'];
const SORTS = [-7.5, -2, -1, 0, 0.25, 1, 2, 9, 10, 11, 1e6];

const STEPS: readonly ((scene: Scene) => Promise<void>)[] = [
  writeOne,
  writeOne,
  writeOne,
  transact,
  batchWrite,
  getOne,
  batchGet,
  query,
  query,
  queryIndex,
  scan,
];

/** One random call, held against the model. */
export async function randomStep(scene: Scene): Promise<void> {
  await scene.random.pick(STEPS)(scene);
}

async function writeOne({ client, TableName, table, random }: Scene): Promise<void> {
  const { model, request } = anyAction(random, TableName);
  const before = table.get(model.pk, model.sk);
  const [isAllowed] = table.write([model]);
  const report = { ReturnValues: 'ALL_OLD' as const };
  const send = async (): Promise<Attributes | undefined> => {
    if (request.Put)
      return (await client.send(new PutItemCommand({ ...(request.Put as PutItemCommandInput), ...report }))).Attributes;
    if (request.Delete)
      return (await client.send(new DeleteItemCommand({ ...(request.Delete as DeleteItemCommandInput), ...report }))).Attributes;
    return (await client.send(new UpdateItemCommand({ ...(request.Update as UpdateItemCommandInput), ...report }))).Attributes;
  };
  if (isAllowed) assert.deepEqual(plain(await send()), before);
  else await assert.rejects(send(), { name: 'ConditionalCheckFailedException' });
}

async function transact({ client, TableName, table, random }: Scene): Promise<void> {
  const actions = distinct(Array.from({ length: 1 + random.below(4) }, () => anyAction(random, TableName)));
  const allowed = table.write(actions.map(({ model }) => model));
  const send = () =>
    client.send(new TransactWriteItemsCommand({ TransactItems: actions.map(({ request }) => request as TransactWriteItem) }));
  if (allowed.every(Boolean)) {
    await send();
    return;
  }
  await assert.rejects(send(), (error: Error & { CancellationReasons?: { Code?: string }[] }) => {
    const codes = error.CancellationReasons?.map(({ Code }) => Code);
    assert.deepEqual(
      codes,
      allowed.map((each) => (each ? 'None' : 'ConditionalCheckFailed')),
    );
    return true;
  });
}

async function batchWrite({ client, TableName, table, random }: Scene): Promise<void> {
  const items = distinct(Array.from({ length: 1 + random.below(8) }, () => ({ model: anyItem(random) })));
  const requests = items.map(({ model }) => {
    const isPut = random.chance(0.7);
    table.write([{ pk: model.pk, sk: model.sk, isAllowed: () => true, after: () => (isPut ? model : undefined) }]);
    return isPut ? { PutRequest: { Item: wire(model) } } : { DeleteRequest: { Key: keyOf(model) } };
  });
  const { UnprocessedItems } = await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }));
  assert.deepEqual(UnprocessedItems, {});
}

async function getOne({ client, TableName, table, random }: Scene): Promise<void> {
  const { pk, sk } = anyItem(random);
  const { Item } = await client.send(new GetItemCommand({ TableName, Key: keyOf({ pk, sk }) }));
  assert.deepEqual(plain(Item), table.get(pk, sk));
}

async function batchGet({ client, TableName, table, random }: Scene): Promise<void> {
  const keys = distinct(Array.from({ length: 5 }, () => ({ model: anyItem(random) })));
  const { Responses } = await client.send(
    new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: keys.map(({ model }) => keyOf(model)) } } }),
  );
  const expected = keys.flatMap(({ model: { pk, sk } }) => table.get(pk, sk) ?? []);
  assert.deepEqual(byKey((Responses?.[TableName] ?? []).map(plain)), byKey(expected));
}

async function query({ client, TableName, table, random }: Scene): Promise<void> {
  const pk = random.pick(PARTITIONS);
  const [low, high] = [random.pick(SORTS), random.pick(SORTS)].toSorted((a, b) => a - b) as [number, number];
  const ranges: readonly (readonly [text: string, isIn: (sk: number) => boolean, values: readonly string[]])[] = [
    ['', () => true, []],
    [' AND sk = :a', (sk) => sk === low, [':a']],
    [' AND sk < :a', (sk) => sk < low, [':a']],
    [' AND sk <= :a', (sk) => sk <= low, [':a']],
    [' AND sk > :a', (sk) => sk > low, [':a']],
    [' AND sk >= :a', (sk) => sk >= low, [':a']],
    [' AND sk BETWEEN :a AND :b', (sk) => sk >= low && sk <= high, [':a', ':b']],
  ];
  const [text, isIn, names] = random.pick(ranges);
  const isForward = random.chance(0.5);
  const filter = anyFilter(random);
  const values = { ':pk': pk, ...(names.includes(':a') ? { ':a': low } : {}), ...(names.includes(':b') ? { ':b': high } : {}) };
  const found = await pages((more) =>
    client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: `pk = :pk${text}`,
        ScanIndexForward: isForward,
        ...(random.chance(0.5) ? { Limit: 1 + random.below(4) } : {}),
        ...(filter.text === undefined ? {} : { FilterExpression: filter.text }),
        ExpressionAttributeValues: marshall({ ...values, ...filter.values }),
        ...more,
      }),
    ),
  );
  const expected = table.partition(pk).filter((item) => isIn(item.sk) && filter.isTrueOf(item));
  assert.deepEqual(found, isForward ? expected : expected.toReversed());
}

async function queryIndex({ client, TableName, table, random }: Scene): Promise<void> {
  const g = random.pick(GROUPS);
  const isForward = random.chance(0.5);
  const found = await pages((more) =>
    client.send(
      new QueryCommand({
        TableName,
        IndexName: 'by-group',
        KeyConditionExpression: 'g = :g',
        ScanIndexForward: isForward,
        ...(random.chance(0.5) ? { Limit: 1 + random.below(4) } : {}),
        ExpressionAttributeValues: marshall({ ':g': g }),
        ...more,
      }),
    ),
  );
  const sorts = found.map(({ sk }) => sk);
  assert.deepEqual(
    sorts,
    sorts.toSorted((a, b) => (isForward ? a - b : b - a)),
  );
  assert.deepEqual(byKey(found), byKey(table.index(g)));
}

async function scan({ client, TableName, table, random }: Scene): Promise<void> {
  const TotalSegments = 1 + random.below(3);
  const filter = anyFilter(random);
  const found: ModelItem[] = [];
  for (let Segment = 0; Segment < TotalSegments; Segment += 1)
    found.push(
      ...(await pages((more) =>
        client.send(
          new ScanCommand({
            TableName,
            Segment,
            TotalSegments,
            ...(random.chance(0.3) ? { Limit: 1 + random.below(9) } : {}),
            ...(filter.text === undefined
              ? {}
              : { FilterExpression: filter.text, ExpressionAttributeValues: marshall(filter.values) }),
            ...more,
          }),
        ),
      )),
    );
  assert.deepEqual(byKey(found), byKey(table.all().filter(filter.isTrueOf)));
}

async function pages(
  read: (more: { ExclusiveStartKey?: Attributes }) => Promise<{ Items?: Attributes[]; LastEvaluatedKey?: Attributes }>,
): Promise<ModelItem[]> {
  const found: ModelItem[] = [];
  let more: { ExclusiveStartKey?: Attributes } = {};
  do {
    const { Items = [], LastEvaluatedKey } = await read(more);
    found.push(...Items.map((item) => plain(item) as ModelItem));
    more = LastEvaluatedKey ? { ExclusiveStartKey: LastEvaluatedKey } : {};
  } while (more.ExclusiveStartKey);
  return found;
}

function anyAction(random: Random, TableName: string): Action {
  const item = anyItem(random);
  const condition = anyCondition(random);
  const { pk, sk } = item;
  const members = (values: object): object => {
    const given = { ...condition.values, ...values };
    return {
      TableName,
      ...(condition.text === undefined ? {} : { ConditionExpression: condition.text }),
      ...(Object.keys(given).length > 0 ? { ExpressionAttributeValues: marshall(given) } : {}),
    };
  };
  const model = (after: ModelWrite['after']): ModelWrite => ({ pk, sk, isAllowed: condition.isTrueOf, after });
  if (random.chance(0.4)) return { model: model(() => item), request: { Put: { ...members({}), Item: wire(item) } } };
  if (random.chance(0.3)) return { model: model(() => undefined), request: { Delete: { ...members({}), Key: keyOf(item) } } };
  const { text, values, change } = anyUpdate(random);
  return {
    model: model((before) => change(before ?? { pk, sk, v: 0, tags: [] })),
    request: { Update: { ...members(values), Key: keyOf(item), UpdateExpression: text } },
  };
}

/** Updates that fit whatever is there: `v` is always set with them, as the model's items always have it. */
function anyUpdate(random: Random): { text: string; values: object; change: (item: ModelItem) => ModelItem } {
  const [by, tag, g] = [random.below(100) - 50, random.pick(TAGS), random.pick(GROUPS)];
  return random.pick([
    { text: 'ADD v :by', values: { ':by': by }, change: (item) => ({ ...item, v: item.v + by }) },
    {
      text: 'SET v = if_not_exists(v, :zero) - :by REMOVE g',
      values: { ':by': by, ':zero': 0 },
      change: ({ pk, sk, v, tags }) => ({ pk, sk, v: v - by, tags }),
    },
    { text: 'SET g = :to ADD v :zero', values: { ':to': g, ':zero': 0 }, change: (item) => ({ ...item, g }) },
    {
      text: 'ADD tags :tag, v :zero',
      values: { ':tag': new Set([tag]), ':zero': 0 },
      change: (item) => ({ ...item, tags: [...new Set([...item.tags, tag])].toSorted() }),
    },
    {
      text: 'DELETE tags :tag ADD v :zero',
      values: { ':tag': new Set([tag]), ':zero': 0 },
      change: (item) => ({ ...item, tags: item.tags.filter((each) => each !== tag) }),
    },
  ] satisfies { text: string; values: object; change: (item: ModelItem) => ModelItem }[]);
}

interface Question<Item> {
  readonly text: string | undefined;
  readonly values: object;
  readonly isTrueOf: (item: Item) => boolean;
}

function anyCondition(random: Random): Question<ModelItem | undefined> {
  const filter = anyFilter(random);
  return random.pick<Question<ModelItem | undefined>>([
    { text: undefined, values: {}, isTrueOf: () => true },
    { text: 'attribute_not_exists(pk)', values: {}, isTrueOf: (item) => item === undefined },
    { text: 'attribute_exists(pk)', values: {}, isTrueOf: (item) => item !== undefined },
    {
      text: filter.text && `attribute_not_exists(pk) OR (${filter.text})`,
      values: filter.values,
      isTrueOf: (item) => item === undefined || filter.isTrueOf(item),
    },
  ]);
}

function anyFilter(random: Random): Question<ModelItem> {
  const [limit, tag, g] = [random.below(100) - 50, random.pick(TAGS), random.pick(GROUPS)];
  return random.pick<Question<ModelItem>>([
    { text: undefined, values: {}, isTrueOf: () => true },
    { text: 'v > :l', values: { ':l': limit }, isTrueOf: ({ v }) => v > limit },
    { text: 'NOT v > :l', values: { ':l': limit }, isTrueOf: ({ v }) => v <= limit },
    { text: 'contains(tags, :t)', values: { ':t': tag }, isTrueOf: ({ tags }) => tags.includes(tag) },
    { text: 'size(tags) >= :n', values: { ':n': 2 }, isTrueOf: ({ tags }) => tags.length >= 2 },
    {
      text: 'attribute_not_exists(g) OR v BETWEEN :l AND :m',
      values: { ':l': limit, ':m': limit + 30 },
      isTrueOf: ({ g: own, v }) => own === undefined || (v >= limit && v <= limit + 30),
    },
    {
      text: 'attribute_exists(g) AND v IN (:l, :m)',
      values: { ':l': 0, ':m': limit },
      isTrueOf: ({ g: own, v }) => own !== undefined && (v === 0 || v === limit),
    },
    {
      text: 'v <> :l AND NOT contains(tags, :t)',
      values: { ':l': limit, ':t': tag },
      isTrueOf: ({ v, tags }) => v !== limit && !tags.includes(tag),
    },
    {
      text: 'attribute_type(tags, :ss) AND attribute_not_exists(zz[0].y)',
      values: { ':ss': 'SS' },
      isTrueOf: ({ tags }) => tags.length > 0,
    },
    { text: 'g = :g AND v < :l', values: { ':g': g, ':l': limit }, isTrueOf: (item) => item.g === g && item.v < limit },
    { text: 'g <> :g', values: { ':g': g }, isTrueOf: (item) => item.g !== g },
  ]);
}

function anyItem(random: Random): ModelItem {
  return {
    pk: random.pick(PARTITIONS),
    sk: random.pick(SORTS),
    ...(random.chance(0.5) ? { g: random.pick(GROUPS) } : {}),
    v: random.below(100) - 50,
    tags: TAGS.filter(() => random.chance(0.4)),
  };
}

function distinct<Given extends { readonly model: { readonly pk: string; readonly sk: number } }>(
  given: readonly Given[],
): readonly Given[] {
  return [...new Map(given.map((each) => [`${each.model.pk} ${each.model.sk}`, each])).values()];
}

function keyOf({ pk, sk }: { readonly pk: string; readonly sk: number }): Attributes {
  return marshall({ pk, sk });
}

function wire({ tags, ...item }: ModelItem): Attributes {
  return marshall({ ...item, ...(tags.length > 0 ? { tags: new Set(tags) } : {}) });
}

function plain(item: Attributes | undefined): ModelItem | undefined {
  if (!item) return undefined;
  const { tags, ...rest } = unmarshall(item) as Omit<ModelItem, 'tags'> & { tags?: Set<string> };
  return { ...rest, tags: [...(tags ?? [])].toSorted() };
}

function byKey(items: readonly (ModelItem | undefined)[]): readonly (ModelItem | undefined)[] {
  const id = (item: ModelItem | undefined): string => `${item?.pk} ${item?.sk}`;
  return items.toSorted((a, b) => (id(a) < id(b) ? -1 : 1));
}
