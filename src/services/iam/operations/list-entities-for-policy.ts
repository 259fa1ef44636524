import { iamOperation } from '../iam-context.ts';
import { PAGE, PATH_PREFIX, POLICY_ARN } from '../member-rules.ts';
import { eachDocument, takePage } from '../paging.ts';
import { existingPolicy } from '../policies.ts';
import { IAM_REGION, policyUsePrefix, type PolicyUseRecord } from '../records.ts';
import { POLICY_USAGE_FILTER } from './policies.ts';

/** ListEntitiesForPolicy: roles alone, for there are no users and groups. */
export const listEntitiesForPolicy = iamOperation(
  {
    ...PAGE,
    PolicyArn: POLICY_ARN,
    EntityFilter: { type: 'text', choices: ['User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy'] },
    PathPrefix: PATH_PREFIX,
    PolicyUsageFilter: POLICY_USAGE_FILTER,
  },
  async (iam, input, { account }) => {
    const { PolicyArn, EntityFilter: sort = 'Role', PathPrefix: path = '/', PolicyUsageFilter: use } = input;
    await existingPolicy(iam, account, PolicyArn);
    const prefix = policyUsePrefix(PolicyArn);
    const request = { account, region: IAM_REGION, kind: 'iam-policy-use', prefix };
    const { items, rest } = await takePage(input, async function* (after) {
      if (sort !== 'Role') return;
      let previous = after?.split('\n', 1)[0];
      const from = after === undefined ? {} : { after: `${prefix}${after}` };
      for await (const { key, body } of eachDocument<PolicyUseRecord>(iam.store, { ...request, ...from })) {
        const id = key.id.slice(prefix.length);
        const role = id.split('\n', 1)[0];
        if ((use !== undefined && body.use !== use) || !body.rolePath.startsWith(path)) continue;
        // A role that uses the policy in both ways is listed once.
        if (role !== previous) yield [id, { RoleName: body.roleName, RoleId: body.roleId }] as const;
        previous = role;
      }
    });
    return { PolicyGroups: [], PolicyUsers: [], PolicyRoles: items, ...rest };
  },
);
