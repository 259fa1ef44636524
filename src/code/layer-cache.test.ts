import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { type ZipEntry, zip } from '../../test/e2e/zip.ts';
import { FilesystemBlobStore } from '../adapters/filesystem/blob-store.ts';
import { systemIds } from '../adapters/system/ids.ts';
import { CodeCache } from './code-cache.ts';
import { LayerCache } from './layer-cache.ts';

const home = mkdtempSync(join(tmpdir(), 'lambkin-layers-'));
after(() => rmSync(home, { recursive: true, force: true }));
let stages = 0;

type Files = Readonly<Record<string, ZipEntry>>;
const to = (target: string): ZipEntry => ({ content: target, mode: 0o120777 });

async function stage() {
  stages += 1;
  const root = join(home, String(stages));
  const blobs = await FilesystemBlobStore.open(join(root, 'blobs'), systemIds());
  const open = async (): Promise<{ code: CodeCache; layers: LayerCache }> => {
    const code = await CodeCache.open(join(root, 'code'), blobs, systemIds());
    return { code, layers: await LayerCache.open(join(root, 'layers'), code, systemIds()) };
  };
  const put = async (files: Files): Promise<string> => (await blobs.write(await zip(files))).id;
  const stacks = (): string[] => readdirSync(join(root, 'layers')).filter((name) => /^[0-9a-f]{64}$/.test(name));
  return { root, open, put, stacks, ...(await open()) };
}

/** All that is below a folder: a file's content, a link's target after an arrow. */
function contentOf(directory: string, path = ''): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(join(directory, path), { withFileTypes: true })) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) Object.assign(found, contentOf(directory, inner));
    else if (entry.isSymbolicLink()) found[inner] = `-> ${readlinkSync(join(directory, inner))}`;
    else found[inner] = readFileSync(join(directory, inner), 'utf8');
  }
  return found;
}

async function merged(...layers: readonly Files[]): Promise<Record<string, string>> {
  const { put, layers: cache } = await stage();
  const ids: string[] = [];
  for (const files of layers) ids.push(await put(files));
  return contentOf((await cache.acquire(ids)).directory);
}

test('without layers an empty folder, with one its package itself, with several their files in order', async () => {
  const { root, put, layers } = await stage();
  const [a, b, c] = [await put({ x: 'a', only: 'a' }), await put({ x: 'b', 'in/y': 'b' }), await put({ x: 'c', 'in/z': 'c' })];
  const none = await layers.acquire([]);
  assert.deepEqual(readdirSync(none.directory), []);
  assert.equal((await layers.acquire([b])).directory, join(root, 'code', b));
  assert.equal((await layers.acquire([b, b])).directory, join(root, 'code', b), 'two layers of the same content');
  const all = await layers.acquire([a, b, c]);
  assert.deepEqual(contentOf(all.directory), { x: 'c', only: 'a', 'in/y': 'b', 'in/z': 'c' });
  assert.equal(all.unzippedBytes, 6);
  assert.deepEqual(contentOf((await layers.acquire([c, b, a])).directory)['x'], 'a');
  assert.equal((await layers.acquire([a, b, c])).directory, all.directory, 'made once');
});

test('a later layer replaces whatever is in its place', async () => {
  assert.deepEqual(await merged({ 'a/b/c': '1', k: '1' }, { a: 'file' }), { a: 'file', k: '1' });
  assert.deepEqual(await merged({ a: 'file' }, { 'a/b': '2' }), { 'a/b': '2' });
  assert.deepEqual(await merged({ 'real/f': '1', a: to('real') }, { 'a/g': '2' }), { 'real/f': '1', 'a/g': '2' });
  assert.deepEqual(await merged({ 'a/f': '1' }, { 'real/f': '2', a: to('real') }), { 'real/f': '2', a: '-> real' });
  assert.deepEqual(await merged({ a: to('b'), b: '1' }, { a: 'file' }), { a: 'file', b: '1' });
  assert.deepEqual(await merged({ a: to('x'), x: '1' }, { a: to('y') }), { a: '-> y', x: '1' });
  assert.deepEqual(await merged({ a: to('gone') }, { 'a/b': '2' }), { 'a/b': '2' });
});

test('files keep their executable bits and take no space of their own', async () => {
  const { put, layers, root } = await stage();
  const program = await put({ run: { content: '#!/bin/sh', mode: 0o755 } });
  const { directory } = await layers.acquire([program, await put({ 'in/text': 'x' })]);
  assert.equal(statSync(join(directory, 'run')).mode & 0o777, 0o755);
  assert.equal(statSync(join(directory, 'in')).mode & 0o777, 0o755);
  assert.equal(statSync(directory).mode & 0o777, 0o755);
  assert.equal(statSync(join(directory, 'in/text')).mode & 0o777, 0o644);
  assert.equal(statSync(join(directory, 'run')).ino, statSync(join(root, 'code', program, 'run')).ino);
});

test('layers whose links lead out together are refused, and what the packages hold stays as it was', async () => {
  const { put, layers, root, stacks } = await stage();
  const hostile: readonly (readonly Files[])[] = [
    // Inside by its own text and alone; with the other layer's link one level higher than it says.
    [{ 'a/b/c': to('../..') }, { d: to('a/b/c/../../../etc') }],
    [{ d: to('a/b/c/../../../etc') }, { 'a/b/c': to('../..') }],
  ];
  for (const files of hostile) {
    const ids = [await put(files[0] ?? {}), await put(files[1] ?? {})];
    await assert.rejects(layers.acquire(ids), /the link d leads out of the layers/);
  }
  assert.deepEqual(stacks(), []);
  const victim = await put({ 'lib/file': 'victim', link: to('lib') });
  const writer = await put({ 'link/file': 'written', lib: to('other'), 'other/file': 'other' });
  const { directory } = await layers.acquire([victim, writer]);
  assert.deepEqual(contentOf(directory), { 'link/file': 'written', lib: '-> other', 'other/file': 'other' });
  assert.deepEqual(contentOf(join(root, 'code', victim)), { 'lib/file': 'victim', link: '-> lib' });
});

test('a package whose links lead out together is no package', async () => {
  const { put, layers } = await stage();
  const alone = await put({ 'a/b/c': to('../..'), d: to('a/b/c/../../../etc/passwd') });
  await assert.rejects(layers.acquire([alone]), { name: 'ArchiveRefused', reason: 'not-a-zip' });
});

test('more than five layers, and layers too large together, are refused', async () => {
  const { put, layers, stacks } = await stage();
  const ids = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => put({ n: String(n) })));
  await assert.rejects(layers.acquire(ids), /6 layers \(at most 5\)/);
  assert.equal((await layers.acquire(ids.slice(1))).unzippedBytes, 5);
  const zeros = Buffer.alloc(90_000_000);
  const large = await Promise.all([1, 2, 3].map((n) => put({ zeros, n: String(n) })));
  await assert.rejects(layers.acquire(large), /270000003 bytes together \(at most 262144000\)/);
  assert.equal(stacks().length, 1);
});

test('stacks outlive a restart; those that are unfinished or of unknown layers do not', async () => {
  const { put, layers, open, root, stacks } = await stage();
  const ids = [await put({ a: '1' }), await put({ b: '2' })];
  const { directory } = await layers.acquire(ids);
  const folder = lstatSync(directory).ino;
  mkdirSync(join(root, 'layers/making-0123/inner'), { recursive: true });
  mkdirSync(join(root, 'layers', 'e'.repeat(64)));
  const again = await open();
  assert.equal(stacks().length, 1);
  assert.equal(existsSync(join(root, 'layers/making-0123')), false);
  const held = await again.layers.acquire(ids);
  assert.equal(lstatSync(held.directory).ino, folder, 'not made again');
  assert.equal(await again.code.forget(ids[0] ?? ''), false, 'a stack of it is in use');
  held.release();
  assert.equal(await again.code.forget(ids[0] ?? ''), true);
  assert.deepEqual(stacks(), []);
  assert.deepEqual(contentOf((await again.layers.acquire(ids)).directory), { a: '1', b: '2' });
});

test('a stack is forgotten by itself when nobody uses it', async () => {
  const { put, layers, stacks } = await stage();
  const ids = [await put({ a: '1' }), await put({ b: '2' })];
  const held = await Promise.all([layers.acquire(ids), layers.acquire(ids)]);
  for (const { release } of held) {
    assert.equal(await layers.forget(ids), false);
    release();
  }
  assert.equal(await layers.forget(ids), true);
  assert.deepEqual(stacks(), []);
  assert.equal(await layers.forget(ids), true);
});

test('a layer that is no package fails those who ask, and only until it is one', async () => {
  const { put, layers, root } = await stage();
  const ids = [await put({ a: '1' }), 'd'.repeat(64)];
  await assert.rejects(layers.acquire(ids), { name: 'BlobMissing' });
  assert.deepEqual(
    readdirSync(join(root, 'layers')).filter((name) => name !== 'nothing'),
    [],
  );
  await writeFile(join(root, 'code', 'd'.repeat(64)), 'b');
  assert.deepEqual(contentOf((await layers.acquire(ids)).directory), { a: '1', b: 'b' });
});

/** What the merge must come to: each entry takes its place and clears whatever is at it, below it and in its way. */
function expectedOf(layers: readonly (readonly (readonly [string, string])[])[]): Record<string, string> {
  const found = new Map<string, string>();
  for (const layer of layers) {
    for (const [path, content] of layer) {
      for (const other of found.keys()) if (other.startsWith(`${path}/`) || path.startsWith(`${other}/`)) found.delete(other);
      found.set(path, content);
    }
  }
  return Object.fromEntries(found);
}

test('whatever layers hold, the merge shows the last of each and changes none of them', { timeout: 120_000 }, async () => {
  const { put, layers, root } = await stage();
  const name = fc.constantFrom('a', 'b', 'c');
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
  const content = fc.oneof(
    fc.constantFrom('1', '2', '3'),
    path.map((target) => `-> ${target}`),
  );
  const layer = fc
    .array(fc.tuple(path, content), { minLength: 1, maxLength: 5 })
    // No package has a file where it has a folder.
    .map((entries) => [...new Map(entries)].filter(([at], _, all) => !all.some(([other]) => other.startsWith(`${at}/`))));
  await fc.assert(
    fc.asyncProperty(fc.array(layer, { minLength: 2, maxLength: 4 }), async (stack) => {
      const ids: string[] = [];
      for (const entries of stack) {
        ids.push(
          await put(Object.fromEntries(entries.map(([at, text]) => [at, text.startsWith('-> ') ? to(text.slice(3)) : text]))),
        );
      }
      // The same package twice shows at its last place only.
      const shown = stack.filter((_, index) => ids.lastIndexOf(ids[index] ?? '') === index);
      const held = await layers.acquire(ids);
      assert.deepEqual(contentOf(held.directory), expectedOf(shown));
      for (const [index, entries] of stack.entries()) {
        assert.deepEqual(contentOf(join(root, 'code', ids[index] ?? '')), Object.fromEntries(entries));
      }
      held.release();
    }),
    { numRuns: 150 },
  );
});

async function writeFile(folder: string, name: string): Promise<void> {
  mkdirSync(folder);
  writeFileSync(join(folder, name), name);
}
