import type { Document, ListRequest, MetadataStore } from '../../ports/metadata-store.ts';
import { invalid } from './scheduler-errors.ts';

/** A page of a listing. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Members of the answer that say where to go on. */
  readonly rest: { readonly NextToken?: string };
}

const ITEMS_MAX = 100;
const DOCUMENTS_AT_ONCE = 100;
const TOKEN = /^lk1-([\w-]+)$/;

/** Takes a page of the documents that fit, in the order of their ids. Throws ValidationException for a token that is not ours. */
export async function takePage<Body>(
  store: MetadataStore,
  input: { readonly NextToken?: string; readonly MaxResults?: number },
  place: Omit<ListRequest, 'limit' | 'after'>,
  fits: (document: Document<Body>) => boolean,
): Promise<Page<Document<Body>>> {
  const countMax = input.MaxResults ?? ITEMS_MAX;
  const items: Document<Body>[] = [];
  let after = input.NextToken === undefined ? undefined : idOf(input.NextToken);
  for (;;) {
    const request = { ...place, limit: DOCUMENTS_AT_ONCE, ...(after === undefined ? {} : { after }) };
    const found = await store.list<Body>(request);
    for (const document of found) {
      if (!fits(document)) continue;
      if (items.length === countMax) return { items, rest: { NextToken: tokenOf(items.at(-1)?.key.id ?? '') } };
      items.push(document);
    }
    after = found.at(-1)?.key.id;
    if (found.length < DOCUMENTS_AT_ONCE) return { items, rest: {} };
  }
}

function tokenOf(id: string): string {
  return `lk1-${Buffer.from(id).toString('base64url')}`;
}

function idOf(token: string): string {
  const encoded = TOKEN.exec(token)?.[1];
  if (encoded === undefined) throw invalid('Invalid NextToken provided.');
  return Buffer.from(encoded, 'base64url').toString();
}
