import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSocketServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { systemClock } from '../../adapters/system/clock.ts';
import type { TelemetrySubscription } from './subscription.ts';
import { TelemetryHub } from './telemetry-hub.ts';

const buffering = { itemsMax: 1_000, bytesMax: 262_144, timeoutMs: 25 };

interface Sink {
  readonly port: number;
  readonly events: { type: string; record: unknown }[];
  /** Resolves when so many events have come. */
  until(count: number): Promise<void>;
}

async function openSink(
  t: TestContext,
  answer: (response: ServerResponse) => void = (response) => void response.end(),
): Promise<Sink> {
  const events: { type: string; record: unknown }[] = [];
  let check = (): void => {};
  const server: Server = createServer((request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      events.push(...(JSON.parse(Buffer.concat(chunks).toString()) as { type: string; record: unknown }[]));
      answer(response);
      check();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    events,
    until: (count) =>
      new Promise((resolve) => {
        check = () => {
          if (events.length >= count) resolve();
        };
        check();
      }),
  };
}

const toHttp = (port: number, more: Partial<TelemetrySubscription> = {}): TelemetrySubscription => ({
  schemaVersion: '2022-12-13',
  types: ['platform', 'function'],
  buffering,
  destination: { protocol: 'HTTP', port, path: '/' },
  ...more,
});

test('a late subscriber gets what has happened since the start, and only the kinds it asked for', async (t) => {
  const sink = await openSink(t);
  const hub = new TelemetryHub(systemClock());
  t.after(() => hub.close());
  hub.publish('platform', { timeMs: 0, type: 'platform.initStart', record: { phase: 'init' } });
  hub.publish('extension', { timeMs: 1, type: 'extension', record: 'not asked for' });
  hub.subscribe('a', toHttp(sink.port));
  hub.publish('function', { timeMs: 2, type: 'function', record: 'plain' });
  hub.publish('function', { timeMs: 3, type: 'function', record: '{"level":"INFO"}' });
  hub.publish('function', { timeMs: 4, type: 'function', record: '{broken' });
  await sink.until(4);
  assert.deepEqual(sink.events, [
    { time: '1970-01-01T00:00:00.000Z', type: 'platform.initStart', record: { phase: 'init' } },
    { time: '1970-01-01T00:00:00.002Z', type: 'function', record: 'plain' },
    { time: '1970-01-01T00:00:00.003Z', type: 'function', record: { level: 'INFO' } },
    { time: '1970-01-01T00:00:00.004Z', type: 'function', record: '{broken' },
  ]);
  assert.equal(hub.isOpen, true);
  hub.closeSubscriptions();
  assert.equal(hub.isOpen, false);
  assert.equal(hub.isWanted, true);
});

test('without a subscriber nothing is wanted once init is over', () => {
  const hub = new TelemetryHub(systemClock());
  assert.equal(hub.isWanted, true);
  hub.closeSubscriptions();
  assert.equal(hub.isWanted, false);
});

test('a subscriber that refuses is tried again, then loses its events and is told how many', async (t) => {
  let count = 0;
  const sink = await openSink(t, (response) => {
    count += 1;
    response.statusCode = count <= 3 ? 500 : 200;
    response.end();
  });
  const hub = new TelemetryHub(systemClock());
  t.after(() => hub.close());
  hub.subscribe('a', toHttp(sink.port));
  hub.publish('platform', { timeMs: 0, type: 'platform.start', record: {} });
  await sink.until(3);
  await hub.drain();
  hub.publish('platform', { timeMs: 0, type: 'platform.report', record: {} });
  await sink.until(5);
  assert.deepEqual(sink.events.map(({ type }) => type).slice(0, 3), ['platform.start', 'platform.start', 'platform.start']);
  assert.ok(sink.events.some(({ type }) => type === 'platform.report'));
  const dropped = sink.events.find(({ type }) => type === 'platform.logsDropped')?.record as { droppedRecords: number };
  assert.equal(dropped.droppedRecords, 1);
});

test('a subscriber that never answers costs bounded memory and its own events only', async (t) => {
  const silent = await openSink(t, () => {});
  const sink = await openSink(t);
  const hub = new TelemetryHub(systemClock());
  t.after(() => hub.close());
  hub.subscribe('silent', toHttp(silent.port));
  hub.subscribe('other', toHttp(sink.port));
  const record = 'x'.repeat(1_000);
  for (let index = 0; index < 5_000; index += 1) hub.publish('function', { timeMs: index, type: 'function', record });
  hub.flush();
  await sink.until(2_000);
  assert.ok(silent.events.length <= 1_000);
});

test('events go over TCP as one line of JSON each', async (t) => {
  const received: string[] = [];
  let done = (): void => {};
  const server = createSocketServer((socket) => {
    t.after(() => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      received.push(chunk.toString());
      if (received.join('').split('\n').length > 2) done();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const hub = new TelemetryHub(systemClock());
  t.after(() => hub.close());
  const { port } = server.address() as AddressInfo;
  hub.subscribe('a', toHttp(0, { destination: { protocol: 'TCP', port } }));
  const arrived = new Promise<void>((resolve) => (done = resolve));
  hub.publish('platform', { timeMs: 0, type: 'platform.start', record: { a: 1 } });
  hub.publish('function', { timeMs: 0, type: 'function', record: 'line' });
  await arrived;
  const lines = received
    .join('')
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { type: string }).type);
  assert.deepEqual(lines, ['platform.start', 'function']);
});
