import type { AddPermissionRequest } from '@aws-sdk/client-lambda';
import { functionArn, parseFunctionName } from '../../../model/arn.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { LATEST, type PolicyDocument, policyKey, write } from '../../documents.ts';
import { checkRevision, commitOptimistically, getFunction } from '../../function-store.ts';
import { invalid } from '../../settings/invalid.ts';
import { checkPolicySize, duplicateStatement, findScope } from './policy-scope.ts';
import { checkPublicAccess } from './public-access.ts';
import { statementOf } from './statement.ts';

/** Lets a service or an account invoke the function, a version or an alias. */
export async function addPermission(
  control: ControlContext,
  input: AddPermissionRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName, qualifier } = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context);
  if (qualifier === LATEST) throw invalid('We currently do not support adding policies for $LATEST.');
  const statement = await commitOptimistically(control.store, async () => {
    await getFunction(control.store, context, functionName);
    const scope = await findScope(control, context, functionName, qualifier);
    checkRevision(input.RevisionId, scope.revisionId, 'GetPolicy');
    const added = statementOf(input, functionArn(context, functionName, qualifier));
    const key = policyKey(context, functionName, qualifier);
    const policy = await control.store.get<PolicyDocument>(key);
    const statements = policy?.body.statements ?? [];
    if (statements.some(({ Sid }) => Sid === added.Sid)) throw duplicateStatement(added.Sid ?? '');
    const body: PolicyDocument = { ...policy?.body, statements: [...statements, added] };
    checkPublicAccess(control, [added]);
    checkPolicySize(body);
    return { changes: [write(key, body, policy?.revision ?? 'absent'), scope.touch().change], result: added };
  });
  return { output: { Statement: JSON.stringify(statement) } };
}
