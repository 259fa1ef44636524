import type { GetPolicyRequest } from '@aws-sdk/client-lambda';
import { parseFunctionName } from '../../../model/arn.ts';
import { lambdaError } from '../../../model/lambda-errors.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { type PolicyDocument, policyKey } from '../../documents.ts';
import { findScope, policyText } from './policy-scope.ts';

/** The policy of the function, a version or an alias. */
export async function getPolicy(
  control: ControlContext,
  input: GetPolicyRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName, qualifier } = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context);
  const policy = await control.store.get<PolicyDocument>(policyKey(context, functionName, qualifier));
  if (!policy) throw lambdaError('ResourceNotFoundException', 'The resource you requested does not exist.');
  const scope = await findScope(control, context, functionName, qualifier);
  return { output: { Policy: policyText(policy.body), RevisionId: scope.revisionId } };
}
