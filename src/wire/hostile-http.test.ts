import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2, constants } from 'node:http2';
import { test } from 'node:test';
import { QuietLogger } from '../adapters/memory/quiet-logger.ts';
import { LAMBDA } from './generated/lambda.ts';
import type { ListenerBounds } from './listener.ts';
import { restJsonService } from './rest-json/rest-json-service.ts';
import { readBody } from './read-body.ts';
import type { Service } from './service.ts';
import { type ListenerFixture, openRaw, startListener } from './wire-fixture.ts';

const HEAD = 'POST /2015-03-31/functions HTTP/1.1\r\nHost: 127.0.0.1\r\n';

async function start(t: { after(fn: () => unknown): void }, bounds: Partial<ListenerBounds> = {}): Promise<ListenerFixture> {
  const logger = new QuietLogger();
  const handlers = { ListFunctions: async () => ({ output: { Functions: [] } }) };
  const service = restJsonService({ name: 'lambda', table: LAMBDA, handlers, logger });
  return startListener(t as Parameters<typeof startListener>[0], [service], { bounds, logger });
}

async function assertAlive({ port, logger }: ListenerFixture): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/2015-03-31/functions`);
  assert.deepEqual([response.status, await response.json()], [200, { Functions: [] }]);
  assert.deepEqual(
    logger.lines.filter(({ level }) => level === 'error'),
    [],
  );
}

const MALFORMED: Record<string, string | Buffer> = {
  'two content lengths': `${HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
  'length and chunks together': `${HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  'a negative length': `${HEAD}Content-Length: -1\r\n\r\n`,
  'a length that is no number': `${HEAD}Content-Length: 2x\r\n\r\n{}`,
  'a chunk size that is no number': `${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
  'a chunk size beyond all numbers': `${HEAD}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n`,
  'a chunk longer than said': `${HEAD}Transfer-Encoding: chunked\r\n\r\n1\r\n{}}}\r\n0\r\n\r\n`,
  'an unknown transfer coding': `${HEAD}Transfer-Encoding: gzip, chunked, gzip\r\n\r\n`,
  'no host': 'GET /2015-03-31/functions HTTP/1.1\r\n\r\n',
  'a header without a colon': `${HEAD}Nonsense\r\n\r\n`,
  'a folded header': `${HEAD}A: b\r\n c\r\n\r\n`,
  'a null byte in a header': `${HEAD}A: \0\r\n\r\n`,
  'a bare line feed smuggled into a header': `${HEAD}A: b\nContent-Length: 5\r\n\r\n`,
  'headers over their bound': `${HEAD}A: ${'x'.repeat(1_200_000)}\r\n\r\n`,
  'no HTTP at all': Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc]),
  'a preface and then nonsense': `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${'x'.repeat(64)}`,
  'nearly a preface': 'PRI * HTTP/1.1\r\n\r\n',
  'a tunnel': 'CONNECT evil.test:80 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
};

for (const [name, bytes] of Object.entries(MALFORMED)) {
  test(`malformed HTTP is refused and the server goes on: ${name}`, async (t) => {
    const fixture = await start(t);
    const raw = openRaw(fixture.port, bytes);
    const answer = await Promise.race([raw.closed, raw.until('HTTP/1.1 4')]);
    raw.socket.destroy();
    assert.ok(!/HTTP\/1\.1 [235]/.test(answer), answer.slice(0, 200));
    await assertAlive(fixture);
  });
}

test('hundreds of headers are read, and a flood of them is refused', async (t) => {
  const fixture = await start(t);
  const send = (count: number): Promise<string> => {
    const headers = Array.from({ length: count }, (_, i) => `X-${i}: y\r\n`).join('');
    return openRaw(fixture.port, `GET /2015-03-31/functions HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n${headers}\r\n`)
      .closed;
  };
  assert.match(await send(900), /^HTTP\/1\.1 200 /);
  assert.match(await send(2_000), /^HTTP\/1\.1 431 /);
  const long = (size: number): Promise<string> =>
    openRaw(
      fixture.port,
      `GET /2015-03-31/functions HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nA: ${'x'.repeat(size)}\r\n\r\n`,
    ).closed;
  assert.match(await long(900_000), /^HTTP\/1\.1 200 /);
  assert.match(await long(1_100_000), /^(HTTP\/1\.1 431 |$)/);
  await assertAlive(fixture);
});

test('headers that never end are given up', async (t) => {
  const fixture = await start(t, { headersTimeoutMs: 50, firstByteTimeoutMs: 5_000 });
  const raw = openRaw(fixture.port, `${HEAD}A: `);
  assert.match(await raw.closed, /^(HTTP\/1\.1 408 |$)/);
  await assertAlive(fixture);
});

test('a connection that says nothing is given up', async (t) => {
  const fixture = await start(t, { firstByteTimeoutMs: 30 });
  assert.equal(await openRaw(fixture.port, '').closed, '');
  assert.equal(await openRaw(fixture.port, 'PR').closed, '');
});

test('a body that trickles beyond the time of a request is given up', async (t) => {
  const fixture = await start(t, { headersTimeoutMs: 40, requestTimeoutMs: 80 });
  const raw = openRaw(fixture.port, `${HEAD}Content-Length: 100000\r\n\r\n{`);
  const trickle = setInterval(() => raw.socket.write(' '), 10);
  t.after(() => clearInterval(trickle));
  assert.match(await raw.closed, /^(HTTP\/1\.1 408 |$)/);
  await assertAlive(fixture);
});

test('a body that stops is given up, but a service may take its time over a complete request', async (t) => {
  const finish = Promise.withResolvers<void>();
  const patient: Service = {
    name: 's3',
    handle: async (request, response) => {
      await readBody(request, 1_000);
      await finish.promise;
      response.end('patience');
    },
  };
  const fixture = await startListener(t, [patient], { bounds: { silenceMs: 40 } });
  const waiting = openRaw(
    fixture.port,
    'PUT /b/k HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx',
  );
  // Its silence began later, so that the first has been silent for longer when this one is cut.
  await once(waiting.socket, 'connect');
  for (let round = 0; round < 3; round += 1) {
    const stopped = openRaw(fixture.port, 'PUT /b/k HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n\r\nx');
    assert.ok(!(await stopped.closed).includes('200 OK'));
  }
  finish.resolve();
  assert.match(await waiting.closed, /patience/);
});

test('a client that does not read its answer is given up', async (t) => {
  const gone = Promise.withResolvers<void>();
  const generous: Service = {
    name: 's3',
    handle: async (_request, response) => {
      response.once('close', () => gone.resolve());
      response.end(Buffer.alloc(64_000_000));
    },
  };
  const fixture = await startListener(t, [generous], { bounds: { silenceMs: 60 } });
  const raw = openRaw(fixture.port, 'GET /b/k HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  raw.socket.pause();
  await gone.promise;
  raw.socket.destroy();
});

test('a client that breaks off in its body leaves nothing behind', async (t) => {
  const fixture = await start(t);
  for (let i = 0; i < 20; i += 1) {
    const raw = openRaw(fixture.port, `${HEAD}Content-Length: 100\r\n\r\n{`);
    await once(raw.socket, 'connect');
    if (i % 2 === 0) raw.socket.resetAndDestroy();
    else raw.socket.end();
    await raw.closed;
  }
  await assertAlive(fixture);
});

test('more pipelined requests than the bound end the connection', async (t) => {
  const held = Promise.withResolvers<void>();
  let calls = 0;
  const holding: Service = {
    name: 's3',
    handle: async (_request, response) => {
      calls += 1;
      await held.promise;
      response.end();
    },
  };
  const { port } = await startListener(t, [holding]);
  await openRaw(port, 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(1_000)).closed;
  held.resolve();
  assert.ok(calls <= 64, `${calls} requests of one connection were served at a time`);
});

test('HTTP/2: resets, oversize and a rapid storm of them leave the server up', async (t) => {
  const fixture = await start(t);
  const session = connectHttp2(`http://127.0.0.1:${fixture.port}`);
  session.on('error', () => {});
  t.after(() => session.destroy());
  for (let i = 0; i < 300 && !session.destroyed; i += 1) {
    const stream = session.request({ ':method': 'POST', ':path': '/2015-03-31/functions' });
    stream.on('error', () => {});
    stream.write('{');
    stream.close(constants.NGHTTP2_CANCEL);
    if (i % 50 === 0) await once(stream, 'close');
  }
  const other = connectHttp2(`http://127.0.0.1:${fixture.port}`);
  t.after(() => other.destroy());
  const large = other.request({ ':method': 'POST', ':path': '/2015-03-31/functions/f/aliases' });
  large.on('error', () => {});
  large.end(Buffer.alloc(7_000_000, 0x20));
  const [headers] = (await once(large, 'response')) as [{ ':status': number; 'x-amzn-errortype': string }];
  assert.deepEqual([headers[':status'], headers['x-amzn-errortype']], [413, 'RequestEntityTooLargeException']);
  await assertAlive(fixture);
});

test('HTTP/2: a body that stops is given up, and so is a session without streams', async (t) => {
  const fixture = await start(t, { silenceMs: 40 });
  const session = connectHttp2(`http://127.0.0.1:${fixture.port}`);
  session.on('error', () => {});
  const stream = session.request({ ':method': 'POST', ':path': '/2015-03-31/functions' });
  stream.on('error', () => {});
  stream.write('{');
  await once(stream, 'close');
  if (!session.destroyed) await once(session, 'close');
  await assertAlive(fixture);
});
