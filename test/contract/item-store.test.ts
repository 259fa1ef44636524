import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FakeClock } from '../../src/adapters/memory/fake-clock.ts';
import { SqliteItemStore } from '../../src/adapters/sqlite/item-store.ts';
import { testItemStore } from './item-store.ts';

const directory = mkdtempSync(join(tmpdir(), 'lambkin-items-'));
after(() => rmSync(directory, { recursive: true, force: true }));
const fail = (error: Error): void => assert.fail(error);
let files = 0;
const nextFile = (): string => {
  files += 1;
  return join(directory, `${files}.db`);
};

testItemStore('sqlite', (clock) => SqliteItemStore.open(nextFile(), clock, fail));

test('sqlite: items, records and the order of sequence numbers outlive a restart, even one with the clock set back', async () => {
  const file = nextFile();
  const clock = new FakeClock();
  const key = { table: 't', partition: Buffer.from('a'), sort: Buffer.alloc(0) };
  const writeIt = (store: SqliteItemStore, body: string): Promise<void> =>
    store.transact([key], () => ({
      writes: [
        {
          put: key,
          body: Buffer.from(body),
          bytes: 1,
          entries: [],
          record: { stream: 's', lane: 0, body: Buffer.from(body) },
        },
      ],
      result: undefined,
    }));
  const first = await SqliteItemStore.open(file, clock, fail);
  await writeIt(first, 'one');
  await first.close();
  await assert.rejects(writeIt(first, 'never'));
  const second = await SqliteItemStore.open(file, new FakeClock(clock.now() - 60_000), fail);
  await writeIt(second, 'two');
  const records = await second.records({ stream: 's', lane: 0, after: 0, countMax: 10, bytesMax: 1_000 });
  assert.deepEqual(
    records.map(({ body }) => Buffer.from(body).toString()),
    ['one', 'two'],
  );
  assert.equal((await second.get([key]))[0]?.revision, records[1]?.sequence);
  await second.close();
});
