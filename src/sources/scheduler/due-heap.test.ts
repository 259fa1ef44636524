import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DueHeap } from './due-heap.ts';

test('what waits comes in the order of its time, whatever was added, taken and thrown away between', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('add' as const), runMs: fc.integer({ min: 0, max: 50 }) }),
    fc.record({ kind: fc.constant('take' as const), runMs: fc.constant(0) }),
    fc.record({ kind: fc.constant('keep' as const), runMs: fc.integer({ min: 2, max: 5 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const heap = new DueHeap<{ readonly runMs: number }>();
      let expected: number[] = [];
      for (const { kind, runMs } of steps) {
        if (kind === 'add') {
          heap.add({ runMs });
          expected = [...expected, runMs].toSorted((one, other) => one - other);
        } else if (kind === 'take') assert.equal(heap.take()?.runMs, expected.shift());
        else {
          heap.keep((item) => item.runMs % runMs !== 0);
          expected = expected.filter((one) => one % runMs !== 0);
        }
        assert.equal(heap.size, expected.length);
        assert.equal(heap.earliest?.runMs, expected[0]);
      }
    }),
  );
});
