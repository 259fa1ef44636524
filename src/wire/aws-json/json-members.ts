import { ServiceError } from '../../model/service-error.ts';

/** Text within bounds, both inclusive, in UTF-16 units. */
interface TextRule {
  readonly type: 'text';
  readonly charactersMin?: number;
  readonly charactersMax?: number;
  /** Must match the whole text, as AWS's messages spell it. */
  readonly pattern?: string;
  readonly choices?: readonly string[];
}
/** A whole number within bounds, both inclusive. */
interface IntegerRule {
  readonly type: 'integer';
  readonly lowest: number;
  readonly highest: number;
}
/** `flag`: true or false. `time`: seconds since 1970, perhaps with a fraction; epoch ms to whoever reads it. `any`: JSON. */
interface PlainRule {
  readonly type: 'flag' | 'time' | 'any';
}
interface ListRule {
  readonly type: 'list';
  readonly of: JsonMemberRule;
  readonly countMin?: number;
  readonly countMax: number;
}
interface MapRule {
  readonly type: 'map';
  readonly of: JsonMemberRule;
  readonly countMax: number;
}
interface StructureRule {
  readonly type: 'structure';
  readonly members: JsonMemberRules;
}
/** What a member must be; without `required` it may be absent. */
export type JsonMemberRule = (TextRule | IntegerRule | PlainRule | ListRule | MapRule | StructureRule) & {
  readonly required?: true;
};
/** An operation's input, by member. */
export interface JsonMemberRules {
  readonly [name: string]: JsonMemberRule;
}

type JsonMemberValue<Rule> = Rule extends { type: 'text' }
  ? string
  : Rule extends { type: 'integer' | 'time' }
    ? number
    : Rule extends { type: 'flag' }
      ? boolean
      : Rule extends { type: 'list'; of: infer Of }
        ? readonly JsonMemberValue<Of>[]
        : Rule extends { type: 'map'; of: infer Of }
          ? Readonly<Record<string, JsonMemberValue<Of>>>
          : Rule extends { type: 'structure'; members: infer Members }
            ? JsonMemberValues<Members>
            : unknown;
type RequiredNames<Rules> = { [Name in keyof Rules]: Rules[Name] extends { required: true } ? Name : never }[keyof Rules];
/** The values that a table of rules lets through. */
export type JsonMemberValues<Rules> = { readonly [Name in RequiredNames<Rules>]: JsonMemberValue<Rules[Name]> } & {
  readonly [Name in Exclude<keyof Rules, RequiredNames<Rules>>]?: JsonMemberValue<Rules[Name]>;
};

const SHOWN_CHARACTERS_MAX = 600;
/** Dates beyond it are none in JavaScript. */
const TIME_SECONDS_MAX = 8.64e12;
const patterns = new Map<string, RegExp>();

/**
 * Reads and checks an input. Members that the rules don't name are left out. Throws one ValidationException with every
 * breach of the rules in AWS's words, and SerializationException for a member of the wrong type.
 */
export function readJsonMembers<const Rules extends JsonMemberRules>(
  rules: Rules,
  input: Readonly<Record<string, unknown>>,
): JsonMemberValues<Rules> {
  const breaches: string[] = [];
  const values = structure(rules, input, '', breaches);
  if (breaches.length === 0) return values as JsonMemberValues<Rules>;
  const count = breaches.length === 1 ? '1 validation error' : `${breaches.length} validation errors`;
  throw new ServiceError({ code: 'ValidationException', status: 400, message: `${count} detected: ${breaches.join('; ')}` });
}

function structure(
  rules: JsonMemberRules,
  input: Readonly<Record<string, unknown>>,
  at: string,
  breaches: string[],
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(rules)) {
    const place = `${at}${name.slice(0, 1).toLowerCase()}${name.slice(1)}`;
    const given = Object.hasOwn(input, name) ? input[name] : undefined;
    if (given !== undefined && given !== null) values[name] = value(rule, given, place, breaches);
    else if (rule.required) breaches.push(`Value null at '${place}' failed to satisfy constraint: Member must not be null`);
  }
  return values;
}

function value(rule: JsonMemberRule, given: unknown, place: string, breaches: string[]): unknown {
  const refuse = (constraint: string): void => void breaches.push(breach(given, place, constraint));
  switch (rule.type) {
    case 'structure':
      return structure(rule.members, objectOf(given, place), `${place}.`, breaches);
    case 'list': {
      if (!Array.isArray(given)) throw wrongType(place);
      bounds(given.length, rule.countMin ?? 0, rule.countMax, refuse);
      if (given.length > rule.countMax) return [];
      return given.map((item: unknown, index) => value(rule.of, item, `${place}.${index + 1}.member`, breaches));
    }
    case 'map': {
      const pairs = Object.entries(objectOf(given, place));
      bounds(pairs.length, 0, rule.countMax, refuse);
      if (pairs.length > rule.countMax) return {};
      return Object.fromEntries(
        pairs.map(([key, item]) => [key, value(rule.of, item, `${place}.${key.slice(0, 256)}.member`, breaches)]),
      );
    }
    case 'text':
      if (typeof given !== 'string') throw wrongType(place);
      checkText(rule, given, refuse);
      return given;
    case 'integer':
      if (typeof given !== 'number' || !Number.isInteger(given)) throw wrongType(place);
      if (given < rule.lowest) refuse(`Member must have value greater than or equal to ${rule.lowest}`);
      if (given > rule.highest) refuse(`Member must have value less than or equal to ${rule.highest}`);
      return given;
    case 'flag':
      if (typeof given !== 'boolean') throw wrongType(place);
      return given;
    case 'time':
      if (typeof given !== 'number' || !(Math.abs(given) < TIME_SECONDS_MAX)) throw wrongType(place);
      return Math.round(given * 1_000);
    case 'any':
      return given;
  }
}

function checkText(rule: TextRule, given: string, refuse: (constraint: string) => void): void {
  const { charactersMin = 0, charactersMax = Infinity, pattern, choices } = rule;
  bounds(given.length, charactersMin, charactersMax, refuse);
  if (pattern !== undefined && given.length <= charactersMax && !compiled(pattern).test(given))
    refuse(`Member must satisfy regular expression pattern: ${pattern}`);
  if (choices && !choices.includes(given)) refuse(`Member must satisfy enum value set: [${choices.join(', ')}]`);
}

function bounds(length: number, min: number, max: number, refuse: (constraint: string) => void): void {
  if (length < min) refuse(`Member must have length greater than or equal to ${min}`);
  if (length > max) refuse(`Member must have length less than or equal to ${max}`);
}

function compiled(pattern: string): RegExp {
  const found = patterns.get(pattern) ?? new RegExp(`^(?:${pattern})$`);
  patterns.set(pattern, found);
  return found;
}

function objectOf(given: unknown, place: string): Readonly<Record<string, unknown>> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw wrongType(place);
  return given as Readonly<Record<string, unknown>>;
}

function breach(given: unknown, place: string, constraint: string): string {
  return `Value '${shownOf(given).slice(0, SHOWN_CHARACTERS_MAX)}' at '${place}' failed to satisfy constraint: ${constraint}`;
}

function shownOf(given: unknown): string {
  if (typeof given === 'string') return given;
  try {
    return JSON.stringify(given);
  } catch (error) {
    // Nested more deeply than the stack is.
    if (error instanceof RangeError) return Array.isArray(given) ? `[${given.length} elements]` : '{...}';
    throw error;
  }
}

function wrongType(place: string): ServiceError {
  return new ServiceError({ code: 'SerializationException', status: 400, message: `The member ${place} is of the wrong type.` });
}
