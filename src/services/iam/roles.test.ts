import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteServiceLinkedRoleCommand,
  GetRoleCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  GetUserCommand,
  ListAccountAliasesCommand,
  ListEntitiesForPolicyCommand,
  ListInstanceProfilesForRoleCommand,
  ListRoleTagsCommand,
  NoSuchEntityException,
  paginateListRoles,
  PutRolePermissionsBoundaryCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  UpdateRoleDescriptionCommand,
} from '@aws-sdk/client-iam';
import { ACCOUNT, openIam, policyOn, TRUST } from './iam-fixture.ts';

test('a role is made, read, changed and removed', async (t) => {
  const { iam, clock } = await openIam(t);
  const created = await iam.send(
    new CreateRoleCommand({
      RoleName: 'Worker',
      Path: '/team/a/',
      AssumeRolePolicyDocument: TRUST,
      Description: 'runs "it" & <more>\r\n',
      MaxSessionDuration: 7_200,
      Tags: [
        { Key: 'b', Value: 'ü 中' },
        { Key: 'a', Value: '' },
      ],
    }),
  );
  const role = created.Role;
  assert.match(role?.RoleId ?? '', /^AROA[A-Z2-7]{17}$/);
  assert.equal(role?.Arn, `arn:aws:iam::${ACCOUNT}:role/team/a/Worker`);
  assert.equal(role?.CreateDate?.getTime(), clock.now());
  assert.match(role?.AssumeRolePolicyDocument ?? '', /^%7B%22Version%22%3A%222012-10-17%22%2C/);
  assert.equal(decodeURIComponent(role?.AssumeRolePolicyDocument ?? ''), TRUST);
  assert.deepEqual(role?.Tags, [
    { Key: 'a', Value: '' },
    { Key: 'b', Value: 'ü 中' },
  ]);
  const read = await iam.send(new GetRoleCommand({ RoleName: 'Worker' }));
  assert.deepEqual(read.Role, role);
  assert.equal(read.Role?.Description, 'runs "it" & <more>\r\n');

  await iam.send(new UpdateRoleCommand({ RoleName: 'Worker', MaxSessionDuration: 3_600 }));
  const { Role: described } = await iam.send(new UpdateRoleDescriptionCommand({ RoleName: 'Worker', Description: '' }));
  assert.deepEqual([described?.MaxSessionDuration, described?.Description ?? ''], [3_600, '']);
  const other = TRUST.replace('lambda', 'edgelambda');
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'Worker', PolicyDocument: other }));
  const changed = await iam.send(new GetRoleCommand({ RoleName: 'Worker' }));
  assert.equal(decodeURIComponent(changed.Role?.AssumeRolePolicyDocument ?? ''), other);
  const profiles = await iam.send(new ListInstanceProfilesForRoleCommand({ RoleName: 'Worker' }));
  assert.deepEqual([profiles.InstanceProfiles, profiles.IsTruncated], [[], false]);

  await iam.send(new DeleteRoleCommand({ RoleName: 'Worker' }));
  await assert.rejects(iam.send(new GetRoleCommand({ RoleName: 'Worker' })), (error: NoSuchEntityException) => {
    assert.ok(error instanceof NoSuchEntityException);
    assert.deepEqual([error.message, error.$metadata.httpStatusCode], ['The role with name Worker cannot be found.', 404]);
    assert.match(error.$metadata.requestId ?? '', /^[0-9a-f-]{36}$/);
    return true;
  });
});

test('a name is taken once in an account, in whatever case, and another account has its own', async (t) => {
  const { iam, iamOf } = await openIam(t);
  await iam.send(new CreateRoleCommand({ RoleName: 'One', AssumeRolePolicyDocument: TRUST }));
  for (const RoleName of ['One', 'ONE']) {
    await assert.rejects(iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: TRUST })), {
      name: 'EntityAlreadyExistsException',
      message: `Role with name ${RoleName} already exists.`,
    });
  }
  await assert.rejects(iam.send(new GetRoleCommand({ RoleName: 'ONE' })), { name: 'NoSuchEntityException' });
  const other = await iamOf('444455556666').send(new CreateRoleCommand({ RoleName: 'One', AssumeRolePolicyDocument: TRUST }));
  assert.equal(other.Role?.Arn, 'arn:aws:iam::444455556666:role/One');
});

test('roles are listed in pages, by the beginning of their path', async (t) => {
  const { iam } = await openIam(t);
  for (let index = 0; index < 7; index += 1) {
    const Path = index % 2 === 0 ? '/even/' : '/odd/';
    await iam.send(
      new CreateRoleCommand({ RoleName: `r${index}`, Path, AssumeRolePolicyDocument: TRUST, Tags: [{ Key: 'k', Value: 'v' }] }),
    );
  }
  const listed = async (PathPrefix: string | undefined, pageSize: number): Promise<string[]> => {
    const names: string[] = [];
    for await (const page of paginateListRoles({ client: iam, pageSize }, { PathPrefix })) {
      assert.ok((page.Roles?.length ?? 0) <= pageSize);
      for (const role of page.Roles ?? []) {
        assert.equal(role.Tags, undefined);
        names.push(role.RoleName ?? '');
      }
    }
    return names;
  };
  assert.deepEqual(await listed(undefined, 3), ['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6']);
  assert.deepEqual(await listed('/even', 2), ['r0', 'r2', 'r4', 'r6']);
  assert.deepEqual(await listed('/none/', 2), []);
});

test('tags are set, replaced in whatever case, sorted and removed', async (t) => {
  const { iam } = await openIam(t);
  await iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: TRUST }));
  const tag = (...keys: string[]) =>
    iam.send(new TagRoleCommand({ RoleName: 'r', Tags: keys.map((Key) => ({ Key, Value: `v-${Key}` })) }));
  await tag('b', 'a');
  await tag('B');
  const { Tags } = await iam.send(new ListRoleTagsCommand({ RoleName: 'r' }));
  assert.deepEqual(Tags, [
    { Key: 'B', Value: 'v-B' },
    { Key: 'a', Value: 'v-a' },
  ]);
  const first = await iam.send(new ListRoleTagsCommand({ RoleName: 'r', MaxItems: 1 }));
  assert.equal(first.IsTruncated, true);
  const second = await iam.send(new ListRoleTagsCommand({ RoleName: 'r', MaxItems: 1, Marker: first.Marker }));
  assert.deepEqual([second.Tags?.[0]?.Key, second.IsTruncated], ['a', false]);
  await iam.send(new UntagRoleCommand({ RoleName: 'r', TagKeys: ['A', 'none'] }));
  assert.equal((await iam.send(new ListRoleTagsCommand({ RoleName: 'r' }))).Tags?.length, 1);

  await assert.rejects(tag('x', 'X'), {
    name: 'InvalidInputException',
    message: 'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
  });
  await assert.rejects(tag('aws:x'), { name: 'InvalidInputException' });
  await tag(...Array.from({ length: 49 }, (_, index) => `k${index}`));
  await assert.rejects(tag('one-more'), { name: 'LimitExceededException' });
  await tag('k3');
  await assert.rejects(tag(...Array.from({ length: 51 }, (_, index) => `n${index}`)), { name: 'ValidationError' });
  await assert.rejects(tag('bad#key'), { message: /'tags\.1\.member\.key' failed to satisfy constraint/ });
});

test('a permissions boundary is a policy that exists, and is counted and let go', async (t) => {
  const { iam } = await openIam(t);
  const missing = `arn:aws:iam::${ACCOUNT}:policy/none`;
  await assert.rejects(
    iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: TRUST, PermissionsBoundary: missing })),
    { name: 'NoSuchEntityException', message: `Scope ARN: ${missing} does not exist or is not attachable.` },
  );
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: 'edge', PolicyDocument: policyOn('s3:*') }));
  const arn = Policy?.Arn ?? '';
  await iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: TRUST, PermissionsBoundary: arn }));
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'r' }));
  assert.deepEqual(Role?.PermissionsBoundary, { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: arn });
  const users = async (PolicyArn: string) =>
    (await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn, PolicyUsageFilter: 'PermissionsBoundary' }))).PolicyRoles;
  assert.deepEqual(await users(arn), [{ RoleName: 'r', RoleId: Role?.RoleId }]);
  const managed = 'arn:aws:iam::aws:policy/AdministratorAccess';
  await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: 'r', PermissionsBoundary: managed }));
  assert.deepEqual([await users(arn), (await users(managed))?.length], [[], 1]);
  await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: 'r' }));
  await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: 'r' }));
  assert.deepEqual(await users(managed), []);
  await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: 'r', PermissionsBoundary: managed }));
  await iam.send(new DeleteRoleCommand({ RoleName: 'r' }));
  assert.deepEqual(await users(managed), []);
});

test('names, paths and numbers are checked, every breach at once', async (t) => {
  const { iam } = await openIam(t);
  const create = (more: object) => iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: TRUST, ...more }));
  await assert.rejects(create({ RoleName: 'no spaces' }), {
    name: 'ValidationError',
    message:
      'The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-',
  });
  const long = 'x'.repeat(65);
  await assert.rejects(create({ RoleName: long, MaxSessionDuration: 60 }), {
    name: 'ValidationError',
    message: `2 validation errors detected: Value '${long}' at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64; Value '60' at 'maxSessionDuration' failed to satisfy constraint: Member must have value greater than or equal to 3600`,
  });
  for (const Path of ['no', '/no', 'no/', '/ü/', '//x y/']) await assert.rejects(create({ Path }), { name: 'ValidationError' });
  await assert.rejects(create({ Description: 'x\u0000' }), { name: 'ValidationError' });
  await assert.rejects(iam.send(new ListRoleTagsCommand({ RoleName: 'r', MaxItems: 1_001 })), { name: 'ValidationError' });
});

test('service-linked roles are their services\u2019', async (t) => {
  const { iam } = await openIam(t);
  const create = (AWSServiceName: string, CustomSuffix?: string) =>
    iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName, CustomSuffix }));
  const { Role } = await create('replicator.lambda.amazonaws.com');
  const name = 'AWSServiceRoleForLambdaReplicator';
  assert.equal(Role?.Arn, `arn:aws:iam::${ACCOUNT}:role/aws-service-role/replicator.lambda.amazonaws.com/${name}`);
  await assert.rejects(create('replicator.lambda.amazonaws.com'), {
    name: 'InvalidInputException',
    message: `Service role name ${name} has been taken in this account, please try a different suffix.`,
  });
  await assert.rejects(create('es.amazonaws.com', 'x'), { message: 'Custom suffix is not allowed for es.amazonaws.com' });
  assert.equal((await create('autoscaling.amazonaws.com', 'x')).Role?.RoleName, 'AWSServiceRoleForAutoScaling_x');
  await assert.rejects(create('example.com'), { name: 'InvalidInputException' });
  await assert.rejects(iam.send(new DeleteRoleCommand({ RoleName: name })), { name: 'UnmodifiableEntityException' });
  const { DeletionTaskId } = await iam.send(new DeleteServiceLinkedRoleCommand({ RoleName: name }));
  assert.equal((await iam.send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }))).Status, 'SUCCEEDED');
  await assert.rejects(iam.send(new GetRoleCommand({ RoleName: name })), { name: 'NoSuchEntityException' });
});

test('there is no user but root, and no alias', async (t) => {
  const { iam } = await openIam(t);
  assert.equal((await iam.send(new GetUserCommand({}))).User?.Arn, `arn:aws:iam::${ACCOUNT}:root`);
  await assert.rejects(iam.send(new GetUserCommand({ UserName: 'me' })), {
    name: 'NoSuchEntityException',
    message: 'The user with name me cannot be found.',
  });
  assert.deepEqual((await iam.send(new ListAccountAliasesCommand({}))).AccountAliases, []);
});

test('of writers at the same moment none is lost', async (t) => {
  const { iam } = await openIam(t);
  await iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: TRUST }));
  const keys = Array.from({ length: 40 }, (_, index) => `k${index}`);
  await Promise.all(keys.map((Key) => iam.send(new TagRoleCommand({ RoleName: 'r', Tags: [{ Key, Value: 'v' }] }))));
  const { Tags } = await iam.send(new ListRoleTagsCommand({ RoleName: 'r' }));
  assert.deepEqual(Tags?.map(({ Key }) => Key).toSorted(), keys.toSorted());
});
