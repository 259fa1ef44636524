import type { DocumentKey } from '../../ports/metadata-store.ts';

/** A tag of a role or a policy. */
export interface IamTag {
  readonly Key: string;
  readonly Value: string;
}

/** A role with everything that belongs to it alone. */
export interface RoleRecord {
  readonly name: string;
  /** `AROA...` */
  readonly id: string;
  readonly path: string;
  readonly createdMs: number;
  /** As it was given. */
  readonly trustPolicy: string;
  readonly description?: string;
  readonly maxSessionSeconds: number;
  readonly boundaryArn?: string;
  /** In the order of their keys. */
  readonly tags: readonly IamTag[];
  /** Managed policies, in the order in which they were attached. */
  readonly attachedArns: readonly string[];
  /** In the order of their names. */
  readonly inlinePolicies: readonly InlinePolicy[];
  /** The service whose role it is; such roles are changed by their service alone. */
  readonly linkedService?: string;
}

/** A policy that lives and dies with its role. */
export interface InlinePolicy {
  readonly name: string;
  readonly document: string;
}

/** A managed policy. */
export interface PolicyRecord {
  readonly name: string;
  readonly arn: string;
  /** `ANPA...` */
  readonly id: string;
  readonly path: string;
  readonly description?: string;
  readonly createdMs: number;
  readonly updatedMs: number;
  /** The number in `v3`. */
  readonly defaultVersion: number;
  /** Numbers are never given twice. */
  readonly nextVersion: number;
  /** Oldest first. */
  readonly versions: readonly PolicyVersionRecord[];
  readonly tags: readonly IamTag[];
}

/** One text of a managed policy. */
export interface PolicyVersionRecord {
  readonly number: number;
  readonly document: string;
  readonly createdMs: number;
}

/** What a managed policy does for a role. */
export type PolicyUse = 'PermissionsPolicy' | 'PermissionsBoundary';

/** The note that a role uses a policy. */
export interface PolicyUseRecord {
  readonly use: PolicyUse;
  readonly roleName: string;
  readonly roleId: string;
  readonly rolePath: string;
}

/** IAM has no regions: its documents live in this one. */
export const IAM_REGION = 'aws-global';

const place = (account: string, kind: string, id: string): DocumentKey => ({ account, region: IAM_REGION, kind, id });

/** Key of a role; names that differ in case alone are one. */
export const roleKey = (account: string, name: string): DocumentKey => place(account, 'iam-role', name.toLowerCase());
/** Key of a managed policy; names that differ in case or path alone are one. */
export const policyKey = (account: string, name: string): DocumentKey => place(account, 'iam-policy', name.toLowerCase());
/** What the keys of all uses of a policy begin with. ARNs hold no line breaks. */
export const policyUsePrefix = (policyArn: string): string => `${policyArn}\n`;
/** Key of the note that a role uses a policy. */
export const policyUseKey = (account: string, policyArn: string, roleName: string, use: PolicyUse): DocumentKey =>
  place(account, 'iam-policy-use', `${policyUsePrefix(policyArn)}${roleName.toLowerCase()}\n${use}`);

/** ARN of a role. */
export function roleArn(account: string, role: Pick<RoleRecord, 'path' | 'name'>): string {
  return `arn:aws:iam::${account}:role${role.path}${role.name}`;
}

/** What the ARN of a managed policy that exists says: whose it is (`aws` or an account), its path and its name. */
export function policyPartsOf(arn: string): { readonly owner: string; readonly path: string; readonly name: string } {
  const [, , , , owner = '', resource = ''] = arn.split(':', 6);
  const slash = resource.lastIndexOf('/') + 1;
  return { owner, path: resource.slice('policy'.length, slash), name: resource.slice(slash) };
}
