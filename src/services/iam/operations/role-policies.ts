import { iamOperation } from '../iam-context.ts';
import { iamError } from '../iam-errors.ts';
import { PAGE, POLICY_DOCUMENT, POLICY_NAME, ROLE_NAME } from '../member-rules.ts';
import { listedItems, takePage } from '../paging.ts';
import { checkPermissionPolicy } from '../permission-policy.ts';
import { encodedDocument, policySize } from '../policy-shape.ts';
import { changeRole, existingRole, refuseLinked } from '../roles.ts';

/** All inline policies of a role together. */
const INLINE_SIZE_MAX = 10_240;

/** PutRolePolicy. */
export const putRolePolicy = iamOperation(
  { RoleName: ROLE_NAME, PolicyName: POLICY_NAME, PolicyDocument: POLICY_DOCUMENT },
  async (iam, input, context) => {
    checkPermissionPolicy(input.PolicyDocument, 'inline');
    await changeRole(iam, context, input.RoleName, (role) => {
      refuseLinked(role);
      const others = role.inlinePolicies.filter(({ name }) => name !== input.PolicyName);
      const policies = [...others, { name: input.PolicyName, document: input.PolicyDocument }];
      const size = policies.reduce((sum, { document }) => sum + policySize(document), 0);
      if (size > INLINE_SIZE_MAX)
        throw iamError('LimitExceeded', `Maximum policy size of ${INLINE_SIZE_MAX} bytes exceeded for role ${role.name}`);
      return { ...role, inlinePolicies: policies.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
    });
    return undefined;
  },
);

/** GetRolePolicy. */
export const getRolePolicy = iamOperation(
  { RoleName: ROLE_NAME, PolicyName: POLICY_NAME },
  async (iam, { RoleName, PolicyName }, { account }) => {
    const { body } = await existingRole(iam, account, RoleName);
    const policy = body.inlinePolicies.find(({ name }) => name === PolicyName);
    if (!policy) throw noSuchPolicy(PolicyName);
    return { RoleName, PolicyName, PolicyDocument: encodedDocument(policy.document) };
  },
);

/** DeleteRolePolicy. */
export const deleteRolePolicy = iamOperation(
  { RoleName: ROLE_NAME, PolicyName: POLICY_NAME },
  async (iam, { RoleName, PolicyName }, context) => {
    await changeRole(iam, context, RoleName, (role) => {
      refuseLinked(role);
      const inlinePolicies = role.inlinePolicies.filter(({ name }) => name !== PolicyName);
      if (inlinePolicies.length === role.inlinePolicies.length) throw noSuchPolicy(PolicyName);
      return { ...role, inlinePolicies };
    });
    return undefined;
  },
);

/** ListRolePolicies. */
export const listRolePolicies = iamOperation({ ...PAGE, RoleName: ROLE_NAME }, async (iam, input, { account }) => {
  const { body } = await existingRole(iam, account, input.RoleName);
  const { items, rest } = await takePage(input, listedItems(body.inlinePolicies.map(({ name }) => [name, name])));
  return { PolicyNames: items, ...rest };
});

function noSuchPolicy(name: string): Error {
  return iamError('NoSuchEntity', `The role policy with name ${name} cannot be found.`);
}
