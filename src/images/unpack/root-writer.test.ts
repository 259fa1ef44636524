import assert from 'node:assert/strict';
import {
  existsSync,
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
import { beforeEach, afterEach, describe, test } from 'node:test';
import { extended, tar, type TarMember } from '../../../test/images/tar.ts';
import { ImageUnusable } from '../../ports/image-registry.ts';
import { RootWriter } from './root-writer.ts';
import { followInside } from './scoped-path.ts';

let home: string;
let root: string;
let outside: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'lambkin-root-'));
  root = join(home, 'root');
  outside = join(home, 'outside');
  mkdirSync(root);
  mkdirSync(outside);
  writeFileSync(join(outside, 'secret'), 'hush');
});

afterEach(() => rmSync(home, { recursive: true, force: true }));

/** Writes these layers and lists what there is, files with their content. */
async function write(...layers: readonly (readonly TarMember[])[]): Promise<string[]> {
  const writer = new RootWriter(root, 1_000);
  for (const layer of layers)
    await writer.layer(
      (async function* () {
        yield tar(layer);
      })(),
    );
  return list(root);
}

/** Everything below a folder; links are not followed, as the list of Node itself does. */
function list(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => [
      entry.name,
      ...(entry.isDirectory() ? list(join(folder, entry.name)).map((name) => `${entry.name}/${name}`) : []),
    ])
    .toSorted();
}

const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const isInvalid = (error: unknown): boolean => error instanceof ImageUnusable && error.reason === 'invalid';

describe('layers', () => {
  test('a later layer replaces files, links and folders of an earlier one', async () => {
    const names = await write(
      [
        { name: 'a', content: '1' },
        { name: 'b/c', content: '1' },
        { name: 'd', type: '2', linkName: 'a' },
        { name: 'e/', type: '5', mode: 0o700 },
        { name: 'e/f', content: 'kept' },
      ],
      [
        { name: './a', content: '2' },
        { name: '/b', content: 'a file now' },
        { name: 'd', content: 'no link now' },
        { name: 'e', type: '5', mode: 0o755 },
      ],
    );
    assert.deepEqual(names, ['a', 'b', 'd', 'e', 'e/f']);
    assert.deepEqual([text('a'), text('b'), text('d'), text('e/f')], ['2', 'a file now', 'no link now', 'kept']);
    assert.equal(statSync(join(root, 'e')).mode & 0o777, 0o755);
  });

  test('whiteouts remove what is below and nothing of their own layer, wherever they stand', async () => {
    const names = await write(
      [
        { name: 'gone', content: '1' },
        { name: 'folder/one', content: '1' },
        { name: 'folder/two/three', content: '1' },
        { name: 'opaque/old/deep', content: '1' },
        { name: 'opaque/kept/old', content: '1' },
        { name: 'again', content: '1' },
      ],
      [
        { name: '.wh.gone' },
        { name: 'folder/.wh.two' },
        { name: 'opaque/kept/new', content: '2' },
        { name: 'opaque/.wh..wh..opq' },
        { name: 'opaque/new', content: '2' },
        { name: 'again', content: '2' },
        { name: '.wh.again' },
        { name: '.wh..wh.plnk/x', type: '5' },
        { name: 'missing/.wh.x' },
        { name: 'missing/.wh..wh..opq' },
      ],
    );
    assert.deepEqual(
      names,
      ['again', 'folder', 'folder/one', 'opaque', 'opaque/kept', 'opaque/kept/new', 'opaque/new'].toSorted(),
    );
    assert.equal(text('again'), '2');
  });

  test('what lies behind a link of the image is written where the link leads inside it', async () => {
    await write(
      [
        { name: 'usr/bin', type: '5' },
        { name: 'bin', type: '2', linkName: 'usr/bin' },
        { name: 'absolute', type: '2', linkName: '/usr' },
      ],
      [
        { name: 'bin/tool', content: 'x' },
        { name: 'absolute/lib/a', content: 'y' },
      ],
    );
    assert.equal(readlinkSync(join(root, 'bin')), 'usr/bin');
    assert.deepEqual([text('usr/bin/tool'), text('usr/lib/a')], ['x', 'y']);
  });

  test('hard links share a file until one of them is replaced', async () => {
    await write(
      [
        { name: 'a', content: '1' },
        { name: 'b', type: '1', linkName: '/a' },
      ],
      [
        { name: 'b', content: '2' },
        { name: 'a', type: '1', linkName: 'a' },
      ],
    );
    // Linking a file to itself, as some writers do, leaves it as it is.
    assert.deepEqual([text('a'), text('b')], ['1', '2']);
  });

  test('times stay, rights that change who somebody is do not, and devices are left out', async () => {
    const names = await write([
      { name: 'suid', mode: 0o6755, content: 'x', modifiedSeconds: 1_600_000_000 },
      { name: 'sticky/', type: '5', mode: 0o1777 },
      { name: 'closed', mode: 0o000 },
      { name: 'null', type: '3' },
      { name: 'disk', type: '4' },
      { name: 'pipe', type: '6' },
    ]);
    assert.deepEqual(names, ['closed', 'sticky', 'suid']);
    const stats = statSync(join(root, 'suid'));
    assert.deepEqual([stats.mode & 0o7777, stats.mtimeMs], [0o755, 1_600_000_000_000]);
    assert.equal(statSync(join(root, 'sticky')).mode & 0o7777, 0o777);
    assert.equal(statSync(join(root, 'closed')).mode & 0o7777, 0o400);
  });
});

describe('hostile layers', () => {
  const unharmed = (): void => {
    assert.deepEqual(readdirSync(outside), ['secret']);
    assert.equal(readFileSync(join(outside, 'secret'), 'utf8'), 'hush');
    assert.deepEqual(readdirSync(home).toSorted(), ['outside', 'root']);
  };

  const refusals: [string, TarMember[]][] = [
    ['a name that leads upwards', [{ name: '../outside/x' }]],
    ['a name that leads upwards later', [{ name: 'a/../../outside/x' }]],
    ['a name that is hidden in an extended header', [extended({ path: '../../outside/x' }), { name: 'x' }]],
    ['a whiteout of the folder above', [{ name: '.wh...' }]],
    ['a whiteout of the folder itself', [{ name: 'a', type: '5' }, { name: 'a/.wh..' }]],
    ['a whiteout behind a name that leads upwards', [{ name: '../.wh.outside' }]],
    ['a hard link to a name that leads upwards', [{ name: 'x', type: '1', linkName: '../outside/secret' }]],
    ['a hard link to what is not there', [{ name: 'x', type: '1', linkName: 'nothing' }]],
    [
      'a hard link to a folder',
      [
        { name: 'a', type: '5' },
        { name: 'x', type: '1', linkName: 'a' },
      ],
    ],
    [
      'a hard link to a link',
      [
        { name: 'l', type: '2', linkName: '/x' },
        { name: 'x', type: '1', linkName: 'l' },
      ],
    ],
    ['a folder that is a file', [{ name: 'a' }, { name: 'a/b' }]],
    [
      'a folder behind a circle of links',
      [{ name: 'a', type: '2', linkName: 'b' }, { name: 'b', type: '2', linkName: 'a' }, { name: 'a/x' }],
    ],
    ['a name with a null', [extended({ path: 'a\0b' }), { name: 'x' }]],
    ['a part of a name that no file system takes', [extended({ path: 'n'.repeat(300) }), { name: 'x' }]],
    ['a link that leads nowhere', [{ name: 'x', type: '2', linkName: '' }]],
    ['more entries than an image may have', Array.from({ length: 1_001 }, (_, count) => ({ name: `f${count}` }))],
  ];
  for (const [what, layer] of refusals)
    test(`${what} is refused`, async () => {
      await assert.rejects(write(layer), isInvalid);
      unharmed();
    });

  test('nothing is written, removed or linked through a link that leads out', async () => {
    const up = '../'.repeat(30);
    await write(
      [
        { name: 'absolute', type: '2', linkName: outside },
        { name: 'relative', type: '2', linkName: `${up}${outside.slice(1)}` },
        { name: 'file', type: '2', linkName: join(outside, 'secret') },
        { name: 'folder', type: '2', linkName: outside },
      ],
      [
        { name: 'absolute/x', content: 'x' },
        { name: 'relative/y', content: 'y' },
        { name: 'file', content: 'replaced' },
        { name: 'folder/', type: '5', mode: 0o777 },
      ],
    );
    await write([{ name: 'absolute/.wh.secret' }, { name: 'relative/.wh..wh..opq' }, { name: '.wh.absolute' }]);
    unharmed();
    assert.equal(statSync(outside).mode & 0o777, 0o755);
    assert.equal(text('file'), 'replaced');
    // Inside the image the same path is one of its own.
    assert.ok(existsSync(join(root, outside)));
    await assert.rejects(write([{ name: 'hard', type: '1', linkName: 'relative/secret' }]), isInvalid);
  });

  test('a path is followed inside the root alone, also by readers', async () => {
    await write([
      { name: 'etc', type: '2', linkName: '/../../../../etc' },
      { name: 'up', type: '2', linkName: '../../../../../../../../etc/passwd' },
      { name: 'own', content: 'x' },
      { name: 'to-own', type: '2', linkName: '/../own' },
    ]);
    assert.equal(await followInside(root, '/etc/passwd'), undefined);
    assert.equal(await followInside(root, 'up'), undefined);
    assert.equal(await followInside(root, 'to-own'), join(root, 'own'));
    assert.equal(await followInside(root, '/../../..'), root);
    assert.equal(await followInside(root, 'own/x'), undefined);
  });
});
