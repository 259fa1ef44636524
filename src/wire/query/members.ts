import { ServiceError } from '../../model/service-error.ts';
import type { RequestContext } from '../service.ts';
import type { QueryMembers, QueryValue } from './form.ts';
import type { QueryHandler } from './query-service.ts';
import type { QueryStructure } from './xml.ts';

/** Text within bounds, both inclusive, in UTF-16 units. */
export interface TextRule {
  readonly type: 'text';
  readonly charactersMin?: number;
  readonly charactersMax?: number;
  /** Must match the whole text. */
  readonly pattern?: RegExp;
  /** The pattern as AWS's messages spell it. */
  readonly patternText?: string;
  /** AWS's message in place of the one about the pattern. */
  readonly refusal?: string;
  readonly choices?: readonly string[];
}
/** A whole number within bounds, both inclusive. */
export interface IntegerRule {
  readonly type: 'integer';
  readonly lowest: number;
  readonly highest: number;
}
/** `true` or `false`, in any case. */
export interface FlagRule {
  readonly type: 'flag';
}
/** A list of at most `countMax` values. */
export interface ListRule {
  readonly type: 'list';
  readonly of: MemberRule;
  readonly countMax: number;
}
/** A map of at most `countMax` entries, whose keys are texts. */
export interface MapRule {
  readonly type: 'map';
  readonly of: MemberRule;
  readonly countMax: number;
}
/** Members within a member. */
export interface StructureRule {
  readonly type: 'structure';
  readonly members: MemberRules;
}
/** What a member must be; without `required` it may be absent. */
export type MemberRule = (TextRule | IntegerRule | FlagRule | ListRule | MapRule | StructureRule) & { readonly required?: true };
/** An operation's input, by member. */
export interface MemberRules {
  readonly [name: string]: MemberRule;
}

type MemberValue<Rule> = Rule extends { type: 'text' }
  ? string
  : Rule extends { type: 'integer' }
    ? number
    : Rule extends { type: 'flag' }
      ? boolean
      : Rule extends { type: 'list'; of: infer Of }
        ? readonly MemberValue<Of>[]
        : Rule extends { type: 'map'; of: infer Of }
          ? Readonly<Record<string, MemberValue<Of>>>
          : Rule extends { type: 'structure'; members: infer Members }
            ? MemberValues<Members>
            : never;
type RequiredNames<Rules> = { [Name in keyof Rules]: Rules[Name] extends { required: true } ? Name : never }[keyof Rules];
/** The values that a table of rules lets through. */
export type MemberValues<Rules> = { readonly [Name in RequiredNames<Rules>]: MemberValue<Rules[Name]> } & {
  readonly [Name in Exclude<keyof Rules, RequiredNames<Rules>>]?: MemberValue<Rules[Name]>;
};

/** An operation that gets its service and a raw input. */
export type QueryOperation<Owner> = (
  owner: Owner,
  input: QueryMembers,
  context: RequestContext,
) => Promise<QueryStructure | undefined>;

/** Makes a rule one that must be there. */
export function required<const Rule extends MemberRule>(rule: Rule): Rule & { readonly required: true } {
  return { ...rule, required: true };
}

/** An operation behind the rules of its input; what it gets has been checked. */
export function queryOperation<Owner, const Rules extends MemberRules>(
  rules: Rules,
  run: (owner: Owner, input: MemberValues<Rules>, context: RequestContext) => Promise<QueryStructure | undefined>,
): QueryOperation<Owner> {
  return async (owner, input, context) => run(owner, readMembers(rules, input), context);
}

const SHOWN_CHARACTERS_MAX = 600;

/** Reads and checks an input. Throws ValidationError with every breach of the rules, in AWS's words. */
export function readMembers<const Rules extends MemberRules>(rules: Rules, input: QueryMembers): MemberValues<Rules> {
  const breaches: string[] = [];
  const values = structure(rules, input, '', breaches);
  if (breaches.length === 1 && breaches[0]?.startsWith('The ')) throw invalid(breaches[0]);
  if (breaches.length > 0) {
    const count = breaches.length === 1 ? '1 validation error' : `${breaches.length} validation errors`;
    throw invalid(`${count} detected: ${breaches.join('; ')}`);
  }
  return values as MemberValues<Rules>;
}

function invalid(message: string): ServiceError {
  return new ServiceError({ code: 'ValidationError', status: 400, message });
}

function structure(rules: MemberRules, input: QueryMembers, at: string, breaches: string[]): Record<string, unknown> {
  for (const name of Object.keys(input)) {
    if (!Object.hasOwn(rules, name)) throw invalid(`The parameter ${at}${name.slice(0, 128)} is not supported.`);
  }
  const values: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(rules)) {
    const place = `${at}${name.slice(0, 1).toLowerCase()}${name.slice(1)}`;
    const given = Object.hasOwn(input, name) ? input[name] : undefined;
    if (given !== undefined) values[name] = value(rule, given, place, breaches);
    else if (rule.required) breaches.push(breach(null, place, 'Member must not be null'));
  }
  return values;
}

function value(rule: MemberRule, given: QueryValue, place: string, breaches: string[]): unknown {
  if (rule.type === 'structure') {
    if (typeof given === 'object' && !Array.isArray(given))
      return structure(rule.members, given as QueryMembers, `${place}.`, breaches);
    return void breaches.push(breach(given, place, 'Member must be a structure'));
  }
  if (rule.type === 'list') return list(rule, given, place, breaches);
  if (rule.type === 'map') return map(rule, given, place, breaches);
  if (typeof given !== 'string') return void breaches.push(breach(given, place, 'Member must be a single value'));
  if (rule.type === 'text') return text(rule, given, place, breaches);
  if (rule.type === 'integer') return integer(rule, given, place, breaches);
  if (/^(true|false)$/i.test(given)) return given.toLowerCase() === 'true';
  return void breaches.push(breach(given, place, 'Member must be a boolean'));
}

/** Clients write an empty list as an empty text. */
function list(rule: ListRule, given: QueryValue, place: string, breaches: string[]): unknown {
  const items = given === '' ? [] : given;
  if (!Array.isArray(items)) return void breaches.push(breach(given, place, 'Member must be a list'));
  if (items.length > rule.countMax) {
    const constraint = `Member must have length less than or equal to ${rule.countMax}`;
    return void breaches.push(breach(items, place, constraint));
  }
  return (items as readonly QueryValue[]).map((item, index) => value(rule.of, item, `${place}.${index + 1}.member`, breaches));
}

/** Clients write an empty map as an empty text. */
function map(rule: MapRule, given: QueryValue, place: string, breaches: string[]): unknown {
  const entries = given === '' ? {} : given;
  if (typeof entries !== 'object' || Array.isArray(entries))
    return void breaches.push(breach(given, place, 'Member must be a map'));
  const pairs = Object.entries(entries as QueryMembers);
  if (pairs.length > rule.countMax) {
    const constraint = `Member must have length less than or equal to ${rule.countMax}`;
    return void breaches.push(breach(entries as QueryMembers, place, constraint));
  }
  return Object.fromEntries(
    pairs.map(([key, item]) => [key, value(rule.of, item, `${place}.${key.slice(0, 256)}.member`, breaches)]),
  );
}

function text(rule: TextRule, given: string, place: string, breaches: string[]): string {
  const { charactersMin = 0, charactersMax = Infinity, pattern, patternText, refusal, choices } = rule;
  if (given.length < charactersMin)
    breaches.push(breach(given, place, `Member must have length greater than or equal to ${charactersMin}`));
  if (given.length > charactersMax)
    breaches.push(breach(given, place, `Member must have length less than or equal to ${charactersMax}`));
  else if (pattern && !pattern.test(given)) {
    breaches.push(refusal ?? breach(given, place, `Member must satisfy regular expression pattern: ${patternText ?? ''}`));
  }
  if (choices && !choices.includes(given))
    breaches.push(breach(given, place, `Member must satisfy enum value set: [${choices.join(', ')}]`));
  return given;
}

function integer(rule: IntegerRule, given: string, place: string, breaches: string[]): number {
  const number = /^[+-]?\d{1,15}$/.test(given) ? Number(given) : Number.NaN;
  if (Number.isNaN(number)) breaches.push(breach(given, place, 'Member must be an integer'));
  if (number < rule.lowest) breaches.push(breach(given, place, `Member must have value greater than or equal to ${rule.lowest}`));
  if (number > rule.highest) breaches.push(breach(given, place, `Member must have value less than or equal to ${rule.highest}`));
  return number;
}

function breach(given: QueryValue | null, place: string, constraint: string): string {
  const shown =
    given === null ? 'null' : `'${(typeof given === 'string' ? given : JSON.stringify(given)).slice(0, SHOWN_CHARACTERS_MAX)}'`;
  return `Value ${shown} at '${place}' failed to satisfy constraint: ${constraint}`;
}

/** The operations by name, bound to what they work on. */
export function queryHandlers<Owner>(
  operations: Readonly<Record<string, QueryOperation<Owner>>>,
  owner: Owner,
): Readonly<Record<string, QueryHandler>> {
  return Object.fromEntries(
    Object.entries(operations).map(([name, run]): [string, QueryHandler] => [
      name,
      (input, context) => run(owner, input, context),
    ]),
  );
}
