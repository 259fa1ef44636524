import assert from 'node:assert/strict';
import { test } from 'node:test';
import { searchParams } from './search-params.ts';

test('queries are read as by node', () => {
  for (const query of ['', '&&', 'a', 'a&b', 'a=1&b&c=&=d&e=f=g', '&a&', '=', '%61&b+c&%FF', 'a&a&a=1', '?a&b'])
    assert.deepEqual([...searchParams(query)], [...new URLSearchParams(query.replace(/^\?/, '%3F'))], query);
});

test('a megabyte of names takes time in proportion', () => {
  const startedMs = performance.now();
  assert.equal([...searchParams('a&'.repeat(500_000))].length, 500_000);
  assert.ok(performance.now() - startedMs < 3_000, 'quadratic work takes ten seconds here');
});
