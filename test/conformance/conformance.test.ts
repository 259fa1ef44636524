import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { LAMBDA } from '../../src/wire/generated/lambda.ts';
import { CONFORMANCE_CASES } from './cases.ts';
import { openWorld, type World } from './world.ts';

// Every operation of the Lambda API, driven by the official client against a server as a user starts it.

let world: World;
const counts = new Map<string, { run: number; right: number }>();

before(async () => {
  world = await openWorld();
});

after(async () => {
  printTable();
  await world.close();
});

for (const operation of Object.keys(LAMBDA.operations)) {
  describe(operation, () => {
    const own = CONFORMANCE_CASES.filter((entry) => entry.operation === operation);
    it('has a case', () => assert.ok(own.length > 0));
    for (const entry of own) {
      it(entry.name, async () => {
        const count = counts.get(operation) ?? { run: 0, right: 0 };
        counts.set(operation, count);
        count.run += 1;
        await entry.run(world);
        count.right += 1;
      });
    }
  });
}

it('knows no case of an operation that is none', () => {
  const unknown = CONFORMANCE_CASES.filter(({ operation }) => !(operation in LAMBDA.operations));
  assert.deepEqual(
    unknown.map(({ operation }) => operation),
    [],
  );
});

function printTable(): void {
  const rows = [...counts].map(
    ([operation, { run, right }]) => `${operation.padEnd(42)} ${String(run).padStart(4)} ${String(right).padStart(5)}`,
  );
  const all = [...counts.values()].reduce((sum, { run, right }) => ({ run: sum.run + run, right: sum.right + right }), {
    run: 0,
    right: 0,
  });
  console.log(
    [
      `operation${' '.repeat(33)}  run right`,
      ...rows,
      `${'all'.padEnd(42)} ${String(all.run).padStart(4)} ${String(all.right).padStart(5)}`,
      `operations covered: ${counts.size} of ${Object.keys(LAMBDA.operations).length}`,
    ].join('\n'),
  );
}
