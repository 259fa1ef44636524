import type { Document, ListRequest, MetadataStore } from '../../ports/metadata-store.ts';
import { eventsError } from './events-errors.ts';

/** A page of a listing. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Members of the answer that say where to go on. */
  readonly rest: { readonly NextToken?: string };
}

const ITEMS_MAX = 100;
const DOCUMENTS_AT_ONCE = 100;
const TOKEN = /^lk1-([\w-]+)$/;

/** Takes a page of items with ascending ids. Throws ValidationException for a token that is not ours. */
export async function takePage<Item>(
  input: { readonly NextToken?: string; readonly Limit?: number },
  source: (after: string | undefined) => AsyncIterable<readonly [string, Item]> | Iterable<readonly [string, Item]>,
): Promise<Page<Item>> {
  const countMax = input.Limit ?? ITEMS_MAX;
  const items: Item[] = [];
  let last = '';
  for await (const [id, item] of source(input.NextToken === undefined ? undefined : idOf(input.NextToken))) {
    if (items.length === countMax) return { items, rest: { NextToken: `lk1-${Buffer.from(last).toString('base64url')}` } };
    items.push(item);
    last = id;
  }
  return { items, rest: {} };
}

/** All documents of a kind, read some at a time. */
export async function* eachDocument<Body>(
  store: MetadataStore,
  request: Omit<ListRequest, 'limit'>,
): AsyncGenerator<Document<Body>> {
  let { after } = request;
  for (;;) {
    const found = await store.list<Body>({ ...request, ...(after === undefined ? {} : { after }), limit: DOCUMENTS_AT_ONCE });
    yield* found;
    after = found.at(-1)?.key.id;
    if (found.length < DOCUMENTS_AT_ONCE) return;
  }
}

function idOf(token: string): string {
  const encoded = TOKEN.exec(token)?.[1];
  if (encoded === undefined) throw eventsError('ValidationException', 'Parameter NextToken is not valid.');
  return Buffer.from(encoded, 'base64url').toString();
}
