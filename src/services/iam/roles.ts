import type { Document } from '../../ports/metadata-store.ts';
import type { QueryStructure } from '../../wire/query/xml.ts';
import type { RequestContext } from '../../wire/service.ts';
import { commitOptimistically, type Iam } from './iam-context.ts';
import { iamError } from './iam-errors.ts';
import { encodedDocument } from './policy-shape.ts';
import { type RoleRecord, roleArn, roleKey } from './records.ts';
import { shownTags } from './tags.ts';

/** A role by its name. Throws NoSuchEntity. */
export async function existingRole(iam: Iam, account: string, name: string): Promise<Document<RoleRecord>> {
  const found = await iam.store.get<RoleRecord>(roleKey(account, name));
  // Names that differ in case alone can't both be taken, but a role answers to its own alone.
  if (found?.body.name !== name) throw iamError('NoSuchEntity', `The role with name ${name} cannot be found.`);
  return found;
}

/** Throws UnmodifiableEntity for roles that are their services'. */
export function refuseLinked(role: RoleRecord): void {
  if (role.linkedService === undefined) return;
  throw iamError(
    'UnmodifiableEntity',
    `Cannot perform the operation on the protected role '${role.name}' - this role is only modifiable by AWS`,
  );
}

/** Changes a role, whatever others do to it at the same moment. `change` may give back what it got. Throws NoSuchEntity. */
export function changeRole(
  iam: Iam,
  context: RequestContext,
  name: string,
  change: (role: RoleRecord) => RoleRecord,
): Promise<RoleRecord> {
  return commitOptimistically(iam, async () => {
    const { key, revision, body } = await existingRole(iam, context.account, name);
    const changed = change(body);
    return { changes: changed === body ? [] : [{ put: key, body: changed, expect: revision }], result: changed };
  });
}

/** A role as listings show it. */
export function shownRole(account: string, role: RoleRecord): QueryStructure {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: roleArn(account, role),
    CreateDate: new Date(role.createdMs),
    AssumeRolePolicyDocument: encodedDocument(role.trustPolicy),
    Description: role.description,
    MaxSessionDuration: role.maxSessionSeconds,
  };
}

/** A role with what listings leave out. When roles were last used is not kept. */
export function shownRoleInFull(account: string, role: RoleRecord): QueryStructure {
  const boundary =
    role.boundaryArn === undefined ? undefined : { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: role.boundaryArn };
  return { ...shownRole(account, role), PermissionsBoundary: boundary, ...shownTags(role.tags), RoleLastUsed: {} };
}
