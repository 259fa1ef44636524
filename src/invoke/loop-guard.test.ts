import assert from 'node:assert/strict';
import { test } from 'node:test';
import { continueLineage, isRecursion, LOOP_RUNS_MAX } from './loop-guard.ts';

const ROOT = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0';
const A = 'aaaaaaaa';
const B = 'bbbbbbbb';

test('the first run begins a lineage, and a header without a function to count is left as it is', () => {
  assert.equal(continueLineage(ROOT, A), `${ROOT};Lineage=${A}:0`);
  assert.equal(continueLineage(ROOT, undefined), ROOT);
  assert.equal(continueLineage(`${ROOT};Lineage=${A}:99`, undefined), `${ROOT};Lineage=${A}:99`);
  assert.equal(continueLineage(undefined, A), undefined);
});

test('a function that calls itself runs 16 times and not once more', () => {
  let header: string | undefined = ROOT;
  for (let run = 0; run < LOOP_RUNS_MAX; run += 1) {
    header = continueLineage(header, A);
    assert.equal(header, `${ROOT};Lineage=${A}:${run}`);
  }
  assert.throws(() => continueLineage(header, A), { code: 'RecursiveInvocationException', status: 400 });
});

test('each function of a loop is counted by itself, however the loop was entered', () => {
  let header: string | undefined = continueLineage(ROOT, 'cccccccc');
  let runs = 0;
  try {
    for (; runs < 1_000; runs += 1) header = continueLineage(header, runs % 2 === 0 ? A : B);
  } catch (error) {
    assert.ok(isRecursion(error));
  }
  assert.equal(runs, 2 * LOOP_RUNS_MAX);
});

test('lineages that others write differently are understood and written anew', () => {
  const expected = `${ROOT};Lineage=${B}:2|${A}:5`;
  assert.equal(continueLineage(`${ROOT};lineage=${A}:4,${B}:2`, A), expected);
  assert.equal(continueLineage(`${ROOT};Lineage=7:${A}:4|3:${B}:2`, A), expected);
  assert.equal(continueLineage(`Lineage=${B}:2|${A}:4;${ROOT}`, A), expected);
});

test('what is no lineage is thrown away, and a long one does not grow', () => {
  assert.equal(
    continueLineage(`${ROOT};Lineage=|;:,x:1|${A}:-1|zzzzzzzz:3|${'9'.repeat(99)}`, A),
    `${ROOT};:,x:1|${A}:-1|zzzzzzzz:3|${'9'.repeat(99)};Lineage=${A}:0`,
  );
  let header: string | undefined = ROOT;
  for (let id = 0; id < 10_000; id += 1) header = continueLineage(header, id.toString(16).padStart(8, '0'));
  assert.ok((header?.length ?? 0) < 600, `${header?.length}`);
});
