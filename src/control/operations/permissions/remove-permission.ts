import type { RemovePermissionRequest } from '@aws-sdk/client-lambda';
import { functionArn, parseFunctionName } from '../../../model/arn.ts';
import { lambdaError } from '../../../model/lambda-errors.ts';
import type { Change } from '../../../ports/metadata-store.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { type PolicyDocument, policyKey, write } from '../../documents.ts';
import { checkRevision, commitOptimistically, findFunction } from '../../function-store.ts';
import { findScope } from './policy-scope.ts';

/** Takes a statement out of the policy; the last one takes the policy with it. */
export async function removePermission(
  control: ControlContext,
  input: RemovePermissionRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName, qualifier } = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context);
  await commitOptimistically(control.store, async () => {
    if (!(await findFunction(control.store, context, functionName))) {
      throw lambdaError('ResourceNotFoundException', `No policy found for: ${functionArn(context, functionName)}`);
    }
    const scope = await findScope(control, context, functionName, qualifier);
    const key = policyKey(context, functionName, qualifier);
    const policy = await control.store.get<PolicyDocument>(key);
    if (!policy) throw lambdaError('ResourceNotFoundException', 'No policy is associated with the given resource.');
    checkRevision(input.RevisionId, scope.revisionId, 'GetPolicy');
    const statements = policy.body.statements.filter(({ Sid }) => Sid !== input.StatementId);
    if (statements.length === policy.body.statements.length) {
      throw lambdaError('ResourceNotFoundException', `Statement ${input.StatementId} is not found in resource policy.`);
    }
    const change: Change =
      statements.length === 0
        ? { remove: key, expect: policy.revision }
        : write(key, { ...policy.body, statements }, policy.revision);
    return { changes: [change, scope.touch().change], result: undefined };
  });
  return { output: {} };
}
