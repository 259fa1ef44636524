import { functionArn } from '../../../model/arn.ts';
import { lambdaError } from '../../../model/lambda-errors.ts';
import { POLICY_BYTES_MAX } from '../../../model/limits.ts';
import type { Change, Document } from '../../../ports/metadata-store.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import {
  type AliasDocument,
  aliasKey,
  isVersionNumber,
  LATEST,
  LATEST_PUBLISHED,
  type PolicyDocument,
  type VersionDocument,
  versionKey,
  write,
} from '../../documents.ts';
import { functionNotFound } from '../../function-store.ts';

/** What has a policy of its own: a function, one of its versions or an alias. */
export interface PolicyScope {
  /** The revision that stands for the policy. */
  readonly revisionId: string | undefined;
  /** The change that gives the scope a new revision, and that revision. */
  readonly touch: () => { readonly change: Change; readonly revisionId: string };
}

/** The document whose revision stands for the scope's policy. Throws ResourceNotFoundException in the words of each kind. */
export async function findScope(
  control: ControlContext,
  context: RequestContext,
  functionName: string,
  qualifier: string | undefined,
): Promise<PolicyScope> {
  if (qualifier !== undefined && qualifier !== LATEST && qualifier !== LATEST_PUBLISHED && !isVersionNumber(qualifier)) {
    if (qualifier.includes('$')) throw functionNotFound(context, functionName, qualifier);
    const alias = await control.store.get<AliasDocument>(aliasKey(context, functionName, qualifier));
    if (!alias) {
      const arn = functionArn(context, functionName, qualifier);
      throw lambdaError('ResourceNotFoundException', `Cannot find alias arn: ${arn}`);
    }
    return scopeOf(control, alias, alias.body.RevisionId, (RevisionId) => ({ ...alias.body, RevisionId }));
  }
  const version = await control.store.get<VersionDocument>(versionKey(context, functionName, qualifier ?? LATEST));
  if (!version) throw functionNotFound(context, functionName, qualifier);
  const { configuration } = version.body;
  return scopeOf(control, version, configuration.RevisionId, (RevisionId) => ({
    ...version.body,
    configuration: { ...configuration, RevisionId },
  }));
}

/** A policy as it is answered: one text, with its members in AWS's order. One that was put as a whole has the members it was put with. */
export function policyText({ Version, Id, statements }: PolicyDocument): string {
  const head = Version === undefined ? { Version: '2012-10-17', Id: 'default' } : { Version, Id };
  return JSON.stringify({ ...head, Statement: statements });
}

/** Throws PolicyLengthExceededException. */
export function checkPolicySize(policy: PolicyDocument): void {
  const sizeBytes = Buffer.byteLength(policyText(policy));
  if (sizeBytes <= POLICY_BYTES_MAX) return;
  throw lambdaError(
    'PolicyLengthExceededException',
    `The final policy size (${sizeBytes}) is bigger than the limit (${POLICY_BYTES_MAX}).`,
  );
}

/** The error for a second statement of one name. */
export function duplicateStatement(sid: string): Error {
  return lambdaError(
    'ResourceConflictException',
    `The statement id (${sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
  );
}

function scopeOf(
  control: ControlContext,
  document: Document,
  revisionId: string | undefined,
  withRevision: (revisionId: string) => unknown,
): PolicyScope {
  return {
    revisionId,
    touch: () => {
      const next = control.ids.uuid();
      return { change: write(document.key, withRevision(next), document.revision), revisionId: next };
    },
  };
}
