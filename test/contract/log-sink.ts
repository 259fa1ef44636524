import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogRecord, LogSink, LogStreamName } from '../../src/ports/log-sink.ts';

/** A sink under test and a way to read back what it holds, oldest first; undefined when the stream does not exist. */
export interface LogSinkUnderTest {
  readonly sink: LogSink;
  read(stream: LogStreamName): Promise<readonly LogRecord[] | undefined>;
  /** Ends the sink and opens it anew over the same data. */
  reopen(): Promise<LogSinkUnderTest>;
  close(): Promise<void>;
}

/** Runs what every log sink promises; `open` makes an empty one for each test. */
export function testLogSink(name: string, open: () => Promise<LogSinkUnderTest>): void {
  const stream = (group: string, streamName: string): LogStreamName => ({
    account: '000000000000',
    region: 'us-east-1',
    group,
    stream: streamName,
  });

  test(`${name}: records of one stream keep their order, and streams are made by the first record`, async () => {
    const under = await open();
    const target = stream('/aws/lambda/f', '2026/01/01/[$LATEST]aa');
    assert.equal(await under.read(target), undefined);
    for (let index = 0; index < 2_500; index += 1) {
      under.sink.write(target, [{ timestampMs: 1_000 + Math.floor(index / 10), message: `line ${index}` }]);
      if (index % 700 === 0) await under.sink.flush();
    }
    await under.sink.flush();
    assert.deepEqual(
      (await under.read(target))?.map(({ message }) => message),
      Array.from({ length: 2_500 }, (_, index) => `line ${index}`),
    );
    await under.close();
  });

  test(`${name}: streams, groups, regions and accounts stay apart`, async () => {
    const under = await open();
    const base = stream('g', 's');
    const names = [
      base,
      { ...base, stream: 'S' },
      { ...base, group: 'G' },
      { ...base, region: 'eu-west-1' },
      { ...base, account: '111111111111' },
    ];
    for (const [index, target] of names.entries()) under.sink.write(target, [{ timestampMs: 1, message: `m${index}` }]);
    await under.sink.flush();
    for (const [index, target] of names.entries()) {
      assert.deepEqual(await under.read(target), [{ timestampMs: 1, message: `m${index}` }]);
    }
    await under.close();
  });

  test(`${name}: what was flushed is there after reopening, and goes on in order`, async () => {
    const under = await open();
    const target = stream('g', 's');
    under.sink.write(target, [
      { timestampMs: 5, message: 'first' },
      { timestampMs: 6, message: '' },
    ]);
    await under.sink.flush();
    const again = await under.reopen();
    again.sink.write(target, [{ timestampMs: 6, message: 'third \u{1f600} é\n\u0000' }]);
    await again.sink.flush();
    assert.deepEqual(
      (await again.read(target))?.map(({ message }) => message),
      ['first', '', 'third \u{1f600} é\n\u0000'],
    );
    await again.close();
  });

  test(`${name}: a flood is dropped past a bound, with a record that says how many, in its place`, async () => {
    const under = await open();
    const loud = stream('loud', 's');
    const quiet = stream('quiet', 's');
    const line = 'x'.repeat(1_000);
    const total = 40_000;
    for (let index = 0; index < total; index += 1) under.sink.write(loud, [{ timestampMs: index, message: `${index} ${line}` }]);
    under.sink.write(quiet, [{ timestampMs: 7, message: 'heard' }]);
    await under.sink.flush();
    under.sink.write(loud, [{ timestampMs: total, message: 'after' }]);
    await under.sink.flush();
    const records = (await under.read(loud)) ?? [];
    const notice = records.at(-2)?.message ?? '';
    const dropped = Number(/(\d+) log records were dropped/.exec(notice)?.[1]);
    assert.equal(records.at(-1)?.message, 'after');
    assert.ok(dropped > 0, `the flood must not have been kept whole: ${notice}`);
    assert.equal(dropped + records.length - 2, total);
    assert.deepEqual(
      records.slice(0, -2).map(({ timestampMs }) => timestampMs),
      Array.from({ length: total - dropped }, (_, index) => index),
    );
    assert.deepEqual(
      (await under.read(quiet))?.map(({ message }) => message),
      ['heard'],
    );
    await under.close();
  });
}
