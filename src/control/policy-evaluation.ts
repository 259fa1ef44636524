import type { PolicyStatement } from './documents.ts';

/** What is asked of a resource policy. */
export interface AccessQuestion {
  /** Lower case, for example `lambda:invokefunction`. */
  readonly action: string;
  readonly resource: string;
  /** Whether a statement's principal names who asks. */
  readonly isNamed: (principal: PolicyStatement['Principal']) => boolean;
  /** Values of condition keys, by their names in lower case. */
  readonly keys: Readonly<Record<string, string | undefined>>;
}

/** A statement that denies wins over any that allows; `silent` when none fits. Source: IAM's page on how policies are evaluated. */
export function evaluatePolicy(statements: readonly PolicyStatement[], question: AccessQuestion): 'allow' | 'deny' | 'silent' {
  const fitting = statements.filter((statement) => fits(statement, question));
  if (fitting.length === 0) return 'silent';
  return fitting.every(({ Effect }) => Effect === 'Allow') ? 'allow' : 'deny';
}

/** A member of a policy that is one text or several. */
export function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}

function fits(statement: PolicyStatement, question: AccessQuestion): boolean {
  const { Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition } = statement;
  const isPrincipal = Principal === undefined ? !question.isNamed(NotPrincipal) : question.isNamed(Principal);
  const isAction = Action === undefined ? !hasAction(NotAction, question) : hasAction(Action, question);
  const isResource = Resource === undefined ? !hasResource(NotResource, question) : hasResource(Resource, question);
  const conditions = Object.entries(Condition ?? {});
  return isPrincipal && isAction && isResource && conditions.every(([operator, keys]) => holds(operator, keys, question));
}

function hasAction(actions: string | readonly string[] | undefined, question: AccessQuestion): boolean {
  return listOf(actions).some((action) => matchesWildcards(action.toLowerCase(), question.action));
}

function hasResource(resources: string | readonly string[] | undefined, question: AccessQuestion): boolean {
  return listOf(resources).some((resource) => matchesWildcards(resource, question.resource));
}

type ConditionKeys = NonNullable<PolicyStatement['Condition']>[string];

/** Operators that are not known hold for nobody; no policy with one is taken in. */
function holds(operator: string, keys: ConditionKeys, question: AccessQuestion): boolean {
  return Object.entries(keys).every(([key, wanted]) => {
    const actual = question.keys[key.toLowerCase()];
    if (actual === undefined) return false;
    const values = typeof wanted === 'boolean' ? [String(wanted)] : listOf(wanted);
    switch (operator) {
      case 'ArnLike':
      case 'ArnEquals':
      case 'StringLike':
        return values.some((value) => matchesWildcards(value, actual));
      case 'StringEquals':
      case 'Bool':
        return values.includes(actual);
      default:
        return false;
    }
  });
}

/** `*` and `?` as IAM knows them, in time linear in the text but for the last star. */
export function matchesWildcards(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p;
      mark = t;
      p += 1;
    } else if (pattern[p] === '?' || pattern[p] === text[t]) {
      p += 1;
      t += 1;
    } else if (star !== -1) {
      p = star + 1;
      mark += 1;
      t = mark;
    } else return false;
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}
