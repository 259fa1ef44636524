import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { PassThrough } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { systemClock } from '../../adapters/system/clock.ts';
import { systemIds } from '../../adapters/system/ids.ts';
import { MetricCounts } from '../../adapters/memory/metric-counts.ts';
import { lambdaError } from '../../model/lambda-errors.ts';
import { throttled } from '../../model/throttle.ts';
import type { FunctionUrl } from '../../ports/function-urls.ts';
import type { InvokeRequest, InvokeResult, StreamCompletion } from '../../ports/invoker.ts';
import type { ListenerBounds } from '../../wire/listener.ts';
import { openRaw, startListener } from '../../wire/wire-fixture.ts';
import { createFunctionUrls, type FunctionUrlDependencies } from './create-function-urls.ts';

// The door on a real port: whom it lets in, what hostile clients get, how it streams. Functions are played.

const ID = 'a'.repeat(32);
const HOST = `${ID}.lambda-url.eu-west-1.localhost`;
const URL_: FunctionUrl = {
  urlId: ID,
  account: '000000000000',
  region: 'eu-west-1',
  functionName: 'f',
  authType: 'NONE',
  invokeMode: 'BUFFERED',
};
const SIGNATURE = 'Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/lambda/aws4_request, Signature=0\r\n';

interface Played {
  readonly url?: Partial<FunctionUrl>;
  readonly isAllowed?: boolean;
  readonly run?: (request: InvokeRequest) => Promise<Partial<InvokeResult>>;
  readonly bounds?: Partial<ListenerBounds>;
  readonly more?: Partial<FunctionUrlDependencies>;
}

interface Door {
  readonly port: number;
  readonly calls: InvokeRequest[];
  readonly metrics: MetricCounts;
  /** Sends a request of this connection alone, and gives everything that comes back. */
  send(head: string, body?: string | Buffer): Promise<string>;
  /** The same under another host. */
  sendTo(host: string, head: string): Promise<string>;
  /** Fails when the server does not serve any more, or logged a fault of its own. */
  assertAlive(): Promise<void>;
}

async function start(t: TestContext, { url = {}, isAllowed = true, run, bounds = {}, more = {} }: Played = {}): Promise<Door> {
  const calls: InvokeRequest[] = [];
  const metrics = new MetricCounts();
  const whole = { ...URL_, ...url };
  const service = createFunctionUrls({
    urls: { find: async (urlId) => (urlId === ID ? whole : undefined), allows: async () => isAllowed },
    invoker: {
      invoke: async (request) => {
        calls.push(request);
        const result = run ? await run(request) : { payload: Buffer.from('"well"') };
        return { executedVersion: '1', payload: Buffer.alloc(0), ...result };
      },
    },
    identifyCaller: async ({ account }) => ({ account, arn: `arn:aws:iam::${account}:root`, userId: account }),
    metrics,
    clock: systemClock(),
    ids: systemIds(),
    ...more,
  });
  const { port, logger } = await startListener(t, [service], { bounds });
  const sendTo = (host: string, head: string, body: string | Buffer = ''): Promise<string> => {
    const [line, ...headers] = head.split('\r\n');
    const text = [line, `Host: ${host}`, 'Connection: close', ...headers].filter((part) => part !== '').join('\r\n');
    return openRaw(port, Buffer.concat([Buffer.from(`${text}\r\n\r\n`, 'latin1'), Buffer.from(body)])).closed;
  };
  return {
    port,
    calls,
    metrics,
    sendTo,
    send: (head, body) => sendTo(HOST, head, body),
    assertAlive: async () => {
      assert.match(await sendTo(HOST, 'GET /alive HTTP/1.1'), /^HTTP\/1\.1 \d{3} /);
      assert.deepEqual(
        logger.lines.filter(({ level }) => level === 'error'),
        [],
      );
    },
  };
}

const FORBIDDEN = /^HTTP\/1\.1 403 [^]*x-amzn-errortype: AccessDeniedException[^]*\{"Message":"Forbidden\. For troubleshooting/i;
const NOBODYS = /^HTTP\/1\.1 403 [^]*\{"Message":null\}$/;

test('ids of nobody and hosts of other regions get the answer of an unknown URL', async (t) => {
  const door = await start(t);
  for (const host of [`${'b'.repeat(32)}.lambda-url.eu-west-1.on.aws`, `${ID}.lambda-url.us-east-1.on.aws`, 'x.lambda-url.y'])
    assert.match(await door.sendTo(host, 'GET / HTTP/1.1'), NOBODYS, host);
  assert.match(await door.sendTo('127.0.0.1', `GET /_lambkin/url/${'c'.repeat(32)}/ HTTP/1.1`), NOBODYS);
  assert.match(await door.sendTo('127.0.0.1', 'GET /_lambkin/url/ HTTP/1.1'), NOBODYS);
  assert.equal(door.calls.length, 0);
});

test('a policy that lets nobody in, or no signature, is told as on AWS, and nothing is run', async (t) => {
  const closed = await start(t, { isAllowed: false });
  assert.match(await closed.send('GET / HTTP/1.1'), FORBIDDEN);
  const signed = await start(t, { url: { authType: 'AWS_IAM' } });
  assert.match(await signed.send('GET / HTTP/1.1'), FORBIDDEN);
  assert.match(await signed.send('GET / HTTP/1.1\r\nAuthorization: Bearer x'), FORBIDDEN);
  assert.equal(closed.calls.length + signed.calls.length, 0);
  assert.match(await signed.send(`GET / HTTP/1.1\r\n${SIGNATURE}`), /^HTTP\/1\.1 200 /);
  assert.match(
    await signed.send('GET /?X-Amz-Credential=test%2F20260101%2Feu-west-1%2Flambda%2Faws4_request HTTP/1.1'),
    /^HTTP\/1\.1 200 /,
  );
});

test('pages of other sites reach open URLs, and those that need a signature only by CORS', async (t) => {
  const foreign = 'Origin: https://a.test\r\n';
  const open = await start(t);
  assert.match(await open.send(`GET / HTTP/1.1\r\n${foreign}`), /^HTTP\/1\.1 200 /);
  const signed = await start(t, { url: { authType: 'AWS_IAM' } });
  assert.match(await signed.send(`GET / HTTP/1.1\r\n${foreign}${SIGNATURE}`), FORBIDDEN);
  assert.match(await signed.send(`GET / HTTP/1.1\r\nSec-Fetch-Site: cross-site\r\n${SIGNATURE}`), FORBIDDEN);
  assert.match(await signed.send(`GET / HTTP/1.1\r\nOrigin: http://${HOST}\r\n${SIGNATURE}`), /^HTTP\/1\.1 200 /);
  const shared = await start(t, { url: { authType: 'AWS_IAM', cors: { AllowOrigins: ['https://a.test'] } } });
  assert.match(await shared.send(`GET / HTTP/1.1\r\n${foreign}${SIGNATURE}`), /^HTTP\/1\.1 200 /);
});

test('a preflight needs no leave and runs nothing; refusals have the headers of CORS too', async (t) => {
  const door = await start(t, { isAllowed: false, url: { cors: { AllowOrigins: ['*'] } } });
  const asked = 'OPTIONS / HTTP/1.1\r\nOrigin: https://a.test\r\nAccess-Control-Request-Method: GET';
  assert.match(await door.send(asked), /^HTTP\/1\.1 200 [^]*access-control-allow-origin: \*\r\n[^]*content-length: 0\r\n/);
  assert.match(
    await door.send('GET / HTTP/1.1\r\nOrigin: https://a.test'),
    /^HTTP\/1\.1 403 [^]*access-control-allow-origin: \*/,
  );
  assert.equal(door.calls.length, 0);
  const plain = await start(t);
  await plain.send(asked);
  assert.equal(plain.calls.length, 1, 'without settings the function answers itself');
});

const OUTCOMES: readonly (readonly [name: string, run: NonNullable<Played['run']>, answer: RegExp])[] = [
  [
    'a function error',
    async () => ({ functionError: 'Unhandled', payload: Buffer.from('{"errorType":"X"}') }),
    /^HTTP\/1\.1 502 [^]*\r\nInternal Server Error$/m,
  ],
  ['no JSON', async () => ({ payload: Buffer.from('hello') }), /^HTTP\/1\.1 502 /],
  [
    'a throttle',
    async () => Promise.reject(throttled('ReservedFunctionConcurrentInvocationLimitExceeded')),
    /^HTTP\/1\.1 429 [^]*\{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded\."\}$/,
  ],
  [
    'a function that is gone',
    async () => Promise.reject(lambdaError('ResourceNotFoundException', 'Function not found: x')),
    NOBODYS,
  ],
  [
    'a function that is not ready',
    async () => Promise.reject(lambdaError('ResourceConflictException', 'Pending')),
    /^HTTP\/1\.1 502 [^]*Internal Server Error$/,
  ],
  [
    'a fault of the server',
    async () => Promise.reject(lambdaError('ServiceException', 'An internal error occurred.')),
    /^HTTP\/1\.1 500 [^]*"Type":"Service"/,
  ],
  [
    'no content',
    async () => ({ payload: Buffer.from('{"statusCode":204,"body":"dropped"}') }),
    /^HTTP\/1\.1 204 (?![^]*content-length)(?![^]*dropped)/i,
  ],
  [
    'not modified',
    async () => ({ payload: Buffer.from('{"statusCode":304,"body":"dropped"}') }),
    /^HTTP\/1\.1 304 (?![^]*dropped)/,
  ],
  [
    'cookies twice',
    async () => ({ payload: Buffer.from('{"statusCode":200,"headers":{"set-cookie":"a=1"},"cookies":["b=2"]}') }),
    /set-cookie: a=1\r\nset-cookie: b=2\r\n/,
  ],
  [
    'a length that lies',
    async () => ({ payload: Buffer.from('{"statusCode":200,"headers":{"content-length":"1"},"body":"abc"}') }),
    /\r\ncontent-length: 3\r\n[^]*\r\nabc$/,
  ],
  [
    'a smuggled response',
    async () => ({ payload: Buffer.from('{"statusCode":200,"headers":{"a":"b\\r\\n\\r\\nHTTP/1.1 200 OK"}}') }),
    /^HTTP\/1\.1 502 /,
  ],
];

for (const [name, run, answer] of OUTCOMES) {
  test(`the answer of a URL: ${name}`, async (t) => {
    const door = await start(t, { run });
    assert.match(await door.send('GET / HTTP/1.1'), answer);
    await door.assertAlive();
  });
}

test('HEAD has the headers of the body that GET would have', async (t) => {
  const door = await start(t);
  assert.match(await door.send('HEAD / HTTP/1.1'), /^HTTP\/1\.1 200 [^]*\r\ncontent-length: 4\r\n[^]*\r\n\r\n$/);
});

test('requests, answers and times are counted for the function', async (t) => {
  const door = await start(t, {
    run: async ({ payload }) => ({
      payload: Buffer.from(`{"statusCode":${/\/(\d{3})/.exec(Buffer.from(payload).toString())?.[1]}}`),
    }),
  });
  for (const status of [200, 404, 404, 500]) await door.send(`GET /${status} HTTP/1.1`);
  await door.sendTo(`${'b'.repeat(32)}.lambda-url.eu-west-1.on.aws`, 'GET / HTTP/1.1');
  const counts = Object.fromEntries(
    door.metrics.readings().map(({ metric, sum, count }) => [metric, metric === 'UrlRequestLatency' ? count : sum]),
  );
  assert.deepEqual(counts, { UrlRequestCount: 4, UrlRequestLatency: 4, Url4xxCount: 2, Url5xxCount: 1 });
});

test('bodies up to the bound reach the function, larger ones get 413 and no run', async (t) => {
  const door = await start(t);
  const post = (size: number, type: string): Promise<string> =>
    door.send(`POST / HTTP/1.1\r\nContent-Type: ${type}\r\nContent-Length: ${size}`, Buffer.alloc(size, 0x61));
  assert.match(await post(6_000_000, 'text/plain'), /^HTTP\/1\.1 200 /);
  assert.match(await post(4_600_000, 'image/png'), /^HTTP\/1\.1 200 /);
  const tooLarge = /^HTTP\/1\.1 413 [^]*"message":"Request must be smaller than 6291456 bytes/;
  assert.match(await post(6_291_457, 'text/plain'), tooLarge);
  assert.match(await post(5_000_000, 'image/png'), tooLarge);
  assert.equal(door.calls.length, 2);
  const chunked = `POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain`;
  const chunk = `100000\r\n${'x'.repeat(1_048_576)}\r\n`;
  assert.match(await door.send(chunked, `${chunk.repeat(7)}0\r\n\r\n`), tooLarge);
  await door.assertAlive();
});

const POST = `POST / HTTP/1.1\r\nHost: ${HOST}\r\n`;
const MALFORMED: Readonly<Record<string, string>> = {
  'length and chunks together': `${POST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`,
  'two lengths': `${POST}Content-Length: 4\r\nContent-Length: 0\r\n\r\nabcdGET /smuggled HTTP/1.1\r\n\r\n`,
  'a list of lengths': `${POST}Content-Length: 0, 4\r\n\r\nabcd`,
  'a length with a sign': `${POST}Content-Length: +4\r\n\r\nabcd`,
  'a hidden coding': `${POST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
  'a coding of another name': `${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
  'chunks of chunks': `${POST}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n`,
  'a chunk of no size': `${POST}Transfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n`,
  'a chunk with a bare line feed': `${POST}Transfer-Encoding: chunked\r\n\r\n2\nab\n0\n\n`,
  'a chunk that is longer than it says': `${POST}Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n`,
  'a folded header': `${POST}X-A: b\r\n Content-Length: 4\r\n\r\nabcd`,
  'a bare carriage return': `${POST}X-A: b\rContent-Length: 4\r\n\r\nabcd`,
  'two hosts': `GET /smuggled HTTP/1.1\r\nHost: ${HOST}\r\nHost: 127.0.0.1\r\n\r\n`,
  'a flood of headers': `${POST}${'X-A: b\r\n'.repeat(2_000)}\r\n`,
  'a header without end': `${POST}X-A: ${'b'.repeat(1_200_000)}\r\n\r\n`,
  'a path without end': `GET /${'a'.repeat(1_200_000)} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`,
  'a space in the path': `GET /a b HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`,
  'a null byte in the path': `GET /\0 HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`,
  'another protocol': `GET / HTTP/9.9\r\nHost: ${HOST}\r\n\r\n`,
};

for (const [name, bytes] of Object.entries(MALFORMED)) {
  test(`hostile HTTP at a URL runs nothing: ${name}`, async (t) => {
    const door = await start(t);
    const raw = openRaw(door.port, Buffer.from(bytes, 'latin1'));
    const answer = await Promise.race([raw.closed, raw.until('HTTP/1.1 4')]);
    raw.socket.destroy();
    assert.ok(!/HTTP\/1\.1 [235]/.test(answer), answer.slice(0, 200));
    assert.deepEqual(door.calls, []);
    await door.assertAlive();
  });
}

test('bytes that are no UTF-8 in paths, queries, headers and cookies reach the function as JSON', async (t) => {
  const door = await start(t);
  const answer = await door.send('GET /\xff\xfe?q=\xe4%FF HTTP/1.1\r\nX-A: \xe4\xff\r\nCookie: a=\xff');
  assert.match(answer, /^HTTP\/1\.1 (200|400) /);
  for (const { payload } of door.calls) {
    const event = JSON.parse(Buffer.from(payload).toString('utf8')) as { rawPath: string; queryStringParameters: { q: string } };
    assert.equal(event.rawPath, '/%FF%FE');
    assert.equal(event.queryStringParameters.q, '\uFFFD\uFFFD');
  }
  await door.assertAlive();
});

test('a body that trickles is given up in its time, and one that stops too', async (t) => {
  const slow = await start(t, { more: { bodyTimeoutMs: 60 } });
  const raw = openRaw(slow.port, `${POST}Content-Length: 100000\r\n\r\n{`);
  const trickle = setInterval(() => raw.socket.write(' '), 10);
  t.after(() => clearInterval(trickle));
  assert.match(await raw.closed, /^HTTP\/1\.1 408 [^]*connection: close/i);
  const stopping = await start(t, { bounds: { silenceMs: 40 } });
  assert.equal(await openRaw(stopping.port, `${POST}Content-Length: 5\r\n\r\nx`).closed, '');
  const brokenOff = openRaw(stopping.port, `${POST}Content-Length: 5\r\n\r\nx`);
  await once(brokenOff.socket, 'connect');
  brokenOff.socket.resetAndDestroy();
  await brokenOff.closed;
  assert.equal(slow.calls.length + stopping.calls.length, 0);
  await slow.assertAlive();
  await stopping.assertAlive();
});

interface PlayedStream {
  readonly body: PassThrough;
  end(completion?: StreamCompletion): void;
  readonly run: NonNullable<Played['run']>;
}

function playStream(contentType: string): PlayedStream {
  const body = new PassThrough({ highWaterMark: 65_536 });
  const completion = Promise.withResolvers<StreamCompletion>();
  return {
    body,
    end: (how = {}) => {
      body.end();
      completion.resolve(how);
    },
    run: async () => ({ stream: { contentType, body, completion: completion.promise } }),
  };
}

const PRELUDE = 'application/vnd.awslambda.http-integration-response';
const STREAMING: Partial<FunctionUrl> = { invokeMode: 'RESPONSE_STREAM' };

test('a stream: the head is there before the body, each piece as it comes', async (t) => {
  const { body, end, run } = playStream(PRELUDE);
  const door = await start(t, { url: STREAMING, run });
  const raw = openRaw(door.port, `GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`);
  body.write(`{"statusCode":202}${'\0'.repeat(8)}`);
  await raw.until('HTTP/1.1 202 ');
  body.write('first');
  await raw.until('first');
  body.write('second');
  await raw.until('second');
  end();
  assert.match(await raw.closed, /\r\n0\r\n\r\n$/);
  assert.equal(door.calls[0]?.streaming, true);
});

test('a stream that fails: before its head 502, after it a connection that is cut', async (t) => {
  const early = playStream(PRELUDE);
  const door = await start(t, { url: STREAMING, run: early.run });
  early.body.write('{"statusCode":200}');
  early.end({ error: { errorType: 'Runtime.ExitError', payload: Buffer.alloc(0) } });
  assert.match(await door.send('GET / HTTP/1.1'), /^HTTP\/1\.1 502 [^]*Internal Server Error$/);
  const late = playStream('text/plain');
  const second = await start(t, { url: STREAMING, run: late.run });
  const raw = openRaw(second.port, `GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
  late.body.write('begun');
  await raw.until('begun');
  late.end({ error: { errorType: 'TypeError', payload: Buffer.alloc(0) } });
  assert.doesNotMatch(await raw.closed, /\r\n0\r\n\r\n$/);
});

test('a reader that does not read makes the function wait, and one that goes away stops nothing', async (t) => {
  const { body, end, run } = playStream('text/plain');
  const door = await start(t, { url: STREAMING, run });
  const socket = connectSocket(door.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
  socket.pause();
  let written = 0;
  // Sockets hold some megabytes; a door that gathered would take all of it.
  while (written < 200_000_000 && body.writableLength < 1_048_576) {
    body.write(Buffer.alloc(65_536));
    written += 65_536;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(written < 100_000_000, `${written} bytes were taken for a reader that does not read`);
  socket.destroy();
  end();
  await once(body, 'end');
});
