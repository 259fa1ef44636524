import type { Document } from '../../../ports/metadata-store.ts';
import { commitOptimistically, iamOperation } from '../iam-context.ts';
import { iamError } from '../iam-errors.ts';
import { PAGE, PATH_PREFIX, POLICY_ARN, ROLE_NAME } from '../member-rules.ts';
import { listedItems, takePage } from '../paging.ts';
import { findPolicy, useChanges } from '../policies.ts';
import { policyPartsOf, policyUseKey, type RoleRecord } from '../records.ts';
import { existingRole, refuseLinked } from '../roles.ts';

/** AWS's default; accounts may have it raised. */
const ATTACHED_MAX = 10;

/** AttachRolePolicy; attaching again is harmless. */
export const attachRolePolicy = iamOperation(
  { RoleName: ROLE_NAME, PolicyArn: POLICY_ARN },
  async (iam, { RoleName, PolicyArn }, { account }) => {
    await commitOptimistically(iam, async () => {
      const { key, revision, body } = await existingRole(iam, account, RoleName);
      refuseLinked(body);
      const found = await findPolicy(iam, account, PolicyArn);
      if (!found) throw notAttachable(PolicyArn);
      if (body.attachedArns.includes(PolicyArn)) return { changes: [], result: undefined };
      if (body.attachedArns.length >= ATTACHED_MAX)
        throw iamError('LimitExceeded', `Cannot exceed quota for PoliciesPerRole: ${ATTACHED_MAX}`);
      const changed: RoleRecord = { ...body, attachedArns: [...body.attachedArns, PolicyArn] };
      const uses = useChanges(account, found, body, 'PermissionsPolicy');
      return { changes: [{ put: key, body: changed, expect: revision }, ...uses], result: undefined };
    });
    return undefined;
  },
);

/** DetachRolePolicy. */
export const detachRolePolicy = iamOperation(
  { RoleName: ROLE_NAME, PolicyArn: POLICY_ARN },
  async (iam, { RoleName, PolicyArn }, { account }) => {
    await commitOptimistically(iam, async () => {
      const { key, revision, body } = await existingRole(iam, account, RoleName);
      refuseLinked(body);
      const attachedArns = body.attachedArns.filter((arn) => arn !== PolicyArn);
      if (attachedArns.length === body.attachedArns.length) {
        // Says first what is wrong with the ARN, if anything is.
        await findPolicy(iam, account, PolicyArn);
        throw iamError('NoSuchEntity', `Policy ${PolicyArn} was not found.`);
      }
      const release = { remove: policyUseKey(account, PolicyArn, body.name, 'PermissionsPolicy') };
      return { changes: [{ put: key, body: { ...body, attachedArns }, expect: revision }, release], result: undefined };
    });
    return undefined;
  },
);

/** ListAttachedRolePolicies. */
export const listAttachedRolePolicies = iamOperation(
  { ...PAGE, RoleName: ROLE_NAME, PathPrefix: PATH_PREFIX },
  async (iam, input, { account }) => {
    const { body } = await existingRole(iam, account, input.RoleName);
    const listed = body.attachedArns.flatMap((PolicyArn) => {
      const { owner, path, name: PolicyName } = policyPartsOf(PolicyArn);
      // ARNs are too long for a marker.
      return path.startsWith(input.PathPrefix ?? '/') ? [[`${PolicyName}/${owner}`, { PolicyName, PolicyArn }] as const] : [];
    });
    const { items, rest } = await takePage(input, listedItems(listed));
    return { AttachedPolicies: items, ...rest };
  },
);

/** PutRolePermissionsBoundary. */
export const putRolePermissionsBoundary = iamOperation(
  { RoleName: ROLE_NAME, PermissionsBoundary: POLICY_ARN },
  async (iam, { RoleName, PermissionsBoundary: arn }, { account }) => {
    await commitOptimistically(iam, async () => {
      const role = await existingRole(iam, account, RoleName);
      refuseLinked(role.body);
      const found = await findPolicy(iam, account, arn);
      if (!found) throw iamError('NoSuchEntity', `Scope ARN: ${arn} does not exist or is not attachable.`);
      if (role.body.boundaryArn === arn) return { changes: [], result: undefined };
      const uses = useChanges(account, found, role.body, 'PermissionsBoundary');
      const changed = { put: role.key, body: { ...role.body, boundaryArn: arn }, expect: role.revision };
      return { changes: [changed, ...boundaryRelease(account, role), ...uses], result: undefined };
    });
    return undefined;
  },
);

/** DeleteRolePermissionsBoundary; a role without one is left as it is. */
export const deleteRolePermissionsBoundary = iamOperation({ RoleName: ROLE_NAME }, async (iam, input, { account }) => {
  await commitOptimistically(iam, async () => {
    const role = await existingRole(iam, account, input.RoleName);
    refuseLinked(role.body);
    const { boundaryArn, ...rest } = role.body;
    if (boundaryArn === undefined) return { changes: [], result: undefined };
    const changed = { put: role.key, body: rest, expect: role.revision };
    return { changes: [changed, ...boundaryRelease(account, role)], result: undefined };
  });
  return undefined;
});

function boundaryRelease(account: string, { body }: Document<RoleRecord>): { remove: ReturnType<typeof policyUseKey> }[] {
  if (body.boundaryArn === undefined) return [];
  return [{ remove: policyUseKey(account, body.boundaryArn, body.name, 'PermissionsBoundary') }];
}

function notAttachable(arn: string): Error {
  return iamError('NoSuchEntity', `Policy ${arn} does not exist or is not attachable.`);
}
