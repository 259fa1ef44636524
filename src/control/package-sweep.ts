import type { CodeCache } from '../code/code-cache.ts';
import type { BlobStore } from '../ports/blob-store.ts';
import type { ImageRegistry } from '../ports/image-registry.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import type { VersionDocument } from './documents.ts';
import { everyDocument } from './every-document.ts';
import type { LayerVersionDocument } from './layers.ts';

/**
 * Removes deployment packages that no version of any function or layer refers to any more. To be called before requests are
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

/** The same for unpacked container images. */
export async function sweepImages(store: MetadataStore, images: ImageRegistry): Promise<number> {
  const used = new Set<string>();
  await forEach<VersionDocument>(store, 'function-version', ({ origin, active }) => {
    for (const uri of [origin?.resolvedImageUri, active?.image?.resolvedUri])
      if (uri !== undefined) used.add(uri.slice(uri.indexOf('@') + 1));
  });
  return images.keepOnly(used);
}

async function usedPackages(store: MetadataStore): Promise<Set<string>> {
  const used = new Set<string>();
  await forEach<VersionDocument>(store, 'function-version', (version) => {
    for (const { codeBlobId, layerBlobIds = [] } of [version, ...(version.active ? [version.active] : [])]) {
      used.add(codeBlobId);
      // A layer version that was deleted lives on in the functions that use it.
      for (const layerBlobId of layerBlobIds) used.add(layerBlobId);
    }
  });
  await forEach<LayerVersionDocument>(store, 'layer-version', ({ codeBlobId }) => used.add(codeBlobId));
  return used;
}

async function forEach<Body>(store: MetadataStore, kind: string, visit: (body: Body) => void): Promise<void> {
  for await (const { body } of everyDocument<Body>(store, kind)) visit(body);
}
