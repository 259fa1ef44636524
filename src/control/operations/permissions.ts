import type { AddPermissionRequest, GetPolicyRequest, RemovePermissionRequest } from '@aws-sdk/client-lambda';
import { functionArn, parseFunctionName } from '../../model/arn.ts';
import { lambdaError } from '../../model/lambda-errors.ts';
import { POLICY_BYTES_MAX } from '../../model/limits.ts';
import type { Change, Document } from '../../ports/metadata-store.ts';
import type { OperationResult } from '../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../wire/service.ts';
import type { ControlContext } from '../control-context.ts';
import {
  type AliasDocument,
  aliasKey,
  isVersionNumber,
  LATEST,
  type PolicyDocument,
  type PolicyStatement,
  policyKey,
  type VersionDocument,
  versionKey,
} from '../documents.ts';
import { checkRevision, commitOptimistically, findFunction, functionNotFound } from '../function-store.ts';
import { invalid } from '../settings-checks.ts';
import { aliasNotFound } from './aliases.ts';

interface Scope {
  readonly revisionId: string | undefined;
  /** The change that gives the scope a new revision. */
  readonly touch: () => Change;
}

/** Lets a service or an account invoke the function, a version or an alias. */
export async function addPermission(
  control: ControlContext,
  input: AddPermissionRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName, qualifier } = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context);
  if (qualifier === LATEST) throw invalid('We currently do not support adding policies for $LATEST.');
  const statement = statementOf(input, functionArn(context, functionName, qualifier));
  await commitOptimistically(control.store, async () => {
    if (!(await findFunction(control.store, context, functionName))) throw functionNotFound(context, functionName);
    const scope = await findScope(control, context, functionName, qualifier);
    checkRevision(input.RevisionId, scope.revisionId, 'GetPolicy');
    const key = policyKey(context, functionName, qualifier);
    const policy = await control.store.get<PolicyDocument>(key);
    const statements = policy?.body.statements ?? [];
    if (statements.some(({ Sid }) => Sid === statement.Sid)) {
      throw lambdaError(
        'ResourceConflictException',
        `The statement id (${statement.Sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
      );
    }
    const body: PolicyDocument = { statements: [...statements, statement] };
    const sizeBytes = Buffer.byteLength(policyText(body));
    if (sizeBytes > POLICY_BYTES_MAX) {
      throw lambdaError(
        'PolicyLengthExceededException',
        `The final policy size (${sizeBytes}) is bigger than the limit (${POLICY_BYTES_MAX}).`,
      );
    }
    return { changes: [{ put: key, body, expect: policy?.revision ?? 'absent' }, scope.touch()], result: undefined };
  });
  return { output: { Statement: JSON.stringify(statement) } };
}

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
        : { put: key, body: { statements }, expect: policy.revision };
    return { changes: [change, scope.touch()], result: undefined };
  });
  return { output: {} };
}

function policyText(policy: PolicyDocument): string {
  return JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: policy.statements });
}

/** The document whose revision stands for the scope's policy. */
async function findScope(
  control: ControlContext,
  context: RequestContext,
  functionName: string,
  qualifier: string | undefined,
): Promise<Scope> {
  if (qualifier !== undefined && qualifier !== LATEST && !isVersionNumber(qualifier)) {
    if (qualifier.includes('$')) throw functionNotFound(context, functionName, qualifier);
    const alias = await control.store.get<AliasDocument>(aliasKey(context, functionName, qualifier));
    if (!alias) throw aliasNotFound(context, functionName, qualifier);
    return scopeOf(alias, alias.body.RevisionId, (RevisionId) => ({ ...alias.body, RevisionId }), control);
  }
  const version = await control.store.get<VersionDocument>(versionKey(context, functionName, qualifier ?? LATEST));
  if (!version) throw functionNotFound(context, functionName, qualifier);
  const { configuration } = version.body;
  return scopeOf(
    version,
    configuration.RevisionId,
    (RevisionId) => ({ ...version.body, configuration: { ...configuration, RevisionId } }),
    control,
  );
}

function scopeOf(
  document: Document,
  revisionId: string | undefined,
  withRevision: (revisionId: string) => unknown,
  control: ControlContext,
): Scope {
  return { revisionId, touch: () => ({ put: document.key, body: withRevision(control.ids.uuid()), expect: document.revision }) };
}

function statementOf(input: AddPermissionRequest, resource: string): PolicyStatement {
  const equals = {
    ...(input.SourceAccount === undefined ? {} : { 'AWS:SourceAccount': input.SourceAccount }),
    ...(input.FunctionUrlAuthType === undefined ? {} : { 'lambda:FunctionUrlAuthType': input.FunctionUrlAuthType }),
    ...(input.PrincipalOrgID === undefined ? {} : { 'aws:PrincipalOrgID': input.PrincipalOrgID }),
    ...(input.EventSourceToken === undefined ? {} : { 'lambda:EventSourceToken': input.EventSourceToken }),
  };
  const condition = {
    ...(Object.keys(equals).length > 0 ? { StringEquals: equals } : {}),
    ...(input.SourceArn === undefined ? {} : { ArnLike: { 'AWS:SourceArn': input.SourceArn } }),
    ...(input.InvokedViaFunctionUrl === undefined
      ? {}
      : { Bool: { 'lambda:InvokedViaFunctionUrl': String(input.InvokedViaFunctionUrl) } }),
  };
  return {
    Sid: input.StatementId ?? '',
    Effect: 'Allow',
    Principal: principalOf(input.Principal ?? ''),
    Action: input.Action ?? '',
    Resource: resource,
    ...(Object.keys(condition).length > 0 ? { Condition: condition } : {}),
  };
}

function principalOf(principal: string): PolicyStatement['Principal'] {
  if (principal === '*') return '*';
  if (/^\d{12}$/.test(principal)) return { AWS: `arn:aws:iam::${principal}:root` };
  if (/^arn:aws[a-z-]*:(iam|sts)::\d{12}:/.test(principal)) return { AWS: principal };
  if (/^[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|amazon\.com)$/.test(principal)) return { Service: principal };
  throw invalid('The provided principal was invalid. Please check the principal and try again.');
}
