import { isIPv4, isIPv6 } from 'node:net';
import { EventPatternError } from './event-pattern-error.ts';

/** One rule for the value of a field. */
export type Rule =
  | { readonly kind: 'equals'; readonly value: string | number | boolean | null }
  | { readonly kind: 'prefix' | 'suffix'; readonly text: string; readonly ignoresCase: boolean }
  | { readonly kind: 'equals-ignore-case'; readonly text: string }
  /** The texts between the stars: `a*b` is `['a', 'b']`. */
  | { readonly kind: 'wildcard'; readonly pieces: readonly string[] }
  | { readonly kind: 'numeric'; readonly bounds: readonly NumericBound[] }
  | { readonly kind: 'cidr'; readonly address: string; readonly maskBits: number }
  | { readonly kind: 'exists'; readonly exists: boolean }
  /** The field is there, and none of these holds. */
  | { readonly kind: 'anything-but'; readonly rules: readonly Rule[] };

/** A number that a value is held against. */
export interface NumericBound {
  readonly operator: '=' | '<' | '<=' | '>' | '>=';
  readonly value: number;
}

type Parser = (value: unknown) => Rule;

const PARSERS: Readonly<Record<string, Parser>> = {
  prefix: (value) => affix('prefix', value),
  suffix: (value) => affix('suffix', value),
  'equals-ignore-case': (value) => ({ kind: 'equals-ignore-case', text: textOf('equals-ignore-case', value) }),
  wildcard: (value) => ({ kind: 'wildcard', pieces: piecesOf(textOf('wildcard', value)) }),
  numeric: (value) => ({ kind: 'numeric', bounds: boundsOf(value) }),
  cidr: parseCidr,
  exists: (value) => {
    if (typeof value !== 'boolean') throw new EventPatternError('exists match pattern must be either true or false.');
    return { kind: 'exists', exists: value };
  },
  'anything-but': parseAnythingBut,
};

/** What `anything-but` may hold besides plain values. */
const INSIDE_ANYTHING_BUT: ReadonlySet<string> = new Set(['prefix', 'suffix', 'equals-ignore-case', 'wildcard']);

/** True for the name of an operator. */
export function isRuleName(name: string): boolean {
  return Object.hasOwn(PARSERS, name);
}

/** True for what JSON calls an object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads one rule of a leaf. Throws {@link EventPatternError}. */
export function parseRule(value: unknown): Rule {
  if (isObject(value)) {
    const { name, inner } = onlyMember(value);
    const parser = isRuleName(name) ? PARSERS[name] : undefined;
    if (!parser) throw new EventPatternError(`Unrecognized match type ${name}`);
    return parser(inner);
  }
  if (Array.isArray(value)) throw new EventPatternError('Match value must be String, number, true, false, or null');
  if (typeof value === 'number') return { kind: 'equals', value: numberOf('equals', value) };
  return { kind: 'equals', value: value as string | boolean | null };
}

function affix(kind: 'prefix' | 'suffix', value: unknown): Rule {
  if (!isObject(value)) return { kind, text: textOf(kind, value), ignoresCase: false };
  const { name, inner } = onlyMember(value);
  if (name !== 'equals-ignore-case') throw new EventPatternError(`Unsupported ${kind} pattern: ${name}`);
  return { kind, text: textOf(kind, inner), ignoresCase: true };
}

function parseAnythingBut(value: unknown): Rule {
  if (isObject(value)) {
    const { name, inner } = onlyMember(value);
    if (!INSIDE_ANYTHING_BUT.has(name)) throw new EventPatternError(`Unsupported anything-but pattern: ${name}`);
    const texts = listOf(inner);
    if (!texts.every((text) => typeof text === 'string')) throw new EventPatternError(noTextReason(name, inner));
    if ((name === 'prefix' || name === 'suffix') && texts.includes(''))
      throw new EventPatternError('Null prefix/suffix not allowed');
    return { kind: 'anything-but', rules: texts.map((text) => parseRule({ [name]: text })) };
  }
  const values = listOf(value);
  const type = typeof values[0];
  if ((type !== 'string' && type !== 'number') || !values.every((item) => typeof item === type)) {
    throw new EventPatternError(
      Array.isArray(value)
        ? 'Inside anything but list, start|null|boolean is not supported.'
        : 'Value of anything-but must be an array or single string/number value.',
    );
  }
  return { kind: 'anything-but', rules: values.map(parseRule) };
}

function noTextReason(name: string, value: unknown): string {
  if (name === 'equals-ignore-case' && Array.isArray(value))
    return 'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.';
  return `${name === 'prefix' || name === 'suffix' ? 'prefix/suffix' : name} match pattern must be a string`;
}

/** A value or a list of values as a list that is not empty. */
function listOf(value: unknown): readonly unknown[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0) throw new EventPatternError('Empty arrays are not allowed');
  return list;
}

/** `[operator, number]`, or a range: its lower bound, then its upper. */
function boundsOf(value: unknown): readonly NumericBound[] {
  if (!Array.isArray(value)) throw new EventPatternError('Value of numeric must be an array.');
  const [first, second, ...rest] = pairsOf(value);
  if (!first) throw new EventPatternError('Invalid member in numeric match');
  if (!second) return [first];
  if (rest.length > 0 || first.operator === '=') throw new EventPatternError('Too many elements in numeric expression');
  if (!first.operator.startsWith('>') || !second.operator.startsWith('<'))
    throw new EventPatternError(`Bad numeric range operator: ${second.operator}`);
  if (first.value >= second.value) throw new EventPatternError('Bottom must be less than top');
  return [first, second];
}

function pairsOf(value: readonly unknown[]): NumericBound[] {
  const bounds: NumericBound[] = [];
  for (let index = 0; index < value.length; index += 2) {
    const operator = value[index];
    if (operator !== '=' && operator !== '<' && operator !== '<=' && operator !== '>' && operator !== '>=')
      throw new EventPatternError(`Unrecognized numeric range operator: ${String(operator)}`);
    bounds.push({ operator, value: numberOf(operator === '=' ? 'equals' : operator, value[index + 1]) });
  }
  return bounds;
}

function parseCidr(value: unknown): Rule {
  // EventBridge words it so.
  const parts = textOf('prefix', value).split('/');
  const [address = '', mask = ''] = parts;
  if (parts.length !== 2) throw new EventPatternError("Malformed CIDR, one '/' required");
  if (!/^\d{1,3}$/.test(mask)) throw new EventPatternError('Malformed CIDR, mask bits must be an integer');
  const bitsMax = isIPv4(address) ? 32 : isIPv6(address) ? 128 : undefined;
  if (bitsMax === undefined || address.includes('%')) throw new EventPatternError(`Nonstandard IP address: ${address}`);
  if (Number(mask) > bitsMax) throw new EventPatternError('Malformed CIDR, too many mask bits');
  return { kind: 'cidr', address, maskBits: Number(mask) };
}

/** Splits at the stars; a backslash makes a star or a backslash mean itself. */
function piecesOf(text: string): readonly string[] {
  const pieces: string[] = [];
  let piece = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '\\') {
      at += 1;
      if (text[at] !== '*' && text[at] !== '\\') throw new EventPatternError(`Invalid escape character at pos ${at - 1}`);
      piece += text[at];
    } else if (char === '*') {
      if (text[at + 1] === '*') throw new EventPatternError(`Consecutive wildcard characters at pos ${at}`);
      pieces.push(piece);
      piece = '';
    } else piece += char;
  }
  return [...pieces, piece];
}

function onlyMember(value: Readonly<Record<string, unknown>>): { readonly name: string; readonly inner: unknown } {
  const [only, more] = Object.entries(value);
  if (!only || more) throw new EventPatternError('Only one key allowed in match expression');
  return { name: only[0], inner: only[1] };
}

function textOf(kind: string, value: unknown): string {
  if (typeof value !== 'string') throw new EventPatternError(`${kind} match pattern must be a string`);
  return value;
}

function numberOf(operator: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new EventPatternError(`Value of ${operator} must be numeric`);
  return value;
}
