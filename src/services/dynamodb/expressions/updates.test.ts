import assert from 'node:assert/strict';
import { test } from 'node:test';
import { item, type Plain, plainly } from '../values/value-fixture.ts';
import { read, refusal } from './expression-fixture.ts';
import { project } from './project.ts';
import {
  RIGHT_PROJECTIONS,
  RIGHT_UPDATES,
  UNFIT_UPDATES,
  UPDATE_ITEM,
  WRONG_PROJECTIONS,
  WRONG_UPDATES,
} from './update-cases-fixture.ts';

test(`${RIGHT_UPDATES.length} updates make of an item what they say, and leave the original as it was`, () => {
  for (const [text, changes, given] of RIGHT_UPDATES) {
    const before = item(UPDATE_ITEM);
    const frozen = JSON.stringify(before);
    const expected: Record<string, Plain> = Object.assign(Object.create(null) as object, UPDATE_ITEM);
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined) delete expected[name];
      else expected[name] = value;
    }
    const after = read('UpdateExpression', text, given).update?.apply(before) ?? {};
    const sorted = (of: object): unknown => Object.entries(plainly(of)).toSorted(([a], [b]) => (a < b ? -1 : 1));
    assert.deepEqual(sorted(after), sorted(item(expected)), text);
    assert.equal(JSON.stringify(before), frozen, text);
  }
});

test(`${UNFIT_UPDATES.length} updates don't fit the item`, () => {
  for (const [text, message, given] of UNFIT_UPDATES) {
    const { update } = read('UpdateExpression', text, given);
    assert.equal(
      refusal(() => update?.apply(item(UPDATE_ITEM))),
      message,
      text,
    );
  }
});

test(`${WRONG_UPDATES.length} updates are refused in AWS's words`, () => {
  for (const [text, message, given] of WRONG_UPDATES) {
    const prefix = message.startsWith('Value provided') ? '' : 'Invalid UpdateExpression: ';
    assert.equal(
      refusal(() => read('UpdateExpression', text, given)),
      `${prefix}${message}`,
      text,
    );
  }
});

test(`${RIGHT_PROJECTIONS.length} projections have of an item what they say`, () => {
  for (const [text, result, given] of RIGHT_PROJECTIONS) {
    const { projection } = read('ProjectionExpression', text, given);
    assert.deepEqual(plainly(projection?.of(item(UPDATE_ITEM))), plainly(item(result)), text);
  }
});

test(`${WRONG_PROJECTIONS.length} projections are refused in AWS's words`, () => {
  for (const [text, message, given] of WRONG_PROJECTIONS) {
    assert.equal(
      refusal(() => read('ProjectionExpression', text, given)),
      `Invalid ProjectionExpression: ${message}`,
      text,
    );
  }
});

test('what an update has changed is what is at its paths', () => {
  const { update } = read('UpdateExpression', 'SET doc.a = :v, seq[9] = :v REMOVE n', { ':v': 2 });
  assert.ok(update);
  const after = update.apply(item(UPDATE_ITEM));
  assert.deepEqual(plainly(project(item(UPDATE_ITEM), update.paths)), plainly(item({ doc: { a: 1 }, n: 5 })));
  assert.deepEqual(plainly(project(after, update.paths)), plainly(item({ doc: { a: 2 } })));
});
