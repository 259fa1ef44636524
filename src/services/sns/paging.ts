import type { Document, ListRequest, MetadataStore } from '../../ports/metadata-store.ts';
import { invalidParameter } from './sns-errors.ts';

const ITEMS_MAX = 100;

/** A page of documents, 100 as AWS gives them, and where it goes on. Throws InvalidParameter for a token that is not ours. */
export async function takePage<Body>(
  store: MetadataStore,
  request: Omit<ListRequest, 'limit' | 'after'>,
  token: string | undefined,
): Promise<{ readonly documents: readonly Document<Body>[]; readonly rest: { readonly NextToken?: string } }> {
  const after = token === undefined || token === '' ? undefined : readToken(token);
  const found = await store.list<Body>({ ...request, limit: ITEMS_MAX + 1, ...(after === undefined ? {} : { after }) });
  const documents = found.slice(0, ITEMS_MAX);
  const last = documents.at(-1);
  if (found.length <= ITEMS_MAX || !last) return { documents, rest: {} };
  return { documents, rest: { NextToken: Buffer.from(`1 ${last.key.id}`).toString('base64') } };
}

function readToken(token: string): string {
  const text = Buffer.from(token, 'base64').toString();
  if (!text.startsWith('1 ')) throw invalidParameter('NextToken');
  return text.slice(2);
}
