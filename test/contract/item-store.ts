import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../src/adapters/memory/fake-clock.ts';
import {
  type IndexEntry,
  type ItemPage,
  type ItemPlace,
  type ItemRef,
  type ItemStore,
  type ItemWrite,
  type NewRecord,
  type QueryRequest,
  type StoredItem,
  timeOfSequence,
} from '../../src/ports/item-store.ts';

const BOUNDS = { countMax: 1_000, bytesMax: 1_000_000 };
const utf8 = (text: string): Buffer => Buffer.from(text);
const text = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString();
const ref = (partition: string, sort = '', table = 't'): ItemRef => ({ table, partition: utf8(partition), sort: utf8(sort) });
const put = (item: ItemRef, body: string, entries: readonly IndexEntry[] = [], record?: NewRecord): ItemWrite => ({
  put: item,
  body: utf8(body),
  bytes: body.length,
  entries,
  ...(record ? { record } : {}),
});
const entry = (partition: string, sort: string, index = 'x', bytes = 1): IndexEntry => ({
  index,
  partition: utf8(partition),
  sort: utf8(sort),
  bytes,
});
const record = (body: string, lane = 0): NewRecord => ({ stream: 's', lane, body: utf8(body) });
const write = (store: ItemStore, ...writes: readonly ItemWrite[]): Promise<void> =>
  store.transact(
    writes.map((one) => ('put' in one ? one.put : one.remove)),
    () => ({ writes, result: undefined }),
  );
const bodies = ({ items }: ItemPage): (string | undefined)[] => items.map(({ body }) => text(body));
const read = async (store: ItemStore, item: ItemRef): Promise<string | undefined> => text((await store.get([item]))[0]?.body);

/** What every store of items must do. `open` gives an empty one on this clock; it is closed after each test. */
export function testItemStore(name: string, open: (clock: FakeClock) => Promise<ItemStore>): void {
  const check = (title: string, body: (store: ItemStore, clock: FakeClock) => Promise<void>): void => {
    test(`${name}: ${title}`, async () => {
      const clock = new FakeClock();
      const store = await open(clock);
      try {
        await body(store, clock);
      } finally {
        await store.close();
      }
    });
  };

  check('an item comes back whole, is replaced and removed, and its revision grows', async (store) => {
    assert.deepEqual(await store.get([ref('a')]), [undefined]);
    await write(store, put(ref('a', 'k'), 'one'), put(ref('a'), 'no sort key'), put(ref('a', 'k', 'other'), 'elsewhere'));
    const [one] = await store.get([ref('a', 'k')]);
    assert.ok(one);
    assert.deepEqual([text(one.partition), text(one.sort), text(one.body), one.table], ['a', 'k', 'one', 't']);
    await write(store, put(ref('a', 'k'), 'two'));
    const [two] = await store.get([ref('a', 'k')]);
    assert.ok(two && two.revision > one.revision);
    assert.equal(text(two.body), 'two');
    await write(store, { remove: ref('a', 'k') }, { remove: ref('never there') });
    const all = await store.get([ref('a', 'k'), ref('a'), ref('a', 'k', 'other'), ref('b'), ref('c'), ref('d')]);
    assert.deepEqual(
      all.map((item) => text(item?.body)),
      [undefined, 'no sort key', 'elsewhere', undefined, undefined, undefined],
    );
    await write(store, put(ref('a', 'k'), 'three'));
    assert.ok(((await store.get([ref('a', 'k')]))[0]?.revision ?? 0) > two.revision);
  });

  check('keys may hold any bytes, and those that look alike when put together are different', async (store) => {
    const keys: ItemRef[] = [
      { table: 't', partition: Buffer.of(0), sort: Buffer.of(0, 255) },
      { table: 't', partition: Buffer.of(0, 0), sort: Buffer.of(255) },
      { table: 't', partition: Buffer.of(0, 0, 255), sort: Buffer.of() },
      { table: 't', partition: Buffer.alloc(2_048, 255), sort: Buffer.alloc(1_024, 255) },
    ];
    await Promise.all(keys.map((key, index) => write(store, put(key, String(index)))));
    assert.deepEqual(
      (await store.get(keys)).map((item) => text(item?.body)),
      ['0', '1', '2', '3'],
    );
  });

  check('a partition is read in either direction, by ranges, from a place on, within bounds', async (store) => {
    const sorts = ['', 'a', 'aa', 'ab', 'b', 'ba', 'c', '\u00ff'];
    await write(store, ...sorts.map((sort) => put(ref('p', sort), `<${sort}>`)), put(ref('q', 'a'), 'not of it'));
    const query = async (request: Partial<QueryRequest>): Promise<string> =>
      bodies(await store.query({ table: 't', partition: utf8('p'), ...BOUNDS, ...request })).join('');
    const end = (sort: string, inclusive: boolean) => ({ sort: utf8(sort), inclusive });
    const after = (sort: string): ItemPlace => ({ partition: utf8('p'), sort: utf8(sort) });
    assert.equal(await query({}), '<><a><aa><ab><b><ba><c><\u00ff>');
    assert.equal(await query({ descending: true }), '<\u00ff><c><ba><b><ab><aa><a><>');
    assert.equal(await query({ range: { from: end('ab', true), to: end('c', false) } }), '<ab><b><ba>');
    assert.equal(await query({ range: { from: end('ab', false), to: end('c', true) } }), '<b><ba><c>');
    assert.equal(await query({ range: { from: end('b', true), to: end('b', true) } }), '<b>');
    assert.equal(await query({ range: { from: end('c', true), to: end('b', true) } }), '');
    assert.equal(await query({ range: { prefix: utf8('a') } }), '<a><aa><ab>');
    assert.equal(await query({ range: { prefix: utf8('') } }), '<><a><aa><ab><b><ba><c><\u00ff>');
    assert.equal(await query({ range: { prefix: utf8('a') }, descending: true, after: after('ab') }), '<aa><a>');
    assert.equal(await query({ range: { prefix: utf8('a') }, after: after('a') }), '<aa><ab>');
    assert.equal(await query({ range: { from: end('b', true) }, after: after('a') }), '<b><ba><c><\u00ff>');
    assert.equal(await query({ range: { to: end('b', true) }, descending: true, after: after('c') }), '<b><ab><aa><a><>');
    assert.equal(await query({ after: after('aaa'), countMax: 2 }), '<ab><b>');
    assert.equal(await query({ bytesMax: 5 }), '<><a>');
    assert.equal(await query({ bytesMax: 1 }), '<>');
    assert.equal(await query({ partition: utf8('nobody') }), '');
    const page = await store.query({ table: 't', partition: utf8('p'), ...BOUNDS, countMax: 8 });
    assert.deepEqual([page.items.length, page.isEnd], [8, false]);
    assert.equal((await store.query({ table: 't', partition: utf8('p'), ...BOUNDS, countMax: 9 })).isEnd, true);
    assert.equal((await store.query({ table: 't', partition: utf8('p'), ...BOUNDS, bytesMax: 5 })).isEnd, false);
    assert.equal((await store.query({ table: 'never made', partition: utf8('p'), ...BOUNDS })).isEnd, true);
  });

  check('segments share all items out among them, page by page', async (store) => {
    const names = Array.from({ length: 200 }, (_, index) => `item-${index}`);
    for (const batch of [names.slice(0, 100), names.slice(100)])
      await write(store, ...batch.map((each) => put(ref(each, 'k'), each, [entry(`e${each.length}`, '')])));
    for (const segments of [1, 4, 1_000_000]) {
      for (const index of [undefined, 'x']) {
        const found: (string | undefined)[] = [];
        const some = segments === 1_000_000 ? [0, 1, 999_999] : Array.from({ length: segments }, (_, segment) => segment);
        for (const segment of some) {
          let after: ItemPlace | undefined;
          for (let isEnd = false; !isEnd;) {
            const page = await store.scan({
              table: 't',
              segment,
              segments,
              countMax: 7,
              bytesMax: 1_000,
              ...(index === undefined ? {} : { index }),
              ...(after ? { after } : {}),
            });
            found.push(...bodies(page));
            ({ isEnd } = page);
            after = page.items.at(-1) ?? after;
            assert.ok(page.items.length <= 7);
          }
        }
        assert.equal(new Set(found).size, found.length);
        if (segments < 1_000) assert.deepEqual(found.toSorted(), names.toSorted());
      }
    }
  });

  check('an index has the items that say so, in its own order, and follows what becomes of them', async (store) => {
    await write(
      store,
      put(ref('1'), 'one', [entry('red', 'b'), entry('x', '', 'y')]),
      put(ref('2'), 'two', [entry('red', 'a')]),
      put(ref('3'), 'three', [entry('red', 'b')]),
      put(ref('4'), 'four', [entry('blue', 'a')]),
      put(ref('5'), 'five'),
    );
    const red = async (more: Partial<QueryRequest> = {}): Promise<ItemPage> =>
      store.query({ table: 't', index: 'x', partition: utf8('red'), ...BOUNDS, ...more });
    assert.deepEqual(bodies(await red()), ['two', 'one', 'three']);
    assert.deepEqual(bodies(await red({ descending: true })), ['three', 'one', 'two']);
    const [, second] = (await red()).items;
    assert.deepEqual([text(second?.entry?.partition), text(second?.entry?.sort)], ['red', 'b']);
    assert.ok(second);
    assert.deepEqual(bodies(await red({ after: second })), ['three']);
    assert.deepEqual(bodies(await red({ after: second, descending: true })), ['two']);
    assert.deepEqual(bodies(await red({ bytesMax: 2 })), ['two', 'one']);
    assert.deepEqual(bodies(await red({ range: { from: { sort: utf8('b'), inclusive: true } } })), ['one', 'three']);
    assert.deepEqual(await store.measure('t', 'x'), { items: 4, bytes: 4 });
    await write(store, put(ref('1'), 'one again', [entry('blue', 'b', 'x', 5)]), put(ref('2'), 'two', []), { remove: ref('3') });
    assert.deepEqual(bodies(await red()), []);
    const blue = await store.query({ table: 't', index: 'x', partition: utf8('blue'), ...BOUNDS });
    assert.deepEqual(bodies(blue), ['four', 'one again']);
    assert.deepEqual(await store.measure('t', 'x'), { items: 2, bytes: 6 });
    assert.deepEqual(await store.measure('t', 'y'), { items: 0, bytes: 0 });
    assert.deepEqual(await store.measure('t'), { items: 4, bytes: 20 });
  });

  check('a counter that many raise at the same time loses nothing, and takes turns', async (store) => {
    const order: number[] = [];
    const raise = (number: number): Promise<number> =>
      store.transact([ref('counter')], ([found]) => {
        const next = Number(text(found?.body) ?? 0) + 1;
        order.push(number);
        return { writes: [put(ref('counter'), String(next))], result: next };
      });
    const results = await Promise.all(Array.from({ length: 500 }, (_, number) => raise(number)));
    assert.deepEqual(
      results,
      Array.from({ length: 500 }, (_, number) => number + 1),
    );
    assert.deepEqual(
      order,
      Array.from({ length: 500 }, (_, number) => number),
    );
    assert.equal(await read(store, ref('counter')), '500');
  });

  check('several items are written together or not at all; what a decision throws is the answer', async (store) => {
    const move = (from: string, to: string, amount: number): Promise<void> =>
      store.transact([ref(from), ref(to)], ([source, target]) => {
        const left = Number(text(source?.body) ?? 0) - amount;
        if (left < 0) throw new Error('too little');
        return {
          writes: [put(ref(from), String(left)), put(ref(to), String(Number(text(target?.body) ?? 0) + amount))],
          result: undefined,
        };
      });
    await write(store, put(ref('a'), '50'));
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => move(index % 3 ? 'a' : 'b', index % 3 ? 'b' : 'a', 30)),
    );
    assert.ok(outcomes.some(({ status }) => status === 'rejected'));
    assert.equal(Number(await read(store, ref('a'))) + Number(await read(store, ref('b'))), 50);
    await assert.rejects(move('nobody', 'a', 1), /too little/);
    assert.equal(await store.transact([ref('a')], ([found]) => ({ writes: [], result: text(found?.body) !== undefined })), true);
  });

  check('records are in the stream with their writes, in order of each lane, and tell when they came', async (store, clock) => {
    const heard: number[] = [];
    const stop = store.onRecord((stream, lane, sequence) => void (stream === 's' && lane === 0 && heard.push(sequence)));
    const ask = { stream: 's', lane: 0, after: 0, ...BOUNDS };
    assert.deepEqual(await store.records(ask), []);
    const startMs = clock.now();
    const before = store.lastSequence();
    await Promise.all(
      Array.from({ length: 30 }, (_, index) => write(store, put(ref(`i${index}`), 'x', [], record(`r${index}`, index % 3)))),
    );
    const records = await store.records(ask);
    assert.deepEqual(
      records.map(({ body }) => text(body)),
      Array.from({ length: 10 }, (_, index) => `r${index * 3}`),
    );
    assert.ok(records.every(({ sequence }, index) => sequence > (records[index - 1]?.sequence ?? before)));
    assert.deepEqual(
      heard,
      records.map(({ sequence }) => sequence),
    );
    assert.equal(timeOfSequence(records[0]?.sequence ?? 0), startMs);
    const third = records[2]?.sequence ?? 0;
    assert.deepEqual((await store.records({ ...ask, after: third })).length, 7);
    assert.deepEqual((await store.records({ ...ask, until: third })).length, 3);
    assert.deepEqual((await store.records({ ...ask, countMax: 4 })).length, 4);
    assert.deepEqual((await store.records({ ...ask, bytesMax: 3 })).length, 2);
    assert.deepEqual(await store.records({ ...ask, lane: 7 }), []);
    await clock.advance(1_000);
    const later = store.lastSequence();
    await write(store, { remove: ref('i0'), record: record('removed') });
    const [removed] = await store.records({ ...ask, after: later });
    assert.deepEqual([text(removed?.body), timeOfSequence(removed?.sequence ?? 0)], ['removed', startMs + 1_000]);
    stop();
    assert.equal(await store.trim(third, 2), 2);
    while ((await store.trim(third, 2)) > 0);
    assert.equal((await store.records(ask))[0]?.sequence, third);
  });

  check('an index can be filled afterwards; items that have changed since are left alone', async (store) => {
    await write(store, put(ref('1'), 'one'), put(ref('2'), 'two'), put(ref('3'), 'three'));
    await store.settled();
    const { items } = await store.scan({ table: 't', ...BOUNDS });
    await write(store, put(ref('2'), 'two', [entry('new', 'z')]), { remove: ref('3') });
    await store.addEntries(items.map((item) => ({ item, entry: entry('old', text(item.partition) ?? '') })));
    await store.addEntries(items.map((item) => ({ item, entry: entry('twice', '') })));
    const scanned = await store.scan({ table: 't', index: 'x', ...BOUNDS });
    assert.deepEqual(scanned.items.map((item) => [text(item.body), text(item.entry?.partition)]).toSorted(), [
      ['one', 'old'],
      ['two', 'new'],
    ]);
    assert.deepEqual(await store.measure('t', 'x'), { items: 2, bytes: 2 });
    await write(store, put(ref('1'), 'one', []));
    assert.deepEqual(await store.measure('t', 'x'), { items: 1, bytes: 1 });
  });

  check('tables and indices are dropped piece by piece', async (store) => {
    const names = Array.from({ length: 25 }, (_, index) => `item-${index}`);
    await write(store, ...names.map((each) => put(ref(each), each, [entry('e', each), entry('e', each, 'y')])));
    await write(store, put(ref('item-0', '', 'other'), 'stays'));
    let pieces = 1;
    while (!(await store.dropIndex('x', 10))) pieces += 1;
    assert.equal(pieces, 3);
    assert.deepEqual(await store.measure('t', 'x'), { items: 0, bytes: 0 });
    assert.deepEqual(await store.measure('t', 'y'), { items: 25, bytes: 25 });
    await write(store, put(ref('item-0'), 'again', [entry('e', 'again', 'y')]));
    while (!(await store.drop('t', 10)));
    assert.deepEqual(
      [await store.measure('t'), await store.measure('t', 'y')],
      [
        { items: 0, bytes: 0 },
        { items: 0, bytes: 0 },
      ],
    );
    assert.deepEqual((await store.scan({ table: 't', ...BOUNDS })).items, []);
    assert.equal(await read(store, ref('item-0', '', 'other')), 'stays');
    assert.equal(await store.drop('never made', 10), true);
  });

  check('random writes leave what a small model has', async (store) => {
    let state = 42;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const model = new Map<string, { body: string; colour: string | undefined }>();
    const underway: Promise<unknown>[] = [];
    for (let step = 0; step < 3_000; step += 1) {
      const [partition, sort] = [`p${random(5)}`, `s${random(20)}`];
      const key = `${partition} ${sort}`;
      if (random(4) === 0) {
        model.delete(key);
        underway.push(write(store, { remove: ref(partition, sort) }));
      } else {
        const [body, colour] = [`${step}`, random(3) === 0 ? undefined : `c${random(3)}`];
        model.set(key, { body, colour });
        underway.push(write(store, put(ref(partition, sort), body, colour === undefined ? [] : [entry(colour, body)])));
      }
      if (random(50) === 0) await Promise.all(underway.splice(0));
    }
    await Promise.all(underway);
    const seen = (item: StoredItem): string => `${text(item.partition)} ${text(item.sort)}=${text(item.body)}`;
    const expected = [...model].map(([key, { body }]) => `${key}=${body}`);
    assert.deepEqual((await store.scan({ table: 't', ...BOUNDS })).items.map(seen).toSorted(), expected.toSorted());
    for (const colour of ['c0', 'c1', 'c2']) {
      const page = await store.query({ table: 't', index: 'x', partition: utf8(colour), ...BOUNDS });
      const wanted = [...model].filter(([, item]) => item.colour === colour).map(([key, { body }]) => `${key}=${body}`);
      assert.deepEqual(page.items.map(seen).toSorted(), wanted.toSorted());
    }
    assert.equal((await store.measure('t')).items, model.size);
  });
}
