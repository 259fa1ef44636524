import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { followLogFrames } from './log-frames.ts';

function frame(message: string, type = 0xa55a0003): Buffer {
  const body = Buffer.from(message);
  const header = Buffer.alloc(16);
  header.writeUInt32BE(type, 0);
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
}

async function read(chunks: readonly Buffer[]): Promise<string[]> {
  const channel = new PassThrough();
  const records: string[] = [];
  followLogFrames(channel, (message) => records.push(message.toString()));
  for (const chunk of chunks) channel.write(chunk);
  channel.end();
  await new Promise((resolve) => channel.once('end', resolve));
  return records;
}

describe('log frames', () => {
  const stream = Buffer.concat([frame('one\nof two lines'), frame(''), frame('{"level":"WARN"}', 0xa55a000e), frame('ü')]);
  const messages = ['one\nof two lines', '', '{"level":"WARN"}', 'ü'];

  it('gives each record as a whole, whatever pieces it comes in', async () => {
    assert.deepEqual(await read([stream]), messages);
    for (const size of [1, 7, 16, 17, 40]) {
      const pieces = Array.from({ length: Math.ceil(stream.length / size) }, (_, n) => stream.subarray(n * size, (n + 1) * size));
      assert.deepEqual(await read(pieces), messages);
    }
  });

  it('drops what follows something that is no frame', async () => {
    assert.deepEqual(await read([frame('good'), Buffer.from('this is no frame at all'), frame('lost')]), ['good']);
    assert.deepEqual(await read([frame('good', 0x12345678), frame('lost')]), []);
  });
});
