import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryMetadataStore } from '../adapters/memory/metadata-store.ts';
import type { DocumentKey } from '../ports/metadata-store.ts';
import { commitOptimistically } from './function-store.ts';

const WRITERS = 300;
const key = (id: string): DocumentKey => ({ account: '000000000000', region: 'us-east-1', kind: 'function', id });

/** Adds one to what is stored; counts how often it was tried. */
function adder(store: MemoryMetadataStore, document: DocumentKey, tries: { count: number }) {
  return async () => {
    tries.count += 1;
    const found = await store.get<number>(document);
    return {
      changes: [{ put: document, body: (found?.body ?? 0) + 1, expect: found?.revision ?? ('absent' as const) }],
      result: 0,
    };
  };
}

test('any number of writers of one function get through, and none is tried again for each of the others', async () => {
  const store = new MemoryMetadataStore();
  const tries = { count: 0 };
  await Promise.all(Array.from({ length: WRITERS }, () => commitOptimistically(store, adder(store, key('f'), tries))));
  assert.equal((await store.get<number>(key('f')))?.body, WRITERS);
  assert.ok(tries.count <= WRITERS * 3, `${tries.count} tries`);
});

test('a writer that fails in its turn lets the next one in', async () => {
  const store = new MemoryMetadataStore();
  const tries = { count: 0 };
  const add = adder(store, key('f'), tries);
  let calls = 0;
  const failing = async (): ReturnType<typeof add> => {
    calls += 1;
    if (calls > 1) throw new Error('decided otherwise');
    return add();
  };
  const ended = await Promise.allSettled([
    commitOptimistically(store, add),
    commitOptimistically(store, failing),
    commitOptimistically(store, add),
  ]);
  assert.deepEqual(
    ended.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  assert.equal((await store.get<number>(key('f')))?.body, 2);
});
