import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { zip } from '../../test/e2e/zip.ts';
import { FilesystemBlobStore } from '../adapters/filesystem/blob-store.ts';
import { MemoryMetadataStore } from '../adapters/memory/metadata-store.ts';
import { systemIds } from '../adapters/system/ids.ts';
import { CodeCache } from '../code/code-cache.ts';
import type { ImageRegistry } from '../ports/image-registry.ts';
import { LATEST, versionKey } from './documents.ts';
import { sweepCode } from './package-sweep.ts';

const directory = mkdtempSync(join(tmpdir(), 'lambkin-sweep-'));
after(() => rmSync(directory, { recursive: true, force: true }));

async function openCode(): Promise<{ blobs: FilesystemBlobStore; cache: CodeCache }> {
  const blobs = await FilesystemBlobStore.open(join(directory, 'blobs'), systemIds());
  return { blobs, cache: await CodeCache.open(join(directory, 'code'), blobs, systemIds()) };
}

test('packages that a version runs, or an update is about to replace, stay; others go with what was unpacked of them', async () => {
  const store = new MemoryMetadataStore();
  const { blobs, cache } = await openCode();
  const ids: string[] = [];
  for (const name of ['current', 'previous', 'orphan']) {
    const bytes = await zip({ [name]: name });
    const { id } = await blobs.write(bytes);
    await cache.add(id, bytes);
    ids.push(id);
  }
  const [current = '', previous = '', orphan = ''] = ids;
  const body = { configuration: { FunctionName: 'f' }, codeBlobId: current, active: { codeBlobId: previous } };
  await store.commit([{ put: versionKey({ account: '1', region: 'r' }, 'f', LATEST), body }]);
  assert.deepEqual(await sweepCode(store, { blobs, cache }), { removed: 1, inUse: 0 });
  assert.deepEqual([await blobs.has(current), await blobs.has(previous), await blobs.has(orphan)], [true, true, false]);
  assert.equal(existsSync(join(directory, 'code', orphan)), false);
  assert.equal(existsSync(join(directory, 'code', current)), true);
});

test('images that a version runs, or an update is about to take, are kept; which others there are is not asked here', async () => {
  const store = new MemoryMetadataStore();
  const key = versionKey({ account: '1', region: 'r' }, 'f', LATEST);
  const active = { image: { resolvedUri: 'host/app@sha256:before' } };
  await store.commit([{ put: key, body: { codeBlobId: '', origin: { resolvedImageUri: 'host/app@sha256:next' }, active } }]);
  const kept: string[] = [];
  const images: ImageRegistry = {
    resolve: () => assert.fail('nothing is looked up'),
    prepare: () => assert.fail('nothing is pulled'),
    keepOnly: async (digests) => kept.push(...digests),
  };
  await sweepCode(store, { ...(await openCode()), images });
  assert.deepEqual(kept.toSorted(), ['sha256:before', 'sha256:next']);
});
