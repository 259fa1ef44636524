import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryMetadataStore } from '../adapters/memory/metadata-store.ts';
import { aliasKey, scopedKey, versionKey, write } from './documents.ts';
import { provisionedShares, splitByWeight } from './provisioned-shares.ts';
import { createProvisioningPlan } from './provisioning-plan.ts';

const HERE = { account: 'a', region: 'r' };
const PLACE = { ...HERE, functionName: 'f' };

function alias(store: MemoryMetadataStore, name: string, FunctionVersion: string, weights?: Record<string, number>) {
  const RoutingConfig = weights && { AdditionalVersionWeights: weights };
  return store.commit([write(aliasKey(HERE, 'f', name), { Name: name, FunctionVersion, RoutingConfig })]);
}

function provision(store: MemoryMetadataStore, qualifier: string, requested: number, lastModifiedMs = 0) {
  return store.commit([write(scopedKey(HERE, 'provisioned-concurrency', 'f', qualifier), { requested, lastModifiedMs })]);
}

function version(store: MemoryMetadataStore, number: string, State: string) {
  const active = { ...PLACE, version: number, configurationId: `c${number}` };
  return store.commit([write(versionKey(HERE, 'f', number), { configuration: { Version: number, State }, active })]);
}

test('a weighted alias splits what it has by weight, and loses none of it', () => {
  const split = (weight: number, requested: number): unknown =>
    splitByWeight({ FunctionVersion: '1', RoutingConfig: { AdditionalVersionWeights: { '2': weight } } }, requested);
  assert.deepEqual(split(0.25, 8), [
    ['1', 6],
    ['2', 2],
  ]);
  assert.deepEqual(split(0.1, 4), [
    ['1', 4],
    ['2', 0],
  ]);
  assert.deepEqual(split(1, 3), [
    ['1', 0],
    ['2', 3],
  ]);
  assert.deepEqual(splitByWeight({ FunctionVersion: '1' }, 3), [['1', 3]]);
});

test('each version has its own and its shares of aliases', async () => {
  const store = new MemoryMetadataStore();
  await alias(store, 'live', '1', { '2': 0.5 });
  await alias(store, 'next', '2');
  await provision(store, 'live', 4, 10);
  await provision(store, 'next', 1, 30);
  await provision(store, '3', 2, 20);
  await provision(store, 'gone', 5);
  const { total, byVersion } = await provisionedShares(store, HERE, 'f');
  assert.equal(total, 12);
  assert.deepEqual(Object.fromEntries(byVersion), {
    '1': { count: 2, askedAtMs: 10 },
    '2': { count: 3, askedAtMs: 30 },
    '3': { count: 2, askedAtMs: 20 },
  });
});

test('the plan has versions that can run, and every function with provisioned concurrency', async () => {
  const store = new MemoryMetadataStore();
  const plan = createProvisioningPlan(store);
  assert.deepEqual(await plan.functions(), []);
  assert.deepEqual(await plan.targets(PLACE), []);
  await version(store, '1', 'Active');
  await version(store, '2', 'Pending');
  for (const number of ['1', '2', '3']) await provision(store, number, 2, 7);
  assert.deepEqual(await plan.targets(PLACE), [
    { version: { ...PLACE, version: '1', configurationId: 'c1' }, count: 2, askedAtMs: 7 },
  ]);
  assert.deepEqual(await plan.functions(), [PLACE]);
});
