import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRolePolicyCommand,
  type IAMClient,
  ListAttachedRolePoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListPoliciesCommand,
  ListPolicyTagsCommand,
  ListPolicyVersionsCommand,
  ListRolePoliciesCommand,
  paginateListPolicies,
  PutRolePolicyCommand,
  SetDefaultPolicyVersionCommand,
  TagPolicyCommand,
  UntagPolicyCommand,
} from '@aws-sdk/client-iam';
import { ACCOUNT, openIam, policyOn, TRUST } from './iam-fixture.ts';

const BASIC = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole';

async function makeRole(iam: IAMClient, RoleName: string, Path = '/'): Promise<void> {
  await iam.send(new CreateRoleCommand({ RoleName, Path, AssumeRolePolicyDocument: TRUST }));
}

async function makePolicy(iam: IAMClient, PolicyName: string, Path?: string): Promise<string> {
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName, Path, PolicyDocument: policyOn('s3:Get*') }));
  return Policy?.Arn ?? '';
}

test('inline policies live with their role', async (t) => {
  const { iam } = await openIam(t);
  await makeRole(iam, 'r');
  const document = '{ "Version":"2012-10-17",\n "Statement": {"Effect":"Allow","Action":"s3:*","Resource":"*"} }';
  for (const PolicyName of ['b', 'a'])
    await iam.send(new PutRolePolicyCommand({ RoleName: 'r', PolicyName, PolicyDocument: document }));
  await iam.send(new PutRolePolicyCommand({ RoleName: 'r', PolicyName: 'b', PolicyDocument: policyOn('sqs:*') }));
  assert.deepEqual((await iam.send(new ListRolePoliciesCommand({ RoleName: 'r' }))).PolicyNames, ['a', 'b']);
  const { PolicyDocument, ...names } = await iam.send(new GetRolePolicyCommand({ RoleName: 'r', PolicyName: 'a' }));
  assert.deepEqual([names.RoleName, names.PolicyName], ['r', 'a']);
  assert.equal(decodeURIComponent(PolicyDocument ?? ''), document);
  assert.doesNotMatch(PolicyDocument ?? '', /[^A-Za-z0-9._~%-]/);
  await assert.rejects(iam.send(new DeleteRoleCommand({ RoleName: 'r' })), {
    name: 'DeleteConflictException',
    message: 'Cannot delete entity, must delete policies first.',
  });
  const missing = { name: 'NoSuchEntityException', message: 'The role policy with name c cannot be found.' };
  await assert.rejects(iam.send(new GetRolePolicyCommand({ RoleName: 'r', PolicyName: 'c' })), missing);
  await assert.rejects(iam.send(new DeleteRolePolicyCommand({ RoleName: 'r', PolicyName: 'c' })), missing);
  const big = policyOn(`s3:${'x'.repeat(5_500)}`);
  await iam.send(new PutRolePolicyCommand({ RoleName: 'r', PolicyName: 'b', PolicyDocument: big }));
  await assert.rejects(iam.send(new PutRolePolicyCommand({ RoleName: 'r', PolicyName: 'd', PolicyDocument: big })), {
    name: 'LimitExceededException',
    message: 'Maximum policy size of 10240 bytes exceeded for role r',
  });
  for (const PolicyName of ['a', 'b']) await iam.send(new DeleteRolePolicyCommand({ RoleName: 'r', PolicyName }));
  await iam.send(new DeleteRoleCommand({ RoleName: 'r' }));
});

test('managed policies are attached to roles, AWS\u2019s too', async (t) => {
  const { iam } = await openIam(t);
  await makeRole(iam, 'r');
  const own = await makePolicy(iam, 'own', '/team/');
  for (const PolicyArn of [BASIC, own, own]) await iam.send(new AttachRolePolicyCommand({ RoleName: 'r', PolicyArn }));
  const attached = async (PathPrefix?: string) =>
    (await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: 'r', PathPrefix }))).AttachedPolicies;
  assert.deepEqual(await attached(), [
    { PolicyName: 'AWSLambdaBasicExecutionRole', PolicyArn: BASIC },
    { PolicyName: 'own', PolicyArn: own },
  ]);
  assert.deepEqual(await attached('/team/'), [{ PolicyName: 'own', PolicyArn: own }]);
  assert.equal((await iam.send(new GetPolicyCommand({ PolicyArn: own }))).Policy?.AttachmentCount, 1);
  const { PolicyRoles, PolicyUsers } = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn: BASIC }));
  assert.deepEqual([PolicyRoles?.[0]?.RoleName, PolicyUsers], ['r', []]);
  await assert.rejects(iam.send(new DeleteRoleCommand({ RoleName: 'r' })), {
    name: 'DeleteConflictException',
    message: 'Cannot delete entity, must detach all policies first.',
  });
  await assert.rejects(iam.send(new DeletePolicyCommand({ PolicyArn: own })), {
    name: 'DeleteConflictException',
    message: 'Cannot delete a policy attached to entities.',
  });
  await iam.send(new DetachRolePolicyCommand({ RoleName: 'r', PolicyArn: own }));
  await assert.rejects(iam.send(new DetachRolePolicyCommand({ RoleName: 'r', PolicyArn: own })), {
    name: 'NoSuchEntityException',
    message: `Policy ${own} was not found.`,
  });
  await iam.send(new DeletePolicyCommand({ PolicyArn: own }));
  await assert.rejects(iam.send(new AttachRolePolicyCommand({ RoleName: 'r', PolicyArn: own })), {
    name: 'NoSuchEntityException',
    message: `Policy ${own} does not exist or is not attachable.`,
  });
  await iam.send(new DetachRolePolicyCommand({ RoleName: 'r', PolicyArn: BASIC }));
  await iam.send(new DeleteRoleCommand({ RoleName: 'r' }));
});

test('a role has at most ten attached policies', async (t) => {
  const { iam } = await openIam(t);
  await makeRole(iam, 'r');
  const arns = await Promise.all(Array.from({ length: 11 }, (_, index) => makePolicy(iam, `p${index}`)));
  await Promise.all(arns.slice(1).map((PolicyArn) => iam.send(new AttachRolePolicyCommand({ RoleName: 'r', PolicyArn }))));
  await assert.rejects(iam.send(new AttachRolePolicyCommand({ RoleName: 'r', PolicyArn: arns[0] })), {
    name: 'LimitExceededException',
    message: 'Cannot exceed quota for PoliciesPerRole: 10',
  });
  const names: (string | undefined)[] = [];
  let Marker: string | undefined;
  do {
    const page = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: 'r', MaxItems: 3, Marker }));
    names.push(...(page.AttachedPolicies ?? []).map(({ PolicyName }) => PolicyName));
    Marker = page.Marker;
  } while (Marker !== undefined);
  assert.equal(new Set(names).size, 10);
});

test('a policy is either attached or removed, whichever comes first', async (t) => {
  const { iam } = await openIam(t);
  for (let round = 0; round < 10; round += 1) {
    await makeRole(iam, `r${round}`);
    const PolicyArn = await makePolicy(iam, `p${round}`);
    const [attached, removed] = await Promise.allSettled([
      iam.send(new AttachRolePolicyCommand({ RoleName: `r${round}`, PolicyArn })),
      iam.send(new DeletePolicyCommand({ PolicyArn })),
    ]);
    assert.notEqual(attached.status, removed.status);
  }
});

test('versions of a policy: five at most, one is the default, numbers are not given again', async (t) => {
  const { iam } = await openIam(t);
  const PolicyArn = await makePolicy(iam, 'p');
  const add = (action: string, SetAsDefault?: boolean) =>
    iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: policyOn(action), SetAsDefault }));
  const second = await add('s3:A', true);
  assert.deepEqual([second.PolicyVersion?.VersionId, second.PolicyVersion?.IsDefaultVersion], ['v2', true]);
  for (const action of ['s3:B', 's3:C', 's3:D']) await add(action);
  await assert.rejects(add('s3:E'), {
    name: 'LimitExceededException',
    message: 'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
  });
  const remove = (VersionId: string) => iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
  await assert.rejects(remove('v2'), {
    name: 'DeleteConflictException',
    message: 'Cannot delete the default version of a policy.',
  });
  await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v5' }));
  await remove('v2');
  await assert.rejects(remove('v2'), {
    name: 'NoSuchEntityException',
    message: `Policy ${PolicyArn} version v2 does not exist or is not attachable.`,
  });
  assert.equal((await add('s3:F')).PolicyVersion?.VersionId, 'v6');
  const { Versions } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
  assert.deepEqual(
    Versions?.map(({ VersionId, IsDefaultVersion }) => [VersionId, IsDefaultVersion]),
    [
      ['v6', false],
      ['v5', true],
      ['v4', false],
      ['v3', false],
      ['v1', false],
    ],
  );
  const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v5' }));
  assert.equal(decodeURIComponent(PolicyVersion?.Document ?? ''), policyOn('s3:D'));
  assert.equal((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy?.DefaultVersionId, 'v5');
  await assert.rejects(iam.send(new DeletePolicyCommand({ PolicyArn })), {
    name: 'DeleteConflictException',
    message: /^This policy has more than one version\. /,
  });
  for (const VersionId of ['v1', 'v3', 'v4', 'v6']) await remove(VersionId);
  await iam.send(new DeletePolicyCommand({ PolicyArn }));
  await assert.rejects(iam.send(new GetPolicyCommand({ PolicyArn })), {
    name: 'NoSuchEntityException',
    message: `Policy ${PolicyArn} was not found.`,
  });
});

test('policies are listed by scope, path and use, in pages', async (t) => {
  const { iam } = await openIam(t);
  await makeRole(iam, 'r');
  for (const name of ['c', 'a', 'b']) await makePolicy(iam, name, name === 'b' ? '/x/' : '/');
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'r', PolicyArn: BASIC }));
  await iam.send(new AttachRolePolicyCommand({ RoleName: 'r', PolicyArn: `arn:aws:iam::${ACCOUNT}:policy/a` }));
  const list = async (input: object): Promise<(string | undefined)[]> => {
    const names: (string | undefined)[] = [];
    for await (const page of paginateListPolicies({ client: iam, pageSize: 2 }, input))
      names.push(...(page.Policies ?? []).map(({ PolicyName }) => PolicyName));
    return names;
  };
  assert.deepEqual(await list({ Scope: 'Local' }), ['a', 'b', 'c']);
  assert.deepEqual(await list({ Scope: 'Local', PathPrefix: '/x/' }), ['b']);
  assert.deepEqual(await list({ OnlyAttached: true }), ['a', 'AWSLambdaBasicExecutionRole']);
  assert.deepEqual(await list({ PolicyUsageFilter: 'PermissionsBoundary' }), []);
  const managed = await list({ Scope: 'AWS' });
  assert.deepEqual((await list({})).slice(3), managed);
  assert.equal(new Set(managed).size, managed.length);
  for (const name of ['AWSLambdaSQSQueueExecutionRole', 'AWSXRayDaemonWriteAccess', 'AdministratorAccess'])
    assert.ok(managed.includes(name));
});

test('AWS\u2019s own policies are all readable, well-formed and nobody\u2019s to change', async (t) => {
  const { iam } = await openIam(t);
  const { Policies } = await iam.send(new ListPoliciesCommand({ Scope: 'AWS', MaxItems: 1_000 }));
  for (const { Arn, PolicyName, PolicyId } of Policies ?? []) {
    assert.match(PolicyId ?? '', /^ANPA[A-Z2-7]{17}$/);
    const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn: Arn, VersionId: 'v1' }));
    // What IAM takes from others it takes from us: the texts go through the same checks.
    const PolicyDocument = decodeURIComponent(PolicyVersion?.Document ?? '');
    await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }));
  }
  await assert.rejects(iam.send(new DeletePolicyCommand({ PolicyArn: BASIC })), { name: 'AccessDenied' });
  await assert.rejects(iam.send(new CreatePolicyVersionCommand({ PolicyArn: BASIC, PolicyDocument: policyOn('*') })), {
    message: 'Policy is outside your own account.',
  });
  const PolicyArn = 'arn:aws:iam::444455556666:policy/x';
  await assert.rejects(iam.send(new GetPolicyCommand({ PolicyArn })), { name: 'AccessDenied' });
});

test('a policy has a name, tags and an ARN that is one', async (t) => {
  const { iam } = await openIam(t);
  const PolicyArn = await makePolicy(iam, 'Mine');
  await assert.rejects(makePolicy(iam, 'mine', '/other/'), {
    name: 'EntityAlreadyExistsException',
    message: 'A policy called mine already exists. Duplicate names are not allowed.',
  });
  await iam.send(new TagPolicyCommand({ PolicyArn, Tags: [{ Key: 'k', Value: 'v' }] }));
  assert.deepEqual((await iam.send(new ListPolicyTagsCommand({ PolicyArn }))).Tags, [{ Key: 'k', Value: 'v' }]);
  await iam.send(new UntagPolicyCommand({ PolicyArn, TagKeys: ['k'] }));
  assert.deepEqual((await iam.send(new ListPolicyTagsCommand({ PolicyArn }))).Tags, []);
  await assert.rejects(iam.send(new GetPolicyCommand({ PolicyArn: 'not-an-arn-but-long-enough' })), {
    name: 'ValidationError',
    message: 'Invalid ARN:  Could not be parsed!',
  });
  const role = `arn:aws:iam::${ACCOUNT}:role/r`;
  await assert.rejects(iam.send(new GetPolicyCommand({ PolicyArn: role })), {
    name: 'InvalidInputException',
    message: `ARN ${role} is not valid.`,
  });
});
