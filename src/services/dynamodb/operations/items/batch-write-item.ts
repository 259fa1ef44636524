import { ItemStoreBusy } from '../../../../ports/item-store.ts';
import { readJsonMembers } from '../../../../wire/aws-json/json-members.ts';
import type { RequestContext } from '../../../../wire/service.ts';
import type { DynamoDb, DynamoDbOperation, Input } from '../../dynamodb-context.ts';
import { tableRequests } from '../../items/batch-requests.ts';
import { type Capacity, consumedCapacity, sumOf, writeCapacity } from '../../items/capacity.ts';
import { deleteAction, type ItemAction, outcomeOf, putAction } from '../../items/item-actions.ts';
import { refId } from '../../items/item-refs.ts';
import { REQUIRED, WRITE_REPORT } from '../../items/request-members.ts';
import { parseItem } from '../../values/parse-value.ts';
import { serialization, validation } from '../../values/validation.ts';
import { collectionMetrics } from './write-item.ts';

const WRITES_MAX = 25;
const BYTES_MAX = 16_777_216;

/** One write of a batch. */
interface BatchWrite {
  /** As the request names the table. */
  readonly name: string;
  readonly given: unknown;
  readonly action: ItemAction;
}

/** BatchWriteItem. Each write stands for itself; those that the disk is too busy for are not processed. */
export const batchWriteItem: DynamoDbOperation = async (dynamodb, input, context) => {
  const members = readJsonMembers({ RequestItems: REQUIRED, ...WRITE_REPORT }, input);
  const writes = readWrites(dynamodb, members.RequestItems, context);
  const done = await Promise.all(writes.map(async (write) => ({ write, capacity: await writeOne(dynamodb, write) })));
  const unprocessed: Record<string, unknown[]> = {};
  const used = new Map<string, { readonly write: BatchWrite; readonly capacities: Capacity[] }>();
  const collections: Record<string, object[]> = {};
  for (const { write, capacity } of done) {
    if (!capacity) {
      (unprocessed[write.name] ??= []).push(write.given);
      continue;
    }
    const own = used.get(write.name) ?? { write, capacities: [] };
    own.capacities.push(capacity);
    used.set(write.name, own);
    const { ItemCollectionMetrics } = collectionMetrics(write.action);
    if (members.ReturnItemCollectionMetrics === 'SIZE' && ItemCollectionMetrics)
      (collections[write.name] ??= []).push(ItemCollectionMetrics);
  }
  const report = members.ReturnConsumedCapacity;
  return {
    UnprocessedItems: unprocessed,
    ...(Object.keys(collections).length > 0 ? { ItemCollectionMetrics: collections } : {}),
    ...(report === 'TOTAL' || report === 'INDEXES'
      ? {
          ConsumedCapacity: [...used.values()].map(({ write, capacities }) =>
            consumedCapacity(write.action.table, sumOf(capacities), report),
          ),
        }
      : {}),
  };
};

/** What it used; undefined when it could not be written now. */
async function writeOne({ items }: DynamoDb, { action }: BatchWrite): Promise<Capacity | undefined> {
  const { table, ref } = action;
  try {
    return await items.transact([ref], ([found]) => {
      const before = found && table.itemOf(found);
      const after = outcomeOf(action, before);
      return { writes: table.writesOf(before, after), result: writeCapacity(table, before, after) };
    });
  } catch (error) {
    if (error instanceof ItemStoreBusy) return undefined;
    throw error;
  }
}

function readWrites({ tables }: DynamoDb, given: unknown, context: RequestContext): readonly BatchWrite[] {
  const parsed = tableRequests(given).flatMap(([name, list]) => {
    if (!Array.isArray(list)) throw serialization('Start of structure or map found where not expected');
    if (list.length === 0 || list.length > WRITES_MAX) throw wrongCount(name, list.length);
    return (list as unknown[]).map((each) => ({ name, given: each, ...parseWrite(each) }));
  });
  if (parsed.length > WRITES_MAX) throw validation('Too many items requested for the BatchWriteItem call');
  if (Buffer.byteLength(JSON.stringify(given)) > BYTES_MAX)
    throw validation('The batch write request size exceeds the limit of 16 MB');
  const seen = new Set<string>();
  return parsed.map(({ name, given: each, kind, item }) => {
    const table = tables.open(context, name);
    const action = (kind === 'put' ? putAction : deleteAction)(table, item, { expressions: {}, showsFailed: false });
    const id = refId(action.ref);
    if (seen.has(id)) throw validation('Provided list of item keys contains duplicates');
    seen.add(id);
    return { name, given: each, action };
  });
}

function parseWrite(given: unknown): { readonly kind: 'put' | 'delete'; readonly item: ReturnType<typeof parseItem> } {
  const { PutRequest, DeleteRequest } = (given ?? {}) as Readonly<Record<string, Input | null | undefined>>;
  if ((PutRequest ?? undefined) !== undefined && (DeleteRequest ?? undefined) !== undefined)
    throw validation(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    );
  const kind = PutRequest ? 'put' : 'delete';
  const item = PutRequest ? PutRequest['Item'] : DeleteRequest?.['Key'];
  if (!PutRequest && !DeleteRequest)
    throw validation('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes');
  if (item === undefined || item === null)
    throw validation(
      `1 validation error detected: Value null at 'requestItems.member.1.member.${kind}Request.${kind === 'put' ? 'item' : 'key'}' failed to satisfy constraint: Member must not be null`,
    );
  return { kind, item: parseItem(item) };
}

function wrongCount(name: string, count: number): Error {
  return validation(
    `1 validation error detected: Value '{${name}=[${count} requests]}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to ${WRITES_MAX}, Member must have length greater than or equal to 1]`,
  );
}
