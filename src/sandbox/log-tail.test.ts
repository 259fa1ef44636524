import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogTail } from './log-tail.ts';

test('short logs are kept whole', () => {
  const tail = new LogTail(100);
  tail.add('a');
  tail.add('bé');
  assert.equal(Buffer.from(tail.bytes()).toString(), 'a\nbé\n');
});

test('of a long log the last bytes are kept, exactly', () => {
  const tail = new LogTail(4_096);
  let whole = '';
  for (let i = 0; i < 5_000; i += 1) {
    tail.add(`line ${i}`);
    whole += `line ${i}\n`;
  }
  assert.equal(Buffer.from(tail.bytes()).toString(), whole.slice(-4_096));
  tail.add('x'.repeat(10_000));
  assert.equal(Buffer.from(tail.bytes()).toString(), `${'x'.repeat(4_095)}\n`);
});
