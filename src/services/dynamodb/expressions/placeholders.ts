import { serialization, validation } from '../values/validation.ts';
import type { AttributeValue } from '../values/attribute-value.ts';
import { valueSize } from '../values/item-size.ts';
import { parseValue } from '../values/parse-value.ts';
import { ServiceError } from '../../../model/service-error.ts';
import { ExpressionFault } from './expression-fault.ts';
import type { ExpressionKind } from './syntax.ts';

const KEY_BYTES_MAX = 255;
const VALUES_BYTES_MAX = 2_097_152;
/** Expressions without values. */
const VALUELESS: ReadonlySet<ExpressionKind> = new Set<ExpressionKind>(['ProjectionExpression']);

type Members = Readonly<Record<string, unknown>>;

/** What a request gives for the `#names` and `:values` of its expressions, and which of them were used. */
export class Placeholders {
  readonly #names: ReadonlyMap<string, string>;
  readonly #values: ReadonlyMap<string, AttributeValue>;
  readonly #used = new Set<string>();

  constructor(names: ReadonlyMap<string, string>, values: ReadonlyMap<string, AttributeValue>) {
    this.#names = names;
    this.#values = values;
  }

  /** The name for a placeholder. Throws ExpressionFault when there is none. */
  name(placeholder: string): string {
    const name = this.#names.get(placeholder);
    if (name === undefined)
      throw new ExpressionFault(
        `An expression attribute name used in the document path is not defined; attribute name: ${placeholder}`,
      );
    this.#used.add(placeholder);
    return name;
  }

  /** The value for a placeholder. Throws ExpressionFault when there is none. */
  value(placeholder: string): AttributeValue {
    const value = this.#values.get(placeholder);
    if (value === undefined)
      throw new ExpressionFault(
        `An expression attribute value used in expression is not defined; attribute value: ${placeholder}`,
      );
    this.#used.add(placeholder);
    return value;
  }

  /** To be called when all expressions have been read. Throws ValidationException for what none of them has used. */
  checkUsed(): void {
    for (const [member, given] of [
      ['ExpressionAttributeNames', this.#names],
      ['ExpressionAttributeValues', this.#values],
    ] as const) {
      const unused = [...given.keys()].filter((placeholder) => !this.#used.has(placeholder));
      if (unused.length > 0) throw validation(`Value provided in ${member} unused in expressions: keys: {${unused.join(', ')}}`);
    }
  }
}

/**
 * Reads the placeholders of a request whose operation may have the expressions named. Throws ValidationException when they are
 * malformed, or there is no expression to use them.
 */
export function readPlaceholders(input: Members, kinds: readonly ExpressionKind[]): Placeholders {
  const names = input['ExpressionAttributeNames'] ?? undefined;
  const values = input['ExpressionAttributeValues'] ?? undefined;
  const isGiven = (kind: ExpressionKind): boolean => (input[kind] ?? undefined) !== undefined;
  if (names !== undefined && !kinds.some(isGiven))
    throw validation('ExpressionAttributeNames can only be specified when using expressions');
  const withValues = kinds.filter((kind) => !VALUELESS.has(kind));
  if (values !== undefined && !withValues.some(isGiven)) {
    const missing = `${withValues.join(' and ')} ${withValues.length > 1 ? 'are' : 'is'} null`;
    throw validation(`ExpressionAttributeValues can only be specified when using expressions: ${missing}`);
  }
  return new Placeholders(readNames(names), readValues(values));
}

function readNames(given: unknown): ReadonlyMap<string, string> {
  const member = 'ExpressionAttributeNames';
  const names = new Map<string, string>();
  for (const [key, name] of entriesOf(given, member, '#')) {
    if (typeof name !== 'string') throw serialization('Unexpected value type in payload');
    if (name === '') throw validation(`${member} contains invalid value: Empty attribute name for key ${key}`);
    names.set(key, name);
  }
  return names;
}

function readValues(given: unknown): ReadonlyMap<string, AttributeValue> {
  const member = 'ExpressionAttributeValues';
  const values = new Map<string, AttributeValue>();
  let bytes = 0;
  for (const [key, value] of entriesOf(given, member, ':')) {
    const parsed = parseNamed(key, value, member);
    bytes += Buffer.byteLength(key) + valueSize(parsed);
    if (bytes > VALUES_BYTES_MAX) throw validation(`${member} exceeds max size`);
    values.set(key, parsed);
  }
  return values;
}

function parseNamed(key: string, value: unknown, member: string): AttributeValue {
  try {
    return parseValue(value);
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'ValidationException') throw error;
    throw validation(`${member} contains invalid value: ${error.message} for key ${key}`);
  }
}

function entriesOf(given: unknown, member: string, sign: '#' | ':'): readonly (readonly [string, unknown])[] {
  if (given === undefined) return [];
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw serialization('Unexpected field type');
  const entries = Object.entries(given);
  if (entries.length === 0) throw validation(`${member} must not be empty`);
  for (const [key] of entries) {
    const bytes = Buffer.byteLength(key);
    if (bytes > KEY_BYTES_MAX)
      throw validation(
        `${member} contains invalid key: The expression attribute map contains a key that is too long; size of key: ${bytes}`,
      );
    if (key[0] !== sign || !/^\w+$/.test(key.slice(1)))
      throw validation(`${member} contains invalid key: Syntax error; key: "${key}"`);
  }
  return entries;
}
