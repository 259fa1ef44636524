import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bufferedAnswer } from './buffered-answer.ts';

// What a function gives, as data, and what its URL answers; `WRONG` is 502.

interface Expected {
  readonly status?: number;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
}

const WRONG = undefined;
const JSON_HEADERS = { 'content-type': 'application/json' };
const of = (
  status: number,
  body = '',
  headers: Readonly<Record<string, string>> = {},
  cookies: readonly string[] = [],
): Expected => ({ status, body, headers: { ...JSON_HEADERS, ...headers }, cookies });

const CASES: readonly (readonly [name: string, given: unknown, expected: Expected | undefined])[] = [
  ['a status alone', { statusCode: 200 }, of(200)],
  ['a status in digits', { statusCode: '418' }, of(418)],
  ['the least status', { statusCode: 200 }, of(200)],
  ['the greatest status', { statusCode: 599 }, of(599)],
  ['no content', { statusCode: 204 }, of(204)],
  ['a redirection', { statusCode: 301, headers: { Location: 'https://a.test/' } }, of(301, '', { location: 'https://a.test/' })],
  ['a status that is too small', { statusCode: 99 }, WRONG],
  ['a status that ends no exchange', { statusCode: 101 }, WRONG],
  ['a status that is too great', { statusCode: 600 }, WRONG],
  ['a status with a fraction', { statusCode: 200.5 }, WRONG],
  ['a status that is no number', { statusCode: 'ok' }, WRONG],
  ['a status of four digits', { statusCode: '0200' }, WRONG],
  ['an empty status', { statusCode: '' }, WRONG],
  ['a null status', { statusCode: null }, WRONG],
  ['a true status', { statusCode: true }, WRONG],
  ['a status in a list', { statusCode: [200] }, WRONG],
  ['a body', { statusCode: 200, body: 'hä' }, of(200, 'hä')],
  ['an empty body', { statusCode: 200, body: '' }, of(200)],
  ['a null body', { statusCode: 200, body: null }, of(200)],
  ['a body that is an object', { statusCode: 200, body: {} }, WRONG],
  ['a body that is a list', { statusCode: 200, body: [] }, WRONG],
  ['a body that is a number', { statusCode: 200, body: 1 }, WRONG],
  ['a body that is a boolean', { statusCode: 200, body: false }, WRONG],
  ['a body of base64', { statusCode: 200, body: 'aGk=', isBase64Encoded: true }, of(200, 'hi')],
  [
    'bytes that are no text',
    { statusCode: 200, body: '//79', isBase64Encoded: true },
    { status: 200, body: Buffer.from([0xff, 0xfe, 0xfd]) },
  ],
  ['base64 without its end', { statusCode: 200, body: 'aGk', isBase64Encoded: true }, of(200, 'hi')],
  ['what looks like base64 and is not said to be', { statusCode: 200, body: 'aGk=', isBase64Encoded: false }, of(200, 'aGk=')],
  ['base64 that is none', { statusCode: 200, body: 'no!', isBase64Encoded: true }, WRONG],
  ['a null for base64', { statusCode: 200, body: 'a', isBase64Encoded: null }, of(200, 'a')],
  ['a text for base64', { statusCode: 200, body: 'aGk=', isBase64Encoded: 'true' }, WRONG],
  ['headers', { statusCode: 200, headers: { 'X-A': 'b' } }, of(200, '', { 'x-a': 'b' })],
  [
    'a content type of its own',
    { statusCode: 200, headers: { 'Content-Type': 'text/html' }, body: '<p>' },
    of(200, '<p>', { 'content-type': 'text/html' }),
  ],
  ['a header that is a number', { statusCode: 200, headers: { a: 1.5 } }, of(200, '', { a: '1.5' })],
  ['a header that is a boolean', { statusCode: 200, headers: { a: true } }, of(200, '', { a: 'true' })],
  ['an empty header', { statusCode: 200, headers: { a: '' } }, of(200, '', { a: '' })],
  ['null headers', { statusCode: 200, headers: null }, of(200)],
  ['no headers', { statusCode: 200, headers: {} }, of(200)],
  ['headers in a list', { statusCode: 200, headers: [] }, WRONG],
  ['headers that are a text', { statusCode: 200, headers: 'a: b' }, WRONG],
  ['a header that is a list', { statusCode: 200, headers: { a: ['b'] } }, WRONG],
  ['a header that is an object', { statusCode: 200, headers: { a: {} } }, WRONG],
  ['a header that is null', { statusCode: 200, headers: { a: null } }, WRONG],
  ['a header with a line end', { statusCode: 200, headers: { a: 'b\r\nSet-Cookie: c' } }, WRONG],
  ['a header with a null byte', { statusCode: 200, headers: { a: '\0' } }, WRONG],
  ['a header beyond Latin-1', { statusCode: 200, headers: { a: '\u2603' } }, WRONG],
  ['a name with a space', { statusCode: 200, headers: { 'a b': 'c' } }, WRONG],
  ['a name with a line end', { statusCode: 200, headers: { 'a\r\nb': 'c' } }, WRONG],
  ['an empty name', { statusCode: 200, headers: { '': 'c' } }, WRONG],
  ['one name in two spellings: the last', { statusCode: 200, headers: { 'X-A': '1', 'x-a': '2' } }, of(200, '', { 'x-a': '2' })],
  [
    'a length of its own',
    { statusCode: 200, headers: { 'Content-Length': '99' }, body: 'a' },
    of(200, 'a', { 'x-amzn-remapped-content-length': '99' }),
  ],
  [
    'a connection of its own',
    { statusCode: 200, headers: { Connection: 'close' } },
    of(200, '', { 'x-amzn-remapped-connection': 'close' }),
  ],
  [
    'a coding of its own',
    { statusCode: 200, headers: { 'Transfer-Encoding': 'chunked' } },
    of(200, '', { 'x-amzn-remapped-transfer-encoding': 'chunked' }),
  ],
  ['a date of its own', { statusCode: 200, headers: { Date: 'x' } }, of(200, '', { 'x-amzn-remapped-date': 'x' })],
  [
    'a request id of its own',
    { statusCode: 200, headers: { 'x-amzn-RequestId': 'x' } },
    of(200, '', { 'x-amzn-remapped-x-amzn-requestid': 'x' }),
  ],
  [
    'a challenge',
    { statusCode: 401, headers: { 'WWW-Authenticate': 'Basic' } },
    of(401, '', { 'x-amzn-remapped-www-authenticate': 'Basic' }),
  ],
  ['what speaks of a connection', { statusCode: 200, headers: { 'Keep-Alive': '5', Trailer: 'a' } }, of(200)],
  ['a cookie among headers', { statusCode: 200, headers: { 'Set-Cookie': 'a=1' } }, of(200, '', { 'set-cookie': 'a=1' })],
  ['cookies', { statusCode: 200, cookies: ['a=1; Secure', 'b=2'] }, of(200, '', {}, ['a=1; Secure', 'b=2'])],
  ['no cookies', { statusCode: 200, cookies: [] }, of(200)],
  ['null cookies', { statusCode: 200, cookies: null }, of(200)],
  ['a cookie that is no list', { statusCode: 200, cookies: 'a=1' }, WRONG],
  ['a cookie that is a number', { statusCode: 200, cookies: [1] }, WRONG],
  ['a cookie with a line end', { statusCode: 200, cookies: ['a\r\nb: c'] }, WRONG],
  ['members of payload format 1.0 are passed over', { statusCode: 200, multiValueHeaders: { a: ['b'] } }, of(200)],
  ['members that nobody knows', { statusCode: 200, other: 1 }, of(200)],
  ['an object without a status', { body: 'x', headers: {} }, of(200, '{"body":"x","headers":{}}')],
  ['an empty object', {}, of(200, '{}')],
  ['a text', 'hello "you"', of(200, 'hello "you"')],
  ['an empty text', '', of(200)],
  ['a number', 42, of(200, '42')],
  ['zero', 0, of(200, '0')],
  ['a boolean', false, of(200, 'false')],
  ['a list', [1, { a: 'b c' }], of(200, '[1,{"a":"b c"}]')],
  ['a list of responses', [{ statusCode: 404 }], of(200, '[{"statusCode":404}]')],
  ['null', null, of(200, 'null')],
];

for (const [name, given, expected] of CASES) {
  test(`the answer for what a function gives: ${name}`, () => {
    const answer = bufferedAnswer(Buffer.from(JSON.stringify(given)));
    if (!expected) return assert.equal(answer, undefined);
    assert.ok(answer, 'it is no response');
    assert.equal(answer.status, expected.status);
    assert.deepEqual(answer.body, Buffer.from(expected.body ?? ''));
    if (expected.headers) assert.deepEqual(Object.fromEntries(answer.headers), expected.headers);
    if (expected.cookies) assert.deepEqual(answer.cookies, expected.cookies);
  });
}

const WIRE: readonly (readonly [name: string, given: string | Buffer, body: string | undefined])[] = [
  [
    'spaces between the parts go, those in texts stay',
    '{ "a" : [ 1 , "b  c" ] ,\n"d":"\\" , \\\\" }',
    '{"a":[1,"b  c"],"d":"\\" , \\\\"}',
  ],
  [
    'large numbers and the order of keys stay',
    '{"b":12345678901234567890,"2":1,"1":1e400}',
    '{"b":12345678901234567890,"2":1,"1":1e400}',
  ],
  ['spaces around a number', ' 1 ', '1'],
  ['text escapes are read', '"\\u00e4\\n"', 'ä\n'],
  ['no JSON', 'hello', undefined],
  ['nothing', '', undefined],
  ['half of a JSON', '{"statusCode":200', undefined],
  ['two JSONs', '{}{}', undefined],
  ['bytes', Buffer.from([0xff, 0x00]), undefined],
  ['the head of a stream that nobody streams', `{"statusCode":200}${'\0'.repeat(8)}x`, undefined],
];

for (const [name, given, body] of WIRE) {
  test(`the answer for the bytes that a function gives: ${name}`, () => {
    assert.equal(bufferedAnswer(Buffer.from(given))?.body.toString(), body);
  });
}

test('6 MB of JSON take no longer than they must', () => {
  const startedMs = performance.now();
  const value = { text: '"\\ '.repeat(500_000), list: Array.from({ length: 400_000 }, (_, index) => index) };
  assert.deepEqual(JSON.parse(bufferedAnswer(Buffer.from(JSON.stringify(value, undefined, 1)))?.body.toString() ?? ''), value);
  assert.ok(performance.now() - startedMs < 5_000);
});
