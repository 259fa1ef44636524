import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { ARCHITECTURE, digestOf, image, index, type TestImage } from '../../test/images/image.ts';
import { TestRegistry } from '../../test/images/registry.ts';
import { tar } from '../../test/images/tar.ts';
import { QuietLogger } from '../adapters/memory/quiet-logger.ts';
import { systemClock } from '../adapters/system/clock.ts';
import { systemIds } from '../adapters/system/ids.ts';
import { ImageUnusable } from '../ports/image-registry.ts';
import { ImageStore, type ImageFolders, type StoredImage } from './image-store.ts';
import { UNPACK_LIMITS, type UnpackLimits } from './unpack/unpack-image.ts';

const home = mkdtempSync(join(tmpdir(), 'lambkin-images-'));
const layouts = join(home, 'layouts');
const clock = systemClock();
/** Tries again at once. */
const impatient = {
  ...clock,
  setTimeout: (callback: () => void, delayMs: number) => clock.setTimeout(callback, delayMs < 60_000 ? 0 : delayMs),
};
let registry: TestRegistry;
let intercepted: ((url: string) => boolean) | undefined;

before(async () => {
  mkdirSync(layouts);
  registry = await TestRegistry.start({
    intercept: (request, response) => {
      if (!intercepted?.(request.url ?? '')) return false;
      response.writeHead(503).end();
      return true;
    },
  });
});

after(async () => {
  await registry.close();
  rmSync(home, { recursive: true, force: true });
});

/** Folders as the store needs them, without anything that it does not ask for. */
class Folders implements ImageFolders {
  readonly root = join(home, systemIds().hex(8));
  readonly made = new Map<string, StoredImage>();

  async facts(name: string, make: (directory: string) => Promise<StoredImage>): Promise<StoredImage> {
    const facts = this.made.get(name) ?? (await make(join(this.root, name)));
    this.made.set(name, facts);
    return facts;
  }

  async hold(name: string, make: (directory: string) => Promise<StoredImage>) {
    return { facts: await this.facts(name, make), directory: join(this.root, name), release: () => {} };
  }

  async list() {
    return this.made;
  }

  async remove(name: string) {
    return this.made.delete(name);
  }
}

function open(limits: UnpackLimits = UNPACK_LIMITS) {
  const folders = new Folders();
  const store = new ImageStore({
    folders,
    settings: { registries: {}, credentials: {}, insecureRegistries: [], layoutDirectories: [layouts] },
    architecture: ARCHITECTURE,
    clock: impatient,
    logger: new QuietLogger(),
    limits,
  });
  return { store, folders };
}

const isUnusable = (reason: string) => (error: unknown) => error instanceof ImageUnusable && error.reason === reason;

/** Resolves, prepares and holds an image; returns what there is of it. */
async function pull(uri: string) {
  const { store } = open();
  const { resolvedUri, digest } = await store.resolve(uri);
  await store.prepare(resolvedUri);
  const held = await store.acquire(resolvedUri);
  assert.ok('folder' in held.root);
  return { held, digest, resolvedUri, root: held.root.folder };
}

describe('images of a registry', () => {
  test('all layers make the root, and the config says how it is started', async () => {
    const pushed = image({
      layers: [
        [{ name: 'a', content: '1' }, { name: 'b' }],
        [{ name: 'a', content: '2' }, { name: '.wh.b' }],
      ],
      config: { Entrypoint: ['/run'], Cmd: ['one', 'two'], WorkingDir: '/work', Env: ['A=1', 'B=x=y', 'C'], User: 'nobody' },
    });
    const { held, digest, resolvedUri, root } = await pull(registry.push('app', 'v1', pushed));
    assert.equal(digest, pushed.digest);
    assert.equal(resolvedUri, `${registry.host}/app@${pushed.digest}`);
    assert.equal(readFileSync(join(root, 'a'), 'utf8'), '2');
    assert.equal(existsSync(join(root, 'b')), false);
    assert.deepEqual(held.defaults, {
      entryPoint: ['/run'],
      command: ['one', 'two'],
      workingDirectory: '/work',
      environment: { A: '1', B: 'x=y', C: '' },
    });
    assert.equal(await held.locate?.('/a'), join(root, 'a'));
    assert.equal(await held.locate?.('/../../etc/passwd'), undefined);
  });

  test('layers may be plain, gzip or zstd, whatever their type says', async () => {
    for (const [name, compress] of [
      ['plain', (plain: Buffer) => plain],
      ['gzip', (plain: Buffer) => gzipSync(plain)],
      ['zstd', (plain: Buffer) => zstdCompressSync(plain)],
    ] as const) {
      const { root } = await pull(registry.push('packed', name, image({ layers: [[{ name: 'a', content: name }]], compress })));
      assert.equal(readFileSync(join(root, 'a'), 'utf8'), name);
    }
  });

  test('an index stands for the image of this platform', async () => {
    const own = image({ layers: [[{ name: 'own' }]] });
    const uri = registry.push('many', 'v1', index({ riscv64: image({ layers: [[{ name: 'other' }]] }), [ARCHITECTURE]: own }));
    const { digest, root } = await pull(uri);
    assert.equal(digest, own.digest);
    assert.ok(existsSync(join(root, 'own')));
    await assert.rejects(open().store.resolve(registry.push('many', 'v2', index({ riscv64: own }))), isUnusable('invalid'));
    const nested = index({ [ARCHITECTURE]: index({ [ARCHITECTURE]: own }) });
    await assert.rejects(open().store.resolve(registry.push('many', 'v3', nested)), isUnusable('unsupported'));
  });

  test('what can not be used is told apart when the name is looked up', async () => {
    const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: digestOf(Buffer.alloc(0)), size: 0 };
    const cases: [string, string, TestImage][] = [
      ['another architecture', 'invalid', image({ inConfig: { architecture: 'riscv64' } })],
      ['another system', 'invalid', image({ inConfig: { os: 'windows' } })],
      ['layers that its config does not know', 'invalid', image({ inManifest: { layers: [layer] } })],
      ['too many layers', 'invalid', image({ inManifest: { layers: Array.from({ length: 128 }, () => layer) } })],
      ['more than ten gigabytes', 'invalid', image({ inManifest: { layers: [{ ...layer, size: 10 * 1_024 ** 3 + 1 }] } })],
      ['a config that is none', 'unsupported', image({ inManifest: { config: { ...layer, mediaType: 'application/x' } } })],
      ['layers of another type', 'unsupported', image({ inManifest: { layers: [{ ...layer, mediaType: 'application/x' }] } })],
      ['a manifest of another type', 'unsupported', image({ inManifest: { mediaType: 'application/x' } })],
      ['a digest that is a path', 'invalid', image({ inManifest: { config: { ...layer, digest: 'sha256:../../x' } } })],
      ['a command that is no list', 'invalid', image({ config: { Cmd: 'sh' } })],
    ];
    for (const [what, reason, pushed] of cases)
      await assert.rejects(open().store.resolve(registry.push('odd', 'x', pushed)), isUnusable(reason), what);
    await assert.rejects(open().store.resolve(`${registry.host}/nothing:here`), isUnusable('missing'));
  });

  test('parts that are not what their digest says are refused', async () => {
    const good = image({ layers: [[{ name: 'a', content: 'good' }]] });
    const [config = '', layer = ''] = good.parts.keys();
    const evil = gzipSync(tar([{ name: 'a', content: 'evil' }]));
    const changed = (digest: string, bytes: Buffer): TestImage => ({ ...good, parts: new Map([...good.parts, [digest, bytes]]) });
    const { store } = open();
    await assert.rejects(store.resolve(registry.push('bad', 'config', changed(config, evil))), isUnusable('invalid'));
    const { resolvedUri } = await store.resolve(registry.push('bad', 'layer', changed(layer, evil)));
    await assert.rejects(store.prepare(resolvedUri), isUnusable('invalid'));
    const padded = Buffer.concat([good.parts.get(layer) ?? Buffer.alloc(0), Buffer.alloc(10)]);
    registry.push('bad', 'longer', changed(layer, padded));
    await assert.rejects(store.prepare(resolvedUri), isUnusable('invalid'));
    registry.push('bad', 'wrong', { ...good, manifest: image({ layers: [[{ name: 'b' }]] }).manifest });
    await assert.rejects(store.prepare(`${registry.host}/bad@${good.digest}`), isUnusable('invalid'));
    const lying = image({ layers: [[{ name: 'a' }]], inConfig: { rootfs: { diff_ids: [digestOf(evil)] } } });
    const found = await store.resolve(registry.push('lying', 'v1', lying));
    await assert.rejects(store.prepare(found.resolvedUri), isUnusable('invalid'));
  });

  test('a bomb stops at the size that an image may have, in one layer or in several', async () => {
    const zeroes = [{ name: 'zeroes', content: Buffer.alloc(3_000_000) }];
    const { store } = open({ bytesMax: 5_000_000, entriesMax: 100 });
    const one = await store.resolve(registry.push('bomb', 'one', image({ layers: [zeroes] })));
    await store.prepare(one.resolvedUri);
    const two = await store.resolve(registry.push('bomb', 'two', image({ layers: [zeroes, zeroes] })));
    await assert.rejects(store.prepare(two.resolvedUri), isUnusable('invalid'));
    // A header that promises more than ever comes costs nothing.
    const many = Array.from({ length: 101 }, (_, count) => ({ name: `f${count}` }));
    const full = await store.resolve(registry.push('bomb', 'many', image({ layers: [many] })));
    await assert.rejects(store.prepare(full.resolvedUri), isUnusable('invalid'));
  });

  test('a registry that fails for a moment is asked again', async () => {
    const { store } = open();
    const { resolvedUri } = await store.resolve(registry.push('moment', 'v1', image({ layers: [[{ name: 'a' }]] })));
    let failures = 1;
    intercepted = (url) => url.includes('/moment/blobs/') && (failures -= 1) >= 0;
    await store.prepare(resolvedUri);
    intercepted = undefined;
  });

  test('images that nothing refers to go, others stay', async () => {
    const { store, folders } = open();
    const digests: string[] = [];
    for (const name of ['kept', 'gone']) {
      const { resolvedUri, digest } = await store.resolve(registry.push('sweep', name, image({ layers: [[{ name }]] })));
      await store.prepare(resolvedUri);
      digests.push(digest);
    }
    assert.equal(await store.keepOnly(new Set([digests[0] ?? ''])), 1);
    assert.deepEqual([...folders.made.keys()], [digests[0]?.replace('sha256:', '')]);
  });

  test('after the end nothing is pulled any more', async () => {
    const { store } = open();
    const { resolvedUri } = await store.resolve(registry.push('end', 'v1', image({ layers: [[{ name: 'a' }]] })));
    store.close();
    await assert.rejects(store.prepare(resolvedUri));
  });
});

describe('images of a layout', () => {
  const made = image({ layers: [[{ name: 'a', content: 'from a layout' }]] });
  const files = (tag?: string): [string, Buffer][] => [
    ['oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')],
    [
      'index.json',
      Buffer.from(
        JSON.stringify({
          manifests: [
            {
              digest: made.digest,
              mediaType: made.mediaType,
              ...(tag ? { annotations: { 'org.opencontainers.image.ref.name': tag } } : {}),
            },
          ],
        }),
      ),
    ],
    [`blobs/sha256/${made.digest.slice(7)}`, made.manifest],
    ...[...made.parts].map(([digest, bytes]): [string, Buffer] => [`blobs/sha256/${digest.slice(7)}`, bytes]),
  ];
  const folder = (name: string, tag?: string): string => {
    for (const [path, bytes] of files(tag)) {
      mkdirSync(join(name, path, '..'), { recursive: true });
      writeFileSync(join(name, path), bytes);
    }
    return name;
  };

  test('a folder and a tar of it, by tag, by digest, and the only one there is', async () => {
    const plain = folder(join(layouts, 'plain'));
    const tagged = folder(join(layouts, 'tagged'), 'v1');
    const packed = join(layouts, 'packed.tar');
    writeFileSync(packed, tar(files('v1').map(([name, content]) => ({ name: `./${name}`, content }))));
    for (const uri of [`oci:${plain}`, `oci:${tagged}:v1`, `oci:${tagged}@${made.digest}`, `oci:${packed}:v1`, `oci:${packed}`]) {
      const { root, resolvedUri } = await pull(uri);
      assert.equal(readFileSync(join(root, 'a'), 'utf8'), 'from a layout', uri);
      assert.match(resolvedUri, new RegExp(`^oci:/.*@${made.digest}$`));
    }
    await assert.rejects(open().store.resolve(`oci:${tagged}:v2`), isUnusable('missing'));
  });

  test('only in folders that the setting names, also by way of links', async () => {
    const elsewhere = folder(join(home, 'elsewhere'));
    symlinkSync(elsewhere, join(layouts, 'link'));
    for (const uri of [`oci:${elsewhere}`, `oci:${join(layouts, 'link')}`, `oci:${layouts}-nothing`, 'oci:/etc/passwd'])
      await assert.rejects(open().store.resolve(uri), isUnusable('missing'), uri);
  });
});
