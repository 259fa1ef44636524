import { commitOptimistically, type Iam, iamOperation } from '../iam-context.ts';
import { iamError } from '../iam-errors.ts';
import {
  ASSUME_ROLE_POLICY_DOCUMENT,
  MAX_SESSION_DURATION,
  PAGE,
  PATH_PREFIX,
  POLICY_ARN,
  POLICY_DOCUMENT,
  ROLE_DESCRIPTION,
  ROLE_NAME,
  ROLE_PATH,
  TAGS,
} from '../member-rules.ts';
import { eachDocument, takePage } from '../paging.ts';
import { findPolicy, useChanges } from '../policies.ts';
import { policySize } from '../policy-shape.ts';
import { IAM_REGION, policyUseKey, type RoleRecord, roleKey } from '../records.ts';
import { changeRole, existingRole, refuseLinked, shownRole, shownRoleInFull } from '../roles.ts';
import { checkedTags } from '../tags.ts';
import { checkTrustPolicy } from '../trust-policy.ts';
import { UNIQUE_ID_BYTES, uniqueId } from '../unique-id.ts';

const TRUST_POLICY_SIZE_MAX = 2_048;
const SESSION_SECONDS_DEFAULT = 3_600;

/** CreateRole. */
export const createRole = iamOperation(
  {
    RoleName: ROLE_NAME,
    AssumeRolePolicyDocument: ASSUME_ROLE_POLICY_DOCUMENT,
    Path: ROLE_PATH,
    Description: ROLE_DESCRIPTION,
    MaxSessionDuration: MAX_SESSION_DURATION,
    PermissionsBoundary: { ...POLICY_ARN, required: undefined },
    Tags: TAGS,
  },
  async (iam, input, context) => {
    checkTrust(input.AssumeRolePolicyDocument);
    const role: RoleRecord = {
      name: input.RoleName,
      id: uniqueId('AROA', iam.ids.hex(UNIQUE_ID_BYTES)),
      path: input.Path ?? '/',
      createdMs: iam.clock.now(),
      trustPolicy: input.AssumeRolePolicyDocument,
      description: input.Description,
      maxSessionSeconds: input.MaxSessionDuration ?? SESSION_SECONDS_DEFAULT,
      boundaryArn: input.PermissionsBoundary,
      tags: checkedTags(input.Tags ?? []),
      attachedArns: [],
      inlinePolicies: [],
    };
    await addRole(iam, context.account, role);
    return { Role: shownRoleInFull(context.account, role) };
  },
);

/** Stores a new role and that it uses its boundary. Throws EntityAlreadyExists and NoSuchEntity. */
async function addRole(iam: Iam, account: string, role: RoleRecord): Promise<void> {
  const key = roleKey(account, role.name);
  await commitOptimistically(iam, async () => {
    if (await iam.store.get(key)) throw iamError('EntityAlreadyExists', `Role with name ${role.name} already exists.`);
    const { boundaryArn } = role;
    const boundary = boundaryArn === undefined ? undefined : await findPolicy(iam, account, boundaryArn);
    if (boundaryArn !== undefined && !boundary)
      throw iamError('NoSuchEntity', `Scope ARN: ${boundaryArn} does not exist or is not attachable.`);
    const uses = boundary ? useChanges(account, boundary, role, 'PermissionsBoundary') : [];
    return { changes: [{ put: key, body: role, expect: 'absent' as const }, ...uses], result: undefined };
  });
}

/** GetRole. */
export const getRole = iamOperation({ RoleName: ROLE_NAME }, async (iam, input, { account }) => {
  const { body } = await existingRole(iam, account, input.RoleName);
  return { Role: shownRoleInFull(account, body) };
});

/** DeleteRole, of roles without policies. */
export const deleteRole = iamOperation({ RoleName: ROLE_NAME }, async (iam, input, { account }) => {
  await commitOptimistically(iam, async () => {
    const { key, revision, body } = await existingRole(iam, account, input.RoleName);
    refuseLinked(body);
    if (body.attachedArns.length > 0) throw iamError('DeleteConflict', 'Cannot delete entity, must detach all policies first.');
    if (body.inlinePolicies.length > 0) throw iamError('DeleteConflict', 'Cannot delete entity, must delete policies first.');
    const { boundaryArn } = body;
    const uses =
      boundaryArn === undefined ? [] : [{ remove: policyUseKey(account, boundaryArn, body.name, 'PermissionsBoundary') }];
    return { changes: [{ remove: key, expect: revision }, ...uses], result: undefined };
  });
  return undefined;
});

/** ListRoles. */
export const listRoles = iamOperation({ ...PAGE, PathPrefix: PATH_PREFIX }, async ({ store }, input, { account }) => {
  const prefix = input.PathPrefix ?? '/';
  const { items, rest } = await takePage(input, async function* (after) {
    const request = { account, region: IAM_REGION, kind: 'iam-role', ...(after === undefined ? {} : { after }) };
    for await (const { key, body } of eachDocument<RoleRecord>(store, request))
      if (body.path.startsWith(prefix)) yield [key.id, body] as const;
  });
  return { Roles: items.map((role) => shownRole(account, role)), ...rest };
});

/** UpdateRole; what is not given stays. */
export const updateRole = iamOperation(
  { RoleName: ROLE_NAME, Description: ROLE_DESCRIPTION, MaxSessionDuration: MAX_SESSION_DURATION },
  async (iam, input, context) => {
    await changeRole(iam, context, input.RoleName, (role) => {
      refuseLinked(role);
      return {
        ...role,
        description: input.Description ?? role.description,
        maxSessionSeconds: input.MaxSessionDuration ?? role.maxSessionSeconds,
      };
    });
    return {};
  },
);

/** UpdateRoleDescription. */
export const updateRoleDescription = iamOperation(
  { RoleName: ROLE_NAME, Description: { ...ROLE_DESCRIPTION, required: true } },
  async (iam, input, context) => {
    const role = await changeRole(iam, context, input.RoleName, (present) => ({ ...present, description: input.Description }));
    return { Role: shownRole(context.account, role) };
  },
);

/** UpdateAssumeRolePolicy. */
export const updateAssumeRolePolicy = iamOperation(
  { RoleName: ROLE_NAME, PolicyDocument: POLICY_DOCUMENT },
  async (iam, input, context) => {
    await changeRole(iam, context, input.RoleName, (role) => {
      refuseLinked(role);
      checkTrust(input.PolicyDocument);
      return { ...role, trustPolicy: input.PolicyDocument };
    });
    return undefined;
  },
);

function checkTrust(document: string): void {
  checkTrustPolicy(document);
  if (policySize(document) > TRUST_POLICY_SIZE_MAX)
    throw iamError('LimitExceeded', `Cannot exceed quota for ACLSizePerRole: ${TRUST_POLICY_SIZE_MAX}`);
}
