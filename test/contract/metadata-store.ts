import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DocumentKey, type MetadataStore, RevisionConflict } from '../../src/ports/metadata-store.ts';

/** What every metadata store must do. `open` gives an empty one; it is closed after each test. */
export function testMetadataStore(name: string, open: () => Promise<MetadataStore>): void {
  const key = (id: string, kind = 'k'): DocumentKey => ({ account: '1', region: 'r', kind, id });
  const check = (title: string, body: (store: MetadataStore) => Promise<void>): void => {
    test(`${name}: ${title}`, async () => {
      const store = await open();
      try {
        await body(store);
      } finally {
        await store.close();
      }
    });
  };

  check('a document comes back as it was written, its revision growing by one with each write', async (store) => {
    assert.equal(await store.get(key('a')), undefined);
    const body = { text: 'ü\u0000"', list: [1, null, true], nested: { a: 1.5 } };
    const [first] = await store.commit([{ put: key('a'), body }]);
    assert.equal(first?.revision, 1);
    const [second] = await store.commit([{ put: key('a'), body: 2 }]);
    assert.equal(second?.revision, 2);
    assert.deepEqual(await store.get(key('a')), { key: key('a'), revision: 2, body: 2 });
  });

  check('what a reader does with its copy does not change the document', async (store) => {
    await store.commit([{ put: key('a'), body: { list: [1] } }]);
    const copy = await store.get<{ list: number[] }>(key('a'));
    copy?.body.list.push(2);
    assert.deepEqual((await store.get(key('a')))?.body, { list: [1] });
  });

  check('expectations are kept, and one that is not undoes the whole transaction', async (store) => {
    await store.commit([{ put: key('a'), body: 1, expect: 'absent' }]);
    await assert.rejects(
      store.commit([
        { put: key('b'), body: 1 },
        { put: key('a'), body: 2, expect: 'absent' },
      ]),
      RevisionConflict,
    );
    await assert.rejects(
      store.commit([
        { put: key('b'), body: 1 },
        { put: key('a'), body: 2, expect: 7 },
      ]),
      RevisionConflict,
    );
    await assert.rejects(
      store.commit([
        { put: key('b'), body: 1 },
        { remove: key('a'), expect: 7 },
      ]),
      RevisionConflict,
    );
    assert.equal(await store.get(key('b')), undefined);
    await store.commit([
      { remove: key('a'), expect: 1 },
      { put: key('b'), body: 1 },
    ]);
    assert.equal(await store.get(key('a')), undefined);
    await store.commit([{ remove: key('never') }]);
  });

  check('a hundred compare-and-set increments at once lose nothing', async (store) => {
    await store.commit([{ put: key('n'), body: 0 }]);
    const increment = async (): Promise<void> => {
      for (;;) {
        const found = await store.get<number>(key('n'));
        try {
          await store.commit([{ put: key('n'), body: (found?.body ?? 0) + 1, expect: found?.revision }]);
          return;
        } catch (error) {
          if (!(error instanceof RevisionConflict)) throw error;
        }
      }
    };
    await Promise.all(Array.from({ length: 100 }, increment));
    assert.equal((await store.get(key('n')))?.body, 100);
  });

  check('a list is in the order of UTF-8 bytes, within prefix and marker, of one scope and kind', async (store) => {
    const ids = ['a', 'a/$L', 'a/0', 'a%', 'a_', 'aé', 'a\u{1f600}', 'a\uffee', 'b'];
    await store.commit(ids.map((id) => ({ put: key(id), body: id })));
    await store.commit([
      { put: key('a', 'other'), body: 0 },
      { put: { ...key('a'), region: 'elsewhere' }, body: 0 },
    ]);
    const inOrder = [...ids].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));
    const scope = { account: '1', region: 'r', kind: 'k' };
    const list = async (more: object): Promise<string[]> =>
      (await store.list({ ...scope, limit: 100, ...more })).map((document) => document.key.id);
    assert.deepEqual(await list({}), inOrder);
    assert.deepEqual(await list({ prefix: 'a/' }), ['a/$L', 'a/0']);
    assert.deepEqual(await list({ prefix: 'a%' }), ['a%']);
    assert.deepEqual(await list({ prefix: 'a_' }), ['a_']);
    assert.deepEqual(await list({ after: 'a/0', limit: 2 }), inOrder.slice(inOrder.indexOf('a/0') + 1).slice(0, 2));
    assert.deepEqual(await list({ prefix: 'a', after: 'a\u{1f600}' }), []);
    assert.deepEqual(await list({ prefix: 'a/', after: 'a' }), ['a/$L', 'a/0']);
    assert.deepEqual(await list({ prefix: 'a/', after: 'a/$L' }), ['a/0']);
  });

  check('totals count the documents of a kind and sum their weights, within a prefix if one is given', async (store) => {
    const scope = { account: '1', region: 'r', kind: 'k' };
    assert.deepEqual(await store.totals(scope), { documents: 0, weight: 0 });
    await store.commit([
      { put: key('f/1'), body: 1, weight: 5 },
      { put: key('f/2'), body: 2, weight: 7 },
      { put: key('f-2/1'), body: 3, weight: 11 },
      { put: key('f'), body: 4 },
      { put: key('f/1', 'other'), body: 5, weight: 100 },
      { put: { ...key('f/1'), region: 'elsewhere' }, body: 6, weight: 100 },
      { put: { ...key('f/1'), account: '2' }, body: 7, weight: 100 },
    ]);
    assert.deepEqual(await store.totals(scope), { documents: 4, weight: 23 });
    assert.deepEqual(await store.totals({ ...scope, prefix: 'f/' }), { documents: 2, weight: 12 });
    assert.deepEqual(await store.totals({ ...scope, prefix: 'none' }), { documents: 0, weight: 0 });
    assert.deepEqual(await store.totals({ ...scope, kind: 'other' }), { documents: 1, weight: 100 });
  });

  check(
    'a write without a weight has none, whatever the document weighed before; a removed document weighs nothing',
    async (store) => {
      const scope = { account: '1', region: 'r', kind: 'k' };
      await store.commit([
        { put: key('a'), body: 1, weight: 2 ** 40 },
        { put: key('b'), body: 1, weight: 3 },
      ]);
      assert.deepEqual(await store.totals(scope), { documents: 2, weight: 2 ** 40 + 3 });
      await store.commit([{ put: key('a'), body: 2 }]);
      assert.deepEqual(await store.totals(scope), { documents: 2, weight: 3 });
      await store.commit([{ put: key('b'), body: 2, weight: 4 }]);
      assert.deepEqual(await store.totals(scope), { documents: 2, weight: 4 });
      await store.commit([{ remove: key('b') }]);
      assert.deepEqual(await store.totals(scope), { documents: 1, weight: 0 });
    },
  );

  check('a transaction that fails changes no total; weights are no part of a document', async (store) => {
    const scope = { account: '1', region: 'r', kind: 'k' };
    await store.commit([{ put: key('a'), body: 1, weight: 2 }]);
    await assert.rejects(
      store.commit([
        { put: key('a'), body: 2, weight: 9 },
        { put: key('b'), body: 1, expect: 7, weight: 9 },
      ]),
      RevisionConflict,
    );
    assert.deepEqual(await store.totals(scope), { documents: 1, weight: 2 });
    assert.deepEqual(await store.get(key('a')), { key: key('a'), revision: 1, body: 1 });
  });

  check('scopes are those that hold the kind', async (store) => {
    await store.commit([
      { put: key('a'), body: 0 },
      { put: key('b'), body: 0 },
      { put: { ...key('a', 'other'), account: '2' }, body: 0 },
    ]);
    assert.deepEqual(await store.scopes('k'), [{ account: '1', region: 'r' }]);
    assert.deepEqual(await store.scopes('none'), []);
  });

  check('a watcher hears of writes before the writer goes on, and no more once it has stopped', async (store) => {
    const heard: string[] = [];
    const stop = store.watch((changed) => heard.push(changed.id));
    await store.commit([{ put: key('a'), body: 1 }, { remove: key('b') }]);
    assert.deepEqual(heard, ['a', 'b']);
    stop();
    await store.commit([{ put: key('c'), body: 1 }]);
    assert.deepEqual(heard, ['a', 'b']);
  });
}
