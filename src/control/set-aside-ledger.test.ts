import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryMetadataStore } from '../adapters/memory/metadata-store.ts';
import { QuietLogger } from '../adapters/memory/quiet-logger.ts';
import { functionKey, scopedKey, write } from './documents.ts';
import { SetAsideLedger } from './set-aside-ledger.ts';

const HERE = { account: 'a', region: 'r' };
const THERE = { account: 'a', region: 'elsewhere' };

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function reserve(store: MemoryMetadataStore, name: string, reservedConcurrency?: number, place = HERE): Promise<unknown> {
  const body = { FunctionName: name, nextVersion: 1, ...(reservedConcurrency === undefined ? {} : { reservedConcurrency }) };
  return store.commit([write(functionKey(place, name), body)]);
}

function provision(store: MemoryMetadataStore, name: string, requested: number): Promise<unknown> {
  const key = scopedKey(HERE, 'provisioned-concurrency', name, '1');
  return store.commit([write(key, { requested, lastModifiedMs: 0 })]);
}

test('it is the sum of reservations, and of what is provisioned without one', async () => {
  const store = new MemoryMetadataStore();
  await reserve(store, 'f', 5);
  await reserve(store, 'g');
  await provision(store, 'f', 3);
  await provision(store, 'g', 2);
  await reserve(store, 'f', 70, THERE);
  const ledger = new SetAsideLedger(store, new QuietLogger());
  assert.equal((await ledger.of(HERE)).concurrency, 7);
  assert.equal((await ledger.of(THERE)).concurrency, 70);
  ledger.close();
});

test('what was given out once follows every write', async () => {
  const store = new MemoryMetadataStore();
  const ledger = new SetAsideLedger(store, new QuietLogger());
  const setAside = await ledger.of(HERE);
  assert.equal(setAside.concurrency, 0);
  await reserve(store, 'f', 5);
  await turn();
  assert.equal(setAside.concurrency, 5);
  await provision(store, 'g', 2);
  await reserve(store, 'g');
  await Promise.all(Array.from({ length: 20 }, (_, index) => reserve(store, 'f', index)));
  await turn();
  assert.equal(setAside.concurrency, 21);
  await store.commit([{ remove: functionKey(HERE, 'f') }, { remove: scopedKey(HERE, 'provisioned-concurrency', 'g', '1') }]);
  await turn();
  assert.equal(setAside.concurrency, 0);
  ledger.close();
  await reserve(store, 'f', 9);
  await turn();
  assert.equal(setAside.concurrency, 0, 'a closed one follows no more');
});

test('a store that can not be read is asked again', async () => {
  const store = new MemoryMetadataStore();
  const ledger = new SetAsideLedger(store, new QuietLogger());
  const { totals } = store;
  store.totals = () => Promise.reject(new Error('no disk'));
  await assert.rejects(ledger.of(HERE), /no disk/);
  store.totals = totals;
  assert.equal((await ledger.of(HERE)).concurrency, 0);
  ledger.close();
});
