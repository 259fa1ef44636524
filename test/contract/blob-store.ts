import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { BlobMissing, type BlobStore } from '../../src/ports/blob-store.ts';

/** What every blob store must do. `open` gives an empty one. */
export function testBlobStore(name: string, open: () => Promise<BlobStore>): void {
  const all = async (store: BlobStore): Promise<string[]> => {
    const ids: string[] = [];
    for await (const id of store.ids()) ids.push(id);
    return ids;
  };

  test(`${name}: bytes come back whole and by ranges, under the hash of them`, async () => {
    const store = await open();
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251));
    const { id, sizeBytes } = await store.write(Readable.from([bytes.subarray(0, 70_000), bytes.subarray(70_000)]));
    assert.deepEqual([id, sizeBytes], [createHash('sha256').update(bytes).digest('hex'), bytes.length]);
    assert.ok((await buffer(await store.read(id))).equals(bytes));
    for (const [start, end] of [
      [0, 0],
      [5, 9],
      [199_999, 199_999],
      [100, 150_000],
    ] as const) {
      assert.ok((await buffer(await store.read(id, { start, end }))).equals(bytes.subarray(start, end + 1)), `${start}-${end}`);
    }
    assert.equal((await store.write(new Uint8Array())).sizeBytes, 0);
  });

  test(`${name}: equal bytes are one blob; a removed one is missing`, async () => {
    const store = await open();
    const written = await Promise.all(Array.from({ length: 20 }, () => store.write(Buffer.from('same'))));
    const id = written[0]?.id ?? '';
    assert.deepEqual(await all(store), [id]);
    await store.remove(id);
    await store.remove(id);
    assert.equal(await store.has(id), false);
    await assert.rejects(store.read(id), BlobMissing);
    await assert.rejects(store.read('../../etc/passwd'), BlobMissing);
  });

  test(`${name}: a source that fails leaves nothing, and a reader that has begun may finish`, async () => {
    const store = await open();
    const failing = Readable.from(
      (async function* () {
        yield Buffer.alloc(100_000);
        throw new Error('cut off');
      })(),
    );
    await assert.rejects(store.write(failing), /cut off/);
    assert.deepEqual(await all(store), []);
    const bytes = Buffer.alloc(1_000_000, 3);
    const { id } = await store.write(bytes);
    const reader = await store.read(id);
    await store.remove(id);
    assert.ok((await buffer(reader)).equals(bytes));
  });
}
