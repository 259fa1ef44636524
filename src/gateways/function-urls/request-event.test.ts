import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EventSource, requestEvent } from './request-event.ts';

// What a request becomes, as data: a part of a request, and the members of the event that it decides.

const ID = 'a'.repeat(32);
const DOMAIN = `${ID}.lambda-url.us-east-1.localhost`;
const PLAIN: EventSource = {
  method: 'GET',
  path: '/',
  query: '',
  rawHeaders: ['Host', `${DOMAIN}:4566`],
  body: Buffer.alloc(0),
  urlId: ID,
  domainName: DOMAIN,
  remoteAddress: '203.0.113.7',
  scheme: 'http',
  port: 4566,
  requestId: '00000000-0000-4000-8000-000000000000',
  traceHeader: 'Root=1-5e6e7a1e-000000000000000000000000',
  timeMs: Date.UTC(2020, 2, 12, 19, 3, 58, 390),
};

test('a plain request, whole', () => {
  assert.deepEqual(requestEvent(PLAIN), {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/',
    rawQueryString: '',
    headers: {
      host: `${DOMAIN}:4566`,
      'x-forwarded-for': '203.0.113.7',
      'x-forwarded-port': '4566',
      'x-forwarded-proto': 'http',
      'x-amzn-trace-id': 'Root=1-5e6e7a1e-000000000000000000000000',
    },
    requestContext: {
      accountId: 'anonymous',
      apiId: ID,
      domainName: DOMAIN,
      domainPrefix: ID,
      http: { method: 'GET', path: '/', protocol: 'HTTP/1.1', sourceIp: '203.0.113.7', userAgent: '' },
      requestId: '00000000-0000-4000-8000-000000000000',
      routeKey: '$default',
      stage: '$default',
      time: '12/Mar/2020:19:03:58 +0000',
      timeEpoch: 1_584_039_838_390,
    },
    isBase64Encoded: false,
  });
});

type Case = readonly [name: string, given: Partial<EventSource>, expected: Readonly<Record<string, unknown>>];

const headers = (...pairs: string[]): Partial<EventSource> => ({ rawHeaders: ['Host', DOMAIN, ...pairs] });
const typed = (type: string | undefined, body: string | Buffer): Partial<EventSource> => ({
  method: 'POST',
  body: Buffer.from(body),
  ...(type === undefined ? {} : headers('Content-Type', type)),
});
const text = (body: string): Readonly<Record<string, unknown>> => ({ body, isBase64Encoded: false });
const base64 = (body: string | Buffer): Readonly<Record<string, unknown>> => ({
  body: Buffer.from(body).toString('base64'),
  isBase64Encoded: true,
});
const signer = { accessKeyId: 'AKIA', account: '111122223333', arn: 'arn:aws:iam::111122223333:user/u', userId: 'AIDA' };

const CASES: readonly Case[] = [
  ['the path is not decoded', { path: '/a%20b/%2F/ü'.replace('ü', '%C3%BC') }, { rawPath: '/a%20b/%2F/%C3%BC' }],
  ['a path is told twice', { path: '/a/b' }, { rawPath: '/a/b', 'requestContext.http.path': '/a/b' }],
  ['slashes are kept as they are', { path: '//a//b/../c/.' }, { rawPath: '//a//b/../c/.' }],
  ['bytes that are no URL are encoded', { path: '/\xff\xfe', query: 'a=\xe4' }, { rawPath: '/%FF%FE', rawQueryString: 'a=%E4' }],
  ['invalid UTF-8 in a path stays encoded', { path: '/%FF%C0%AF' }, { rawPath: '/%FF%C0%AF' }],
  ['broken percent signs stay', { path: '/100%', query: 'p=100%' }, { rawPath: '/100%', 'queryStringParameters.p': '100%' }],
  ['no query', {}, { rawQueryString: '', queryStringParameters: undefined }],
  ['a query', { query: 'a=1&b=2' }, { rawQueryString: 'a=1&b=2', queryStringParameters: { a: '1', b: '2' } }],
  ['a name that repeats', { query: 'a=1&b=x&a=2' }, { queryStringParameters: { a: '1,2', b: 'x' } }],
  ['a name without a value', { query: 'a&b=' }, { queryStringParameters: { a: '', b: '' } }],
  ['decoded values', { query: 'q=%C3%A4+b%26c' }, { rawQueryString: 'q=%C3%A4+b%26c', 'queryStringParameters.q': 'ä b&c' }],
  ['decoded names', { query: '%61b=1' }, { queryStringParameters: { ab: '1' } }],
  ['invalid UTF-8 in a query', { query: 'q=%FF' }, { rawQueryString: 'q=%FF', 'queryStringParameters.q': '\uFFFD' }],
  ['a query of separators only', { query: '&&' }, { rawQueryString: '&&', queryStringParameters: undefined }],
  ['names of an object’s members', { query: '__proto__=1&constructor=2' }, { 'queryStringParameters.constructor': '2' }],
  ['names of headers in lower case', headers('X-Kind', 'A'), { 'headers.x-kind': 'A' }],
  ['headers that repeat', headers('X-A', '1', 'x-a', '2', 'X-A', '3'), { 'headers.x-a': '1,2,3' }],
  ['repeated headers of one value', headers('Accept', 'a', 'Accept', 'b'), { 'headers.accept': 'a,b' }],
  ['an empty header', headers('X-A', ''), { 'headers.x-a': '' }],
  [
    'the user agent',
    headers('User-Agent', 'curl/8'),
    { 'requestContext.http.userAgent': 'curl/8', 'headers.user-agent': 'curl/8' },
  ],
  [
    'hop by hop headers',
    headers('Connection', 'close', 'Keep-Alive', '5', 'TE', 'trailers'),
    { 'headers.connection': undefined, 'headers.keep-alive': undefined, 'headers.te': undefined },
  ],
  [
    'the coding of a transfer',
    headers('Transfer-Encoding', 'chunked', 'Upgrade', 'h2c'),
    { 'headers.transfer-encoding': undefined, 'headers.upgrade': undefined },
  ],
  ['what Connection names', headers('Connection', 'X-Secret, close', 'X-Secret', '1'), { 'headers.x-secret': undefined }],
  ['the length of a body stays', headers('Content-Length', '0'), { 'headers.content-length': '0' }],
  [
    'claimed senders',
    headers('X-Forwarded-For', '10.0.0.1'),
    { 'headers.x-forwarded-for': '203.0.113.7', 'requestContext.http.sourceIp': '203.0.113.7' },
  ],
  [
    'claimed schemes',
    headers('X-Forwarded-Proto', 'https', 'X-Forwarded-Port', '443'),
    { 'headers.x-forwarded-proto': 'http', 'headers.x-forwarded-port': '4566' },
  ],
  [
    'a trace of the caller is told as it was taken',
    headers('X-Amzn-Trace-Id', 'Root=x'),
    { 'headers.x-amzn-trace-id': PLAIN.traceHeader },
  ],
  ['TLS', { scheme: 'https', port: 443 }, { 'headers.x-forwarded-proto': 'https', 'headers.x-forwarded-port': '443' }],
  ['an IPv4 address in IPv6', { remoteAddress: '::ffff:127.0.0.1' }, { 'requestContext.http.sourceIp': '127.0.0.1' }],
  ['an IPv6 address', { remoteAddress: '2001:db8::1' }, { 'requestContext.http.sourceIp': '2001:db8::1' }],
  ['one cookie', headers('Cookie', 'a=1'), { cookies: ['a=1'], 'headers.cookie': undefined }],
  ['several cookies', headers('Cookie', 'a=1; b=2;c=3'), { cookies: ['a=1', 'b=2', 'c=3'] }],
  ['several headers of cookies', headers('Cookie', 'a=1', 'Cookie', 'b=2'), { cookies: ['a=1', 'b=2'] }],
  ['cookies with commas and equals signs', headers('Cookie', 'a=b=c,d; e'), { cookies: ['a=b=c,d', 'e'] }],
  ['an empty cookie header', headers('Cookie', ' ; '), { cookies: undefined }],
  ['no cookies', {}, { cookies: undefined }],
  [
    'HTTP/2',
    { rawHeaders: [':method', 'GET', ':path', '/', ':authority', 'h2.test', 'x-a', '1'] },
    { 'headers.host': 'h2.test', 'headers.:method': undefined, 'headers.x-a': '1' },
  ],
  [
    'HTTP/2 with both names of a host',
    { rawHeaders: [':authority', 'h2.test', 'host', 'other.test'] },
    { 'headers.host': 'h2.test' },
  ],
  ['no host at all', { rawHeaders: [] }, { 'headers.host': DOMAIN }],
  ['names of headers like an object’s members', headers('__proto__', 'x', 'constructor', 'y'), { 'headers.constructor': 'y' }],
  ['any method', { method: 'PROPFIND' }, { 'requestContext.http.method': 'PROPFIND' }],
  ['an empty body', typed('application/json', ''), { body: undefined, isBase64Encoded: false }],
  ['JSON', typed('application/json', '{"a":"ä"}'), text('{"a":"ä"}')],
  ['JSON with a charset', typed('Application/JSON; charset=utf-8', '{}'), text('{}')],
  ['JSON of a kind', typed('application/problem+json', '{}'), text('{}')],
  ['XML', typed('application/xml', '<a/>'), text('<a/>')],
  ['XML of a kind', typed('application/atom+xml', '<a/>'), text('<a/>')],
  ['JavaScript', typed('application/javascript', '1'), text('1')],
  ['plain text', typed('text/plain', 'a\r\nb'), text('a\r\nb')],
  ['HTML', typed('text/html;charset=utf-8', '<p>'), text('<p>')],
  ['a form', typed('application/x-www-form-urlencoded', 'a=1'), base64('a=1')],
  ['a form with files', typed('multipart/form-data; boundary=x', '--x--'), base64('--x--')],
  ['an image', typed('image/png', Buffer.from([0x89, 0x50])), base64(Buffer.from([0x89, 0x50]))],
  ['bytes of no kind', typed('application/octet-stream', 'abc'), base64('abc')],
  ['a body without a type', typed(undefined, 'abc'), base64('abc')],
  ['text that is none', typed('text/plain', Buffer.from([0xff, 0xfe])), base64(Buffer.from([0xff, 0xfe]))],
  ['a type that only begins like JSON', typed('application/jsonl', '{}'), base64('{}')],
  ['nobody signs', {}, { 'requestContext.authorizer': undefined, 'requestContext.authentication': undefined }],
  [
    'somebody signs',
    { account: '000000000000', signer },
    {
      'requestContext.accountId': '000000000000',
      'requestContext.authorizer': {
        iam: {
          accessKey: 'AKIA',
          accountId: '111122223333',
          callerId: 'AIDA',
          cognitoIdentity: null,
          principalOrgId: '',
          userArn: 'arn:aws:iam::111122223333:user/u',
          userId: 'AIDA',
        },
      },
    },
  ],
  [
    'the signature is passed on',
    headers('Authorization', 'AWS4-HMAC-SHA256 x'),
    { 'headers.authorization': 'AWS4-HMAC-SHA256 x' },
  ],
  [
    'the last second of a year',
    { timeMs: Date.UTC(2026, 11, 31, 23, 59, 59, 999) },
    { 'requestContext.time': '31/Dec/2026:23:59:59 +0000', 'requestContext.timeEpoch': 1_798_761_599_999 },
  ],
];

/** Names of headers hold no dots here, so a path is told apart by them. */
function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (inner, name) => (Object.hasOwn(Object(inner), name) ? (inner as Record<string, unknown>)[name] : undefined),
      value,
    );
}

for (const [name, given, expected] of CASES) {
  test(`the event of a request: ${name}`, () => {
    const event = JSON.parse(JSON.stringify(requestEvent({ ...PLAIN, ...given }))) as unknown;
    for (const [path, value] of Object.entries(expected)) assert.deepEqual(at(event, path), value, path);
  });
}

test('a request of a megabyte of cookies, parameters and headers takes time in proportion', () => {
  const startedMs = performance.now();
  const many = Array.from({ length: 1_000 }, (_, index) => [`x-${index}`, 'y'.repeat(900)]).flat();
  requestEvent({ ...PLAIN, rawHeaders: ['cookie', 'a;'.repeat(500_000), ...many], query: 'a&'.repeat(500_000) });
  assert.ok(performance.now() - startedMs < 5_000, 'quadratic work would take minutes here');
});
