import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LogRecord, type RecordLog, ShardSealed } from '../../src/ports/record-log.ts';

/** A log that can be closed and opened again with what it kept. */
export interface LogWorld {
  readonly log: RecordLog;
  reopen(): Promise<RecordLog>;
  close(): Promise<void>;
}

const ALL = { from: 0, recordsMax: 10_000, bytesMax: 100_000_000 };

/** What every log of records must do. `open` gives an empty one; it is closed after each test. */
export function testRecordLog(name: string, open: () => Promise<LogWorld>): void {
  const check = (title: string, body: (world: LogWorld) => Promise<void>): void => {
    test(`${name}: ${title}`, async () => {
      const world = await open();
      try {
        await body(world);
      } finally {
        await world.close();
      }
    });
  };

  check('a shard that was never used is empty and open', async ({ log }) => {
    assert.deepEqual(await log.read({ shard: 'a', ...ALL }), { records: [], next: 1, isEnd: false, isMore: false, first: 1 });
    assert.equal(await log.end('a'), 1);
    assert.equal(await log.seek('a', 0), 1);
    assert.equal(await log.trim('a', 1_000, 10), 0);
  });

  check('records are numbered by their shard, in the order in which they were given', async ({ log }) => {
    const places = await log.append([put('a', 'x', 10), put('b', 'y', 11), put('a', 'z', 12)]);
    assert.deepEqual(
      places.map(({ position }) => position),
      [1, 1, 2],
    );
    const { records, next } = await log.read({ shard: 'a', ...ALL });
    assert.deepEqual(shown(records), ['1 10 key x', '2 12 key z']);
    assert.equal(next, 3);
    assert.deepEqual(shown((await log.read({ shard: 'b', ...ALL })).records), ['1 11 key y']);
  });

  check('times of a shard never go back', async ({ log }) => {
    await log.append([put('a', 'x', 100)]);
    const [place] = await log.append([put('a', 'y', 50)]);
    assert.equal(place?.arrivalMs, 100);
  });

  check('a page ends at its bounds and says that more waits', async ({ log }) => {
    await log.append([1, 2, 3, 4].map((index) => put('a', 'x'.repeat(100), index)));
    const two = await log.read({ shard: 'a', ...ALL, recordsMax: 2 });
    assert.deepEqual([two.records.length, two.next, two.isMore], [2, 3, true]);
    const bytes = await log.read({ shard: 'a', ...ALL, from: 3, bytesMax: 1 });
    assert.deepEqual([bytes.records.length, bytes.next, bytes.isMore], [1, 4, true]);
    const rest = await log.read({ shard: 'a', ...ALL, from: 4 });
    assert.deepEqual([rest.records.length, rest.next, rest.isMore], [1, 5, false]);
    const nothing = await log.read({ shard: 'a', ...ALL, from: 5 });
    assert.deepEqual([nothing.records.length, nothing.next, nothing.isMore], [0, 5, false]);
  });

  check('what is written after an empty page is on the next one', async ({ log }) => {
    for (const data of ['x', 'y', 'z']) {
      const { next } = await log.read({ shard: 'a', ...ALL, from: await log.end('a') });
      const again = await log.read({ shard: 'a', ...ALL, from: next });
      assert.equal(again.records.length, 0);
      const [writing, reading] = [log.append([put('a', data, 1)]), log.read({ shard: 'a', ...ALL, from: next })];
      await Promise.all([writing, reading]);
      assert.deepEqual((await log.read({ shard: 'a', ...ALL, from: next })).records.length, 1);
    }
  });

  check('a time is the first record that came then or later', async ({ log }) => {
    await log.append([10, 20, 20, 30].map((arrivalMs) => put('a', 'x', arrivalMs)));
    const sought = await Promise.all([0, 10, 11, 20, 21, 30, 31].map((timestampMs) => log.seek('a', timestampMs)));
    assert.deepEqual(sought, [1, 1, 2, 2, 4, 4, 5]);
  });

  check('a sealed shard takes nothing more, and a batch with something for it is not written at all', async ({ log }) => {
    await log.append([put('a', 'x', 1)]);
    assert.equal(await log.seal('a'), 1);
    assert.equal(await log.seal('a'), 1);
    assert.equal(await log.seal('empty'), 0);
    const [refused, taken] = await Promise.allSettled([
      log.append([put('b', 'y', 2), put('a', 'z', 3)]),
      log.append([put('b', 'w', 4)]),
    ]);
    assert.ok(refused.status === 'rejected' && refused.reason instanceof ShardSealed && refused.reason.shard === 'a');
    assert.equal(taken.status, 'fulfilled');
    assert.deepEqual(shown((await log.read({ shard: 'b', ...ALL })).records), ['1 4 key w']);
    const first = await log.read({ shard: 'a', ...ALL, recordsMax: 1 });
    assert.deepEqual([first.isEnd, first.isMore], [true, false]);
    assert.equal((await log.read({ shard: 'empty', ...ALL })).isEnd, true);
  });

  check('what is too old goes, from the beginning, so much at a time', async ({ log }) => {
    await log.append([1, 2, 3, 4, 5].map((arrivalMs) => put('a', String(arrivalMs), arrivalMs)));
    assert.equal(await log.trim('a', 4, 2), 2);
    const page = await log.read({ shard: 'a', ...ALL });
    assert.deepEqual([page.first, page.records.length], [3, 3]);
    assert.equal(await log.trim('a', 4, 2), 1);
    assert.equal(await log.trim('a', 100, 10), 2);
    assert.deepEqual(await log.read({ shard: 'a', ...ALL }), { records: [], next: 6, isEnd: false, isMore: false, first: 6 });
    const [place] = await log.append([put('a', 'new', 6)]);
    assert.equal(place?.position, 6);
  });

  check('a shard that is dropped is gone, little by little', async ({ log }) => {
    await log.append([1, 2, 3].map((index) => put('a', 'x', index)));
    await log.append([put('b', 'y', 1)]);
    assert.equal(await log.drop('a', 2), false);
    assert.equal(await log.drop('a', 2), true);
    assert.equal((await log.read({ shard: 'b', ...ALL })).records.length, 1);
    assert.equal(await log.end('a'), 1);
  });

  check('a listener hears of records and of the end of its shard, and of no other', async ({ log }) => {
    let heard = 0;
    const stop = log.onChange('a', () => (heard += 1));
    await log.append([put('b', 'x', 1)]);
    assert.equal(heard, 0);
    await log.append([put('a', 'x', 1)]);
    await log.seal('a');
    assert.equal(heard, 2);
    stop();
    await log.drop('a', 10);
    assert.equal(heard, 2);
  });

  check('all is there after a restart', async (world) => {
    await world.log.append([put('a', 'x', 1), put('a', '', 2), put('b', 'y', 3)]);
    await world.log.trim('a', 2, 10);
    await world.log.seal('b');
    const log = await world.reopen();
    const page = await log.read({ shard: 'a', ...ALL });
    assert.deepEqual(shown(page.records), ['2 2 key ']);
    assert.equal(page.first, 2);
    await assert.rejects(log.append([put('b', 'z', 4)]), ShardSealed);
    await log.trim('a', 100, 10);
    const again = await world.reopen();
    assert.equal(await again.end('a'), 3);
  });

  check('many writers and readers at once lose and double nothing', async ({ log }) => {
    const writers = Array.from({ length: 20 }, async (_, writer) => {
      for (let index = 0; index < 25; index += 1) await log.append([put('a', `${writer}:${index}`, index)]);
    });
    const seen: string[] = [];
    const reader = (async () => {
      for (let from = 1; seen.length < 500;) {
        const page = await log.read({ shard: 'a', ...ALL, from, recordsMax: 7 });
        seen.push(...page.records.map(({ data }) => Buffer.from(data).toString()));
        from = page.next;
        if (page.records.length === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    await Promise.all([...writers, reader]);
    assert.equal(new Set(seen).size, 500);
    for (let writer = 0; writer < 20; writer += 1) {
      const own = seen.filter((data) => data.startsWith(`${writer}:`)).map((data) => Number(data.split(':')[1]));
      assert.deepEqual(own, [...own.keys()]);
    }
  });
}

function put(shard: string, data: string, arrivalMs: number) {
  return { shard, partitionKey: 'key', data: Buffer.from(data), arrivalMs };
}

function shown(records: readonly LogRecord[]): string[] {
  return records.map(
    ({ position, arrivalMs, partitionKey, data }) => `${position} ${arrivalMs} ${partitionKey} ${Buffer.from(data).toString()}`,
  );
}
