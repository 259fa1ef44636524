import type { InvokePermission } from '../ports/function-directory.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import { type PolicyDocument, type PolicyStatement, policyKey } from './documents.ts';
import { findFunction } from './function-store.ts';

type Question = Parameters<InvokePermission['check']>[0];

/** Answers whether a service may invoke a function, from the function's stored resource policy. */
export function createInvokePermission(store: MetadataStore): InvokePermission {
  return {
    check: async (question) => {
      const [, , , region = '', account = '', , functionName = '', qualifier] = question.functionArn.split(':');
      const locality = { account, region };
      if (!(await findFunction(store, locality, functionName))) return 'absent';
      const policy = await store.get<PolicyDocument>(policyKey(locality, functionName, qualifier));
      return decide(policy?.body.statements ?? [], question);
    },
  };
}

/** A statement that denies wins over any that allows. Source: IAM's page on how policies are evaluated. */
function decide(statements: readonly PolicyStatement[], question: Question): 'allowed' | 'denied' {
  const fitting = statements.filter((statement) => fits(statement, question));
  return fitting.length > 0 && fitting.every(({ Effect }) => Effect === 'Allow') ? 'allowed' : 'denied';
}

function fits(statement: PolicyStatement, question: Question): boolean {
  const { Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition } = statement;
  const isPrincipal = Principal === undefined ? !names(NotPrincipal, question) : names(Principal, question);
  const isAction = Action === undefined ? !hasAction(NotAction) : hasAction(Action);
  const isResource = Resource === undefined ? !hasResource(NotResource, question) : hasResource(Resource, question);
  const conditions = Object.entries(Condition ?? {});
  return isPrincipal && isAction && isResource && conditions.every(([operator, keys]) => holds(operator, keys, question));
}

function names(principal: PolicyStatement['Principal'], question: Question): boolean {
  return principal === '*' || listOf(principal?.['Service']).includes(question.principal);
}

function hasAction(actions: string | readonly string[] | undefined): boolean {
  return listOf(actions).some((action) => matchesWildcards(action.toLowerCase(), 'lambda:invokefunction'));
}

function hasResource(resources: string | readonly string[] | undefined, question: Question): boolean {
  return listOf(resources).some((resource) => matchesWildcards(resource, question.functionArn));
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}

type ConditionKeys = NonNullable<PolicyStatement['Condition']>[string];

/** Operators that are not known hold for nobody; no policy with one is taken in. */
function holds(operator: string, keys: ConditionKeys, question: Question): boolean {
  return Object.entries(keys).every(([key, wanted]) => {
    const actual = valueOf(key, question);
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

function valueOf(key: string, question: Question): string | undefined {
  switch (key.toLowerCase()) {
    case 'aws:sourcearn':
      return question.sourceArn;
    case 'aws:sourceaccount':
      return question.sourceAccount;
    default:
      return undefined;
  }
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
