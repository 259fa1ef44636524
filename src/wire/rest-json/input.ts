import { isUtf8 } from 'node:buffer';
import { lambdaError } from '../../model/lambda-errors.ts';
import type { HttpRequest } from '../service.ts';
import type { Member, OperationShape, ServiceTable, Shape } from '../shapes.ts';

/** Deepest nesting of a request's JSON that is looked at. */
const DEPTH_MAX = 32;

/** An operation's input as its handler gets it: blobs are Buffers, timestamps Dates, absent members are absent. */
export type Input = Readonly<Record<string, unknown>>;

/** Takes an input apart by the operation's table. Throws SerializationException for a member of the wrong type. */
export function parseInput(
  table: ServiceTable,
  operation: OperationShape,
  request: HttpRequest,
  labels: Readonly<Record<string, string>>,
  query: URLSearchParams,
  body: Buffer,
): Input {
  const input: Record<string, unknown> = {};
  const json = hasBodyMembers(operation) ? parseBody(body) : {};
  for (const [name, member] of Object.entries(operation.input)) {
    const value = member.in
      ? outside(table, member, name, request, labels, query, body)
      : convert(table, member.shape, json[member.as ?? name], 0);
    if (value !== undefined) input[name] = value;
  }
  return input;
}

function hasBodyMembers(operation: OperationShape): boolean {
  return Object.values(operation.input).some((member) => !member.in);
}

function parseBody(body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {};
  if (!isUtf8(body)) throw serialization('Could not parse request body into json.');
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw serialization('Could not parse request body into json.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw serialization('The request body must be a JSON object.');
  // Only own members count: a member named like one of Object's must not be taken for given.
  return Object.assign(Object.create(null) as Record<string, unknown>, value);
}

function outside(
  table: ServiceTable,
  member: Member,
  name: string,
  request: HttpRequest,
  labels: Readonly<Record<string, string>>,
  query: URLSearchParams,
  body: Buffer,
): unknown {
  const as = member.as ?? name;
  switch (member.in) {
    case 'label':
      return fromText(member.shape, labels[name]);
    case 'query':
      if (member.shape.type === 'list') return query.has(as) ? query.getAll(as) : undefined;
      return fromText(member.shape, query.get(as) ?? undefined);
    case 'header': {
      const value = request.headers[as.toLowerCase()];
      return fromText(member.shape, Array.isArray(value) ? value[0] : value);
    }
    case 'payload':
      if (member.shape.type !== 'structure') return body;
      return body.length === 0 ? undefined : convert(table, member.shape, parseBody(body), 0);
    default:
      return undefined;
  }
}

function fromText(shape: Shape, text: string | undefined): unknown {
  if (text === undefined) return undefined;
  switch (shape.type) {
    case 'integer':
    case 'double':
      if (!(shape.type === 'integer' ? /^-?\d{1,15}$/ : /^-?\d{1,15}(\.\d{1,20})?$/).test(text))
        throw cannotConvert(text, shape.type);
      return Number(text);
    case 'boolean':
      if (text !== 'true' && text !== 'false') throw cannotConvert(text, shape.type);
      return text === 'true';
    case 'timestamp':
      return toDate(/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text);
    default:
      return text;
  }
}

function convert(table: ServiceTable, shape: Shape, value: unknown, depth: number): unknown {
  if (value === undefined || value === null) return undefined;
  if (depth > DEPTH_MAX) throw serialization('The request is nested too deeply.');
  switch (shape.type) {
    case 'string':
      return expect(typeof value === 'string', value, shape.type);
    case 'integer':
      return expect(typeof value === 'number' && Number.isInteger(value), value, shape.type);
    case 'double':
      return expect(typeof value === 'number', value, shape.type);
    case 'boolean':
      return expect(typeof value === 'boolean', value, shape.type);
    case 'blob':
      return toBlob(value);
    case 'timestamp':
      return toDate(value);
    case 'document':
      return value;
    case 'list':
      if (!Array.isArray(value)) throw serialization('Expected list or null');
      return value.map((item) => convert(table, shape.member, item, depth + 1) ?? null);
    case 'map':
      return entries(value).reduce<Record<string, unknown>>(
        (result, [key, item]) => define(result, key, convert(table, shape.value, item, depth + 1)),
        {},
      );
    case 'structure':
      return structure(table, shape.name, value, depth);
  }
}

function structure(table: ServiceTable, name: string, value: unknown, depth: number): Record<string, unknown> {
  const own = new Map(entries(value));
  const result: Record<string, unknown> = {};
  for (const [memberName, member] of Object.entries(table.structures[name] ?? {})) {
    const converted = convert(table, member.shape, own.get(member.as ?? memberName), depth + 1);
    if (converted !== undefined) result[memberName] = converted;
  }
  return result;
}

function entries(value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw serialization('Start of structure or map found where not expected.');
  return Object.entries(value);
}

/** Defines instead of assigning: a key such as `__proto__` is a key like any other. */
function define(target: Record<string, unknown>, key: string, value: unknown): Record<string, unknown> {
  return Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

function expect(holds: boolean, value: unknown, type: Shape['type']): unknown {
  if (holds) return value;
  throw cannotConvert(value, type);
}

/** The words of the service's parser, which names the kind of JSON token it met. */
function cannotConvert(value: unknown, type: Shape['type']): Error {
  if (Array.isArray(value)) return serialization('Start of list found where not expected.');
  if (typeof value === 'object') return serialization('Start of structure or map found where not expected.');
  const kind = typeof value === 'boolean' ? String(value).toUpperCase() : (typeof value).toUpperCase();
  return serialization(`${kind}_VALUE cannot be converted to ${type.charAt(0).toUpperCase()}${type.slice(1)}`);
}

function toBlob(value: unknown): Buffer {
  if (typeof value !== 'string') throw serialization('Expected a Base64 encoded string');
  if (!/^[A-Za-z0-9+/\r\n]*={0,2}$/.test(value)) throw serialization('The request holds a blob that is not Base64');
  return Buffer.from(value, 'base64');
}

function toDate(value: unknown): Date {
  const date = typeof value === 'number' ? new Date(value * 1_000) : new Date(typeof value === 'string' ? value : Number.NaN);
  if (Number.isNaN(date.getTime())) throw serialization('The request holds a timestamp that can not be read');
  return date;
}

function serialization(message: string): Error {
  return lambdaError('SerializationException', message);
}
