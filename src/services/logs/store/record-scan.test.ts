import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fastCheck from 'fast-check';
import { FakeClock } from '../../../adapters/memory/fake-clock.ts';
import { LogStore } from './log-store.ts';
import { scanRecords, type Position } from './record-scan.ts';

const scope = { account: '000000000000', region: 'us-east-1' };

test('pages of any size and direction give every record once, in the order of time, however streams overlap', async (context) => {
  const root = await mkdtemp(join(tmpdir(), 'lambkin-logs-'));
  const store = new LogStore(root, new FakeClock());
  context.after(async () => {
    await store.close();
    await rm(root, { recursive: true, force: true });
  });
  let round = 0;
  const batches = fastCheck.array(fastCheck.array(fastCheck.nat(30), { minLength: 1, maxLength: 12 }), {
    minLength: 1,
    maxLength: 6,
  });
  await fastCheck.assert(
    fastCheck.asyncProperty(
      batches,
      fastCheck.integer({ min: 1, max: 9 }),
      fastCheck.constantFrom(1, 300, Infinity),
      fastCheck.boolean(),
      async (streams, countMax, scannedBytesMax, forward) => {
        const group = `g${(round += 1)}`;
        const expected: [number, string][] = [];
        for (const [index, times] of streams.entries()) {
          const records = times.map((timestampMs, at) => ({ timestampMs, message: `${index}-${at}` }));
          await store.append({ ...scope, group, stream: `s${index}` }, records);
          expected.push(...records.map(({ timestampMs, message }): [number, string] => [timestampMs, message]));
        }
        expected.sort((left, right) => left[0] - right[0]);
        if (!forward) expected.reverse();
        const files = [...((await (await store.group(scope, group))?.streams())?.values() ?? [])];
        const found: [number, string][] = [];
        let from: Position | undefined;
        for (let page = 0, complete = false; !complete; page += 1) {
          assert.ok(page < 500, 'paging must come to an end');
          const direction = forward ? 'forward' : 'backward';
          const scan = await scanRecords({
            streams: files,
            direction,
            ...(from ? { from } : {}),
            startMs: 0,
            endMs: Infinity,
            countMax,
            bytesMax: 40,
            scannedBytesMax,
          });
          found.push(...scan.records.map(({ timestampMs, message }): [number, string] => [timestampMs, message]));
          from = scan.next;
          complete = scan.complete;
        }
        assert.deepEqual(
          found.map(([timestampMs]) => timestampMs),
          expected.map(([timestampMs]) => timestampMs),
        );
        assert.deepEqual(new Set(found.map(([, message]) => message)).size, expected.length);
      },
    ),
    { numRuns: 60 },
  );
});
