import type { Change, Document } from '../../ports/metadata-store.ts';
import type { QueryStructure } from '../../wire/query/xml.ts';
import { commitOptimistically, type Iam } from './iam-context.ts';
import { iamError } from './iam-errors.ts';
import { MANAGED_POLICIES } from './managed-policies.ts';
import {
  IAM_REGION,
  type PolicyRecord,
  type PolicyUse,
  type PolicyUseRecord,
  policyKey,
  policyUseKey,
  policyUsePrefix,
  type RoleRecord,
} from './records.ts';

/** A managed policy: AWS's own, which nobody changes, or one of the account with its document. */
export interface FoundPolicy {
  readonly policy: PolicyRecord;
  readonly document?: Document<PolicyRecord>;
}

const POLICY_ARN = /^arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/(?:[!-~]*\/)?([\w+=,.@-]+)$/;
/** Roles that are counted as users of one policy, more than an account may have. */
const USES_MAX = 10_000;

/**
 * Finds a managed policy; undefined when there is none. Throws ValidationError or InvalidInput for what names no policy,
 * and AccessDenied for another account's.
 */
export async function findPolicy(iam: Iam, account: string, arn: string): Promise<FoundPolicy | undefined> {
  const match = POLICY_ARN.exec(arn);
  if (!match) {
    throw arn.startsWith('arn:') && arn.split(':').length >= 6
      ? iamError('InvalidInput', `ARN ${arn} is not valid.`)
      : iamError('ValidationError', 'Invalid ARN:  Could not be parsed!');
  }
  const [, owner, name = ''] = match;
  if (owner === 'aws') {
    const policy = MANAGED_POLICIES.get(arn);
    return policy && { policy };
  }
  if (owner !== account) throw outsideAccount();
  const document = await iam.store.get<PolicyRecord>(policyKey(account, name));
  return document?.body.arn === arn ? { policy: document.body, document } : undefined;
}

/** Finds a managed policy. Throws NoSuchEntity, and as {@link findPolicy} does. */
export async function existingPolicy(iam: Iam, account: string, arn: string): Promise<FoundPolicy> {
  const found = await findPolicy(iam, account, arn);
  if (!found) throw iamError('NoSuchEntity', `Policy ${arn} was not found.`);
  return found;
}

/** Finds a policy of the account, to change it. Throws AccessDenied for AWS's own, and as {@link existingPolicy} does. */
export async function ownPolicy(iam: Iam, account: string, arn: string): Promise<Document<PolicyRecord>> {
  const { document } = await existingPolicy(iam, account, arn);
  if (!document) throw outsideAccount();
  return document;
}

/** Changes a policy of the account, whatever others do to it at the same moment. */
export function changePolicy(
  iam: Iam,
  account: string,
  arn: string,
  change: (policy: PolicyRecord) => PolicyRecord,
): Promise<PolicyRecord> {
  return commitOptimistically(iam, async () => {
    const { key, revision, body } = await ownPolicy(iam, account, arn);
    const changed = change(body);
    return { changes: changed === body ? [] : [{ put: key, body: changed, expect: revision }], result: changed };
  });
}

/**
 * Notes that a role uses a policy. The policy's own document is written again as it is, so that nobody removes it at
 * the same moment.
 */
export function useChanges(
  account: string,
  { policy, document }: FoundPolicy,
  role: Pick<RoleRecord, 'name' | 'id' | 'path'>,
  use: PolicyUse,
): Change[] {
  const body: PolicyUseRecord = { use, roleName: role.name, roleId: role.id, rolePath: role.path };
  const note: Change = { put: policyUseKey(account, policy.arn, role.name, use), body };
  return document ? [note, { put: document.key, body: document.body, expect: document.revision }] : [note];
}

/** How many roles use a policy, and for what. */
export async function countUses(iam: Iam, account: string, arn: string): Promise<Readonly<Record<PolicyUse, number>>> {
  const uses = await iam.store.list<PolicyUseRecord>({
    account,
    region: IAM_REGION,
    kind: 'iam-policy-use',
    prefix: policyUsePrefix(arn),
    limit: USES_MAX,
  });
  const boundaries = uses.filter(({ body }) => body.use === 'PermissionsBoundary').length;
  return { PermissionsPolicy: uses.length - boundaries, PermissionsBoundary: boundaries };
}

/** A policy as listings show it. */
export function shownPolicy(policy: PolicyRecord, uses: Readonly<Record<PolicyUse, number>>): QueryStructure {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: `v${policy.defaultVersion}`,
    AttachmentCount: uses.PermissionsPolicy,
    PermissionsBoundaryUsageCount: uses.PermissionsBoundary,
    IsAttachable: true,
    CreateDate: new Date(policy.createdMs),
    UpdateDate: new Date(policy.updatedMs),
  };
}

function outsideAccount(): Error {
  return iamError('AccessDenied', 'Policy is outside your own account.');
}
