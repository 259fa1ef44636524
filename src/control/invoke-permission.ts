import type { InvokePermission } from '../ports/function-directory.ts';
import type { MetadataStore } from '../ports/metadata-store.ts';
import { type PolicyDocument, policyKey } from './documents.ts';
import { findFunction } from './function-store.ts';
import { evaluatePolicy, listOf } from './policy-evaluation.ts';

/** Answers whether a service may invoke a function, from the function's stored resource policy. */
export function createInvokePermission(store: MetadataStore): InvokePermission {
  return {
    check: async ({ functionArn, principal, sourceArn, sourceAccount }) => {
      const [, , , region = '', account = '', , functionName = '', qualifier] = functionArn.split(':');
      const locality = { account, region };
      if (!(await findFunction(store, locality, functionName))) return 'absent';
      const policy = await store.get<PolicyDocument>(policyKey(locality, functionName, qualifier));
      const verdict = evaluatePolicy(policy?.body.statements ?? [], {
        action: 'lambda:invokefunction',
        resource: functionArn,
        isNamed: (named) => named === '*' || listOf(named?.['Service']).includes(principal),
        keys: { 'aws:sourcearn': sourceArn, 'aws:sourceaccount': sourceAccount },
      });
      return verdict === 'allow' ? 'allowed' : 'denied';
    },
  };
}
