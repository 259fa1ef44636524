import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { testLogSink, type LogSinkUnderTest } from '../../../test/contract/log-sink.ts';
import { FakeClock } from '../../adapters/memory/fake-clock.ts';
import type { LogRecord, LogStreamName } from '../../ports/log-sink.ts';
import type { Logger } from '../../ports/logger.ts';
import { openLogStorage, type LogStorage } from './log-storage.ts';
import { scanRecords } from './store/record-scan.ts';

const DAY_MS = 86_400_000;
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const target: LogStreamName = { account: '000000000000', region: 'us-east-1', group: 'g', stream: 's' };

async function directoryFor(context: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'lambkin-logs-'));
  context.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function readAll({ store }: LogStorage, name: LogStreamName): Promise<LogRecord[] | undefined> {
  const stream = (await (await store.group(name, name.group))?.streams())?.get(name.stream);
  if (stream === undefined) return undefined;
  const { records } = await scanRecords({
    streams: [stream],
    direction: 'forward',
    startMs: 0,
    endMs: Infinity,
    countMax: 1_000_000,
    bytesMax: Infinity,
    scannedBytesMax: Infinity,
  });
  return records.map(({ timestampMs, message }) => ({ timestampMs, message }));
}

function underTest(directory: string, clock: FakeClock): LogSinkUnderTest {
  const storage = openLogStorage({ directory, clock, logger: silent });
  return {
    sink: storage.writer,
    read: (stream) => readAll(storage, stream),
    async reopen() {
      await storage.close();
      return underTest(directory, clock);
    },
    async close() {
      await storage.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

testLogSink('log storage', async () => underTest(await mkdtemp(join(tmpdir(), 'lambkin-logs-')), new FakeClock()));

async function segmentFiles(directory: string): Promise<string[]> {
  const files = await readdir(directory, { recursive: true });
  return files.filter((file) => file.endsWith('.log')).map((file) => join(directory, file));
}

test('a record torn by a crash is cut and writing goes on behind the last whole one', async (context) => {
  const directory = await directoryFor(context);
  const clock = new FakeClock();
  const crashed = openLogStorage({ directory, clock, logger: silent });
  crashed.writer.write(target, [{ timestampMs: 1, message: 'kept' }]);
  await crashed.writer.flush();
  const [segment] = await segmentFiles(directory);
  assert.ok(segment);
  await crashed.close();
  const { size } = await stat(segment);
  await appendFile(segment, Buffer.from('4c4b4c310000ffff00', 'hex'));

  const storage = openLogStorage({ directory, clock, logger: silent });
  assert.deepEqual(
    (await readAll(storage, target))?.map(({ message }) => message),
    ['kept'],
  );
  assert.equal((await stat(segment)).size, size);
  storage.writer.write(target, [{ timestampMs: 2, message: 'next' }]);
  await storage.writer.flush();
  assert.deepEqual(
    (await readAll(storage, target))?.map(({ message }) => message),
    ['kept', 'next'],
  );
  await storage.close();
});

test('records are written a few times a second without a flush', async (context) => {
  const clock = new FakeClock();
  const storage = openLogStorage({ directory: await directoryFor(context), clock, logger: silent });
  storage.writer.write(target, [{ timestampMs: 1, message: 'soon' }]);
  await clock.advance(199);
  assert.equal(await readAll(storage, target), undefined);
  await clock.advance(1);
  await storage.writer.drain();
  assert.deepEqual(await readAll(storage, target), [{ timestampMs: 1, message: 'soon' }]);
  await storage.close();
});

test('a sweep removes expired segments only of groups with a retention', async (context) => {
  const clock = new FakeClock();
  const storage = openLogStorage({ directory: await directoryFor(context), clock, logger: silent });
  const other = { ...target, group: 'other' };
  for (const name of [target, other]) storage.writer.write(name, [{ timestampMs: clock.now(), message: 'old' }]);
  await storage.writer.flush();
  await storage.store.changeGroup(target, 'g', (settings) => ({ ...settings, retentionInDays: 1 }));
  await clock.advance(2 * DAY_MS);
  await storage.retention.sweep();
  assert.deepEqual(await readAll(storage, target), []);
  assert.equal((await readAll(storage, other))?.length, 1);
  await storage.close();
});

test('past the total size the oldest segments go first, and streams that are then empty', async (context) => {
  const directory = await directoryFor(context);
  const clock = new FakeClock();
  const storage = openLogStorage({ directory, clock, logger: silent, totalBytesMax: 2_000_000 });
  const line = 'y'.repeat(1_000);
  for (let index = 0; index < 10; index += 1) {
    const records = Array.from({ length: 400 }, () => ({ timestampMs: clock.now(), message: line }));
    storage.writer.write({ ...target, stream: `s${index}` }, records);
    await storage.writer.flush();
    await clock.advance(1_000);
  }
  // The first call may only join a sweep that began before the last records came.
  await storage.retention.sweep();
  await storage.retention.sweep();
  assert.ok((await storage.store.totalBytes()) <= 2_000_000);
  assert.equal(await readAll(storage, { ...target, stream: 's0' }), undefined);
  assert.equal((await readAll(storage, { ...target, stream: 's9' }))?.length, 400);
  await storage.close();
});

test('no name leaves the directory, however hostile', async (context) => {
  const parent = await directoryFor(context);
  const directory = join(parent, 'inside', 'root');
  const clock = new FakeClock();
  const names = [
    '..',
    '.',
    '../../outside',
    '/etc/passwd',
    'a/../../../b',
    '\u0000',
    'ü/ö\u202e',
    'CON',
    'x'.repeat(512),
    'x'.repeat(511) + '/',
    '%2e%2e',
    '\ud800',
    ' ',
  ];
  const storage = openLogStorage({ directory, clock, logger: silent });
  const targets = names.flatMap((name) => [
    { ...target, stream: name },
    { ...target, group: name },
    { ...target, region: name },
    { ...target, account: name },
  ]);
  for (const [index, name] of targets.entries()) storage.writer.write(name, [{ timestampMs: 1, message: `m${index}` }]);
  await storage.close();
  assert.deepEqual(await readdir(parent), ['inside']);
  assert.deepEqual(await readdir(join(parent, 'inside')), ['root']);
  const again = openLogStorage({ directory, clock, logger: silent });
  for (const [index, name] of targets.entries()) {
    assert.deepEqual(await readAll(again, name), [{ timestampMs: 1, message: `m${index}` }], JSON.stringify(name));
  }
  await again.close();
});

test('a group that is deleted goes from the disk, and logging makes it anew', async (context) => {
  const directory = await directoryFor(context);
  const storage = openLogStorage({ directory, clock: new FakeClock(), logger: silent });
  storage.writer.write(target, [{ timestampMs: 1, message: 'gone' }]);
  await storage.writer.flush();
  assert.equal(await storage.store.deleteGroup(target, 'g'), true);
  assert.deepEqual(await segmentFiles(directory), []);
  storage.writer.write(target, [{ timestampMs: 2, message: 'new' }]);
  await storage.writer.flush();
  assert.deepEqual(await readAll(storage, target), [{ timestampMs: 2, message: 'new' }]);
  await storage.close();
});

test('records that the disk refuses are counted, and the next ones go to another segment', async (context) => {
  const directory = await directoryFor(context);
  const clock = new FakeClock();
  const storage = openLogStorage({ directory, clock, logger: silent });
  await storage.store.createGroup(target, 'g', { tags: {} });
  await storage.store.createStream(target);
  const stream = (await (await storage.store.group(target, 'g'))?.streams())?.get('s');
  assert.ok(stream);
  // A directory stands where the segment would be opened.
  await mkdir(join(stream.directory, `${clock.now() * 2_048}.log`));
  storage.writer.write(
    target,
    [1, 2, 3].map((timestampMs) => ({ timestampMs, message: 'lost' })),
  );
  await storage.writer.flush();
  storage.writer.write(target, [{ timestampMs: 4, message: 'after' }]);
  await storage.writer.flush();
  const messages = (await readAll(storage, target))?.map(({ message }) => message);
  assert.match(messages?.[0] ?? '', /^LAMBKIN 3 log records were dropped here/);
  assert.deepEqual(messages?.slice(1), ['after']);
  await rm(join(stream.directory, `${clock.now() * 2_048}.log`), { recursive: true });
  await storage.close();
});
