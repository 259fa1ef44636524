import { compilePattern } from './event-matcher.ts';
import { EventPatternError } from './event-pattern-error.ts';
import { type EventPattern, parseEventPattern } from './event-pattern.ts';
import { fieldRulesOf } from './field-rules.ts';
import type { Rule } from './rule.ts';

/** What of a message a filter policy is held against. */
export type FilterPolicyScope = 'MessageAttributes' | 'MessageBody';

/** A message as it was published, as far as filter policies look at it. */
export interface FilteredMessage {
  readonly body: string;
  /** Binary ones have no `stringValue`, and are ignored. */
  readonly attributes: Readonly<Record<string, { readonly dataType: string; readonly stringValue?: string }>>;
}

/** Whether a subscription gets a message. */
export type MessageFilter = (message: FilteredMessage) => boolean;

/** A filter policy that is none; the message is SNS's own, less `Invalid parameter: `, which stands before all of its texts. */
export class FilterPolicyError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'FilterPolicyError';
  }
}

/** Limits of one policy. Source: SNS developer guide, "Filter policy constraints in Amazon SNS". */
const POLICY_BYTES_MAX = 256 * 1024;
const KEYS_MAX = 5;
const COMBINATIONS_MAX = 150;
/** Numbers that rules may name. */
const NUMBER_MAX = 1e9;

/** Throws {@link FilterPolicyError} for what is no FilterPolicyScope. */
export function parseFilterPolicyScope(text: string): FilterPolicyScope {
  if (text === 'MessageAttributes' || text === 'MessageBody') return text;
  throw new FilterPolicyError(`FilterPolicyScope: Invalid value [${text}]. Please use either MessageBody or MessageAttributes`);
}

/**
 * Compiles the filter policy of a subscription. Throws {@link FilterPolicyError} for what is no policy, for operators that SNS
 * lacks, and for policies beyond SNS's limits.
 * Source: SNS developer guide, "Amazon SNS subscription filter policies".
 */
export function compileFilterPolicy(text: string, scope: FilterPolicyScope): MessageFilter {
  const pattern = parsePolicy(text, scope);
  const matches = compilePattern(pattern);
  return scope === 'MessageBody' ? ({ body }) => matches(jsonOf(body)) : ({ attributes }) => matches(viewOf(attributes));
}

function parsePolicy(text: string, scope: FilterPolicyScope): EventPattern {
  if (Buffer.byteLength(text) > POLICY_BYTES_MAX) throw new FilterPolicyError('FilterPolicy: Filter policy is too large');
  try {
    const pattern = parseEventPattern(text);
    if (scope === 'MessageAttributes' && isNested(pattern))
      throw new FilterPolicyError(`Filter policy scope ${scope} does not support nested filter policy`);
    checkSize(pattern, scope);
    return pattern;
  } catch (error) {
    if (error instanceof EventPatternError) throw new FilterPolicyError(`FilterPolicy: ${error.message}`);
    throw error;
  }
}

function isNested({ fields, alternatives }: EventPattern): boolean {
  return fields.some((field) => 'pattern' in field) || alternatives.flat().some(isNested);
}

/** Combinations are the product of the lengths of the lists, each times its depth; those of alternatives are added up. */
function checkSize(pattern: EventPattern, scope: FilterPolicyScope): void {
  // Before the combinations are made, which are few then.
  if (pathsOf(pattern).size > KEYS_MAX) throw new EventPatternError(`Filter policy can not have more than ${KEYS_MAX} keys`);
  let sum = 0;
  for (const fields of fieldRulesOf(pattern)) {
    let product = 1;
    for (const [path, rules] of fields) {
      for (const rule of rules) checkRule(rule);
      product *= rules.length * (scope === 'MessageBody' ? path.split('.').length : 1);
    }
    sum += product;
  }
  if (sum > COMBINATIONS_MAX) throw new EventPatternError('Filter policy is too complex');
}

function pathsOf({ fields, alternatives }: EventPattern, prefix = '', paths = new Set<string>()): ReadonlySet<string> {
  for (const field of fields) {
    if ('rules' in field) paths.add(prefix + field.name);
    else pathsOf(field.pattern, `${prefix}${field.name}.`, paths);
  }
  for (const choice of alternatives.flat()) pathsOf(choice, prefix, paths);
  return paths;
}

/** Refuses what EventBridge knows and SNS does not. */
function checkRule(rule: Rule): void {
  switch (rule.kind) {
    case 'wildcard':
      throw new EventPatternError('Unrecognized match type wildcard');
    case 'numeric':
      for (const { operator, value } of rule.bounds) checkNumber(operator === '=' ? 'equals' : operator, value);
      return;
    case 'anything-but':
      for (const { kind } of rule.rules)
        if (kind !== 'equals' && kind !== 'prefix') throw new EventPatternError(`Unsupported anything-but pattern: ${kind}`);
      return;
    default:
  }
}

function checkNumber(operator: string, value: number): void {
  if (Math.abs(value) > NUMBER_MAX)
    throw new EventPatternError(`Value of ${operator} must be between -1.0E9 and 1.0E9, inclusive`);
}

function viewOf(attributes: FilteredMessage['attributes']): Readonly<Record<string, unknown>> {
  const view: [string, unknown][] = [];
  for (const [name, { dataType, stringValue }] of Object.entries(attributes)) {
    const value = stringValue === undefined ? undefined : valueOf(dataType, stringValue);
    if (value !== undefined) view.push([name, value]);
  }
  return Object.fromEntries(view);
}

/** What rules see of an attribute; undefined for those that SNS ignores. */
function valueOf(dataType: string, text: string): unknown {
  if (dataType === 'String.Array') {
    const list = jsonOf(text);
    return Array.isArray(list) ? list : undefined;
  }
  const [type] = dataType.split('.');
  if (type === 'String') return text;
  if (type === 'Number' && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  return undefined;
}

/** Undefined for what is no JSON: no rule matches it, so that such a body is not delivered to who filters by it. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
