import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONDITION_ITEM, FALSE_CONDITIONS, TRUE_CONDITIONS, WRONG_CONDITIONS } from './condition-cases-fixture.ts';
import { read, refusal } from './expression-fixture.ts';

test(`${TRUE_CONDITIONS.length} conditions are true of an item`, () => {
  for (const [text, given] of TRUE_CONDITIONS)
    assert.equal(read('ConditionExpression', text, given).condition?.isTrueOf(CONDITION_ITEM), true, text);
});

test(`${FALSE_CONDITIONS.length} conditions are not`, () => {
  for (const [text, given] of FALSE_CONDITIONS)
    assert.equal(read('FilterExpression', text, given).filter?.isTrueOf(CONDITION_ITEM), false, text);
});

test(`${WRONG_CONDITIONS.length} conditions are refused in AWS's words, whichever expression they are`, () => {
  for (const kind of ['ConditionExpression', 'FilterExpression', 'KeyConditionExpression'] as const) {
    for (const [text, message, given] of WRONG_CONDITIONS) {
      assert.equal(
        refusal(() => read(kind, text, given)),
        `Invalid ${kind}: ${message}`,
        text,
      );
    }
  }
});

test('conditions that are nested without end cost no stack', () => {
  for (const text of ['('.repeat(4_000), 'NOT '.repeat(1_000), 'size('.repeat(800), `${'(NOT '.repeat(700)}a`]) {
    assert.match(
      refusal(() => read('ConditionExpression', text)),
      /too many nested operators|Syntax error/,
    );
  }
});

test('150 comparisons are not too many', () => {
  const text = Array.from({ length: 150 }, () => 'n = :v').join(' OR ');
  assert.equal(read('ConditionExpression', text, { ':v': 5 }).condition?.isTrueOf(CONDITION_ITEM), true);
});
