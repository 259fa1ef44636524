import type { RawRequest } from '../raw/raw-lambda.ts';
import type { Random } from './random.ts';

/** JSON of an array in an array in an array. */
export const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

/** Values that hurt readers who trust what they read. */
const HOSTILE: readonly unknown[] = [
  null,
  '',
  ' ',
  'a',
  '\0',
  '\ud800',
  '\udc00x',
  '\u202e',
  '../../../etc/passwd',
  '__proto__',
  'constructor',
  '$LATEST',
  '%00',
  '💥'.repeat(100),
  'x'.repeat(10_000),
  '9'.repeat(400),
  0,
  -0,
  -1,
  0.1,
  1e308,
  -1e308,
  2 ** 31,
  2 ** 53,
  -(2 ** 53),
  Number.MIN_VALUE,
  true,
  false,
  [],
  [null],
  [[]],
  {},
  { toString: 'x', valueOf: 1, length: -1 },
  { constructor: { prototype: { polluted: true } } },
  JSON.parse('{"__proto__":{"polluted":true}}'),
  { type: 'Buffer', data: [1] },
  Array.from({ length: 1_000 }, (_, index) => index),
  JSON.parse(nested(40)),
];
/** Names of members that no structure has. */
const UNKNOWN_NAMES = [
  'Unknown',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '',
  '\0',
  'functionname',
];

/** Changes a value in one random place, however deep. */
export function mutateValue(random: Random, value: unknown): unknown {
  if (typeof value === 'object' && value !== null && !Buffer.isBuffer(value) && random.chance(0.75)) {
    if (Array.isArray(value)) return mutateList(random, value);
    return mutateObject(random, value as Record<string, unknown>);
  }
  if (typeof value === 'string' && random.chance(0.5)) return mutateText(random, value);
  if (typeof value === 'number' && random.chance(0.5)) return random.pick([value + 1, value - 1, -value, value / 2, value * 1e6]);
  return random.pick(HOSTILE);
}

function mutateList(random: Random, list: readonly unknown[]): unknown[] {
  const at = random.below(list.length + 1);
  switch (random.below(4)) {
    case 0:
      return [...list, ...list, ...list];
    case 1:
      return list.toSpliced(at, 1);
    case 2:
      return list.toSpliced(at, 0, random.pick(HOSTILE));
    default:
      return list.map((item, index) => (index === at ? mutateValue(random, item) : item));
  }
}

function mutateObject(random: Random, object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const names = Object.keys(object);
  const name = names.length === 0 ? '' : random.pick(names);
  switch (random.below(5)) {
    case 0:
      return Object.fromEntries(Object.entries(object).filter(([other]) => other !== name));
    case 1:
      return withOwn(object, random.pick(UNKNOWN_NAMES), random.pick(HOSTILE));
    case 2:
      return withOwn(object, mutateText(random, name), object[name]);
    default:
      return withOwn(object, name, mutateValue(random, object[name]));
  }
}

/** Defined, not assigned: `__proto__` is to be a member like any other. */
function withOwn(object: Readonly<Record<string, unknown>>, name: string, value: unknown): Record<string, unknown> {
  return Object.defineProperty({ ...object }, name, { value, enumerable: true, configurable: true, writable: true });
}

function mutateText(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  const piece = random.pick(['\0', '\n', ' ', ':', '/', '%', '"', '\\', '$', '.', 'é', '\ud83d', '🙂', 'A', '0', '-']);
  switch (random.below(5)) {
    case 0:
      return text.slice(0, at) + piece + text.slice(at);
    case 1:
      return text.slice(0, at);
    case 2:
      return text.slice(0, at) + text.slice(at + 1);
    case 3:
      return text.repeat(2 + random.below(3));
    default:
      return random.chance(0.5) ? text.toUpperCase() : text.toLowerCase();
  }
}

/** Changes the bytes of a request where they lie: what no client would ever send. */
export function mutateRequest(random: Random, request: RawRequest): RawRequest {
  switch (random.below(6)) {
    case 0:
      return { ...request, target: mutateTarget(random, request.target) };
    case 1:
      return { ...request, target: mutateQuery(random, request.target) };
    case 2:
      return { ...request, headers: { ...request.headers, ...random.pick(ODD_HEADERS) } };
    default:
      return { ...request, body: mutateBytes(random, request.body) };
  }
}

const ODD_HEADERS: readonly Readonly<Record<string, string>>[] = [
  { 'Content-Type': 'text/plain' },
  { 'Content-Type': 'multipart/form-data; boundary=x' },
  { 'Content-Type': 'application/json; charset=utf-16' },
  { 'Content-Encoding': 'gzip' },
  { Accept: 'text/html' },
  { 'X-Amz-Content-Sha256': 'none' },
  { 'X-Amz-Date': 'yesterday' },
  { 'X-HTTP-Method-Override': 'DELETE' },
];

function mutateTarget(random: Random, target: string): string {
  const [path = '', query] = target.split('?', 2);
  // The dated prefix stays: another path would only be an unknown one.
  const start = path.indexOf('/', 1) + 1;
  const at = start + random.below(path.length - start + 1);
  const piece = random.pick([
    '%',
    '%zz',
    '%ff',
    '%00',
    '%2F',
    '//',
    '/',
    '/../',
    '%E2%82',
    '%ED%A0%80',
    ';',
    '+',
    ':',
    '%25',
    "'",
  ]);
  const changed = random.chance(0.7) ? path.slice(0, at) + piece + path.slice(at) : path.slice(0, at);
  return query === undefined ? changed : `${changed}?${query}`;
}

function mutateQuery(random: Random, target: string): string {
  const [path = '', query = ''] = target.split('?', 2);
  const pairs = query.split('&').filter((pair) => pair !== '');
  const odd = [
    '',
    '=',
    '&&',
    'x=%',
    'MaxItems=1e9',
    'MaxItems=-1',
    'Marker=%ff',
    'Qualifier=',
    'List=ALL',
    'find=LayerVersion',
    '__proto__=1',
  ];
  const added = pairs.length > 0 && random.chance(0.5) ? mutateText(random, random.pick(pairs)) : random.pick(odd);
  // Only what can stand in a request line.
  const sendable = added.replaceAll(/[^!-~]/g, (character) => encodeURIComponent(character.toWellFormed()));
  return `${path}?${[...pairs, sendable].join('&')}`;
}

function mutateBytes(random: Random, body: Buffer): Buffer {
  const at = random.below(body.length + 1);
  const insert = (bytes: string | Buffer): Buffer =>
    Buffer.concat([body.subarray(0, at), Buffer.from(bytes as string), body.subarray(at)]);
  switch (random.below(8)) {
    case 0:
      return body.subarray(0, at);
    case 1:
      return insert(Buffer.from([random.below(256)]));
    case 2:
      return insert(random.pick(['{', '}', '[', ']', '"', ',', ':', 'null', '1e999', '-', '\\u0000', '\\ud800', '//', '/**/']));
    case 3:
      return insert(Buffer.from([0xc3, 0x28]));
    case 4:
      return Buffer.concat([body, body]);
    case 5:
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]);
    case 6:
      return Buffer.from(body.toString('latin1').replace(/:/, `:${nested(5_000)},"again":`), 'latin1');
    default: {
      const copy = Buffer.from(body);
      if (copy.length > 0) copy[random.below(copy.length)] = random.below(256);
      return copy;
    }
  }
}
