import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leastValuable } from './eviction.ts';

test('a small environment that is dear to start outlives a large, cheap one', () => {
  const dear = { name: 'dear', idleSinceMs: 0, memoryBytes: 50e6, startCostMs: 2_000 };
  const cheap = { name: 'cheap', idleSinceMs: 500, memoryBytes: 400e6, startCostMs: 40 };
  assert.equal(leastValuable([dear, cheap], 1_000)?.name, 'cheap');
});

test('of equals the one idle longest goes, and of none none', () => {
  const old = { name: 'old', idleSinceMs: 0, memoryBytes: 1, startCostMs: 1 };
  const young = { name: 'young', idleSinceMs: 900, memoryBytes: 1, startCostMs: 1 };
  assert.equal(leastValuable([young, old], 1_000)?.name, 'old');
  assert.equal(leastValuable([], 0), undefined);
});
