import { EventPatternError } from './event-pattern-error.ts';
import { isObject, isRuleName, parseRule, type Rule } from './rule.ts';

/** What an event must be like: every field as it says, and of each `$or` one alternative. */
export interface EventPattern {
  readonly fields: readonly PatternField[];
  readonly alternatives: readonly (readonly EventPattern[])[];
}

/** What one field must be like: a leaf has rules, of which one must hold; an object a pattern of its own. */
export type PatternField =
  | { readonly name: string; readonly rules: readonly Rule[] }
  | { readonly name: string; readonly pattern: EventPattern };

/** Names on one path, choices among them. Source: EventBridge takes events of up to 1,000 levels. */
const PATH_NAMES_MAX = 1_000;
/** Combinations of the alternatives of `$or`. Source: EventBridge's page on comparison operators. */
const COMBINATIONS_MAX = 1_000;

/**
 * Reads a pattern: JSON, of which the last of two keys with one name counts. Names keep their dots, and a name with dots
 * stands for the path too. Throws {@link EventPatternError}, also for more than 1,000 combinations of alternatives.
 * Source: EventBridge's page on event patterns; Lambda's page on event filtering has the same language.
 */
export function parseEventPattern(text: string): EventPattern {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new EventPatternError('Filter is not an object');
  }
  if (!isObject(value)) throw new EventPatternError('Filter is not an object');
  const pattern = parseObject(value, 0);
  if (combinationsOf(pattern) > COMBINATIONS_MAX) throw new EventPatternError('Rule is too complex');
  return pattern;
}

function parseObject(value: Readonly<Record<string, unknown>>, depth: number): EventPattern {
  if (depth > PATH_NAMES_MAX) throw new EventPatternError('Rule is too complex');
  const fields: PatternField[] = [];
  const alternatives: EventPattern[][] = [];
  for (const [name, inner] of Object.entries(value)) {
    const choices = name === '$or' ? choicesOf(inner) : undefined;
    if (choices) alternatives.push(choices.map((choice) => parseObject(choice, depth + 1)));
    else fields.push(parseField(name, inner, depth + name.split('.').length));
  }
  if (fields.length + alternatives.length === 0) throw new EventPatternError('Empty objects are not allowed');
  return { fields, alternatives };
}

function parseField(name: string, value: unknown, depth: number): PatternField {
  if (depth > PATH_NAMES_MAX) throw new EventPatternError('Rule is too complex');
  if (isObject(value)) return { name, pattern: parseObject(value, depth) };
  if (!Array.isArray(value)) throw new EventPatternError(`"${name}" must be an object or an array`);
  if (value.length === 0) throw new EventPatternError('Empty arrays are not allowed');
  return { name, rules: value.map(parseRule) };
}

/** Undefined where `$or` is a field like any other: not a list of two objects or more, or one of them is a rule. */
function choicesOf(value: unknown): Readonly<Record<string, unknown>>[] | undefined {
  if (!Array.isArray(value) || value.length < 2 || !value.every(isObject)) return undefined;
  return value.some((choice) => Object.keys(choice).some(isRuleName)) ? undefined : value;
}

function combinationsOf({ fields, alternatives }: EventPattern): number {
  let count = 1;
  for (const field of fields) if ('pattern' in field) count *= combinationsOf(field.pattern);
  for (const choices of alternatives) count *= choices.map(combinationsOf).reduce((sum, one) => sum + one, 0);
  return count;
}
