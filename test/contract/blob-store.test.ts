import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FilesystemBlobStore } from '../../src/adapters/filesystem/blob-store.ts';
import { systemIds } from '../../src/adapters/system/ids.ts';
import { testBlobStore } from './blob-store.ts';

const directory = mkdtempSync(join(tmpdir(), 'lambkin-blobs-'));
after(() => rmSync(directory, { recursive: true, force: true }));
let folders = 0;

testBlobStore('filesystem', () => {
  folders += 1;
  return FilesystemBlobStore.open(join(directory, String(folders)), systemIds());
});

test('filesystem: what a crash left half written is swept at the next opening', async () => {
  const root = join(directory, 'crashed');
  mkdirSync(join(root, 'incoming'), { recursive: true });
  writeFileSync(join(root, 'incoming', 'half'), 'x');
  await FilesystemBlobStore.open(root, systemIds());
  assert.equal(existsSync(join(root, 'incoming', 'half')), false);
});
