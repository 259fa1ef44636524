import type { DeleteResourcePolicyRequest, GetResourcePolicyRequest, PutResourcePolicyRequest } from '@aws-sdk/client-lambda';
import { type FunctionName, parseFunctionName } from '../../../model/arn.ts';
import { lambdaError } from '../../../model/lambda-errors.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { LATEST, type PolicyDocument, policyKey, write } from '../../documents.ts';
import { checkRevision, commitOptimistically, getFunction } from '../../function-store.ts';
import { invalid } from '../../settings/invalid.ts';
import { parsePolicy } from './policy-document.ts';
import { checkPolicySize, findScope, policyText } from './policy-scope.ts';
import { checkPublicAccess } from './public-access.ts';

/** Replaces the whole policy of a function, a version or an alias. */
export async function putResourcePolicy(
  control: ControlContext,
  input: PutResourcePolicyRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName, qualifier } = target(input.ResourceArn ?? '', context);
  const output = await commitOptimistically(control.store, async () => {
    await getFunction(control.store, context, functionName);
    const scope = await findScope(control, context, functionName, qualifier);
    checkRevision(input.RevisionId, scope.revisionId, 'GetResourcePolicy');
    const body = parsePolicy(input.Policy ?? '', input.ResourceArn ?? '', context);
    checkPublicAccess(control, body.statements);
    checkPolicySize(body);
    const key = policyKey(context, functionName, qualifier);
    const policy = await control.store.get<PolicyDocument>(key);
    const { change, revisionId } = scope.touch();
    return {
      changes: [write(key, body, policy?.revision ?? 'absent'), change],
      result: { Policy: policyText(body), RevisionId: revisionId },
    };
  });
  return { output };
}

/** The whole policy of a function, a version or an alias. */
export async function getResourcePolicy(
  control: ControlContext,
  input: GetResourcePolicyRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName, qualifier } = target(input.ResourceArn ?? '', context);
  const policy = await control.store.get<PolicyDocument>(policyKey(context, functionName, qualifier));
  if (!policy) throw noPolicy();
  const scope = await findScope(control, context, functionName, qualifier);
  return { output: { Policy: policyText(policy.body), RevisionId: scope.revisionId } };
}

/** Takes the whole policy away, also the statements that were added one by one. */
export async function deleteResourcePolicy(
  control: ControlContext,
  input: DeleteResourcePolicyRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName, qualifier } = target(input.ResourceArn ?? '', context);
  await commitOptimistically(control.store, async () => {
    await getFunction(control.store, context, functionName);
    const scope = await findScope(control, context, functionName, qualifier);
    const key = policyKey(context, functionName, qualifier);
    const policy = await control.store.get<PolicyDocument>(key);
    if (!policy) throw noPolicy();
    checkRevision(input.RevisionId, scope.revisionId, 'GetResourcePolicy');
    return { changes: [{ remove: key, expect: policy.revision }, scope.touch().change], result: undefined };
  });
  return { output: {} };
}

function target(arn: string, context: RequestContext): FunctionName {
  const name = parseFunctionName(arn, undefined, context);
  if (name.qualifier === LATEST) throw invalid('We currently do not support adding policies for $LATEST.');
  return name;
}

function noPolicy(): Error {
  return lambdaError('ResourceNotFoundException', 'The resource you requested does not exist.');
}
