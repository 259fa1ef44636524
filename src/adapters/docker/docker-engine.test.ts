import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { text } from 'node:stream/consumers';
import { ContainerUnstartable } from '../../ports/container-engine.ts';
import { ImageUnusable } from '../../ports/image-registry.ts';
import { DockerEngine } from './docker-engine.ts';

// The client alone, against a socket that says what an engine would; test/e2e/docker-images.test.ts has a real one.

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

interface Fake {
  readonly engine: DockerEngine;
  readonly requests: { readonly line: string; readonly body: string; readonly headers: IncomingMessage['headers'] }[];
}

/** An engine that answers by method and path. */
async function fake(t: TestContext, answers: Readonly<Record<string, Answer | object>>): Promise<Fake> {
  const folder = mkdtempSync(join(tmpdir(), 'lambkin-engine-'));
  const socket = join(folder, 'socket');
  const requests: Fake['requests'] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      requests.push({ line: `${request.method} ${request.url}`, body, headers: request.headers });
      const answer = answers[`${request.method} ${request.url?.split('?', 1)[0]}`];
      if (typeof answer === 'function') answer(request, response);
      else if (answer) response.end(JSON.stringify(answer));
      else response.writeHead(404).end('{"message":"no such thing"}');
    });
  });
  server.on('upgrade', (request, stream) => {
    requests.push({ line: `${request.method} ${request.url}`, body: '', headers: request.headers });
    stream.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
    const piece = (kind: number, content: string): Buffer => {
      const header = Buffer.from([kind, 0, 0, 0, 0, 0, 0, 0]);
      header.writeUInt32BE(content.length, 4);
      return Buffer.concat([header, Buffer.from(content)]);
    };
    const all = Buffer.concat([piece(1, 'out 1\n'), piece(2, 'err 1\n'), piece(1, ''), piece(1, 'out 2\n'), piece(2, 'err 2\n')]);
    for (const byte of all) stream.write(Buffer.from([byte]));
    stream.end();
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { engine: new DockerEngine(socket), requests };
}

const refuse =
  (status: number, message: string): Answer =>
  (_request, response) =>
    response.writeHead(status).end(JSON.stringify({ message }));

const SETTINGS = {
  name: 'lambkin-x',
  owner: 'o',
  image: 'sha256:1',
  argv: ['/run', 'a'],
  env: { A: 'x=y' },
  cwd: '/w',
  uid: 420_001,
  binds: [
    { source: '/host/tmp', target: '/tmp', isWritable: true },
    { source: '/host/passwd', target: '/etc/passwd', isWritable: false },
  ],
  memoryBytesMax: 134_217_728,
  cpuCores: 0.000_1,
  processesMax: 64,
  descriptorsMax: 1_024,
};

test('a container gets every bound that a function has', async (t) => {
  const { engine, requests } = await fake(t, { 'POST /containers/create': { Id: 'c1' } });
  assert.equal(await engine.create(SETTINGS), 'c1');
  assert.equal(requests[0]?.line, 'POST /containers/create?name=lambkin-x');
  const { HostConfig, ...body } = JSON.parse(requests[0]?.body ?? '{}');
  assert.deepEqual(
    [body.Image, body.Entrypoint, body.Cmd, body.Env, body.WorkingDir, body.User, body.Labels],
    ['sha256:1', ['/run', 'a'], [], ['A=x=y'], '/w', '420001:420001', { 'lambkin.owner': 'o' }],
  );
  assert.deepEqual(
    [HostConfig.NetworkMode, HostConfig.ReadonlyRootfs, HostConfig.CapDrop, HostConfig.SecurityOpt],
    ['host', true, ['ALL'], ['no-new-privileges']],
  );
  assert.deepEqual(HostConfig.Binds, ['/host/tmp:/tmp:rw', '/host/passwd:/etc/passwd:ro']);
  assert.deepEqual(
    [HostConfig.Memory, HostConfig.MemorySwap, HostConfig.NanoCpus, HostConfig.PidsLimit],
    [134_217_728, 134_217_728, 10_000_000, 64],
  );
});

test('outputs are kept apart, however their bytes come', async (t) => {
  const { engine, requests } = await fake(t, {});
  const { stdout, stderr } = await engine.attach('c1');
  assert.deepEqual([await text(stdout), await text(stderr)], ['out 1\nout 2\n', 'err 1\nerr 2\n']);
  assert.equal(requests[0]?.line, 'POST /containers/c1/attach?stream=1&stdout=1&stderr=1');
});

test('a program that can not be run is told in the words of Lambda', async (t) => {
  const begin = 'OCI runtime create failed: runc create failed: unable to start container process: ';
  for (const [said, message] of [
    [`${begin}exec: "/no": stat /no: no such file or directory: unknown`, 'fork/exec /no: no such file or directory'],
    [`${begin}exec: "no": executable file not found in $PATH: unknown`, 'exec: "no": executable file not found in $PATH'],
    [`${begin}exec: "/x": permission denied: unknown`, 'fork/exec /x: permission denied'],
  ] as const) {
    const { engine } = await fake(t, { 'POST /containers/c1/start': refuse(400, said) });
    await assert.rejects(engine.start('c1'), (error) => error instanceof ContainerUnstartable && error.message === message);
  }
  const { engine } = await fake(t, { 'POST /containers/c1/start': refuse(500, 'no space left') });
  await assert.rejects(engine.start('c1'), (error) => !(error instanceof ContainerUnstartable));
});

test('pulls tell why they failed, also at the end of a good beginning, and carry credentials', async (t) => {
  const cases: [Answer, string | undefined][] = [
    [refuse(404, 'manifest for a:b not found: manifest unknown'), 'missing'],
    [refuse(404, 'pull access denied for a, repository does not exist or may require docker login'), 'denied'],
    [(_request, response) => response.end('{"status":"Pulling"}\n{"errorDetail":{},"error":"unauthorized: no"}\n'), 'denied'],
    [(_request, response) => response.end('{"status":"Pulling"}\n{"error":"no space left on device"}\n'), undefined],
  ];
  for (const [answer, reason] of cases) {
    const { engine } = await fake(t, { 'POST /images/create': answer });
    await assert.rejects(
      engine.pull('a:b', undefined),
      (error) => (error instanceof ImageUnusable ? error.reason : undefined) === reason,
    );
  }
  const { engine, requests } = await fake(t, {
    'POST /images/create': (_request, response) => response.end('{"status":"Done"}\n'),
  });
  await engine.pull('host/a@sha256:1', { user: 'me', password: 'secret' });
  assert.equal(requests[0]?.line, 'POST /images/create?fromImage=host%2Fa%40sha256%3A1');
  const sent = Buffer.from(String(requests[0]?.headers['x-registry-auth']), 'base64url').toString();
  assert.deepEqual(JSON.parse(sent), { username: 'me', password: 'secret' });
});

test('images, containers and their states are read, and what is gone is no error', async (t) => {
  const { engine } = await fake(t, {
    'GET /images/a:b/json': {
      Id: 'sha256:1',
      Os: 'linux',
      Architecture: 'amd64',
      Config: { Entrypoint: null, Cmd: ['x'], Env: ['A=b=c'], WorkingDir: '' },
    },
    'GET /containers/c1/json': { State: { Pid: 7, OOMKilled: true } },
    'GET /containers/json': [{ Id: 'c1' }, { Id: 'c2' }],
    'POST /containers/c1/wait': { StatusCode: 137 },
    'POST /containers/c1/pause': refuse(409, 'already paused'),
    'POST /containers/c1/update': refuse(500, 'trouble'),
  });
  assert.deepEqual(await engine.image('a:b'), {
    id: 'sha256:1',
    os: 'linux',
    architecture: 'amd64',
    defaults: { entryPoint: [], command: ['x'], workingDirectory: '', environment: { A: 'b=c' } },
  });
  assert.equal(await engine.image('nothing'), undefined);
  assert.deepEqual(await engine.state('c1'), { pid: 7, outOfMemory: true });
  assert.deepEqual(await engine.list('o'), ['c1', 'c2']);
  assert.equal(await engine.wait('c1'), 137);
  await engine.pause('c1');
  await engine.remove('gone');
  await assert.rejects(engine.limitCpu('c1', 1), /trouble/);
});

test('an engine that keeps containers from the network of the host is refused by name', async (t) => {
  const good = { ServerVersion: '28.0.1', OperatingSystem: 'Debian', SecurityOptions: ['name=seccomp,profile=default'] };
  assert.equal(await (await fake(t, { 'GET /info': good })).engine.describe(), 'Docker Engine 28.0.1');
  for (const change of [
    { SecurityOptions: ['name=rootless'] },
    { SecurityOptions: ['name=userns'] },
    { OperatingSystem: 'Docker Desktop' },
  ])
    await assert.rejects(
      (await fake(t, { 'GET /info': { ...good, ...change } })).engine.describe(),
      /can't reach the Runtime API/,
    );
  await assert.rejects(new DockerEngine('/nothing/there').describe(), /ENOENT/);
});
