import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import type { Service } from './service.ts';
import { echoService, openRaw, startListener } from './wire-fixture.ts';

const LAMBDA_PATH = '/2015-03-31/functions';

/** A service whose answers the test gives when it likes. */
function slowService(): { service: Service; arrived: Promise<void>; finish: () => void } {
  const arrived = Promise.withResolvers<void>();
  const finished = Promise.withResolvers<void>();
  const service: Service = {
    name: 'lambda',
    handle: async (_request, response) => {
      arrived.resolve();
      await finished.promise;
      response.end('done');
    },
  };
  return { service, arrived: arrived.promise, finish: () => finished.resolve() };
}

test('HTTP/1.1 and HTTP/2 with prior knowledge share the port', async (t) => {
  const { port } = await startListener(t, [echoService('lambda')]);
  const first = await fetch(`http://127.0.0.1:${port}${LAMBDA_PATH}?a=1`, { method: 'POST', body: 'one' });
  assert.deepEqual(await first.json(), {
    service: 'lambda',
    account: '000000000000',
    region: 'eu-west-1',
    path: LAMBDA_PATH,
    query: 'a=1',
    body: 'one',
  });
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  t.after(() => session.destroy());
  const bodies = await Promise.all(
    ['two', 'three'].map(async (body) => {
      const stream = session.request({ ':method': 'POST', ':path': LAMBDA_PATH });
      stream.end(body);
      let text = '';
      for await (const chunk of stream) text += String(chunk);
      return (JSON.parse(text) as { body: string }).body;
    }),
  );
  assert.deepEqual(bodies, ['two', 'three']);
});

test('the version is told although the first bytes come one at a time', async (t) => {
  const { port } = await startListener(t, [echoService('lambda')]);
  const raw = openRaw(port, 'P');
  for (const byte of `OST ${LAMBDA_PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx`) {
    await new Promise<void>((resolve) => raw.socket.write(byte, () => setImmediate(resolve)));
  }
  assert.match(await raw.closed, /^HTTP\/1\.1 200 /);
});

test('a service that is not built is named in the protocol of the request', async (t) => {
  const { port } = await startListener(t, []);
  const call = async (service: string, headers: Record<string, string> = {}): Promise<[number, string | null, string]> => {
    const authorization = `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;
    const response = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      body: 'Action=X',
      headers: { authorization, ...headers },
    });
    return [response.status, response.headers.get('content-type'), await response.text()];
  };
  const message = (service: string): string => `lambkin does not implement the service ${service} yet.`;
  assert.deepEqual(
    await call('dynamodb', { 'x-amz-target': 'DynamoDB_20120810.PutItem', 'content-type': 'application/x-amz-json-1.0' }),
    [501, 'application/x-amz-json-1.0', JSON.stringify({ __type: 'NotImplementedException', message: message('dynamodb') })],
  );
  const [status, type, text] = await call('sns', { 'content-type': 'application/x-www-form-urlencoded' });
  assert.deepEqual([status, type], [501, 'text/xml']);
  assert.match(
    text,
    /^<ErrorResponse><Error><Type>Receiver<\/Type><Code>NotImplementedException<\/Code><Message>lambkin does not implement the service sns yet\.<\/Message>/,
  );
  assert.match((await call('s3'))[2], /<Error><Code>NotImplementedException<\/Code>/);
  assert.deepEqual(JSON.parse((await call('scheduler'))[2]), { Type: 'Service', message: message('scheduler') });
  assert.match((await call('<b>&', { 'content-type': 'application/x-www-form-urlencoded' }))[2], /service &#60;b&#62;&#38; yet/);
});

test('the longest local path answers, and nothing else below the reserved path does', async (t) => {
  const local = (text: string) => async (_request: unknown, response: { end(text: string): unknown }) => void response.end(text);
  const { port } = await startListener(t, [echoService('s3')], {
    localPaths: { '/_lambkin/': local('short'), '/_lambkin/health': local('health') },
  });
  assert.equal(await (await fetch(`http://127.0.0.1:${port}/_lambkin/health`)).text(), 'health');
  assert.equal(await (await fetch(`http://127.0.0.1:${port}/_lambkin/x`)).text(), 'short');
  const { port: bare } = await startListener(t, [echoService('s3')]);
  assert.equal((await fetch(`http://127.0.0.1:${bare}/_lambkin/health`)).status, 404);
});

test('a page of another site is refused before any service sees it, in both versions', async (t) => {
  let calls = 0;
  const service: Service = { name: 's3', handle: async (_request, response) => void ((calls += 1), response.end()) };
  const { port } = await startListener(t, [service]);
  const refused = await fetch(`http://127.0.0.1:${port}/`, { headers: { Origin: 'http://evil.test' } });
  assert.equal(refused.status, 403);
  const raw = openRaw(port, 'GET / HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n');
  assert.match(await raw.closed, /^HTTP\/1\.1 403 /);
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  t.after(() => session.destroy());
  const stream = session.request({ ':path': '/', ':authority': 'evil.test' });
  const [headers] = (await once(stream, 'response')) as [{ ':status': number }];
  assert.equal(headers[':status'], 403);
  assert.equal(calls, 0);
});

test('a whole URL in the request line is taken as its path', async (t) => {
  const { port } = await startListener(t, [echoService('lambda')]);
  const raw = openRaw(
    port,
    `GET http://127.0.0.1:${port}${LAMBDA_PATH}?b=2 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`,
  );
  assert.match(await raw.closed, /"path":"\/2015-03-31\/functions","query":"b=2"/);
});

test('a service that fails, at once or later, is answered as our fault and logged', async (t) => {
  const failing: Service = {
    name: 's3',
    handle: () => {
      throw new Error('detail');
    },
  };
  const { port, logger } = await startListener(t, [failing]);
  const response = await fetch(`http://127.0.0.1:${port}/`);
  assert.equal(response.status, 500);
  assert.ok(!(await response.text()).includes('detail'));
  assert.equal(logger.lines.filter(({ level }) => level === 'error').length, 1);
});

test('a stop cuts idle connections at once and lets requests in flight finish', async (t) => {
  const slow = slowService();
  const { listener, port } = await startListener(t, [slow.service, echoService('s3')]);
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  // One idle connection, one that has said nothing, one of HTTP/2 without streams, and one in flight.
  await new Promise<void>((resolve, reject) =>
    get({ port, agent, path: '/idle' }, (response) => response.resume().once('end', resolve)).once('error', reject),
  );
  const silent = openRaw(port, '');
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  await once(session, 'remoteSettings');
  const inFlight = fetch(`http://127.0.0.1:${port}${LAMBDA_PATH}`);
  await slow.arrived;
  const closed = listener.close(60_000);
  await Promise.all([silent.closed, once(session, 'close')]);
  await assert.rejects(fetch(`http://127.0.0.1:${port}/`), 'no new connection is taken');
  slow.finish();
  assert.equal(await (await inFlight).text(), 'done');
  await closed;
});

test('a stop cuts what is left after the grace', async (t) => {
  const slow = slowService();
  const { listener, port } = await startListener(t, [slow.service]);
  const inFlight = assert.rejects(fetch(`http://127.0.0.1:${port}${LAMBDA_PATH}`));
  await slow.arrived;
  await listener.close(20);
  await inFlight;
  slow.finish();
});

test('a port that is taken is told', async (t) => {
  const { port } = await startListener(t, []);
  await assert.rejects(startListener(t, [], { port }), { code: 'EADDRINUSE' });
});

test('a connection that was made elsewhere is served, waited for when it closes, and refused afterwards', async (t) => {
  const { service, arrived, finish } = slowService();
  const { listener } = await startListener(t, [service]);
  const elsewhere = createServer((socket) => listener.adopt(socket)).listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  t.after(() => elsewhere.close());
  const { port } = elsewhere.address() as AddressInfo;
  const answer = fetch(`http://127.0.0.1:${port}${LAMBDA_PATH}`);
  await arrived;
  let isClosed = false;
  const closing = listener.close(5_000).then(() => {
    isClosed = true;
  });
  await assert.rejects(fetch(`http://127.0.0.1:${port}${LAMBDA_PATH}`));
  assert.equal(isClosed, false);
  finish();
  assert.equal(await (await answer).text(), 'done');
  await closing;
});

test('a connection that was made elsewhere is cut when its time to end is over', async (t) => {
  const { service, arrived } = slowService();
  const { listener } = await startListener(t, [service]);
  const elsewhere = createServer((socket) => listener.adopt(socket)).listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  t.after(() => elsewhere.close());
  const answer = fetch(`http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}${LAMBDA_PATH}`);
  const failed = assert.rejects(answer);
  await arrived;
  await listener.close(1);
  await failed;
});
