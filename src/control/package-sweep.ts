import type { CodeCache } from '../code/code-cache.ts';
import type { BlobStore } from '../ports/blob-store.ts';
import type { ImageRegistry } from '../ports/image-registry.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import type { VersionDocument } from './documents.ts';
import { everyDocument } from './every-document.ts';
import type { LayerVersionDocument } from './layers.ts';

/** Where code is kept besides the documents that name it. */
export interface StoredCode {
  readonly blobs: BlobStore;
  readonly cache: CodeCache;
  /** Undefined where no engine runs images, or they are to stay. */
  readonly images?: ImageRegistry;
}

/**
 * Removes deployment packages and unpacked images that no version of any function or layer refers to any more. To be
 * called while no request is under way that takes one in: such a package has no version yet and would be taken for one of
 * these. Tells how many packages it has removed, and how many it left because an environment still runs them.
 */
export async function sweepCode(
  store: MetadataStore,
  { blobs, cache, images }: StoredCode,
): Promise<{ readonly removed: number; readonly inUse: number }> {
  // Read once for both: with thousands of functions each reading would be felt in the start.
  const used = await usedCode(store);
  await images?.keepOnly(used.images);
  let [removed, inUse] = [0, 0];
  for await (const id of blobs.ids()) {
    if (used.packages.has(id)) continue;
    if (await cache.forget(id)) {
      await blobs.remove(id);
      removed += 1;
    } else inUse += 1;
  }
  return { removed, inUse };
}

async function usedCode(store: MetadataStore): Promise<{ packages: Set<string>; images: Set<string> }> {
  const packages = new Set<string>();
  const images = new Set<string>();
  for await (const { body } of everyDocument<VersionDocument>(store, 'function-version')) {
    const { origin, active } = body;
    for (const { codeBlobId, layerBlobIds = [] } of [body, ...(active ? [active] : [])]) {
      packages.add(codeBlobId);
      // A layer version that was deleted lives on in the functions that use it.
      for (const layerBlobId of layerBlobIds) packages.add(layerBlobId);
    }
    for (const uri of [origin?.resolvedImageUri, active?.image?.resolvedUri])
      if (uri !== undefined) images.add(uri.slice(uri.indexOf('@') + 1));
  }
  for await (const { body } of everyDocument<LayerVersionDocument>(store, 'layer-version')) packages.add(body.codeBlobId);
  return { packages, images };
}
