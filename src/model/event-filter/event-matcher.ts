import { type EventPattern, parseEventPattern } from './event-pattern.ts';
import { type FieldRules, fieldRulesOf } from './field-rules.ts';
import { isObject, type Rule } from './rule.ts';
import { compileRules, type Scalar, type ValueTest } from './value-test.ts';

/** Whether an event, parsed JSON, is as a pattern says. What is no object never is. */
export type EventMatcher = (event: unknown) => boolean;

type JsonObject = Readonly<Record<string, unknown>>;

/** One name on the paths of a pattern. */
interface Step {
  readonly children: Map<string, Step>;
  leaf?: Leaf;
}

interface Leaf {
  readonly path: readonly string[];
  readonly test: ValueTest;
  readonly isAbsenceFine: boolean;
}

/** One event that is being matched. */
interface Matching {
  readonly event: JsonObject;
  readonly absences: Map<Leaf, boolean>;
  choicesLeft: number;
}

/** What stands at one path. Of each list of objects one has to be chosen, and everything in it must fit together. */
interface Found {
  readonly scalars: readonly Scalar[];
  readonly objects: readonly JsonObject[];
  readonly lists: readonly (readonly JsonObject[])[];
}

/**
 * How many choices among several lists at one path are tried for one event. More than one list can stand there only when an
 * event spells a path with and without dots.
 */
const CHOICES_MAX = 1_000;

/**
 * Compiles a pattern, as text or read by `parseEventPattern`, to a matcher that is made once and used for many events.
 * Fields that lie in one list must be met by one element of it. Matching takes time linear in the event for each combination
 * of alternatives. Throws EventPatternError.
 * Source: EventBridge's page on comparison operators, and the README of its rule engine.
 */
export function compilePattern(pattern: string | EventPattern): EventMatcher {
  const tests = new Map<readonly Rule[], ValueTest>();
  const combinations = fieldRulesOf(typeof pattern === 'string' ? parseEventPattern(pattern) : pattern);
  const matchers = combinations.map((fields) => compileFieldRules(fields, tests));
  const [only] = matchers;
  return only && matchers.length === 1 ? only : (event) => matchers.some((matches) => matches(event));
}

/** Compiles one combination of alternatives. `tests` keeps what others of the same pattern have in common with it. */
export function compileFieldRules(fields: FieldRules, tests = new Map<readonly Rule[], ValueTest>()): EventMatcher {
  const root: Step = { children: new Map() };
  for (const [name, rules] of fields) {
    const path = name.split('.');
    const isAbsenceFine = rules.some((rule) => rule.kind === 'exists' && !rule.exists);
    const test = tests.get(rules) ?? compileRules(rules);
    tests.set(rules, test);
    stepAt(root, path).leaf = { path, test, isAbsenceFine };
  }
  return (event) => isObject(event) && matchChildren(root, [event], { event, absences: new Map(), choicesLeft: CHOICES_MAX });
}

function stepAt(root: Step, path: readonly string[]): Step {
  let step = root;
  for (const name of path) {
    const next = step.children.get(name) ?? { children: new Map<string, Step>() };
    step.children.set(name, next);
    step = next;
  }
  return step;
}

function matchStep(step: Step, values: readonly unknown[], matching: Matching): boolean {
  const found = sort(values);
  const { leaf } = step;
  if (leaf && !found.scalars.some(leaf.test) && !(leaf.isAbsenceFine && isAbsent(leaf, matching))) return false;
  return step.children.size === 0 || choose(step, found.objects, found.lists, matching);
}

/** Chooses an element of each list. */
function choose(
  step: Step,
  objects: readonly JsonObject[],
  [list, ...lists]: readonly (readonly JsonObject[])[],
  matching: Matching,
): boolean {
  if (!list) return matchChildren(step, objects, matching);
  if (lists.length === 0) return list.some((element) => matchChildren(step, [...objects, element], matching));
  return list.some((element) => {
    matching.choicesLeft -= 1;
    return matching.choicesLeft > 0 && choose(step, [...objects, element], lists, matching);
  });
}

function matchChildren(step: Step, objects: readonly JsonObject[], matching: Matching): boolean {
  const [only] = objects;
  if (only && objects.length === 1 && !hasDottedName(only)) {
    for (const [name, child] of step.children)
      if (!matchValue(child, Object.hasOwn(only, name) ? only[name] : undefined, matching)) return false;
    return true;
  }
  const members = objects.map(withDottedNames);
  for (const [name, child] of step.children) if (!matchStep(child, valuesAt(members, name), matching)) return false;
  return true;
}

/** The same as {@link matchStep} for what nearly every path leads to: one value or none. */
function matchValue(step: Step, value: unknown, matching: Matching): boolean {
  if (Array.isArray(value)) return matchStep(step, [value], matching);
  const { leaf } = step;
  const isInner = isObject(value);
  const isScalar = value !== undefined && !isInner;
  if (leaf && !(isScalar && leaf.test(value as Scalar)) && !(leaf.isAbsenceFine && isAbsent(leaf, matching))) return false;
  return step.children.size === 0 || matchChildren(step, isInner ? [value] : [], matching);
}

/** Absence is of the whole event: a field that one element of a list has is not absent because another lacks it. */
function isAbsent(leaf: Leaf, matching: Matching): boolean {
  const known = matching.absences.get(leaf);
  if (known !== undefined) return known;
  let values: readonly unknown[] = [matching.event];
  for (const name of leaf.path) {
    const { objects, lists } = sort(values);
    values = valuesAt([...objects, ...lists.flat()].map(withDottedNames), name);
  }
  const isAbsent = sort(values).scalars.length === 0;
  matching.absences.set(leaf, isAbsent);
  return isAbsent;
}

interface Members {
  readonly object: JsonObject;
  readonly dottedNames: readonly string[];
}

function hasDottedName(object: JsonObject): boolean {
  for (const name in object) if (name.includes('.')) return true;
  return false;
}

function withDottedNames(object: JsonObject): Members {
  return { object, dottedNames: Object.keys(object).filter((name) => name.includes('.')) };
}

/** What members of a name hold. The member `a.b` is member `b` of `a` as well, as dots separate the names of a path. */
function valuesAt(members: readonly Members[], name: string): unknown[] {
  const values: unknown[] = [];
  for (const { object, dottedNames } of members) {
    if (Object.hasOwn(object, name)) values.push(object[name]);
    for (const dotted of dottedNames)
      if (dotted.startsWith(`${name}.`)) values.push({ [dotted.slice(name.length + 1)]: object[dotted] });
  }
  return values;
}

/** Lists in lists are one list. Not recursive, as events may be nested deeper than a stack is. */
function sort(values: readonly unknown[]): Found {
  const scalars: Scalar[] = [];
  const objects: JsonObject[] = [];
  const lists: JsonObject[][] = [];
  for (const value of values) {
    if (Array.isArray(value)) {
      const list: JsonObject[] = [];
      const rest: unknown[] = [value];
      while (rest.length > 0) {
        const element = rest.pop();
        if (Array.isArray(element)) for (const inner of element as readonly unknown[]) rest.push(inner);
        else if (isObject(element)) list.push(element);
        else scalars.push(element as Scalar);
      }
      if (list.length > 0) lists.push(list);
    } else if (isObject(value)) objects.push(value);
    else if (value !== undefined) scalars.push(value as Scalar);
  }
  return { scalars, objects, lists };
}
