import assert from 'node:assert/strict';
import {
  AddPermissionCommand,
  CreateAliasCommand,
  DeleteResourcePolicyCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  GetResourcePolicyCommand,
  PublishVersionCommand,
  PutResourcePolicyCommand,
  RemovePermissionCommand,
} from '@aws-sdk/client-lambda';
import { assertError, assertHeaders, UUID } from '../function-answers.ts';
import { ACCOUNT, type ConformanceCase, fails, REGION, type World } from '../world.ts';

const STALE = '00000000-0000-4000-8000-000000000000';
const notFound = (message: string) => ({ code: 'ResourceNotFoundException', status: 404, message, type: 'User' }) as const;
const invalid = (message: string | RegExp) =>
  ({ code: 'InvalidParameterValueException', status: 400, message, type: 'User' }) as const;
const NO_POLICY = notFound('The resource you requested does not exist.');
const STALE_POLICY = {
  code: 'PreconditionFailedException',
  status: 412,
  message:
    'The Revision Id provided does not match the latest Revision Id. Call the GetResourcePolicy API to retrieve the latest Revision Id',
  type: 'User',
} as const;
const pathOf = (arn: string): string => `/2026-07-09/resource-policy/${encodeURIComponent(arn)}`;

const put = ({ lambda }: World, ResourceArn: string, policy: unknown, RevisionId?: string) =>
  lambda.send(
    new PutResourcePolicyCommand({
      ResourceArn,
      Policy: typeof policy === 'string' ? policy : JSON.stringify(policy),
      RevisionId,
    }),
  );
const get = ({ lambda }: World, ResourceArn: string) => lambda.send(new GetResourcePolicyCommand({ ResourceArn }));
const remove = ({ lambda }: World, ResourceArn: string, RevisionId?: string) =>
  lambda.send(new DeleteResourcePolicyCommand({ ResourceArn, RevisionId }));

const statement = (Resource: string, more: Readonly<Record<string, unknown>> = {}) => ({
  Sid: 's',
  Effect: 'Allow',
  Principal: { Service: 's3.amazonaws.com' },
  Action: 'lambda:InvokeFunction',
  Resource,
  ...more,
});
const policy = (Resource: string, more: Readonly<Record<string, unknown>> = {}) => ({
  Version: '2012-10-17',
  Statement: [statement(Resource, more)],
});

async function arnOf(world: World): Promise<string> {
  return world.arn(`function:${await world.function()}`);
}

/** PutResourcePolicy, GetResourcePolicy and DeleteResourcePolicy. */
export const RESOURCE_POLICY_CASES: readonly ConformanceCase[] = [
  {
    operation: 'PutResourcePolicy',
    name: 'answers the policy and the new revision of the function, and replaces what was there',
    run: async (world) => {
      const arn = await arnOf(world);
      const name = arn.slice(arn.lastIndexOf(':') + 1);
      const before = await world.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
      const first = policy(arn, { Condition: { ArnLike: { 'AWS:SourceArn': 'arn:aws:s3:::b' } } });
      const answer = await world.raw('PUT', pathOf(arn), { Policy: JSON.stringify(first) });
      assert.equal(answer.status, 200, answer.text);
      assertHeaders(answer);
      const after = await world.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
      assert.deepEqual(answer.json, { Policy: JSON.stringify(first), RevisionId: after.RevisionId });
      assert.match(String(after.RevisionId), UUID);
      assert.notEqual(after.RevisionId, before.RevisionId);
      const second = { Version: '2008-10-17', Id: 'mine', Statement: [statement(arn, { Sid: 't', Effect: 'Deny' })] };
      assert.equal((await put(world, arn, second)).Policy, JSON.stringify(second));
      const { $metadata: _metadata, ...read } = await get(world, arn);
      assert.equal(read.Policy, JSON.stringify(second));
    },
  },
  {
    operation: 'PutResourcePolicy',
    name: 'puts policies on versions and aliases too, each its own, and not on `$LATEST`',
    run: async (world) => {
      const FunctionName = await world.function();
      await world.lambda.send(new PublishVersionCommand({ FunctionName }));
      await world.lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
      const arn = world.arn(`function:${FunctionName}`);
      for (const suffix of ['', ':1', ':live']) await put(world, `${arn}${suffix}`, policy(`${arn}${suffix}`));
      for (const suffix of ['', ':1', ':live']) {
        const { Policy = '' } = await get(world, `${arn}${suffix}`);
        assert.deepEqual(JSON.parse(Policy), policy(`${arn}${suffix}`));
      }
      await fails(put(world, `${arn}:$LATEST`, policy(arn)), invalid('We currently do not support adding policies for $LATEST.'));
    },
  },
  {
    operation: 'PutResourcePolicy',
    name: 'and AddPermission work on one policy: each sees what the other wrote',
    run: async (world) => {
      const arn = await arnOf(world);
      const { lambda } = world;
      const added = { FunctionName: arn, Action: 'lambda:InvokeFunction', Principal: 'sns.amazonaws.com' };
      await lambda.send(new AddPermissionCommand({ ...added, StatementId: 'replaced' }));
      await put(world, arn, policy(arn));
      const { Statement } = await lambda.send(new AddPermissionCommand({ ...added, StatementId: 'added' }));
      const both = `{"Version":"2012-10-17","Statement":[${JSON.stringify(statement(arn))},${Statement}]}`;
      assert.equal((await get(world, arn)).Policy, both);
      assert.equal((await lambda.send(new GetPolicyCommand({ FunctionName: arn }))).Policy, both);
      await fails(lambda.send(new AddPermissionCommand({ ...added, StatementId: 's' })), {
        code: 'ResourceConflictException',
        status: 409,
      });
      await lambda.send(new RemovePermissionCommand({ FunctionName: arn, StatementId: 's' }));
      await lambda.send(new RemovePermissionCommand({ FunctionName: arn, StatementId: 'added' }));
      await fails(get(world, arn), NO_POLICY);
    },
  },
  {
    operation: 'PutResourcePolicy',
    name: 'takes every form of a statement',
    run: async (world) => {
      const arn = await arnOf(world);
      const forms: readonly Readonly<Record<string, unknown>>[] = [
        {},
        { Sid: undefined },
        { Sid: '' },
        { Principal: '*' },
        { Principal: { AWS: '*' } },
        { Principal: { AWS: ['arn:aws:iam::111122223333:root', '111122223333'], Service: 's3.amazonaws.com' } },
        { Principal: undefined, NotPrincipal: { AWS: '111122223333' } },
        { Action: ['lambda:InvokeFunction', 'lambda:Get*'] },
        { Action: '*' },
        { Action: undefined, NotAction: 'lambda:DeleteFunction' },
        { Resource: [arn, `${arn}:*`] },
        { Resource: '*' },
        { Resource: undefined, NotResource: `${arn}:1` },
        { Resource: 'arn:aws:lambda:*:*:function:*' },
        {
          Condition: {
            StringEquals: { 'aws:SourceAccount': [ACCOUNT, '111122223333'] },
            Bool: { 'aws:SecureTransport': 'true' },
          },
        },
        { Condition: { Bool: { 'lambda:InvokedViaFunctionUrl': true } } },
      ];
      for (const more of forms) {
        const document = policy(arn, more);
        assert.equal((await put(world, arn, document)).Policy, JSON.stringify(document));
      }
      const single = { Version: '2012-10-17', Statement: statement(arn) };
      assert.deepEqual(JSON.parse((await put(world, arn, single)).Policy ?? ''), policy(arn));
      const versionless = await put(world, arn, { Statement: [statement(arn)] });
      assert.deepEqual(JSON.parse(versionless.Policy ?? ''), { Version: '2008-10-17', Statement: [statement(arn)] });
    },
  },
  {
    operation: 'PutResourcePolicy',
    name: 'a text that is no policy of this function is malformed',
    run: async (world) => {
      const arn = await arnOf(world);
      const other = await arnOf(world);
      const wrong: readonly unknown[] = [
        '{',
        '[]',
        '"text"',
        {},
        { Version: '2012-10-17' },
        { ...policy(arn), Version: '2026-01-01' },
        { ...policy(arn), Version: 1 },
        { ...policy(arn), Statement: [] },
        { ...policy(arn), Other: 1 },
        { ...policy(arn), Statement: [statement(arn), statement(arn)] },
        policy(arn, { Other: 1 }),
        policy(arn, { Sid: 'a b' }),
        policy(arn, { Effect: 'Maybe' }),
        policy(arn, { Principal: undefined }),
        policy(arn, { Principal: 's3.amazonaws.com' }),
        policy(arn, { Principal: {} }),
        policy(arn, { Principal: { Person: 'x' } }),
        policy(arn, { NotPrincipal: '*' }),
        policy(arn, { Action: undefined }),
        policy(arn, { Action: 's3:GetObject' }),
        policy(arn, { Action: [] }),
        policy(arn, { Resource: undefined }),
        policy(arn, { Resource: [] }),
        policy(arn, { NotResource: arn }),
        policy(arn, { Resource: 7 }),
        policy(arn, { Resource: other }),
        policy(arn, { Resource: `${arn}-longer` }),
        policy(arn, { Resource: arn.replace(ACCOUNT, '111122223333') }),
        policy(arn, { Condition: [] }),
        policy(arn, { Condition: { StringEquals: 'x' } }),
        policy(arn, { Condition: { StringEquals: { k: 1 } } }),
      ];
      for (const document of wrong)
        await fails(put(world, arn, document), invalid(/^The resource policy is malformed: .*\.$/)).catch((error: unknown) => {
          throw new Error(JSON.stringify(document), { cause: error });
        });
      await fails(
        put(world, arn, policy(arn, { Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } })),
        invalid('lambkin does not support the condition operator IpAddress in resource policies yet.'),
      );
      await fails(get(world, arn), NO_POLICY);
    },
  },
  {
    operation: 'PutResourcePolicy',
    name: 'a revision that is given must be the current one, and is looked at before the policy',
    run: async (world) => {
      const arn = await arnOf(world);
      await fails(put(world, arn, '{', STALE), STALE_POLICY);
      const { RevisionId } = await put(world, arn, policy(arn));
      const raw = await world.raw('PUT', pathOf(arn), { Policy: '{', RevisionId: STALE });
      assertError(raw, 412, 'PreconditionFailedException', { Type: 'User', message: STALE_POLICY.message });
      const next = await put(world, arn, policy(arn, { Sid: 't' }), RevisionId);
      assert.notEqual(next.RevisionId, RevisionId);
      await fails(put(world, arn, policy(arn), RevisionId), STALE_POLICY);
    },
  },
  {
    operation: 'PutResourcePolicy',
    name: 'lengths, patterns and what is not there',
    run: async (world) => {
      const arn = await arnOf(world);
      await fails(put(world, arn, 'x'.repeat(20_481)), {
        code: 'ValidationException',
        status: 400,
        message: /at 'policy' failed to satisfy constraint: Member must have length less than or equal to 20480$/,
      });
      await fails(put(world, arn, ''), { code: 'ValidationException', status: 400 });
      await fails(put(world, 'name', policy(arn)), {
        code: 'ValidationException',
        status: 400,
        message: /at 'resourceArn' failed/,
      });
      await fails(put(world, arn, policy(arn), 'x'), {
        code: 'ValidationException',
        status: 400,
        message: /at 'revisionId' failed/,
      });
      const wide = policy(arn, { Condition: { StringEquals: { 'aws:SourceAccount': 'ü'.repeat(10_200) } } });
      const sizeBytes = Buffer.byteLength(JSON.stringify(wide));
      await fails(put(world, arn, wide), {
        code: 'PolicyLengthExceededException',
        status: 400,
        message: `The final policy size (${sizeBytes}) is bigger than the limit (20480).`,
      });
      const nobody = world.arn('function:nobody');
      await fails(put(world, nobody, policy(nobody)), notFound(`Function not found: ${nobody}`));
      await fails(put(world, `${arn}:9`, policy(arn)), notFound(`Function not found: ${arn}:9`));
      await fails(put(world, `${arn}:none`, policy(arn)), notFound(`Cannot find alias arn: ${arn}:none`));
      await fails(
        put(world, `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:f`, policy(arn)),
        notFound(`Functions from 'eu-west-1' are not reachable in this region ('${REGION}')`),
      );
      const foreign = await world.raw('PUT', pathOf(`arn:aws:lambda:${REGION}:111122223333:function:f`), { Policy: '{}' });
      assertError(foreign, 403, 'AccessDeniedException', { Message: null });
      assertError(await world.raw('PUT', pathOf(arn), {}), 400, 'ValidationException', {
        message: "1 validation error detected: Value null at 'policy' failed to satisfy constraint: Member must not be null",
      });
    },
  },
  {
    operation: 'GetResourcePolicy',
    name: 'answers what AddPermission has made, and 404 for what has none',
    run: async (world) => {
      const arn = await arnOf(world);
      await fails(get(world, arn), NO_POLICY);
      await fails(get(world, world.arn('function:nobody')), NO_POLICY);
      assertError(await world.raw('GET', pathOf(arn)), 404, 'ResourceNotFoundException', {
        Type: 'User',
        Message: NO_POLICY.message,
      });
      const { lambda } = world;
      const permission = { Action: 'lambda:InvokeFunction', Principal: '111122223333', StatementId: 's' };
      const { Statement } = await lambda.send(new AddPermissionCommand({ FunctionName: arn, ...permission }));
      const { RevisionId } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: arn }));
      const raw = await world.raw('GET', `/2026-07-09/resource-policy/${arn}`);
      assert.equal(raw.status, 200);
      assertHeaders(raw);
      assert.deepEqual(raw.json, {
        Policy: `{"Version":"2012-10-17","Id":"default","Statement":[${Statement}]}`,
        RevisionId,
      });
    },
  },
  {
    operation: 'DeleteResourcePolicy',
    name: 'answers 204 without a body, takes everything away and gives a new revision',
    run: async (world) => {
      const arn = await arnOf(world);
      const { lambda } = world;
      const permission = { Action: 'lambda:InvokeFunction', Principal: '111122223333', StatementId: 'added' };
      await lambda.send(new AddPermissionCommand({ FunctionName: arn, ...permission }));
      const { RevisionId } = await get(world, arn);
      const answer = await world.raw('DELETE', pathOf(arn));
      assert.equal(answer.status, 204);
      assert.equal(answer.text, '');
      assertHeaders(answer);
      await fails(get(world, arn), NO_POLICY);
      await fails(lambda.send(new GetPolicyCommand({ FunctionName: arn })), NO_POLICY);
      const after = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: arn }));
      assert.notEqual(after.RevisionId, RevisionId);
    },
  },
  {
    operation: 'DeleteResourcePolicy',
    name: 'a revision that is given must be the current one; what is not there is told',
    run: async (world) => {
      const arn = await arnOf(world);
      await fails(remove(world, arn), NO_POLICY);
      const nobody = world.arn('function:nobody');
      await fails(remove(world, nobody), notFound(`Function not found: ${nobody}`));
      const { RevisionId } = await put(world, arn, policy(arn));
      await fails(remove(world, arn, STALE), STALE_POLICY);
      const raw = await world.raw('DELETE', `${pathOf(arn)}?RevisionId=${STALE}`);
      assertError(raw, 412, 'PreconditionFailedException', { Type: 'User', message: STALE_POLICY.message });
      await remove(world, arn, RevisionId);
      await fails(get(world, arn), NO_POLICY);
      await fails(remove(world, `${arn}:$LATEST`), { code: 'InvalidParameterValueException', status: 400 });
    },
  },
];
