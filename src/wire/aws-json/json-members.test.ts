import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readJsonMembers } from './json-members.ts';

test('what breaches a bound is shown, also when it is nested more deeply than it could be written', () => {
  const rules = { Names: { type: 'list', countMax: 1, of: { type: 'any' } } } as const;
  assert.throws(
    () => readJsonMembers(rules, { Names: ['a', 'b'] }),
    /Value '\["a","b"\]' at 'names' failed to satisfy constraint/i,
  );
  const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  assert.throws(() => readJsonMembers(rules, { Names: [deep, deep] }), /Value '\[2 elements\]' at 'names' failed/i);
});
