import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { extended, tar } from '../../../test/images/tar.ts';
import { ImageUnusable } from '../../ports/image-registry.ts';
import { tarEntries } from './tar-entries.ts';

/** A tar in pieces of this many bytes. */
async function* pieces(bytes: Buffer, sizeBytes: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += sizeBytes) yield bytes.subarray(start, start + sizeBytes);
}

async function read(bytes: Buffer, sizeBytes = 65_536, withContent = true) {
  const found = [];
  for await (const { content, ...entry } of tarEntries(pieces(bytes, sizeBytes))) {
    const chunks: Buffer[] = [];
    if (withContent) for await (const chunk of content) chunks.push(chunk);
    found.push({ ...entry, text: Buffer.concat(chunks).toString() });
  }
  return found;
}

const isInvalid = (error: unknown): boolean => error instanceof ImageUnusable && error.reason === 'invalid';

test('entries of every kind, however the bytes come, and also when contents are left unread', async () => {
  const bytes = tar([
    { name: 'folder/', type: '5', mode: 0o755 },
    { name: 'folder/file', content: 'x'.repeat(1_000), mode: 0o4755, modifiedSeconds: 1_700_000_000 },
    { name: 'empty' },
    { name: 'link', type: '2', linkName: '/anywhere' },
    { name: 'hard', type: '1', linkName: 'folder/file' },
    { name: 'dev/null', type: '3' },
  ]);
  for (const sizeBytes of [1, 100, 512, 65_536]) {
    const found = await read(bytes, sizeBytes);
    assert.deepEqual(
      found.map(({ name, kind, linkName, text }) => [name, kind, linkName, text.length]),
      [
        ['folder/', 'folder', '', 0],
        ['folder/file', 'file', '', 1_000],
        ['empty', 'file', '', 0],
        ['link', 'symbolic-link', '/anywhere', 0],
        ['hard', 'hard-link', 'folder/file', 0],
        ['dev/null', 'device', '', 0],
      ],
    );
    assert.equal(found[1]?.modifiedSeconds, 1_700_000_000);
  }
  assert.equal((await read(bytes, 512, false)).length, 6);
});

test('long names, links and sizes of extended headers and of GNU tar', async () => {
  const long = `${'d'.repeat(90)}/`.repeat(20);
  const found = await read(
    tar([
      extended({ path: `${long}pax`, linkpath: `${long}target`, mtime: '12.5' }),
      { name: 'short', type: '2', linkName: 'short' },
      { name: '././@LongLink', type: 'L', content: `${long}gnu\0` },
      { name: 'short', content: 'x' },
      { name: 'global', type: 'g', content: '20 comment=whatever\n' },
      { name: 'after' },
    ]),
  );
  assert.deepEqual(
    found.map(({ name, linkName, modifiedSeconds }) => [name, linkName, modifiedSeconds]),
    [
      [`${long}pax`, `${long}target`, 12.5],
      [`${long}gnu`, '', 0],
      ['after', '', 0],
    ],
  );
});

test('what is broken is refused and never hangs', async () => {
  const whole = tar([{ name: 'file', content: 'x'.repeat(2_000) }]);
  const damaged = Buffer.from(whole);
  damaged[0] = 0x41;
  const cases: [string, Buffer][] = [
    ['no tar', Buffer.alloc(1_024, 'x')],
    ['a wrong sum', damaged],
    ['cut off in a header', whole.subarray(0, 300)],
    ['cut off in a content', whole.subarray(0, 1_000)],
    ['an unknown type', tar([{ name: 'a', type: 'S' }])],
    ['a record that lies about its length', tar([{ name: 'a', type: 'x', content: '99 path=a\n' }, { name: 'b' }])],
    ['a size that is none', tar([extended({ size: '-1' }), { name: 'b' }])],
    ['an endless size', tar([extended({ size: '99999999999999999999' }), { name: 'b' }])],
    ['holes', tar([extended({ 'GNU.sparse.major': '1' }), { name: 'b' }])],
    ['a huge header', tar([{ name: 'a', type: 'x', content: Buffer.alloc(2_000_000, 'x') }])],
    ['a huge name', tar([{ name: 'a', type: 'L', content: Buffer.alloc(5_000, 'x') }, { name: 'b' }])],
  ];
  for (const [what, bytes] of cases) await assert.rejects(read(bytes), isInvalid, what);
});

test('the archives of the tar of this host, in each of its formats', async (t) => {
  if (spawnSync('tar', ['--version']).status !== 0) return t.skip('there is no tar program here');
  const folder = mkdtempSync(join(tmpdir(), 'lambkin-tar-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const deep = join(folder, ...Array.from({ length: 8 }, () => 'n'.repeat(60)));
  mkdirSync(deep, { recursive: true });
  writeFileSync(join(deep, 'käse'), 'content');
  symlinkSync('x'.repeat(300), join(folder, 'link'));
  for (const format of ['pax', 'gnu']) {
    const { stdout } = spawnSync('tar', [`--format=${format}`, '-C', folder, '-c', '.'], { maxBuffer: 10_000_000 });
    const found = await read(stdout);
    assert.ok(
      found.some(({ name, text }) => name.endsWith('/käse') && text === 'content'),
      format,
    );
    assert.equal(found.find(({ kind }) => kind === 'symbolic-link')?.linkName, 'x'.repeat(300), format);
  }
});
