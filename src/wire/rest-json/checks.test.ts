import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { QuietLogger } from '../../adapters/memory/quiet-logger.ts';
import { LAMBDA } from '../generated/lambda.ts';
import { startListener } from '../wire-fixture.ts';
import { restJsonService } from './rest-json-service.ts';

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly body: Record<string, unknown>;
}

type Call = (method: string, path: string, body?: unknown) => Promise<Answer>;

/** Handlers answer with a member that shows what reached them. */
async function play(t: TestContext): Promise<{ call: Call; inputs: Record<string, unknown>[] }> {
  const inputs: Record<string, unknown>[] = [];
  const handler = async (input: Record<string, unknown>): Promise<{ output: object }> => {
    inputs.push(input);
    return { output: {} };
  };
  const handlers = Object.fromEntries(Object.keys(LAMBDA.operations).map((name) => [name, handler]));
  const { port } = await startListener(t, [
    restJsonService({ name: 'lambda', table: LAMBDA, handlers, logger: new QuietLogger() }),
  ]);
  const call: Call = async (method, path, body) => {
    const sent =
      body === undefined ? {} : { body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body) };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, ...sent });
    const text = await response.text();
    return {
      status: response.status,
      type: response.headers.get('x-amzn-errortype'),
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
  };
  return { call, inputs };
}

const ROLE = 'arn:aws:iam::123456789012:role/r';
const VALID = { FunctionName: 'f', Role: ROLE, Code: {} };

function messageOf(answer: Answer): string {
  assert.equal(answer.status, 400);
  assert.equal(answer.type, 'ValidationException');
  assert.deepEqual(Object.keys(answer.body), ['message'], 'only the message, no Type');
  return String(answer.body['message']);
}

test('a missing member and a broken range are told together, in the words of AWS', async (t) => {
  const { call } = await play(t);
  const message = messageOf(await call('POST', '/2015-03-31/functions', { FunctionName: 'f', Code: {}, Timeout: 0 }));
  assert.ok(message.startsWith('2 validation errors detected: '), message);
  assert.ok(message.includes("Value null at 'role' failed to satisfy constraint: Member must not be null"), message);
  assert.ok(
    message.includes("Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1"),
    message,
  );
});

test('lengths, patterns, enumerations, lists and maps', async (t) => {
  const { call } = await play(t);
  const create = async (members: object): Promise<string> =>
    messageOf(await call('POST', '/2015-03-31/functions', { ...VALID, ...members }));
  assert.equal(
    await create({ Description: 'x'.repeat(257) }),
    `1 validation error detected: Value '${'x'.repeat(257)}' at 'description' failed to satisfy constraint: Member must have length less than or equal to 256`,
  );
  assert.match(
    await create({ FunctionName: 'a b' }),
    /^1 validation error detected: Value 'a b' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: /,
  );
  assert.match(
    await create({ PackageType: 'Tar' }),
    /Value 'Tar' at 'packageType' failed to satisfy constraint: Member must satisfy enum value set: \[.*Zip.*\]$/,
  );
  assert.match(await create({ TracingConfig: { Mode: 'x' } }), /at 'tracingConfig\.mode' failed/);
  assert.match(
    await create({ VpcConfig: { SubnetIds: ['net-1', 'subnet-2'] } }),
    /Value '\[net-1, subnet-2\]' at 'vpcConfig\.subnetIds' failed to satisfy constraint: Member must satisfy constraint: \[/,
  );
  const alias = await call('POST', '/2015-03-31/functions/f/aliases', {
    Name: 'live',
    FunctionVersion: '1',
    RoutingConfig: { AdditionalVersionWeights: { '2': 2 } },
  });
  assert.match(
    messageOf(alias),
    /Value '\{2=2\.0\}' at 'routingConfig\.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy constraint: \[/,
  );
});

test('what the control plane words itself passes: an unknown runtime and a name of 65 characters', async (t) => {
  const { call, inputs } = await play(t);
  assert.equal(
    (await call('POST', '/2015-03-31/functions', { ...VALID, Runtime: 'cobol', FunctionName: 'x'.repeat(65) })).status,
    201,
  );
  assert.equal(inputs[0]?.['Runtime'], 'cobol');
});

test("a qualifier's violation is told before the function name's", async (t) => {
  const { call } = await play(t);
  const message = messageOf(await call('GET', '/2015-03-31/functions/a%20b?Qualifier=c%20d'));
  assert.ok(message.startsWith("2 validation errors detected: Value 'c d' at 'qualifier'"), message);
});

test('JSON of the wrong type is refused, whatever it is', async (t) => {
  const { call } = await play(t);
  const wrong = [
    '{',
    '[]',
    '"x"',
    'null',
    '1',
    '{"a":1}x',
    Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    { FunctionName: 1 },
    { FunctionName: ['f'] },
    { FunctionName: {} },
    { Timeout: '3' },
    { Timeout: 1.5 },
    { Timeout: true },
    { Publish: 'true' },
    { Code: [] },
    { Code: 'x' },
    { Code: { ZipFile: 1 } },
    { Code: { ZipFile: '*' } },
    { Layers: {} },
    { Layers: [{}] },
    { Environment: { Variables: { A: 1 } } },
    { Environment: { Variables: [] } },
  ];
  for (const body of wrong) {
    const answer = await call('POST', '/2015-03-31/functions', body);
    assert.equal(answer.status, 400, JSON.stringify(body));
    assert.equal(answer.type, 'SerializationException', JSON.stringify(body));
    assert.deepEqual(Object.keys(answer.body), ['Message']);
  }
  assert.equal((await call('GET', '/2015-03-31/functions?MaxItems=x')).type, 'SerializationException');
  assert.equal((await call('GET', '/2015-03-31/functions?MaxItems=0x10')).type, 'SerializationException');
});

test('null is absent, unknown members are ignored, an empty body is an empty object', async (t) => {
  const { call, inputs } = await play(t);
  await call('POST', '/2015-03-31/functions', { ...VALID, Description: null, Nonsense: { deep: [1] } });
  assert.deepEqual(inputs, [VALID]);
  assert.match(messageOf(await call('POST', '/2015-03-31/functions', '')), /Value null at 'functionName'/);
});

test('keys named like members of every object are keys like any other', async (t) => {
  const { call, inputs } = await play(t);
  const body = `{"FunctionName":"f","Role":"${ROLE}","Code":{"__proto__":{"S3Bucket":"polluted"}},"__proto__":{"Timeout":9},"constructor":{"prototype":{"Handler":"x"}},"Tags":{"__proto__":"a","constructor":"b"}}`;
  assert.equal((await call('POST', '/2015-03-31/functions', body)).status, 201);
  const [input] = inputs;
  assert.equal(input?.['Timeout'], undefined);
  assert.equal((input?.['Code'] as Record<string, unknown>)['S3Bucket'], undefined);
  assert.deepEqual(Object.entries(input?.['Tags'] as object), [
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ]);
  assert.equal(({} as Record<string, unknown>)['Timeout'], undefined);
});

test('deep nesting is read or refused, never followed to the end of the stack', async (t) => {
  const { call } = await play(t);
  for (const open of ['[', '{"a":']) {
    const close = open === '[' ? ']' : '}';
    const deep = `${open.repeat(200_000)}1${close.repeat(200_000)}`;
    const inUnknown = await call(
      'POST',
      '/2015-03-31/functions',
      `{"FunctionName":"f","Role":"${ROLE}","Code":{},"Nonsense":${deep}}`,
    );
    assert.ok(inUnknown.status < 500, `${inUnknown.status}`);
    const inKnown = await call(
      'POST',
      '/2015-03-31/functions',
      `{"FunctionName":"f","Role":"${ROLE}","Code":{},"VpcConfig":${deep},"Layers":${deep}}`,
    );
    assert.equal(inKnown.status, 400);
  }
});

test('unknown paths and malformed escapes', async (t) => {
  const { call } = await play(t);
  const unknown = await call('PATCH', '/2015-03-31/functions/f');
  assert.deepEqual([unknown.status, unknown.type], [404, 'UnknownOperationException']);
  assert.equal((await call('GET', '/2015-03-31/functions/%zz')).status, 400);
});

test('a string of several megabytes is checked against its pattern in passing', async (t) => {
  const { call } = await play(t);
  for (const text of ['a'.repeat(3_000_000), `${'arn:aws:'.repeat(300_000)}!`, 'subnet-'.repeat(400_000)]) {
    const answer = await call('POST', '/2015-03-31/functions', { FunctionName: text, Role: ROLE, Code: {} });
    assert.equal(answer.type, 'ValidationException');
  }
});
