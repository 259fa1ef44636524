import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LAMBDA } from '../../wire/generated/lambda.ts';
import { OPERATION_ENTRIES, STRUCTURE_ROWS } from '../operations/operation-groups.ts';
import { fidelityTable } from './fidelity-table.ts';

test('every operation of the service model has a row, and no row is of an operation that is none', () => {
  assert.deepEqual([...OPERATION_ENTRIES.keys()].toSorted(), Object.keys(LAMBDA.operations).toSorted());
});

test('every member of every request has a row, those of nested structures included', () => {
  const missing = fidelityTable().flatMap(({ operation, members }) =>
    members.filter(({ state }) => state === undefined).map(({ path }) => `${operation} ${path}`),
  );
  assert.deepEqual(missing, []);
});

test('no row is of a member that the service model lacks', () => {
  const operations = [...OPERATION_ENTRIES].flatMap(([operation, { members }]) =>
    Object.keys(members)
      .filter((name) => !(name in (LAMBDA.operations[operation]?.input ?? {})))
      .map((name) => `${operation} ${name}`),
  );
  const structures = Object.entries(STRUCTURE_ROWS).flatMap(([structure, rows]) =>
    Object.keys(rows)
      .filter((name) => !(name in (LAMBDA.structures[structure] ?? {})))
      .map((name) => `${structure} ${name}`),
  );
  assert.deepEqual([...operations, ...structures], []);
});

test('what is not done says what is missing, and an operation that is done can be run', () => {
  for (const [operation, { state, note, run }] of OPERATION_ENTRIES) {
    if (state !== 'done') assert.ok(note, `${operation} does not say what is missing`);
    if (state === 'refused') assert.equal(run, undefined, `${operation} is refused and runs`);
  }
  for (const { operation, members } of fidelityTable()) {
    for (const { path, state, note } of members) {
      if (state !== 'done') assert.ok(note, `${operation} ${path} does not say what is missing`);
    }
  }
});
