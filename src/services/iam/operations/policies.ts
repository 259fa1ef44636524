import { commitOptimistically, iamOperation } from '../iam-context.ts';
import { iamError } from '../iam-errors.ts';
import { MANAGED_POLICIES } from '../managed-policies.ts';
import {
  PAGE,
  PATH_PREFIX,
  POLICY_ARN,
  POLICY_DESCRIPTION,
  POLICY_DOCUMENT,
  POLICY_NAME,
  POLICY_PATH,
  TAGS,
} from '../member-rules.ts';
import { eachDocument, type Listed, takePage } from '../paging.ts';
import { countUses, existingPolicy, ownPolicy, shownPolicy } from '../policies.ts';
import { IAM_REGION, type PolicyRecord, type PolicyUse, policyKey } from '../records.ts';
import { checkedTags, shownTags } from '../tags.ts';
import { UNIQUE_ID_BYTES, uniqueId } from '../unique-id.ts';
import { checkManagedPolicy } from './policy-versions.ts';

/** What a policy is used for, as listings are asked for it. */
export const POLICY_USAGE_FILTER = { type: 'text', choices: ['PermissionsPolicy', 'PermissionsBoundary'] } as const;

/** CreatePolicy. */
export const createPolicy = iamOperation(
  {
    PolicyName: POLICY_NAME,
    PolicyDocument: POLICY_DOCUMENT,
    Path: POLICY_PATH,
    Description: POLICY_DESCRIPTION,
    Tags: TAGS,
  },
  async (iam, input, { account }) => {
    checkManagedPolicy(input.PolicyDocument);
    const createdMs = iam.clock.now();
    const path = input.Path ?? '/';
    const policy: PolicyRecord = {
      name: input.PolicyName,
      arn: `arn:aws:iam::${account}:policy${path}${input.PolicyName}`,
      id: uniqueId('ANPA', iam.ids.hex(UNIQUE_ID_BYTES)),
      path,
      description: input.Description,
      createdMs,
      updatedMs: createdMs,
      defaultVersion: 1,
      nextVersion: 2,
      versions: [{ number: 1, document: input.PolicyDocument, createdMs }],
      tags: checkedTags(input.Tags ?? []),
    };
    const key = policyKey(account, policy.name);
    await commitOptimistically(iam, async () => {
      if (await iam.store.get(key)) {
        const message = `A policy called ${policy.name} already exists. Duplicate names are not allowed.`;
        throw iamError('EntityAlreadyExists', message);
      }
      return { changes: [{ put: key, body: policy, expect: 'absent' as const }], result: undefined };
    });
    return { Policy: { ...shownPolicy(policy, { PermissionsPolicy: 0, PermissionsBoundary: 0 }), ...shownTags(policy.tags) } };
  },
);

/** GetPolicy. */
export const getPolicy = iamOperation({ PolicyArn: POLICY_ARN }, async (iam, { PolicyArn }, { account }) => {
  const { policy } = await existingPolicy(iam, account, PolicyArn);
  const shown = shownPolicy(policy, await countUses(iam, account, PolicyArn));
  return { Policy: { ...shown, Description: policy.description, ...shownTags(policy.tags) } };
});

/** DeletePolicy, of policies that nobody uses and that have one version. */
export const deletePolicy = iamOperation({ PolicyArn: POLICY_ARN }, async (iam, { PolicyArn }, { account }) => {
  await commitOptimistically(iam, async () => {
    const { key, revision, body } = await ownPolicy(iam, account, PolicyArn);
    const uses = await countUses(iam, account, PolicyArn);
    if (uses.PermissionsPolicy + uses.PermissionsBoundary > 0)
      throw iamError('DeleteConflict', 'Cannot delete a policy attached to entities.');
    if (body.versions.length > 1) {
      throw iamError(
        'DeleteConflict',
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      );
    }
    return { changes: [{ remove: key, expect: revision }], result: undefined };
  });
  return undefined;
});

/** ListPolicies: the account's, then AWS's. */
export const listPolicies = iamOperation(
  {
    ...PAGE,
    Scope: { type: 'text', choices: ['All', 'AWS', 'Local'] },
    OnlyAttached: { type: 'flag' },
    PathPrefix: PATH_PREFIX,
    PolicyUsageFilter: POLICY_USAGE_FILTER,
  },
  async (iam, input, { account }) => {
    const { Scope: scope = 'All', PathPrefix: prefix = '/', PolicyUsageFilter: use } = input;
    const isAsked = (uses: Readonly<Record<PolicyUse, number>>): boolean =>
      (use === undefined || uses[use as PolicyUse] > 0) && (!input.OnlyAttached || uses.PermissionsPolicy > 0);
    const all = async function* (after: string | undefined): AsyncGenerator<Listed<PolicyRecord>> {
      // Markers begin with where they are: `local/` or `managed/`.
      const local = after?.startsWith('local/') ? after.slice(6) : undefined;
      const request = { account, region: IAM_REGION, kind: 'iam-policy', ...(local === undefined ? {} : { after: local }) };
      if (scope !== 'AWS' && !after?.startsWith('managed/'))
        for await (const { key, body } of eachDocument<PolicyRecord>(iam.store, request)) yield [`local/${key.id}`, body];
      if (scope === 'Local') return;
      for (const policy of MANAGED_POLICIES.values()) {
        const id = `managed/${policy.path}${policy.name}`;
        if (!after?.startsWith('managed/') || id > after) yield [id, policy];
      }
    };
    const { items, rest } = await takePage(input, async function* (after) {
      for await (const [id, policy] of all(after)) {
        if (!policy.path.startsWith(prefix)) continue;
        const uses = await countUses(iam, account, policy.arn);
        if (isAsked(uses)) yield [id, shownPolicy(policy, uses)] as const;
      }
    });
    return { Policies: items, ...rest };
  },
);
