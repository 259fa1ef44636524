import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { zip } from '../../test/e2e/zip.ts';
import { FilesystemBlobStore } from '../adapters/filesystem/blob-store.ts';
import { systemIds } from '../adapters/system/ids.ts';
import { CodeCache } from './code-cache.ts';
import { takePackage } from './package-intake.ts';

const home = mkdtempSync(join(tmpdir(), 'lambkin-code-cache-'));
after(() => rmSync(home, { recursive: true, force: true }));
const PACKAGE = await zip({
  'a/b.txt': 'text',
  main: 'x'.repeat(1_000),
  'a/up': { content: '..', mode: 0o120777 },
});
const UNZIPPED_BYTES = 4 + 1_000 + 2;
const NAME_OTHER = 'f'.repeat(64);

async function stage(name: string) {
  const root = join(home, name);
  const blobs = await FilesystemBlobStore.open(join(root, 'blobs'), systemIds());
  const code = join(root, 'code');
  const open = (): Promise<CodeCache> => CodeCache.open(code, blobs, systemIds());
  return { blobs, code, open, cache: await open() };
}

test('the unzipped size is told when a package comes in, and after a restart without looking at it again', async () => {
  const { blobs, code, open, cache } = await stage('restart');
  const taken = await takePackage({ blobs, cache, objects: { read: () => assert.fail() } }, { ZipFile: PACKAGE }, LOCALITY);
  assert.equal(taken.unzippedBytes, UNZIPPED_BYTES);
  assert.equal(await cache.add(taken.blobId, Buffer.from('is there already')), UNZIPPED_BYTES);
  // Would be counted if the folder were.
  writeFileSync(join(code, taken.blobId, 'more'), 'y');
  const again = await open();
  assert.equal(await again.unzippedBytes(taken.blobId), UNZIPPED_BYTES);
  const held = await again.acquire(taken.blobId);
  assert.equal(held.unzippedBytes, UNZIPPED_BYTES);
  assert.equal(readFileSync(join(held.directory, 'a/up/a/b.txt'), 'utf8'), 'text');
});

test('a size that was lost or is no size is measured, links not followed, and kept again', async () => {
  const { blobs, code, open, cache } = await stage('lost');
  const { id } = await blobs.write(PACKAGE);
  await cache.add(id, PACKAGE);
  for (const spoil of [
    () => rmSync(join(code, `${id}.json`)),
    () => writeFileSync(join(code, `${id}.json`), '{"sizeBytes":"1"}'),
  ]) {
    spoil();
    assert.equal(await (await open()).unzippedBytes(id), UNZIPPED_BYTES);
    assert.equal(JSON.parse(readFileSync(join(code, `${id}.json`), 'utf8')).sizeBytes, UNZIPPED_BYTES);
  }
});

test('what a run that was cut off left behind is swept', async () => {
  const { blobs, code, open, cache } = await stage('swept');
  const { id } = await blobs.write(PACKAGE);
  await cache.add(id, PACKAGE);
  for (const name of ['making-1', 'removing-2']) mkdirSync(join(code, name, 'inner'), { recursive: true });
  writeFileSync(join(code, 'making-3'), '{');
  writeFileSync(join(code, `${NAME_OTHER}.json`), '{}');
  await open();
  assert.deepEqual(readdirSync(code).toSorted(), [id, `${id}.json`]);
});

test('a package is forgotten when nobody uses it or what was made of it, and comes back when asked for again', async () => {
  const { blobs, code, cache } = await stage('forget');
  const { id } = await blobs.write(PACKAGE);
  let mayForget = false;
  cache.onForget(async (blobId) => {
    assert.equal(blobId, id);
    return mayForget;
  });
  const held = await cache.acquire(id);
  assert.equal(await cache.forget(id), false);
  held.release();
  held.release();
  assert.equal(await cache.forget(id), false, 'the listener has said no');
  mayForget = true;
  // Whoever asks while it is being removed gets it whole.
  const [forgotten, again] = await Promise.all([cache.forget(id), turn().then(() => cache.acquire(id))]);
  assert.equal(forgotten, true);
  assert.equal(readFileSync(join(again.directory, 'a/b.txt'), 'utf8'), 'text');
  again.release();
  assert.equal(await cache.forget(id), true);
  assert.equal(existsSync(join(code, id)), false);
  assert.deepEqual(readdirSync(code), []);
});

test('a layer without a source is told so in its own words', async () => {
  const { blobs, cache } = await stage('texts');
  const dependencies = { blobs, cache, objects: { read: () => assert.fail() } };
  const texts = { noSource: 'none', twoSources: 'two' };
  await assert.rejects(takePackage(dependencies, {}, LOCALITY, texts), /none/);
  await assert.rejects(takePackage(dependencies, { ZipFile: PACKAGE, S3Key: 'k' }, LOCALITY, texts), /two/);
});

const LOCALITY = { account: '000000000000', region: 'us-east-1' };

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
