import type { Document, ListRequest, MetadataStore } from '../../ports/metadata-store.ts';
import { iamError } from './iam-errors.ts';

/** Something to list, under an id that a marker can hold. */
export type Listed<Item> = readonly [id: string, item: Item];

/** Gives what comes after an id, in order, or everything. */
export type ListSource<Item> = (after: string | undefined) => AsyncIterable<Listed<Item>> | Iterable<Listed<Item>>;

/** A page and how it goes on, as IAM's listings answer. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly rest: { readonly IsTruncated: boolean; readonly Marker?: string };
}

const ITEMS_DEFAULT = 100;
const DOCUMENTS_AT_ONCE = 200;
const MARKER = /^lk1-([\w-]+)$/;

/** Takes a page of a source. Throws ValidationError for a marker that is not ours. */
export async function takePage<Item>(
  input: { readonly Marker?: string; readonly MaxItems?: number },
  source: ListSource<Item>,
): Promise<Page<Item>> {
  const countMax = input.MaxItems ?? ITEMS_DEFAULT;
  const items: Item[] = [];
  let last = '';
  for await (const [id, item] of source(input.Marker === undefined ? undefined : idOf(input.Marker))) {
    if (items.length === countMax)
      return { items, rest: { IsTruncated: true, Marker: `lk1-${Buffer.from(last).toString('base64url')}` } };
    items.push(item);
    last = id;
  }
  return { items, rest: { IsTruncated: false } };
}

/** A source over what is in memory. */
export function listedItems<Item>(items: readonly Listed<Item>[]): ListSource<Item> {
  return (after) => {
    if (after === undefined) return items;
    const at = items.findIndex(([id]) => id === after);
    if (at === -1) throw invalidMarker();
    return items.slice(at + 1);
  };
}

/** All documents of a kind, read a few at a time. */
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

function idOf(marker: string): string {
  const encoded = MARKER.exec(marker)?.[1];
  if (encoded === undefined) throw invalidMarker();
  return Buffer.from(encoded, 'base64url').toString();
}

function invalidMarker(): Error {
  return iamError('ValidationError', 'Invalid Marker.');
}
