import type { CodeCache } from '../code/code-cache.ts';
import type { BlobStore } from '../ports/blob-store.ts';
import type { Document, MetadataStore } from '../ports/metadata-store.ts';
import type { VersionDocument } from './documents.ts';

const PAGE = 500;

/**
 * Removes deployment packages that no version of any function refers to any more. To be called before requests are
 * taken: a package that is just coming in has no version yet and would be taken for one of these.
 */
export async function sweepPackages(store: MetadataStore, blobs: BlobStore, cache: CodeCache): Promise<number> {
  const used = await usedPackages(store);
  let removed = 0;
  for await (const id of blobs.ids()) {
    if (used.has(id)) continue;
    await cache.forget(id);
    await blobs.remove(id);
    removed += 1;
  }
  return removed;
}

async function usedPackages(store: MetadataStore): Promise<Set<string>> {
  const used = new Set<string>();
  for (const { account, region } of await store.scopes('function-version')) {
    let after: string | undefined;
    do {
      const marker = after === undefined ? {} : { after };
      const page: Document<VersionDocument>[] = await store.list<VersionDocument>({
        account,
        region,
        kind: 'function-version',
        limit: PAGE,
        ...marker,
      });
      for (const { body } of page) {
        used.add(body.codeBlobId);
        // During an update invokes still run the package before it.
        if (body.active) used.add(body.active.codeBlobId);
      }
      after = page.length === PAGE ? page.at(-1)?.key.id : undefined;
    } while (after !== undefined);
  }
  return used;
}
