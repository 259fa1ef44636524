import { type RawRequest, requestOf } from '../raw/raw-lambda.ts';
import { LAMBDA } from '../../src/wire/generated/lambda.ts';
import { nested } from './mutations.ts';

/** A request that is wrong in a known way. */
export interface MalformedRequest {
  readonly name: string;
  readonly request: RawRequest;
  /** What the answer must be; undefined where more than one is right. */
  readonly status?: number;
}

const JSON_BYTES_MAX = 6_291_456;
/** These read their bodies as they are. */
const RAW_BODIES = new Set(['Invoke', 'InvokeAsync', 'InvokeWithResponseStream', 'SendDurableExecutionCallbackSuccess']);
const WITH_CODE = new Set(['CreateFunction', 'UpdateFunctionCode', 'PublishLayerVersion']);

/** Every way in which a request to the operation can be malformed. `withLarge`: also those of megabytes. */
export function malformedRequests(
  operation: string,
  input: Readonly<Record<string, unknown>>,
  withLarge: boolean,
): MalformedRequest[] {
  const fitting = requestOf(operation, input);
  const readsJson = fitting.body.length > 0 && !RAW_BODIES.has(operation);
  return [
    ...bodies(fitting, readsJson),
    ...targets(operation, fitting),
    ...headers(fitting),
    ...(withLarge && readsJson && !WITH_CODE.has(operation) ? [tooLarge(fitting)] : []),
  ];
}

function bodies(fitting: RawRequest, readsJson: boolean): MalformedRequest[] {
  const text = fitting.body.toString();
  const members = text.slice(1);
  const comma = members === '}' ? '' : ',';
  const wrong: readonly (readonly [string, string | Buffer])[] = [
    ['a body that is no JSON', 'hello'],
    ['half an object', text.slice(0, -1) || '{'],
    ['a list', '[]'],
    ['a text', '"text"'],
    ['a number', '1'],
    ['null', 'null'],
    ['single quotes', "{'a':1}"],
    ['a comment', `{/* */${members}`],
    ['a trailing comma', `${text.slice(0, -1)},}`],
    ['two objects', `${text}${text || '{}'}${text ? '' : '{}'}`],
    ['a byte order mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text || '{}')])],
    ['UTF-16', Buffer.from(text || '{}', 'utf16le')],
    [
      'invalid UTF-8',
      Buffer.concat([
        Buffer.from('{"Description":"'),
        Buffer.from([0xff, 0xfe, 0xc3, 0x28]),
        Buffer.from(`"${comma}${members || '}'}`),
      ]),
    ],
    ['a NUL', `${text}\0`],
    ['Infinity', `{"x":Infinity${comma}${members || '}'}`],
  ];
  const harmless: readonly (readonly [string, string])[] = [
    ['unknown members', `{"Unknown":{"a":[1]}${comma}${members || '}'}`],
    ['a member named __proto__', `{"__proto__":{"FunctionName":"x","polluted":1}${comma}${members || '}'}`],
    ['a member named constructor', `{"constructor":{"prototype":{"polluted":1}}${comma}${members || '}'}`],
    ['a huge number', `{"Unknown":${'9'.repeat(5_000)}${comma}${members || '}'}`],
    ['a number beyond doubles', `{"Unknown":1e999${comma}${members || '}'}`],
    ['deep nesting in an unknown member', `{"Unknown":${nested(100_000)}${comma}${members || '}'}`],
    ['a lone surrogate', `{"Unknown":"\\ud800"${comma}${members || '}'}`],
    ['a member given twice', `{"Unknown":1,"Unknown":2${comma}${members || '}'}`],
    ['many members', `{${Array.from({ length: 5_000 }, (_, n) => `"u${n}":0`).join(',')}${comma}${members || '}'}`],
  ];
  const body = (bytes: string | Buffer): RawRequest => ({ ...fitting, body: Buffer.from(bytes as string) });
  return [
    ...wrong.map(([name, bytes]) => ({ name, request: body(bytes), ...(readsJson ? { status: 400 } : {}) })),
    ...harmless.map(([name, bytes]) => ({ name, request: body(bytes) })),
    ...(readsJson ? everyMemberWrong(fitting) : []),
  ];
}

/** Each member in turn with values of every wrong type. */
function everyMemberWrong(fitting: RawRequest): MalformedRequest[] {
  const members = JSON.parse(fitting.body.toString()) as Record<string, unknown>;
  const values = ['1e999', '-1', '1.5', 'true', '"\\ud800"', '"\\u0000"', '[]', '{}', '[[]]', nested(3_000), '{"__proto__":1}'];
  return Object.keys(members).flatMap((name) =>
    values.map((value) => {
      const rest = JSON.stringify({ ...members, [name]: undefined }).slice(1);
      const body = `{${JSON.stringify(name)}:${value}${rest === '}' ? '' : ','}${rest}`;
      return { name: `${name}: ${value.slice(0, 20)}`, request: { ...fitting, body: Buffer.from(body) } };
    }),
  );
}

function targets(operation: string, fitting: RawRequest): MalformedRequest[] {
  const { path } = LAMBDA.operations[operation] ?? { path: '' };
  const label = (value: string): RawRequest => ({ ...fitting, target: path.replaceAll(/\{\w+\+?\}/g, value) });
  const query = (text: string): RawRequest => ({
    ...fitting,
    target: `${fitting.target}${fitting.target.includes('?') ? '&' : '?'}${text}`,
  });
  const labels = path.includes('{')
    ? [
        '%',
        '%zz',
        '%ff',
        '%00',
        '%ED%A0%80',
        '%2F',
        '%252F',
        '..',
        '%2e%2e',
        'a%0d%0ab',
        ':',
        '::::',
        'arn:aws:lambda',
        'arn:aws:lambda:us-east-1:000000000000:function:',
        'arn:aws:lambda:us-east-1:999999999999:function:x',
        'a'.repeat(5_000),
        '%F0%9F%92%A5',
        '__proto__',
        'constructor',
        '%20',
      ]
    : [];
  return [
    ...labels.map((value) => ({ name: `label ${value.slice(0, 60)}`, request: label(value) })),
    ...[
      'Qualifier=1&Qualifier=2',
      'MaxItems=1&MaxItems=x',
      'MaxItems=',
      'MaxItems=99999999999999999999',
      'MaxItems=1e3',
      'Marker=%ff',
      'x=%',
      '__proto__=1',
      '=',
      `x=${'y'.repeat(20_000)}`,
      'tagKeys=a&tagKeys=',
      'RevisionId=%00',
    ].map((text) => ({ name: `query ${text.slice(0, 60)}`, request: query(text) })),
  ];
}

function headers(fitting: RawRequest): MalformedRequest[] {
  const types = [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    ';;;',
    'x'.repeat(2_000),
  ];
  return [
    ...types.map((type) => ({
      name: `content type ${type.slice(0, 40)}`,
      request: { ...fitting, headers: { ...fitting.headers, 'Content-Type': type } },
    })),
    { name: 'a chunked body', request: chunked(fitting) },
    {
      name: 'a body that says it is compressed',
      request: { ...fitting, headers: { ...fitting.headers, 'Content-Encoding': 'gzip' } },
    },
  ];
}

/** One byte a chunk, with an extension and a trailer. */
function chunked(fitting: RawRequest): RawRequest {
  const pieces = [...fitting.body].map((byte) =>
    Buffer.concat([Buffer.from('1;x=y\r\n'), Buffer.from([byte]), Buffer.from('\r\n')]),
  );
  return {
    ...fitting,
    headers: { ...fitting.headers, 'Transfer-Encoding': 'chunked' },
    body: Buffer.concat([...pieces, Buffer.from('0\r\nX-Trailer: 1\r\n\r\n')]),
  };
}

function tooLarge(fitting: RawRequest): MalformedRequest {
  return {
    name: 'a body over 6 MiB',
    request: { ...fitting, body: Buffer.concat([Buffer.from('{"x":"'), Buffer.alloc(JSON_BYTES_MAX, 'y'), Buffer.from('"}')]) },
    status: 413,
  };
}
