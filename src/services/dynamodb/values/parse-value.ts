import { type AttributeType, type AttributeValue, type Item, newItem } from './attribute-value.ts';
import { canonicalNumber } from './numbers.ts';
import { LEVELS_MAX } from './item-size.ts';
import { invalidParameter, serialization, tooDeep, validation } from './validation.ts';

const TYPES = ['S', 'N', 'B', 'SS', 'NS', 'BS', 'M', 'L', 'NULL', 'BOOL'] as const satisfies readonly AttributeType[];

/** A map of attributes as the API gives it, checked. Throws ValidationException and SerializationException in AWS's words. */
export function parseItem(given: unknown): Item {
  return parseMap(given, 0);
}

/** One value, checked; see {@link parseItem}. Numbers come out in their canonical form. */
export function parseValue(given: unknown): AttributeValue {
  return parseAt(given, 0);
}

function parseMap(given: unknown, level: number): Item {
  if (Array.isArray(given))
    throw serialization(
      'Unrecognized collection type java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>',
    );
  if (typeof given !== 'object' || given === null) throw serialization('Unexpected field type');
  const item = newItem();
  for (const [name, value] of Object.entries(given)) item[name] = parseAt(value, level);
  return item;
}

function parseAt(given: unknown, level: number): AttributeValue {
  if (Array.isArray(given))
    throw serialization('Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue');
  if (typeof given !== 'object' && given !== undefined) throw serialization('Unexpected value type in payload');
  const members = (given ?? {}) as Readonly<Record<string, unknown>>;
  const types = TYPES.filter((type) => Object.hasOwn(members, type) && members[type] !== null);
  const [type] = types;
  if (type === undefined)
    throw validation('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes');
  const values = types.map((each) => parseType(each, members[each], level));
  if (values.length > 1)
    throw validation(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    );
  return values[0] as AttributeValue;
}

function parseType(type: AttributeType, given: unknown, level: number): AttributeValue {
  switch (type) {
    case 'S':
      return { S: text(given) };
    case 'N':
      return { N: canonicalNumber(text(given)) };
    case 'B':
      return { B: bytes(given) };
    case 'BOOL':
      return { BOOL: flag(given) };
    case 'NULL':
      if (!flag(given)) throw invalidParameter('Null attribute value types must have the value of true');
      return { NULL: true };
    case 'SS':
      return { SS: stringSet(list(given).map(text)) };
    case 'NS':
      return { NS: numberSet(list(given).map(text)) };
    case 'BS':
      return { BS: binarySet(list(given).map(bytes)) };
    case 'L':
      return { L: list(given).map((value) => parseAt(value, deeper(level))) };
    case 'M':
      return { M: parseMap(given, deeper(level)) };
  }
}

function deeper(level: number): number {
  if (level < LEVELS_MAX) return level + 1;
  throw tooDeep();
}

function stringSet(values: readonly string[]): readonly string[] {
  if (values.length === 0) throw invalidParameter('An string set  may not be empty');
  if (hasTwins(values)) throw invalidParameter(`Input collection [${values.join(', ')}] contains duplicates.`);
  return values;
}

function numberSet(values: readonly string[]): readonly string[] {
  if (values.length === 0) throw invalidParameter('An number set  may not be empty');
  const numbers = values.map(canonicalNumber);
  if (hasTwins(numbers)) throw validation('Input collection contains duplicates');
  return numbers;
}

function binarySet(values: readonly string[]): readonly string[] {
  if (values.length === 0) throw invalidParameter('Binary sets should not be empty');
  if (hasTwins(values)) throw invalidParameter(`Input collection [${values.join(', ')}]of type BS contains duplicates.`);
  return values;
}

function hasTwins(values: readonly string[]): boolean {
  return new Set(values).size < values.length;
}

function text(given: unknown): string {
  if (typeof given === 'string') return given;
  throw wrongScalar(given, 'String');
}

function flag(given: unknown): boolean {
  if (typeof given === 'boolean') return given;
  if (typeof given === 'string') throw serialization('Unexpected token received from parser');
  throw wrongScalar(given, 'Boolean');
}

function list(given: unknown): readonly unknown[] {
  if (Array.isArray(given)) return given as readonly unknown[];
  if (typeof given === 'object') throw serialization('Start of structure or map found where not expected');
  throw serialization('Unexpected field type');
}

/** Base64 with its padding, nothing else: what came in is what goes out. */
function bytes(given: unknown): string {
  if (typeof given !== 'string') throw wrongScalar(given, 'ByteBuffer');
  if (given.length % 4 !== 0)
    throw serialization(`Base64 encoded length is expected a multiple of 4 bytes but found: ${given.length}`);
  const strange = /[^a-zA-Z0-9+/=]|=[^=]/.exec(given);
  if (strange) throw serialization(`Invalid Base64 character: '${strange[0][0]}'`);
  if (Buffer.from(given, 'base64').toString('base64') !== given)
    throw serialization('Invalid last non-pad Base64 character dectected');
  return given;
}

function wrongScalar(given: unknown, wanted: string): Error {
  if (Array.isArray(given)) return serialization(`Unrecognized collection type class java.lang.${wanted}`);
  switch (typeof given) {
    case 'boolean':
      return serialization(`${given ? 'TRUE' : 'FALSE'}_VALUE cannot be converted to ${wanted}`);
    case 'number':
      return serialization(`${Number.isInteger(given) ? 'NUMBER' : 'DECIMAL'}_VALUE cannot be converted to ${wanted}`);
    case 'string':
      return serialization(`STRING_VALUE cannot be converted to ${wanted}`);
    default:
      return serialization('Start of structure or map found where not expected');
  }
}
