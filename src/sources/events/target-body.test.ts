import assert from 'node:assert/strict';
import { test } from 'node:test';
import { targetBody } from './target-body.ts';

test('a part of an event that is nested too deeply to be written is not delivered, and fails nothing else', () => {
  const context = { ruleArn: 'arn', ruleName: 'r', acceptedAtMs: 0 };
  const deep = `{"detail":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)},"b":1}}`;
  assert.equal(targetBody({ Id: '1', Arn: 'a', InputPath: '$.detail.a' }, deep, context), undefined);
  assert.equal(targetBody({ Id: '1', Arn: 'a', InputPath: '$.detail.b' }, deep, context), '1');
  assert.equal(targetBody({ Id: '1', Arn: 'a' }, deep, context), deep);
});
