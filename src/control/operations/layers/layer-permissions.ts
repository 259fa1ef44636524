import type {
  AddLayerVersionPermissionRequest,
  GetLayerVersionPolicyRequest,
  RemoveLayerVersionPermissionRequest,
} from '@aws-sdk/client-lambda';
import { lambdaError } from '../../../model/lambda-errors.ts';
import type { Change, Document } from '../../../ports/metadata-store.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { type PolicyStatement, write } from '../../documents.ts';
import { checkRevision, commitOptimistically } from '../../function-store.ts';
import { layerArn, type LayerPolicyDocument, layerPolicyKey, type LayerVersionDocument, layerVersionKey } from '../../layers.ts';
import { invalid } from '../../settings/invalid.ts';
import { checkPolicySize, duplicateStatement, policyText } from '../permissions/policy-scope.ts';
import { checkVersionNumber, parseOwnLayerName } from './layer-name.ts';

/** Lets an account, or everybody, have a layer version. */
export async function addLayerVersionPermission(
  control: ControlContext,
  input: AddLayerVersionPermissionRequest,
  context: RequestContext,
): Promise<OperationResult> {
  return commitOptimistically(control.store, async () => {
    const { version, policy, arn } = await find(control, input, context, 'AddLayerVersionPermission');
    checkRevision(input.RevisionId, policy?.body.revisionId, 'GetLayerPolicy');
    const statement = statementOf(input, arn);
    const statements = policy?.body.statements ?? [];
    if (statements.some(({ Sid }) => Sid === statement.Sid)) throw duplicateStatement(statement.Sid ?? '');
    const RevisionId = control.ids.uuid();
    const body: LayerPolicyDocument = { statements: [...statements, statement], revisionId: RevisionId };
    checkPolicySize(body);
    const key = layerPolicyKey(context, version.body.LayerName, version.body.Version);
    return {
      changes: [write(key, body, policy?.revision ?? 'absent'), touch(version)],
      result: { output: { Statement: JSON.stringify(statement), RevisionId } },
    };
  });
}

/** Who may have a layer version. */
export async function getLayerVersionPolicy(
  control: ControlContext,
  input: GetLayerVersionPolicyRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { policy } = await find(control, input, context, 'GetLayerVersionPolicy');
  if (!policy) throw lambdaError('ResourceNotFoundException', 'No policy is associated with the given resource.');
  return { output: { Policy: policyText(policy.body), RevisionId: policy.body.revisionId } };
}

/** Takes a permission back; the last one takes the policy with it. */
export async function removeLayerVersionPermission(
  control: ControlContext,
  input: RemoveLayerVersionPermissionRequest,
  context: RequestContext,
): Promise<OperationResult> {
  return commitOptimistically(control.store, async () => {
    const { version, policy } = await find(control, input, context, 'RemoveLayerVersionPermission');
    if (policy) checkRevision(input.RevisionId, policy.body.revisionId, 'GetLayerPolicy');
    const statements = policy?.body.statements.filter(({ Sid }) => Sid !== input.StatementId);
    if (!policy || statements === undefined || statements.length === policy.body.statements.length)
      throw lambdaError('ResourceNotFoundException', `Statement ${input.StatementId} is not found in resource policy.`);
    const change: Change =
      statements.length === 0
        ? { remove: policy.key, expect: policy.revision }
        : write(policy.key, { statements, revisionId: control.ids.uuid() }, policy.revision);
    return { changes: [change, touch(version)], result: { output: {} } };
  });
}

/** A policy must not outlive its version: whoever deletes the version at the same moment sees this write, or is seen by it. */
function touch(version: Document<LayerVersionDocument>): Change {
  return write(version.key, version.body, version.revision);
}

async function find(
  control: ControlContext,
  input: GetLayerVersionPolicyRequest,
  context: RequestContext,
  action: string,
): Promise<{
  readonly version: Document<LayerVersionDocument>;
  readonly policy: Document<LayerPolicyDocument> | undefined;
  readonly arn: string;
}> {
  const layerName = parseOwnLayerName(input.LayerName ?? '', context, action);
  const number = input.VersionNumber ?? 0;
  checkVersionNumber(number);
  const arn = layerArn(context, layerName, number);
  const version = await control.store.get<LayerVersionDocument>(layerVersionKey(context, layerName, number));
  if (!version) throw lambdaError('ResourceNotFoundException', `Layer version ${arn} does not exist.`);
  const policy = await control.store.get<LayerPolicyDocument>(layerPolicyKey(context, layerName, number));
  return { version, policy, arn };
}

function statementOf(input: AddLayerVersionPermissionRequest, resource: string): PolicyStatement {
  const { StatementId = '', Action = '', Principal = '', OrganizationId } = input;
  if (OrganizationId !== undefined && Principal !== '*')
    throw invalid('An OrganizationId can be given with the principal * alone.');
  const root = /^\d{12}$/.test(Principal) ? `arn:aws:iam::${Principal}:root` : Principal;
  return {
    Sid: StatementId,
    Effect: 'Allow',
    Principal: Principal === '*' ? '*' : { AWS: root },
    Action,
    Resource: resource,
    ...(OrganizationId === undefined ? {} : { Condition: { StringEquals: { 'aws:PrincipalOrgID': OrganizationId } } }),
  };
}
