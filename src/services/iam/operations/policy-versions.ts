import type { QueryStructure } from '../../../wire/query/xml.ts';
import { iamOperation } from '../iam-context.ts';
import { iamError } from '../iam-errors.ts';
import { PAGE, POLICY_ARN, POLICY_DOCUMENT, VERSION_ID } from '../member-rules.ts';
import { listedItems, takePage } from '../paging.ts';
import { checkPermissionPolicy } from '../permission-policy.ts';
import { changePolicy, existingPolicy } from '../policies.ts';
import { encodedDocument, policySize } from '../policy-shape.ts';
import type { PolicyRecord, PolicyVersionRecord } from '../records.ts';

const POLICY_SIZE_MAX = 6_144;
const VERSIONS_MAX = 5;

/** Checks a managed policy's text. Throws MalformedPolicyDocument and LimitExceeded. */
export function checkManagedPolicy(document: string): void {
  checkPermissionPolicy(document, 'managed');
  if (policySize(document) > POLICY_SIZE_MAX)
    throw iamError('LimitExceeded', `Cannot exceed quota for PolicySize: ${POLICY_SIZE_MAX}`);
}

/** CreatePolicyVersion. */
export const createPolicyVersion = iamOperation(
  { PolicyArn: POLICY_ARN, PolicyDocument: POLICY_DOCUMENT, SetAsDefault: { type: 'flag' } },
  async (iam, input, { account }) => {
    checkManagedPolicy(input.PolicyDocument);
    const createdMs = iam.clock.now();
    const policy = await changePolicy(iam, account, input.PolicyArn, (present) => {
      if (present.versions.length >= VERSIONS_MAX) {
        throw iamError(
          'LimitExceeded',
          `A managed policy can have up to ${VERSIONS_MAX} versions. Before you create a new version, you must delete an existing version.`,
        );
      }
      const number = present.nextVersion;
      return {
        ...present,
        updatedMs: createdMs,
        defaultVersion: input.SetAsDefault ? number : present.defaultVersion,
        nextVersion: number + 1,
        versions: [...present.versions, { number, document: input.PolicyDocument, createdMs }],
      };
    });
    return { PolicyVersion: shownVersion(policy, policy.nextVersion - 1) };
  },
);

/** GetPolicyVersion. */
export const getPolicyVersion = iamOperation(
  { PolicyArn: POLICY_ARN, VersionId: VERSION_ID },
  async (iam, { PolicyArn, VersionId }, { account }) => {
    const { policy } = await existingPolicy(iam, account, PolicyArn);
    const { number, document } = existingVersion(policy, VersionId);
    return { PolicyVersion: { Document: encodedDocument(document), ...shownVersion(policy, number) } };
  },
);

/** DeletePolicyVersion, of versions that are not the default. */
export const deletePolicyVersion = iamOperation(
  { PolicyArn: POLICY_ARN, VersionId: VERSION_ID },
  async (iam, { PolicyArn, VersionId }, { account }) => {
    await changePolicy(iam, account, PolicyArn, (policy) => {
      const { number } = existingVersion(policy, VersionId);
      if (number === policy.defaultVersion) throw iamError('DeleteConflict', 'Cannot delete the default version of a policy.');
      return { ...policy, versions: policy.versions.filter((version) => version.number !== number) };
    });
    return undefined;
  },
);

/** ListPolicyVersions, the newest first. */
export const listPolicyVersions = iamOperation({ ...PAGE, PolicyArn: POLICY_ARN }, async (iam, input, { account }) => {
  const { policy } = await existingPolicy(iam, account, input.PolicyArn);
  const versions = policy.versions.toReversed().map(({ number }) => [`v${number}`, shownVersion(policy, number)] as const);
  const { items, rest } = await takePage(input, listedItems(versions));
  return { Versions: items, ...rest };
});

/** SetDefaultPolicyVersion. */
export const setDefaultPolicyVersion = iamOperation(
  { PolicyArn: POLICY_ARN, VersionId: VERSION_ID },
  async (iam, { PolicyArn, VersionId }, { account }) => {
    const updatedMs = iam.clock.now();
    await changePolicy(iam, account, PolicyArn, (policy) => ({
      ...policy,
      defaultVersion: existingVersion(policy, VersionId).number,
      updatedMs,
    }));
    return undefined;
  },
);

function existingVersion(policy: PolicyRecord, versionId: string): PolicyVersionRecord {
  const version = policy.versions.find(({ number }) => `v${number}` === versionId);
  if (version) return version;
  const message = `Policy ${policy.arn} version ${versionId.slice(0, 128)} does not exist or is not attachable.`;
  throw iamError('NoSuchEntity', message);
}

function shownVersion(policy: PolicyRecord, number: number): QueryStructure {
  const version = policy.versions.find((candidate) => candidate.number === number);
  return {
    VersionId: `v${number}`,
    IsDefaultVersion: number === policy.defaultVersion,
    CreateDate: version && new Date(version.createdMs),
  };
}
