import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lambdaError } from '../../model/lambda-errors.ts';
import { throttled } from '../../model/throttle.ts';
import { StreamError } from '../../ports/record-stream.ts';
import { MAPPING, openStreams, type WorldOptions, withSave } from './stream-fixture.ts';

// Reading, batches, positions, shards. Failures and windows have their own files.

test('records reach the function in their order, and the checkpoint follows', async (t) => {
  const w = await openStreams(t, {});
  assert.equal(w.lastResult(), undefined);
  for (const data of ['a', 'b', 'c']) w.stream.put('key', data);
  await w.pass(3_000);
  assert.deepEqual(w.batches(), [['a', 'b', 'c']]);
  assert.deepEqual(await w.checkpointOf(), { position: { at: 'AFTER', sequenceNumber: '1003' } });
  assert.equal(w.lastResult(), 'OK');
  assert.deepEqual(Object.keys(w.runs[0]?.event ?? {}), ['Records']);
});

test('a batch has as many records as the mapping says', async (t) => {
  const w = await openStreams(t, { batchSize: 2 }, undefined, {
    prepare: (stream) => {
      for (const data of ['a', 'b', 'c', 'd', 'e']) stream.put('key', data);
    },
  });
  await w.pass(100);
  assert.deepEqual(w.batches(), [['a', 'b'], ['c', 'd'], ['e']]);
});

test('a batching window begins with the end of the batch before', async (t) => {
  const w = await openStreams(t, { batchSize: 3, batchingWindowSeconds: 10 });
  w.stream.put('key', 'a');
  await w.pass(5_000);
  w.stream.put('key', 'b');
  assert.deepEqual(w.batches(), []);
  await w.pass(5_000);
  assert.deepEqual(w.batches(), [['a', 'b']]);
  for (const data of ['c', 'd', 'e', 'f']) w.stream.put('key', data);
  await w.pass(2_000);
  assert.deepEqual(w.batches().slice(1), [['c', 'd', 'e']]);
  await w.pass(12_000);
  assert.deepEqual(w.batches().slice(2), [['f']]);
  // A window in which nothing came is followed by the next.
  await w.pass(25_000);
  w.stream.put('key', 'g');
  await w.pass(10_000);
  assert.deepEqual(w.batches().slice(3), [['g']]);
  assert.equal(((w.runs[3]?.atMs ?? 0) - (w.runs[2]?.atMs ?? 0)) % 10_000, 0);
});

test('an event has at most 6 MB, and a record that is larger alone goes to the destination', async (t) => {
  const large = 'x'.repeat(2_000_000);
  const w = await openStreams(t, { onFailureArn: 'arn:aws:sqs:us-east-1:000000000000:q' });
  for (const data of [large, large, large, 'y'.repeat(5_000_000), 'end']) w.stream.put('key', data);
  await w.pass(5_000);
  assert.deepEqual(
    w.batches().map((batch) => batch.map((data) => data.length)),
    [[2_000_000, 2_000_000], [2_000_000], [3]],
  );
  const told = await w.told();
  assert.deepEqual(
    told.map(({ condition, attempts, batchSize, record }) => [condition, attempts, batchSize, record['responseContext']]),
    [['MaximumPayloadSizeExceeded', 1, 1, null]],
  );
  assert.deepEqual(await w.checkpointOf(), { position: { at: 'AFTER', sequenceNumber: '1005' } });
});

test('records that no filter matches are passed over, and move the checkpoint', async (t) => {
  const w = await openStreams(t, { filterPatterns: ['{"data":{"kind":["wanted"]}}'] });
  w.stream.put('key', '{"kind":"wanted","n":1}');
  w.stream.put('key', '{"kind":"other"}');
  w.stream.put('key', 'no JSON');
  await w.pass(3_000);
  assert.deepEqual(w.batches(), [['{"kind":"wanted","n":1}']]);
  assert.deepEqual(await w.checkpointOf(), { position: { at: 'AFTER', sequenceNumber: '1003' } });
  const { PolledEventCount, FilteredOutEventCount, InvokedEventCount } = w.counts();
  assert.deepEqual([PolledEventCount, FilteredOutEventCount, InvokedEventCount], [3, 2, 1]);
  w.stream.put('key', 'nothing again');
  await w.pass(3_000);
  assert.equal(w.batches().length, 1);
  assert.deepEqual(await w.checkpointOf(), { position: { at: 'AFTER', sequenceNumber: '1004' } });
});

test('LATEST is what comes after the mapping, also for a server that starts later', async (t) => {
  for (const seeksTime of [true, false]) {
    const prepare: WorldOptions['prepare'] = async (stream, clock) => {
      stream.put('key', 'before');
      await clock.advance(1_000);
    };
    const w = await openStreams(t, { start: { at: 'LATEST' } }, undefined, { prepare, seeksTime });
    await w.pass(5_000);
    assert.deepEqual(w.batches(), []);
    const closed = w.pollers.close(10_000);
    await w.pass(1_000);
    await closed;
    w.stream.put('key', 'while away');
    await w.pass(5_000);
    const later = w.another();
    await later.start();
    await w.pass(1_000);
    assert.deepEqual(w.batches(), [['while away']], String(seeksTime));
    const ended = later.close(1_000);
    await w.pass(1_000);
    await ended;
  }
});

test('AT_TIMESTAMP begins with the first record of then', async (t) => {
  let timestampMs = 0;
  const w = await openStreams(t, { start: { at: 'TRIM_HORIZON' } }, undefined, {
    prepare: async (stream, clock) => {
      stream.put('key', 'before');
      await clock.advance(1_000);
      timestampMs = clock.now();
      stream.put('key', 'then');
    },
  });
  await w.set(undefined);
  await w.checkpoints.forget(MAPPING);
  w.runs.length = 0;
  await w.set({ start: { at: 'AT_TIMESTAMP', timestampMs } });
  await w.pass(1_000);
  assert.deepEqual(w.batches(), [['then']]);
});

test('children are read when their parents are through, whatever keeps these', async (t) => {
  let isFailing = true;
  const w = await openStreams(t, {}, (data) => (data.includes('p') && isFailing ? 'fail' : null), {
    prepare: (stream) => {
      stream.put('key', 'p');
      stream.split('shardId-000000000000');
      for (const key of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) stream.put(key, `of ${key}`);
    },
  });
  await w.pass(30_000);
  assert.ok(w.batches().every((batch) => batch[0] === 'p'));
  isFailing = false;
  await w.pass(40_000);
  const handled = w
    .batches()
    .flat()
    .filter((data) => data.startsWith('of'));
  assert.equal(new Set(handled).size, 8);
  assert.deepEqual(await w.checkpointOf(), { position: { at: 'AFTER', sequenceNumber: '1001' }, ended: true });
});

test('a merged shard waits for both of its parents, and is told from those that were there at first', async (t) => {
  const w = await openStreams(t, { start: { at: 'LATEST' } }, undefined, { shards: 2 });
  await w.pass(1_000);
  const [left = '', right = ''] = w.stream.openShards;
  for (const key of ['a', 'b', 'c', 'd']) w.stream.put(key, `before ${key}`);
  w.stream.merge(left, right);
  for (const key of ['a', 'b', 'c', 'd']) w.stream.put(key, `after ${key}`);
  await w.pass(5_000);
  const data = w.batches().flat();
  assert.equal(data.length, 8);
  assert.ok(data.slice(0, 4).every((text) => text.startsWith('before')));
});

test('each batch is of one shard, and a shard that is stuck stops no other', async (t) => {
  const w = await openStreams(t, {}, (data) => (data.some((text) => text.startsWith('left')) ? 'fail' : null), { shards: 2 });
  const keys = Array.from({ length: 40 }, (_, index) => String.fromCharCode(65 + index));
  for (const key of keys) w.stream.put(key, key);
  const left = new Set(w.stream.records.filter(({ shardId }) => shardId.endsWith('0')).map(({ record }) => record.partitionKey));
  assert.ok(left.size > 0 && left.size < keys.length);
  await w.pass(2_000);
  for (const batch of w.batches()) assert.ok(batch.every((key) => left.has(key) === left.has(batch[0] ?? '')));
});

test('lanes keep the order of each key, and the checkpoint is behind the slowest', async (t) => {
  const held = new Map<string, () => void>();
  const w = await openStreams(t, { parallelizationFactor: 4, batchSize: 1 }, (data) =>
    data[0] === 'slow' ? new Promise<void>((resolve) => held.set('slow', resolve)) : null,
  );
  w.stream.put('key-0', 'slow');
  for (let index = 0; index < 40; index += 1) w.stream.put(`key-${index % 8}`, `${index % 8}/${index}`);
  await w.pass(5_000);
  assert.ok(w.peak() > 1 && w.peak() <= 4, String(w.peak()));
  assert.deepEqual(await w.checkpointOf(), { position: { at: 'TRIM_HORIZON' } });
  const before = w.runs.length;
  assert.ok(before > 10 && before < 41, String(before));
  held.get('slow')?.();
  await w.pass(3_000);
  assert.equal(w.runs.length, 41);
  for (let key = 0; key < 8; key += 1) {
    const numbers = w
      .batches()
      .flat()
      .filter((data) => data.startsWith(`${key}/`))
      .map((data) => Number(data.split('/')[1]));
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
    );
  }
  assert.deepEqual(await w.checkpointOf(), { position: { at: 'AFTER', sequenceNumber: '1041' } });
});

test('what waits is read fast, and seldom when nothing does', async (t) => {
  const w = await openStreams(t, { batchSize: 10 });
  await w.pass(10_000);
  const idle = w.stream.reads.length;
  assert.ok(idle >= 9 && idle <= 12, String(idle));
  assert.equal(w.counts()['PolledEventCount'], 0);
  assert.equal(w.stream.lastLimits?.roleArn, 'arn:aws:iam::0:role/r');
  for (let index = 0; index < 60; index += 1) w.stream.put('key', 'x'.repeat(1_000_000));
  w.stream.reads.length = 0;
  await w.pass(3_600);
  const { reads } = w.stream;
  assert.ok(reads.length >= 12, String(reads.length));
  const gapsMs = reads.slice(1).map((atMs, index) => atMs - (reads[index] ?? 0));
  assert.equal(Math.min(...gapsMs), 200);
});

test('what is read ahead is bounded while the function stands still', async (t) => {
  const releases: (() => void)[] = [];
  const w = await openStreams(t, { batchSize: 1 }, () => new Promise<void>((resolve) => releases.push(resolve)), {
    prepare: (stream) => {
      for (let index = 0; index < 100; index += 1) stream.put('key', 'x'.repeat(1_000_000));
    },
  });
  await w.pass(60_000);
  const polled = w.counts()['PolledEventCount'] ?? 0;
  assert.ok(polled >= 10 && polled <= 20, `${polled} MB were read ahead`);
  for (let index = 0; index < 200; index += 1) {
    releases.shift()?.();
    await w.pass(300);
  }
  assert.equal(w.runs.length, 100);
});

test('faults of reading are waited out, and told', async (t) => {
  const w = await openStreams(t, {});
  w.stream.put('key', 'a');
  w.stream.faults.push(new Error('no connection'), new StreamError('throttled', 'slow down'), new Error('no connection'));
  await w.pass(1_500);
  assert.equal(w.lastResult(), 'PROBLEM: Connection error. Please check your event source connection configuration.');
  await w.pass(15_000);
  assert.deepEqual(w.batches(), [['a']]);
  assert.equal(w.lastResult(), 'OK');
  w.stream.expire();
  w.stream.put('key', 'b');
  await w.pass(3_000);
  assert.deepEqual(w.batches().slice(1), [['b']]);
});

test('a stream that is not there is looked for again', async (t) => {
  const gone = new StreamError('stream-gone', 'Stream not found');
  const w = await openStreams(t, {}, undefined, {
    prepare: (stream) => {
      stream.put('key', 'a');
      stream.faults.push(gone, gone);
    },
  });
  await w.pass(1_000);
  assert.match(w.lastResult() ?? '', /^PROBLEM/);
  await w.pass(10_000);
  assert.deepEqual(w.batches(), [['a']]);
});

test('records that were removed before they were read are passed over', async (t) => {
  const w = await openStreams(t, {});
  w.stream.put('key', 'a');
  await w.pass(2_000);
  await w.set(undefined);
  w.stream.put('key', 'too old');
  await w.pass(60_000);
  w.stream.put('key', 'young');
  w.stream.trim(w.clock.now());
  await w.set({});
  await w.pass(5_000);
  assert.deepEqual(w.batches(), [['a'], ['young']]);
});

test('a mapping that is disabled keeps its position, and so does one that is changed', async (t) => {
  const w = await openStreams(t, { batchSize: 1 });
  w.stream.put('key', 'a');
  await w.pass(1_000);
  await w.set(undefined);
  w.stream.put('key', 'b');
  await w.pass(20_000);
  assert.deepEqual(w.batches(), [['a']]);
  await w.set({ batchSize: 1 });
  await w.pass(0);
  assert.deepEqual(w.batches(), [['a'], ['b']]);
  await w.set({ batchSize: 10 });
  w.stream.put('key', 'c');
  w.stream.put('key', 'd');
  await w.pass(2_000);
  assert.deepEqual(w.batches(), [['a'], ['b'], ['c', 'd']]);
});

test('a change waits for the batch that runs, and what fails is not tried by the old settings again', async (t) => {
  let release: (() => void) | undefined;
  const w = await openStreams(t, {}, () => new Promise<string>((resolve) => (release = () => resolve('fail'))));
  w.stream.put('key', 'a');
  await w.pass(2_000);
  await w.set({ maximumRetryAttempts: 0 });
  await w.pass(60_000);
  assert.equal(w.runs.length, 1);
  release?.();
  await w.pass(1_000);
  assert.equal(w.runs.length, 2);
  release?.();
  await w.pass(5_000);
  assert.deepEqual([w.runs.length, w.counts()['DroppedEventCount']], [2, 1]);
});

test('closing ends a pause at once and gives the shard back; what was not done is done by the next', async (t) => {
  let isFailing = true;
  const w = await openStreams(t, {}, () => (isFailing ? 'fail' : null));
  w.stream.put('key', 'a');
  await w.pass(40_000);
  const closed = w.pollers.close(10_000);
  await w.pass(0);
  await closed;
  isFailing = false;
  const next = w.another({ owner: 'another server' });
  await next.start();
  await w.pass(0);
  assert.deepEqual(w.batches().at(-1), ['a']);
  const ended = next.close(1_000);
  await w.pass(0);
  await ended;
  assert.deepEqual(await w.checkpointOf(), { position: { at: 'AFTER', sequenceNumber: '1001' } });
});

test('a shard of a server that is gone without a word is taken over when its lease is over', async (t) => {
  const w = await openStreams(t, {}, () => new Promise(() => undefined), {
    // The first server can write nothing any more.
    checkpoints: (checkpoints) => withSave(checkpoints, () => Promise.reject(new Error('gone'))),
  });
  w.stream.put('key', 'a');
  await w.pass(2_000);
  assert.equal(w.runs.length, 1);
  const next = w.another({ owner: 'another server', checkpoints: w.checkpoints });
  await next.start();
  await w.pass(20_000);
  assert.equal(w.runs.length, 1);
  await w.pass(20_000);
  assert.deepEqual(w.batches(), [['a'], ['a']]);
});

test('a function that is not there is tried again without an end, and that is told', async (t) => {
  let isThere = false;
  const w = await openStreams(t, { maximumRetryAttempts: 0 }, () => {
    if (!isThere) throw lambdaError('ResourceNotFoundException', 'Function not found');
    return null;
  });
  w.stream.put('key', 'a');
  await w.pass(300_000);
  assert.equal(w.lastResult(), 'PROBLEM: Function call failed');
  assert.equal(w.counts()['DroppedEventCount'], undefined);
  isThere = true;
  await w.pass(61_000);
  assert.equal(w.lastResult(), 'OK');
});

test('throttles are no attempts, and pauses between them grow to a minute', async (t) => {
  let throttles = 0;
  const w = await openStreams(t, { maximumRetryAttempts: 0 }, () => {
    throttles += 1;
    if (throttles <= 12) throw throttled('ConcurrentInvocationLimitExceeded');
    return null;
  });
  w.stream.put('key', 'a');
  await w.pass(600_000);
  assert.deepEqual([w.runs.length, w.counts()['DroppedEventCount']], [13, undefined]);
  const pauses = w.runs.slice(1).map(({ atMs }, index) => atMs - (w.runs[index]?.atMs ?? 0));
  assert.deepEqual(pauses, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000, 60_000]);
});

test('a mapping that is deleted has its positions forgotten, also when nobody looked', async (t) => {
  const w = await openStreams(t, {});
  w.stream.put('key', 'a');
  await w.pass(2_000);
  await w.remove();
  await w.pass(100);
  assert.deepEqual(await w.checkpoints.mappings(), []);
  assert.equal(w.lastResult(), undefined);
  await w.checkpoints.add(
    { ...MAPPING, uuid: 'old' },
    [{ shardId: 's', checkpoint: { position: { at: 'TRIM_HORIZON' } } }],
    true,
  );
  const next = w.another();
  await next.start();
  assert.deepEqual(await w.checkpoints.mappings(), []);
});

test('checkpoints cost a write a second at most, however many batches there are', async (t) => {
  let writes = 0;
  const w = await openStreams(t, { batchSize: 1, parallelizationFactor: 10 }, undefined, { shards: 4 });
  w.store.watch(() => (writes += 1));
  const commits = new Set<number>();
  w.store.watch(() => commits.add(w.clock.now()));
  for (let second = 0; second < 10; second += 1) {
    for (let index = 0; index < 100; index += 1) w.stream.put(`key-${index}`, `${second}/${index}`);
    await w.pass(1_000);
  }
  await w.pass(3_000);
  assert.equal(w.runs.length, 1_000);
  assert.ok(commits.size <= 13, `${commits.size} moments of writing`);
  assert.ok(writes <= 13 * 4, `${writes} documents written`);
});

test('iterator age is measured, and counts are the mapping’s only where it asks for them', async (t) => {
  const w = await openStreams(t, { countsEvents: false });
  w.stream.put('key', 'a');
  await w.pass(5_000);
  assert.deepEqual(
    w.metrics.readings().map(({ metric, subject, count }) => [metric, subject.functionName, count]),
    [['IteratorAge', 'f', 1]],
  );
  assert.ok((w.counts()['IteratorAge'] ?? 0) <= 1_000);
});
