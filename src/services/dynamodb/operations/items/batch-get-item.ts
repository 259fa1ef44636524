import type { ItemRef } from '../../../../ports/item-store.ts';
import { readJsonMembers } from '../../../../wire/aws-json/json-members.ts';
import type { RequestContext } from '../../../../wire/service.ts';
import type { DynamoDb, DynamoDbOperation, Input } from '../../dynamodb-context.ts';
import { type Projection, readExpressions } from '../../expressions/expressions.ts';
import { checkCount, tableRequests } from '../../items/batch-requests.ts';
import { type Capacity, consumedCapacity, readUnits, sumOf } from '../../items/capacity.ts';
import { refId } from '../../items/item-refs.ts';
import { checkKey, checkKeyPaths } from '../../items/key-checks.ts';
import { FLAG, READ_REPORT, REQUIRED } from '../../items/request-members.ts';
import type { OpenTable } from '../../tables/open-table.ts';
import type { Item } from '../../values/attribute-value.ts';
import { itemSize } from '../../values/item-size.ts';
import { parseItem } from '../../values/parse-value.ts';
import { validation } from '../../values/validation.ts';

const KEYS_MAX = 100;
const BYTES_MAX = 16_777_216;

/** What is wanted of one table. */
interface TableRequest {
  /** As the request names the table. */
  readonly name: string;
  readonly given: Input;
  readonly table: OpenTable;
  readonly keys: readonly { readonly given: unknown; readonly ref: ItemRef }[];
  readonly isConsistent: boolean;
  readonly projection?: Projection;
}

/** BatchGetItem. What would make the answer larger than 16 MB is not processed. */
export const batchGetItem: DynamoDbOperation = async (dynamodb, input, context) => {
  const members = readJsonMembers({ RequestItems: REQUIRED, ...READ_REPORT }, input);
  const requests = readRequests(dynamodb, members.RequestItems, context);
  const found = await dynamodb.items.get(requests.flatMap(({ keys }) => keys.map(({ ref }) => ref)));
  const report = members.ReturnConsumedCapacity;
  const responses: Record<string, Item[]> = {};
  const unprocessed: Record<string, object> = {};
  const capacities: object[] = [];
  let [at, bytes] = [0, 0];
  for (const { name, given, table, keys, isConsistent, projection } of requests) {
    const left: unknown[] = [];
    const used: Capacity[] = [];
    const items: Item[] = [];
    for (const key of keys) {
      const stored = found[at];
      at += 1;
      const item = stored && table.itemOf(stored);
      const size = item ? itemSize(item) : 0;
      if (bytes > 0 && bytes + size > BYTES_MAX) {
        left.push(key.given);
        continue;
      }
      bytes += size;
      used.push({ table: readUnits(size, isConsistent ? 'consistent' : 'eventual'), indexes: new Map() });
      if (item) items.push(projection ? projection.of(item) : item);
    }
    responses[name] = items;
    if (left.length > 0) unprocessed[name] = { ...given, Keys: left };
    if (report === 'TOTAL' || report === 'INDEXES') capacities.push(consumedCapacity(table, sumOf(used), report));
  }
  return {
    Responses: responses,
    UnprocessedKeys: unprocessed,
    ...(capacities.length > 0 ? { ConsumedCapacity: capacities } : {}),
  };
};

function readRequests({ tables }: DynamoDb, given: unknown, context: RequestContext): readonly TableRequest[] {
  const seen = new Set<string>();
  const parsed = tableRequests(given).map(([name, members]) => {
    const { Keys, ConsistentRead } = readJsonMembers(
      { Keys: { type: 'list', of: { type: 'any' }, countMin: 1, countMax: Infinity, required: true }, ConsistentRead: FLAG },
      members as Input,
    );
    checkCount(`requestItems.${name}.member.keys`, Keys.length, KEYS_MAX);
    const { projection } = readExpressions(members as Input, ['ProjectionExpression']);
    return {
      name,
      given: members as Input,
      keys: Keys.map((key) => ({ given: key, key: parseItem(key) })),
      isConsistent: ConsistentRead ?? false,
      projection,
    };
  });
  if (parsed.reduce((sum, { keys }) => sum + keys.length, 0) > KEYS_MAX)
    throw validation('Too many items requested for the BatchGetItem call');
  return parsed.map(({ name, given: members, keys, isConsistent, projection }) => {
    const table = tables.open(context, name);
    if (projection) checkKeyPaths(table, projection.paths);
    const named = keys.map(({ given: key, key: item }) => {
      checkKey(table, item);
      const ref = table.refOf(item);
      const id = refId(ref);
      if (seen.has(id)) throw validation('Provided list of item keys contains duplicates');
      seen.add(id);
      return { given: key, ref };
    });
    return { name, given: members, table, keys: named, isConsistent, ...(projection ? { projection } : {}) };
  });
}
