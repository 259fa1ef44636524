import assert from 'node:assert/strict';
import { test } from 'node:test';
import { searchParams } from './search-params.ts';

test('queries are read as by node', () => {
  for (const query of ['', '&&', 'a', 'a&b', 'a=1&b&c=&=d&e=f=g', '&a&', '=', '%61&b+c&%FF', 'a&a&a=1', '?a&b'])
    assert.deepEqual([...searchParams(query)], [...new URLSearchParams(query.replace(/^\?/, '%3F'))], query);
});

// In the square of their number these would take minutes.
test('millions of names take time in proportion', { timeout: 60_000 }, () => {
  assert.equal([...searchParams('a&'.repeat(2_000_000))].length, 2_000_000);
});
