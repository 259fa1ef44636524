import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { ImageUnusable } from '../../ports/image-registry.ts';
import { decompressed } from './decompression.ts';

async function* pieces(bytes: Buffer, sizeBytes: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += sizeBytes) yield bytes.subarray(start, start + sizeBytes);
}

async function read(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of decompressed(source)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A frame that decompressors pass over. */
const SKIPPABLE = Buffer.concat([Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0]), Buffer.from('abc')]);

test('plain, gzip and zstd, in one part or several, however the bytes come', async () => {
  const [one, two] = [randomBytes(200_000), randomBytes(50)];
  const both = Buffer.concat([one, two]);
  const packed: [string, Buffer][] = [
    ['plain', both],
    ['gzip', gzipSync(both)],
    ['two gzips', Buffer.concat([gzipSync(one), gzipSync(two)])],
    ['zstd', zstdCompressSync(both)],
    ['two zstd frames', Buffer.concat([zstdCompressSync(one), zstdCompressSync(two)])],
    [
      'zstd frames between others',
      Buffer.concat([SKIPPABLE, zstdCompressSync(one), SKIPPABLE, zstdCompressSync(two), SKIPPABLE]),
    ],
  ];
  for (const [name, bytes] of packed)
    for (const sizeBytes of [7, 1_000, 65_536, bytes.length])
      if (sizeBytes > 7 || bytes.length < 1_000 || name !== 'plain')
        assert.ok((await read(pieces(bytes, sizeBytes))).equals(both), `${name} in pieces of ${sizeBytes}`);
  assert.equal((await read(pieces(Buffer.alloc(0), 1))).length, 0);
  assert.equal((await read(pieces(Buffer.from('a'), 1))).toString(), 'a');
});

test('what is cut off or damaged is an invalid image', async () => {
  const content = randomBytes(10_000);
  for (const whole of [gzipSync(content), zstdCompressSync(content)]) {
    const damaged = Buffer.from(whole);
    damaged.fill(0xff, 2_000, 2_100);
    damaged.fill(0xff, 5, 8);
    for (const bytes of [whole.subarray(0, whole.length - 100), damaged])
      await assert.rejects(read(pieces(bytes, 512)), (error) => error instanceof ImageUnusable && error.reason === 'invalid');
  }
});

test('an error of the source stays what it is, and whoever stops reading ends the source', async () => {
  const whole = gzipSync(randomBytes(100_000));
  const failing = async function* (): AsyncGenerator<Buffer> {
    yield whole.subarray(0, 1_000);
    throw new Error('the network is gone');
  };
  await assert.rejects(read(failing()), /the network is gone/);
  for (const compress of [gzipSync, zstdCompressSync]) {
    let isEnded = false;
    const endless = async function* (): AsyncGenerator<Buffer> {
      try {
        for (;;) yield compress(randomBytes(10_000));
      } finally {
        isEnded = true;
      }
    };
    for await (const _chunk of decompressed(endless())) break;
    assert.equal(isEnded, true);
  }
});
