import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { readPrelude } from './prelude.ts';

const NULS = Buffer.alloc(8);
const of = (head: unknown, body: string | Buffer = ''): Buffer =>
  Buffer.concat([Buffer.from(typeof head === 'string' ? head : JSON.stringify(head)), NULS, Buffer.from(body)]);

/** A stream that gives its bytes in pieces of this size. */
function stream(bytes: Buffer, pieceBytes: number): PassThrough {
  const body = new PassThrough();
  for (let start = 0; start < bytes.length; start += pieceBytes) body.write(bytes.subarray(start, start + pieceBytes));
  body.end();
  return body;
}

for (const pieceBytes of [1, 3, 7, 8, 20, 10_000]) {
  test(`a head in pieces of ${pieceBytes} bytes comes off, and the body stays as it is`, async () => {
    const text = Buffer.concat([Buffer.alloc(9), Buffer.from('body'), NULS]);
    const body = stream(of({ statusCode: 201, headers: { 'X-A': 'b' }, cookies: ['c=d'] }, text), pieceBytes);
    const head = await readPrelude(body);
    assert.deepEqual(head, {
      status: 201,
      headers: new Map([
        ['x-a', 'b'],
        ['content-type', 'application/octet-stream'],
      ]),
      cookies: ['c=d'],
    });
    const rest = buffer(body);
    body.resume();
    assert.deepEqual(await rest, text);
  });
}

test('a head alone is a head, and has 200 where it names no status', async () => {
  const body = stream(of({ headers: { 'content-type': 'text/html' } }), 5);
  assert.deepEqual(await readPrelude(body), { status: 200, headers: new Map([['content-type', 'text/html']]), cookies: [] });
  const rest = buffer(body);
  body.resume();
  assert.equal((await rest).length, 0);
});

const WRONG: Readonly<Record<string, Buffer>> = {
  'nothing at all': Buffer.alloc(0),
  'no delimiter': Buffer.from('{"statusCode":200}'),
  'too few null bytes': Buffer.concat([Buffer.from('{}'), Buffer.alloc(7)]),
  'no JSON': of('hello'),
  'a list': of([]),
  'a text': of('"x"'),
  'an empty head': of(''),
  'a wrong status': of({ statusCode: 42 }),
  'a wrong header': of({ headers: { a: ['b'] } }),
  'a smuggled header': of({ headers: { a: 'b\r\nc: d' } }),
  'wrong cookies': of({ cookies: 'a=b' }),
  'more than a head may have': of({ headers: { a: 'x'.repeat(300_000) } }),
};

for (const [name, bytes] of Object.entries(WRONG)) {
  test(`what is no head is told as none: ${name}`, async () => {
    const body = stream(bytes, 16_384);
    assert.equal(await readPrelude(body), undefined);
    body.resume();
  });
}

test('an endless head in single bytes is given up in no time', async () => {
  const startedMs = performance.now();
  assert.equal(await readPrelude(stream(Buffer.alloc(300_000, 0x20), 1)), undefined);
  assert.ok(performance.now() - startedMs < 5_000);
});
