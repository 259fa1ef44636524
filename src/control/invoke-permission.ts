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
      return policy?.body.statements.some((statement) => allows(statement, question)) ? 'allowed' : 'denied';
    },
  };
}

function allows(statement: PolicyStatement, question: Question): boolean {
  const { Principal: principal, Action: action } = statement;
  const isPrincipal = principal === '*' || ('Service' in principal && principal.Service === question.principal);
  const isAction = action === '*' || matchesWildcards(action.toLowerCase(), 'lambda:invokefunction');
  return (
    isPrincipal &&
    isAction &&
    Object.entries(statement.Condition ?? {}).every(([operator, keys]) => holds(operator, keys, question))
  );
}

function holds(operator: string, keys: Readonly<Record<string, string>>, question: Question): boolean {
  return Object.entries(keys).every(([key, wanted]) => {
    const actual = valueOf(key, question);
    if (actual === undefined) return false;
    return operator === 'ArnLike' ? matchesWildcards(wanted, actual) : operator === 'StringEquals' && wanted === actual;
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
