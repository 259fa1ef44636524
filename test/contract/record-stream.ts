import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RecordStream, StreamError, type StreamPosition, type StreamRecord } from '../../src/ports/record-stream.ts';

/** A stream with one open shard, and what a test does to it. */
export interface StreamWorld {
  readonly stream: RecordStream;
  /** Puts a record, in any form in which `data` can be found in the record's JSON. */
  put(partitionKey: string, data: string): Promise<void>;
  /** Lets time go on, so that the next record arrives later. */
  later(): Promise<number>;
  /** Closes a shard; others go on. Undefined where that can't be had. */
  readonly split?: (shardId: string) => Promise<void>;
  /** Closes two shards; one goes on. */
  readonly merge?: (shardId: string, otherId: string) => Promise<void>;
  /** Removes every record that arrived before a time. */
  readonly trim?: (beforeMs: number) => Promise<void>;
  close(): Promise<void>;
}

const LIMITS = { recordsMax: 100, bytesMax: 1_000_000 };
const TRIM_HORIZON: StreamPosition = { at: 'TRIM_HORIZON' };

/** What every stream must do. `open` gives an empty one with one shard; it is closed after each test. */
export function testRecordStream(name: string, open: () => Promise<StreamWorld>): void {
  const check = (title: string, body: (world: StreamWorld, shardId: string) => Promise<string | void>): void => {
    test(`${name}: ${title}`, async (t) => {
      const world = await open();
      try {
        const [shard] = await world.stream.shards();
        assert.ok(shard);
        const reason = await body(world, shard.shardId);
        if (typeof reason === 'string') t.skip(reason);
      } finally {
        await world.close();
      }
    });
  };

  check('an empty shard is open, has no parents and nothing to read', async ({ stream }, shardId) => {
    assert.deepEqual(await stream.shards(), [{ shardId, parentIds: [] }]);
    const page = await stream.read(await stream.iterator(shardId, TRIM_HORIZON), LIMITS);
    assert.deepEqual([page.records, page.behindMs], [[], 0]);
    assert.ok(page.next !== undefined);
    assert.ok((await stream.retentionMs()) > 0);
  });

  check('records come in the order in which they were put, once each, with all that a record has', async (world, shardId) => {
    const { stream, put } = world;
    const startMs = await world.later();
    for (let index = 0; index < 25; index += 1) await put(`key-${index % 3}`, `data-${index}`);
    const records = await readAll(stream, await stream.iterator(shardId, TRIM_HORIZON), 25);
    assert.equal(records.length, 25);
    for (const [index, { sequenceNumber, partitionKey, arrivalMs, record }] of records.entries()) {
      assert.equal(partitionKey, `key-${index % 3}`);
      assert.match(sequenceNumber, /^\d+$/);
      assert.ok(index === 0 || BigInt(sequenceNumber) > BigInt(records[index - 1]?.sequenceNumber ?? '0'));
      assert.ok(arrivalMs >= startMs - 1_000, `${arrivalMs} is before ${startMs}`);
      assert.ok(JSON.stringify(record).includes(sequenceNumber));
    }
  });

  check('a page has no more records than were asked for, and says that there are more', async (world, shardId) => {
    const { stream, put } = world;
    for (let index = 0; index < 5; index += 1) await put('key', `data-${index}`);
    const iterator = await stream.iterator(shardId, TRIM_HORIZON);
    const first = await stream.read(iterator, { ...LIMITS, recordsMax: 2 });
    assert.equal(first.records.length, 2);
    assert.ok(first.next !== undefined);
    const again = await stream.read(iterator, { ...LIMITS, recordsMax: 2 });
    assert.deepEqual(numbersOf(again.records), numbersOf(first.records));
    const rest = await readAll(stream, first.next, 3);
    assert.equal(new Set(numbersOf([...first.records, ...rest])).size, 5);
    const small = await stream.read(iterator, { ...LIMITS, bytesMax: 1 });
    assert.equal(small.records.length, 1);
    assert.ok(small.behindMs >= 0);
  });

  check('reading goes on behind a record', async ({ stream, put }, shardId) => {
    for (let index = 0; index < 4; index += 1) await put('key', `data-${index}`);
    const all = await readAll(stream, await stream.iterator(shardId, TRIM_HORIZON), 4);
    const sequenceNumber = all[1]?.sequenceNumber ?? '';
    const rest = await readAll(stream, await stream.iterator(shardId, { at: 'AFTER', sequenceNumber }), 2);
    assert.deepEqual(numbersOf(rest), numbersOf(all.slice(2)));
  });

  check('LATEST is what comes from then on', async ({ stream, put }, shardId) => {
    await put('key', 'before');
    const iterator = await stream.iterator(shardId, { at: 'LATEST' });
    await put('key', 'after');
    const records = await readAll(stream, iterator, 1);
    const all = await readAll(stream, await stream.iterator(shardId, TRIM_HORIZON), 2);
    assert.deepEqual(numbersOf(records), numbersOf(all.slice(1)));
  });

  check('a time is the first record that arrived then or later', async (world, shardId) => {
    const { stream, put, later } = world;
    if (!stream.seeksTime) return 'the stream can not be read from a time';
    await put('key', 'before');
    const timestampMs = await later();
    await put('key', 'after');
    const records = await readAll(stream, await stream.iterator(shardId, { at: 'AT_TIMESTAMP', timestampMs }), 1);
    const all = await readAll(stream, await stream.iterator(shardId, TRIM_HORIZON), 2);
    assert.deepEqual(numbersOf(records), numbersOf(all.slice(1)));
  });

  check('a shard that was split ends, and its children name it and follow it', async (world, shardId) => {
    const { stream, put, split } = world;
    if (!split) return 'shards of this stream can not be split by a test';
    await put('key', 'before');
    await split(shardId);
    for (let index = 0; index < 10; index += 1) await put(`key-${index}`, 'after');
    const parent = await readAll(stream, await stream.iterator(shardId, TRIM_HORIZON), 1, 'to its end');
    assert.equal(parent.length, 1);
    const shards = await stream.shards();
    const children = shards.filter(({ parentIds }) => parentIds.includes(shardId));
    assert.equal(children.length, 2);
    assert.ok(shards.findIndex((shard) => shard.shardId === shardId) < shards.findIndex((shard) => children.includes(shard)));
    let after = 0;
    for (const child of children) {
      const page = await stream.read(await stream.iterator(child.shardId, TRIM_HORIZON), LIMITS);
      after += page.records.length;
    }
    assert.equal(after, 10);
  });

  check('what came out of a merge names both', async (world, shardId) => {
    const { stream, split, merge, put } = world;
    if (!split || !merge) return 'shards of this stream can not be merged by a test';
    await put('key', 'before');
    await split(shardId);
    const [left = '', right = ''] = (await stream.shards())
      .filter(({ parentIds }) => parentIds.includes(shardId))
      .map((shard) => shard.shardId);
    for (let index = 0; index < 10; index += 1) await put(`key-${index}`, 'in between');
    await merge(left, right);
    const merged = (await stream.shards()).at(-1);
    assert.deepEqual(merged?.parentIds.toSorted(), [left, right].toSorted());
  });

  check(
    'a position whose records were removed is refused by name, and the oldest record is the next one',
    async (world, shardId) => {
      const { stream, put, trim, later } = world;
      if (!trim) return 'a test can not remove records of this stream';
      for (const data of ['first', 'second']) await put('key', data);
      const [first] = await readAll(stream, await stream.iterator(shardId, TRIM_HORIZON), 2);
      const beforeMs = await later();
      await put('key', 'third');
      await trim(beforeMs);
      const position: StreamPosition = { at: 'AFTER', sequenceNumber: first?.sequenceNumber ?? '' };
      await assert.rejects(
        async () => stream.read(await stream.iterator(shardId, position), LIMITS),
        (error: unknown) => error instanceof StreamError && error.fault === 'trimmed',
      );
      assert.equal((await readAll(stream, await stream.iterator(shardId, TRIM_HORIZON), 1)).length, 1);
    },
  );

  check('a shard that is not there is refused by name', async ({ stream }) => {
    await assert.rejects(
      async () => stream.read(await stream.iterator('shardId-000000000999', TRIM_HORIZON), LIMITS),
      (error: unknown) => error instanceof StreamError && error.fault === 'shard-gone',
    );
  });
}

function numbersOf(records: readonly StreamRecord[]): string[] {
  return records.map(({ sequenceNumber }) => sequenceNumber);
}

/** Reads until there are so many records, or to the end of the shard; a page may be empty though there are more. */
async function readAll(stream: RecordStream, first: string, count: number, how?: 'to its end'): Promise<StreamRecord[]> {
  const records: StreamRecord[] = [];
  let iterator: string | undefined = first;
  for (let reads = 0; iterator !== undefined && reads < 100; reads += 1) {
    const page = await stream.read(iterator, LIMITS);
    records.push(...page.records);
    iterator = page.next;
    if (how === undefined && records.length >= count) return records;
  }
  if (how !== undefined) assert.equal(iterator, undefined, 'the shard did not end');
  return records;
}
