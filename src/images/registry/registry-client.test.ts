import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, test } from 'node:test';
import { image } from '../../../test/images/image.ts';
import { type RegistryOptions, TestRegistry } from '../../../test/images/registry.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { ImageUnusable } from '../../ports/image-registry.ts';
import { DOCUMENT_BYTES_MAX } from '../image-manifest.ts';
import { readAll } from '../verified-stream.ts';
import { readChallenge } from './challenge.ts';
import { RegistryClient } from './registry-client.ts';
import { allowsPlain, type RegistrySettings, repositoryUrl } from './registry-settings.ts';

const NOTHING: RegistrySettings = { registries: {}, credentials: {}, insecureRegistries: [] };
const small = image({ layers: [[{ name: 'a', content: 'x' }]] });
const layer = {
  mediaType: '',
  digest: [...small.parts.keys()].at(-1) ?? '',
  sizeBytes: [...small.parts.values()].at(-1)?.length ?? 0,
};
const open: TestRegistry[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((registry) => registry.close()));
});

async function start(options: RegistryOptions = {}): Promise<TestRegistry> {
  const registry = await TestRegistry.start(options);
  registry.push('team/app', 'v1', small);
  open.push(registry);
  return registry;
}

function clientOf(registry: TestRegistry, settings: Partial<RegistrySettings> = {}, signal = new AbortController().signal) {
  const place = { host: registry.host, repository: 'team/app' };
  return new RegistryClient(place, { ...NOTHING, ...settings }, systemClock(), signal);
}

const isUnusable = (reason: string) => (error: unknown) => error instanceof ImageUnusable && error.reason === reason;

test('manifests by tag and digest, blobs, and what is not there', async () => {
  const client = clientOf(await start());
  for (const name of ['v1', small.digest]) {
    const { bytes, mediaType } = await client.manifest(name);
    assert.ok(bytes.equals(small.manifest));
    assert.equal(mediaType, small.mediaType);
  }
  assert.equal((await readAll(await client.blob(layer), 1_000_000)).length, layer.sizeBytes);
  await assert.rejects(client.manifest('v2'), isUnusable('missing'));
  await assert.rejects(client.blob({ ...layer, digest: `sha256:${'0'.repeat(64)}` }), isUnusable('missing'));
});

test('a token is fetched when it is wanted, with the credentials of the settings, and used again', async () => {
  const registry = await start({ wants: { scheme: 'bearer' } });
  const client = clientOf(registry, { credentials: { [registry.host]: 'user:password' } });
  await client.manifest('v1');
  await (await client.blob(layer)).resume();
  const basic = `Basic ${Buffer.from('user:password').toString('base64')}`;
  assert.deepEqual(registry.requests, [
    'GET /v2/team/app/manifests/v1 -',
    `GET /token?service=test&scope=repository%3Ateam%2Fapp%3Apull ${basic}`,
    'GET /v2/team/app/manifests/v1 Bearer for-repository:team/app:pull',
    `GET /v2/team/app/blobs/${layer.digest} Bearer for-repository:team/app:pull`,
  ]);
});

test('a user is told by name and password where a registry wants that, and refused without', async () => {
  const registry = await start({ wants: { scheme: 'basic', user: 'user:password' } });
  await clientOf(registry, { credentials: { [registry.host]: 'user:password' } }).manifest('v1');
  await assert.rejects(clientOf(registry).manifest('v1'), isUnusable('denied'));
  await assert.rejects(
    clientOf(registry, { credentials: { [registry.host]: 'other:one' } }).manifest('v1'),
    isUnusable('denied'),
  );
});

test('redirects are followed to other hosts without credentials, and not for ever', async () => {
  const elsewhere = await start();
  const registry: TestRegistry = await start({
    intercept: (request: IncomingMessage, response: ServerResponse) => {
      if (request.url?.includes('/blobs/')) {
        response.writeHead(307, { Location: `http://${elsewhere.host}${request.url}` }).end();
        return true;
      }
      if (!request.url?.includes('/manifests/round')) return false;
      response.writeHead(302, { Location: request.url }).end();
      return true;
    },
    wants: { scheme: 'bearer' },
  });
  const client = clientOf(registry);
  await client.manifest('v1');
  assert.equal((await readAll(await client.blob(layer), 1_000_000)).length, layer.sizeBytes);
  assert.match(registry.requests.at(-1) ?? '', /Bearer for-/);
  assert.equal(elsewhere.requests.at(-1), `GET /v2/team/app/blobs/${layer.digest} -`);
  await assert.rejects(client.manifest('round'), /redirects more than 5 times/);
});

test('an answer that is too long, broken off, or of a registry in trouble', async () => {
  const registry = await start({
    intercept: (request, response) => {
      if (request.url?.includes('/huge')) response.end(Buffer.alloc(DOCUMENT_BYTES_MAX + 1));
      else if (request.url?.includes('/short')) {
        response.writeHead(200, { 'Content-Length': 100 }).write('x');
        response.destroy();
      } else if (request.url?.includes('/trouble')) response.writeHead(503).end();
      else return false;
      return true;
    },
  });
  const client = clientOf(registry);
  await assert.rejects(client.manifest('huge'), isUnusable('invalid'));
  for (const name of ['short', 'trouble'])
    await assert.rejects(client.manifest(name), (error) => !(error instanceof ImageUnusable), name);
});

test('what is under way ends with the signal', async () => {
  const ending = new AbortController();
  const registry = await start({
    intercept: (request) => {
      if (!request.url?.includes('/silent')) return false;
      ending.abort(new Error('enough'));
      return true;
    },
  });
  await assert.rejects(clientOf(registry, {}, ending.signal).manifest('silent'));
});

test('plain HTTP is for loopback and for hosts that a setting names', () => {
  const settings = { ...NOTHING, insecureRegistries: ['registry.internal', 'other:5000'] };
  const plain = (url: string): boolean => allowsPlain(new URL(url), settings);
  for (const url of [
    'http://localhost:5000',
    'http://127.9.9.9',
    'http://[::1]:1',
    'http://registry.internal:9',
    'http://other:5000',
  ])
    assert.equal(plain(url), true, url);
  for (const url of ['http://other:5001', 'http://127.0.0.1.example', 'http://localhost.example', 'http://10.0.0.1'])
    assert.equal(plain(url), false, url);
});

test('where the API of a repository is', () => {
  const ecr = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
  const settings = { ...NOTHING, registries: { [ecr]: 'http://127.0.0.1:5000/mirror/', bad: 'ftp://x' } };
  const urls: [string, string, string][] = [
    ['localhost:5000', 'a', 'http://localhost:5000/v2/a'],
    ['ghcr.io', 'a/b', 'https://ghcr.io/v2/a/b'],
    ['docker.io', 'library/a', 'https://registry-1.docker.io/v2/library/a'],
    [ecr, 'a', 'http://127.0.0.1:5000/v2/mirror/a'],
  ];
  for (const [host, repository, url] of urls) assert.equal(repositoryUrl(host, repository, settings), url);
  assert.throws(() => repositoryUrl('bad', 'a', settings), /images\.registries has no URL/);
});

test('challenges as registries write them', () => {
  assert.deepEqual(readChallenge('Bearer realm="https://auth.example/token",service="s", scope="a:b:pull,push"'), {
    scheme: 'bearer',
    parameters: { realm: 'https://auth.example/token', service: 's', scope: 'a:b:pull,push' },
  });
  assert.equal(readChallenge('Basic realm="x"')?.scheme, 'basic');
  assert.equal(readChallenge('Negotiate, Basic realm=x')?.parameters['realm'], 'x');
  for (const header of [undefined, '', 'Digest realm="x"', 'Bearerish realm="x"']) assert.equal(readChallenge(header), undefined);
});
