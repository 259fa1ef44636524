import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { zip } from '../../test/e2e/zip.ts';
import { FakeClock } from '../adapters/memory/fake-clock.ts';
import { FilesystemBlobStore } from '../adapters/filesystem/blob-store.ts';
import { MemoryMetadataStore } from '../adapters/memory/metadata-store.ts';
import { QuietLogger } from '../adapters/memory/quiet-logger.ts';
import { systemIds } from '../adapters/system/ids.ts';
import { CodeCache } from '../code/code-cache.ts';
import { LATEST, versionKey } from './documents.ts';
import { PackageSweeper } from './package-sweeper.ts';

const KEY = versionKey({ account: '1', region: 'r' }, 'f', LATEST);
const MINUTES_MS = 300_000;

async function world(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'lambkin-sweeper-'));
  const [clock, store] = [new FakeClock(), new MemoryMetadataStore()];
  const blobs = await FilesystemBlobStore.open(join(directory, 'blobs'), systemIds());
  const cache = await CodeCache.open(join(directory, 'code'), blobs, systemIds());
  const sweeper = new PackageSweeper({ store, code: { blobs, cache }, clock, logger: new QuietLogger() });
  sweeper.start();
  t.after(async () => {
    await sweeper.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const take = async (text: string): Promise<string> => {
    const bytes = await zip({ 'index.js': text });
    const { id } = await blobs.write(bytes);
    await cache.add(id, bytes);
    return id;
  };
  const refer = (codeBlobId: string): Promise<unknown> => store.commit([{ put: KEY, body: { configuration: {}, codeBlobId } }]);
  /** Lets the clock's timer fire and what it began come to its end. */
  const swept = async (): Promise<void> => {
    await clock.advance(MINUTES_MS);
    await sweeper.referring(async () => {});
  };
  return { sweeper, blobs, cache, take, refer, swept, clock };
}

test('a package that an update has replaced goes while the server runs', async (t) => {
  const { blobs, take, refer, swept } = await world(t);
  const [before, after] = [await take('1'), await take('2')];
  await refer(before);
  await refer(after);
  await swept();
  assert.deepEqual([await blobs.has(before), await blobs.has(after)], [false, true]);
});

test('nothing goes while a request may refer to it, and it is made up for', async (t) => {
  const { sweeper, blobs, take, refer, swept, clock } = await world(t);
  await refer(await take('1'));
  const stop = Promise.withResolvers<void>();
  const coming = await take('2');
  const request = sweeper.referring(() => stop.promise);
  await clock.advance(MINUTES_MS);
  assert.equal(await blobs.has(coming), true);
  stop.resolve();
  await request;
  await swept();
  assert.equal(await blobs.has(coming), false);
});

test('what an environment still runs goes with a later look', async (t) => {
  const { blobs, cache, take, refer, swept } = await world(t);
  const before = await take('1');
  await refer(before);
  const held = await cache.acquire(before);
  await refer(await take('2'));
  await swept();
  assert.equal(await blobs.has(before), true);
  held.release();
  await swept();
  assert.equal(await blobs.has(before), false);
});
