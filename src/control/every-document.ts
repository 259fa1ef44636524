import type { Document, ListRequest, MetadataStore } from '../ports/metadata-store.ts';

const DOCUMENTS_PER_PAGE = 500;

/** The documents of a kind in one account and region, a page read at a time. */
export async function* eachDocument<Body>(
  store: MetadataStore,
  request: Omit<ListRequest, 'limit'>,
): AsyncGenerator<Document<Body>> {
  let { after } = request;
  for (;;) {
    const marker = after === undefined ? {} : { after };
    const page: Document<Body>[] = await store.list<Body>({ ...request, ...marker, limit: DOCUMENTS_PER_PAGE });
    yield* page;
    after = page.at(-1)?.key.id;
    if (page.length < DOCUMENTS_PER_PAGE) return;
  }
}

/** The same in every account and region; for work at start-up. */
export async function* everyDocument<Body>(store: MetadataStore, kind: string): AsyncGenerator<Document<Body>> {
  for (const { account, region } of await store.scopes(kind)) yield* eachDocument<Body>(store, { account, region, kind });
}
