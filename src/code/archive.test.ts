import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { type ZipEntry, zip } from '../../test/e2e/zip.ts';
import { ArchiveRefused, unpackArchive } from './archive.ts';

const root = mkdtempSync(join(tmpdir(), 'lambkin-archive-'));
after(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;

async function unpack(bytes: Buffer): Promise<string> {
  folders += 1;
  const folder = join(root, `inside-${folders}`);
  await unpackArchive(bytes, folder);
  return folder;
}

/** Writes other names of the same length over the names in an archive. */
function rename(bytes: Buffer, from: string, to: string): Buffer {
  assert.equal(from.length, to.length);
  return Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1');
}

const file = (mode: number, content = 'x'): ZipEntry => ({ content, mode });

test('files, folders, links inside and executable bits come out as they went in', async () => {
  const folder = await unpack(
    await zip({ 'a/b.txt': 'text', run: file(0o755), plain: file(0o600), 'to-b': file(0o120777, 'a/b.txt') }),
  );
  assert.equal(readFileSync(join(folder, 'to-b'), 'utf8'), 'text');
  assert.equal(statSync(join(folder, 'run')).mode & 0o777, 0o755);
  assert.equal(statSync(join(folder, 'plain')).mode & 0o777, 0o644, 'functions run as other users and must read it');
  assert.equal(statSync(join(folder, 'a')).mode & 0o777, 0o755);
});

test('archives that leave the folder, lie or hold what is no file are refused', async () => {
  const plain = await zip({ 'xxxx/evil': 'x', other: 'y' });
  const twice = rename(await zip({ name1: 'x', name2: 'y' }), 'name2', 'name1');
  const grown = await zip({ lies: 'x'.repeat(1_000) });
  const directory = grown.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
  grown.writeUInt32LE(10, directory + 24);
  const hostile: Record<string, Buffer> = {
    'no zip': Buffer.from('PK but no zip'),
    empty: Buffer.alloc(0),
    cut: plain.subarray(0, plain.length - 10),
    'up and out': rename(plain, 'xxxx/evil', '../../evil'.slice(0, 9)),
    absolute: rename(plain, 'xxxx/evil', '/tmp/evil'),
    backslashes: rename(plain, 'xxxx/evil', '..\\..\\evi'),
    'a NUL in a name': rename(plain, 'xxxx/evil', 'xxxx\0evil'),
    'a name twice': twice,
    'a size that lies': grown,
    'a link out': await zip({ link: file(0o120777, '../outside') }),
    'an absolute link': await zip({ link: file(0o120777, '/etc/passwd') }),
    'a file behind a link': await zip({ link: file(0o120777, 'real'), 'link/file': 'x' }),
    'a device': await zip({ device: file(0o020666) }),
    'a pipe': await zip({ pipe: file(0o010666) }),
    'folders alone': rename(await zip({ folderx: '' }), 'folderx', 'folder/'),
  };
  for (const [name, bytes] of Object.entries(hostile)) await assert.rejects(unpack(bytes), ArchiveRefused, name);
  assert.deepEqual(
    readdirSync(root).filter((entry) => !entry.startsWith('inside-')),
    [],
  );
});

test('a bomb is stopped at the size that a function may have', { timeout: 60_000 }, async () => {
  const zeros = Buffer.alloc(30_000_000);
  const bomb = await zip(Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`zeros-${index}`, zeros])));
  assert.ok(bomb.length < 1_000_000);
  await assert.rejects(unpack(bomb), { name: 'ArchiveRefused', reason: 'too-large' });
});

test('whatever is changed in an archive, it is unpacked inside or refused', { timeout: 60_000 }, async () => {
  const valid = await zip({ 'a/b': 'one', c: 'two'.repeat(100), link: file(0o120777, 'c') });
  const changes = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(changes, async (edits) => {
      const bytes = Buffer.from(valid);
      for (const [at, value] of edits) bytes[at] = value;
      await unpack(bytes).catch((error: unknown) => assert.ok(error instanceof ArchiveRefused, String(error)));
      assert.deepEqual(
        readdirSync(root).filter((entry) => !entry.startsWith('inside-')),
        [],
      );
    }),
    { numRuns: 300 },
  );
});
