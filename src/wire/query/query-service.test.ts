import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { QuietLogger } from '../../adapters/memory/quiet-logger.ts';
import { ServiceError } from '../../model/service-error.ts';
import { openRaw, startListener } from '../wire-fixture.ts';
import { readForm } from './form.ts';
import { queryOperation, readMembers, required } from './members.ts';
import { type QueryHandler, queryService } from './query-service.ts';
import { xmlElement } from './xml.ts';

const HEADERS = {
  authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/things/aws4_request, SignedHeaders=host, Signature=0',
  'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
};

interface Played {
  readonly port: number;
  readonly logger: QuietLogger;
  readonly post: (body: string | Buffer, query?: string, method?: string) => Promise<{ status: number; text: string }>;
}

async function play(t: TestContext, handlers: Record<string, QueryHandler>): Promise<Played> {
  const logger = new QuietLogger();
  const service = queryService({
    name: 'things',
    version: '2020-01-01',
    namespace: 'https://things.example/doc/',
    operations: ['Echo', 'Later'],
    handlers,
    bodyBytesMax: 100_000,
    logger,
  });
  const { port } = await startListener(t, [service], { logger });
  const post: Played['post'] = async (body, query = '', method = 'POST') => {
    const answer = await fetch(`http://127.0.0.1:${port}/${query}`, {
      method,
      headers: HEADERS,
      ...(method === 'GET' ? {} : { body }),
    });
    assert.equal(answer.headers.get('content-type'), 'text/xml');
    assert.match(answer.headers.get('x-amzn-requestid') ?? '', /^[0-9a-f-]{36}$/);
    return { status: answer.status, text: (await answer.text()).replace(/<RequestId>[^<]*/, '<RequestId>ID') };
  };
  return { port, logger, post };
}

const echo: QueryHandler = async (input) => ({ Json: JSON.stringify(input) });
const error = (code: string, message: string, type = 'Sender'): string =>
  `<ErrorResponse xmlns="https://things.example/doc/"><Error><Type>${type}</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>ID</RequestId></ErrorResponse>`;

test('an answer has a result when its operation has one, and always a request id', async (t) => {
  const { post } = await play(t, { Echo: echo, Quiet: async () => undefined, Empty: async () => ({}) });
  const metadata = '<ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata>';
  const of = (name: string, result: string): string =>
    `<${name}Response xmlns="https://things.example/doc/">${result}${metadata}</${name}Response>`;
  const { status, text } = await post('Action=Echo&Version=2020-01-01&A=1');
  assert.deepEqual([status, text], [200, of('Echo', '<EchoResult><Json>{&quot;A&quot;:&quot;1&quot;}</Json></EchoResult>')]);
  assert.equal((await post('Action=Quiet&Version=2020-01-01')).text, of('Quiet', ''));
  assert.equal((await post('Action=Empty&Version=2020-01-01')).text, of('Empty', '<EmptyResult></EmptyResult>'));
});

test('parameters come in the query, the body or both, without those of signatures', async (t) => {
  const { post } = await play(t, { Echo: echo });
  const get = await post('', '?Action=Echo&Version=2020-01-01&A=%C3%BC+x&X-Amz-Signature=1&AWSAccessKeyId=2', 'GET');
  assert.match(get.text, /<Json>{&quot;A&quot;:&quot;ü x&quot;}<\/Json>/);
  assert.match(
    (await post('A=1&B=', '?Action=Echo&Version=2020-01-01')).text,
    /{&quot;A&quot;:&quot;1&quot;,&quot;B&quot;:&quot;&quot;}/,
  );
  const twice = await post('A=1', '?Action=Echo&Version=2020-01-01&A=2');
  assert.deepEqual([twice.status, twice.text], [400, error('MalformedInput', 'The parameter A is given more than once.')]);
});

test('what is no operation is told so', async (t) => {
  const { post } = await play(t, { Echo: echo });
  for (const [body, status, text] of [
    ['', 400, error('MissingAction', 'The request is missing an action or a required parameter.')],
    ['{"Action":"Echo"}', 400, error('MissingAction', 'The request is missing an action or a required parameter.')],
    ['Action=Echo', 400, error('InvalidAction', 'Could not find operation Echo for version NO_VERSION_SPECIFIED')],
    ['Action=Echo&Version=1', 400, error('InvalidAction', 'Could not find operation Echo for version 1')],
    [
      'Action=%3Ca%3E%00&Version=2020-01-01',
      400,
      error('InvalidAction', 'Could not find operation &lt;a&gt;\ufffd for version 2020-01-01'),
    ],
    [
      'Action=constructor&Version=2020-01-01',
      400,
      error('InvalidAction', 'Could not find operation constructor for version 2020-01-01'),
    ],
    ['Action.x=1&Version=2020-01-01', 400, error('InvalidAction', 'Could not find operation  for version 2020-01-01')],
    [
      'Action=Later&Version=2020-01-01',
      501,
      error('NotImplementedException', 'lambkin does not implement Later yet.', 'Receiver'),
    ],
  ] as const) {
    assert.deepEqual(await post(body), { status, text });
  }
  assert.equal((await post('Action=Echo&Version=2020-01-01', '', 'PUT')).status, 405);
});

test('errors are rendered; a fault of our own is logged and says nothing', async (t) => {
  const { post, logger } = await play(t, {
    Echo: async () => {
      throw new ServiceError({ code: 'NoSuchThing', status: 404, message: 'No <thing> & "more"\u0001' });
    },
    Later: async () => {
      throw new Error('secret');
    },
  });
  assert.deepEqual(await post('Action=Echo&Version=2020-01-01'), {
    status: 404,
    text: error('NoSuchThing', 'No &lt;thing&gt; &amp; &quot;more&quot;\ufffd'),
  });
  assert.deepEqual(await post('Action=Later&Version=2020-01-01'), {
    status: 500,
    text: error('ServiceFailure', 'An internal error occurred.', 'Receiver'),
  });
  assert.match(String(logger.lines[0]?.fields['error']), /secret/);
});

test('hostile requests are refused and leave the server as it was', async (t) => {
  const { post, port } = await play(t, { Echo: echo });
  assert.equal((await post(`Action=Echo&Version=2020-01-01&A=${'x'.repeat(100_000)}`)).status, 413);
  assert.equal((await post('&'.repeat(20_000))).status, 400);
  assert.equal((await post(`${'a.'.repeat(40_000)}=1`)).status, 400);
  assert.equal((await post(Buffer.from([0x41, 0x3d, 0xff]))).status, 400);
  for (const name of ['A..b', '.A', 'A.', '.', ''])
    assert.equal((await post(`Action=Echo&Version=2020-01-01&${name}=1`)).status, 400);
  for (const pair of ['A=1&A.x=2', 'A.x=1&A=2', 'A.member.1=1&A.member.1=2', 'A.entry.1.key=x'])
    assert.equal((await post(`Action=Echo&Version=2020-01-01&${pair}`)).status, 400, pair);
  const proto = await post('Action=Echo&Version=2020-01-01&__proto__.polluted=1');
  assert.match(proto.text, /__proto__/);
  assert.equal((Object.prototype as Record<string, unknown>)['polluted'], undefined);
  const raw = openRaw(
    port,
    `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\nAuthorization: ${HEADERS.authorization}\r\n\r\nAction=`,
  );
  raw.socket.end();
  await raw.closed;
  assert.equal((await post('Action=Echo&Version=2020-01-01')).status, 200);
});

test('lists are in the order of their numbers, maps are by key', () => {
  const form = (text: string): unknown => structuredClone(readForm(text, 100));
  assert.deepEqual(form('L.member.10=c&L.member.9=b&L.member.1=a'), { L: ['a', 'b', 'c'] });
  assert.deepEqual(form('L.1=a&L.2=b'), { L: ['a', 'b'] });
  assert.deepEqual(form('L.member.999999999=a'), { L: ['a'] });
  assert.deepEqual(form('M.entry.1.key=a&M.entry.1.value.member.1=b'), { M: { a: ['b'] } });
  assert.deepEqual(form('M.entry.1.Name=a&M.entry.1.Value.DataType=String'), { M: { a: { DataType: 'String' } } });
  assert.deepEqual(form('S.member.1.Key=k&S.member.1.Value=&S.member.2.Key=l'), { S: [{ Key: 'k', Value: '' }, { Key: 'l' }] });
  assert.deepEqual(form('S.member=x&S.other=y'), { S: { member: 'x', other: 'y' } });
});

test('reading a form never fails but by its own error', () => {
  const piece = fc.constantFrom('a', 'member', 'entry', '1', '2', 'key', 'value', '.', '&', '=', '%41', '%', '+', '__proto__');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      try {
        JSON.stringify(readForm(pieces.join(''), 1_000));
      } catch (thrown) {
        assert.ok(thrown instanceof ServiceError && thrown.code === 'MalformedInput');
      }
    }),
  );
});

test('members are checked by their rules', async () => {
  const rules = {
    Name: required({ type: 'text', charactersMin: 1, charactersMax: 3, choices: ['abc', 'd'] }),
    Count: { type: 'integer', lowest: 1, highest: 9 },
    On: { type: 'flag' },
    List: { type: 'list', countMax: 2, of: { type: 'structure', members: { Key: required({ type: 'text' }) } } },
  } as const;
  const operation = queryOperation<undefined, typeof rules>(rules, async (_owner, input) => ({ Json: JSON.stringify(input) }));
  const given = { Name: 'd', Count: '9', On: 'TRUE', List: [{ Key: '' }] };
  assert.deepEqual(await operation(undefined, given, {} as never), {
    Json: '{"Name":"d","Count":9,"On":true,"List":[{"Key":""}]}',
  });
  assert.deepEqual(readMembers(rules, { Name: 'd', List: '' }), { Name: 'd', List: [] });
  for (const [input, message] of [
    [{}, /^1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null$/],
    [{ Name: 'd', Count: '0x1' }, /Value '0x1' at 'count' .* must be an integer/],
    [{ Name: 'd', Count: '10' }, /less than or equal to 9/],
    [{ Name: 'd', On: '1' }, /at 'on' .* must be a boolean/],
    [{ Name: ['d'] }, /at 'name' .* must be a single value/],
    [{ Name: 'x' }, /enum value set: \[abc, d\]/],
    [{ Name: 'd', List: 'x' }, /at 'list' .* must be a list/],
    [{ Name: 'd', List: ['x'] }, /at 'list.1.member' .* must be a structure/],
    [{ Name: 'd', List: [{}, {}] }, /^2 validation errors detected: .*'list.1.member.key'.*; .*'list.2.member.key'/],
    [{ Name: 'd', List: [{ Key: '' }, { Key: '' }, { Key: '' }] }, /at 'list' .* less than or equal to 2/],
    [{ Name: 'd', List: [{ Key: '', More: '' }] }, /^The parameter list.1.member.More is not supported\.$/],
    [{ Name: 'd', toString: 'x' }, /^The parameter toString is not supported\.$/],
  ] as const) {
    assert.throws(() => readMembers(rules, input as never), { code: 'ValidationError', message });
  }
});

test('answers hold what XML can hold', () => {
  assert.equal(
    xmlElement('R', {
      Text: '<&>"\'\r\u0000\ud800\uffff',
      Date: new Date(1_000),
      List: ['a', { B: true }],
      Empty: [],
      Map: new Map([['k', 'v']]),
      Absent: undefined,
    }),
    "<R><Text>&lt;&amp;&gt;&quot;'&#13;\ufffd\ufffd\ufffd</Text><Date>1970-01-01T00:00:01Z</Date>" +
      '<List><member>a</member><member><B>true</B></member></List><Empty></Empty>' +
      '<Map><entry><key>k</key><value>v</value></entry></Map></R>',
  );
});

test('maps are read by the rule of their values', () => {
  const rules = { M: { type: 'map', countMax: 2, of: { type: 'text', charactersMax: 1 } } } as const;
  assert.deepEqual(readMembers(rules, { M: { a: 'b', __proto__x: 'c' } }), { M: { a: 'b', __proto__x: 'c' } });
  assert.deepEqual(readMembers(rules, { M: '' }), { M: {} });
  assert.throws(() => readMembers(rules, { M: { a: 'bb' } }), {
    message:
      "1 validation error detected: Value 'bb' at 'm.a.member' failed to satisfy constraint: Member must have length less than or equal to 1",
  });
  assert.throws(() => readMembers(rules, { M: { a: '', b: '', c: '' } }), { message: /length less than or equal to 2$/ });
  assert.throws(() => readMembers(rules, { M: ['a'] }), { message: /Member must be a map$/ });
});
