import assert from 'node:assert/strict';
import {
  AddLayerVersionPermissionCommand,
  type AddLayerVersionPermissionCommandInput,
  type AddLayerVersionPermissionCommandOutput,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  DeleteLayerVersionCommand,
  GetLayerVersionByArnCommand,
  GetLayerVersionCommand,
  GetLayerVersionPolicyCommand,
  RemoveLayerVersionPermissionCommand,
} from '@aws-sdk/client-lambda';
import { storedOnly, UUID } from '../function-answers.ts';
import { type ConformanceCase, fails, ROLE, type World } from '../world.ts';
import { OTHER_ACCOUNT, publish, withClient } from './layer-world.ts';

const STALE = {
  code: 'PreconditionFailedException',
  status: 412,
  message:
    'The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id',
  type: 'User',
};
const NO_POLICY = {
  code: 'ResourceNotFoundException',
  status: 404,
  message: 'No policy is associated with the given resource.',
  type: 'User',
};

function allow(
  { lambda }: World,
  LayerName: string,
  StatementId: string,
  input: Partial<AddLayerVersionPermissionCommandInput> = {},
): Promise<AddLayerVersionPermissionCommandOutput> {
  return lambda.send(
    new AddLayerVersionPermissionCommand({
      LayerName,
      VersionNumber: 1,
      StatementId,
      Action: 'lambda:GetLayerVersion',
      Principal: '*',
      ...input,
    }),
  );
}

function remove({ lambda }: World, LayerName: string, StatementId: string, RevisionId?: string): Promise<unknown> {
  return lambda.send(
    new RemoveLayerVersionPermissionCommand({
      LayerName,
      VersionNumber: 1,
      StatementId,
      ...(RevisionId ? { RevisionId } : {}),
    }),
  );
}

function policy({ lambda }: World, LayerName: string): Promise<{ Policy?: string; RevisionId?: string }> {
  return lambda.send(new GetLayerVersionPolicyCommand({ LayerName, VersionNumber: 1 }));
}

async function sids(world: World, LayerName: string): Promise<string[]> {
  const { Policy = '' } = await policy(world, LayerName);
  return (JSON.parse(Policy) as { Statement: { Sid: string }[] }).Statement.map(({ Sid }) => Sid);
}

/** The error for a version that is not there, and the one for a number that none has. */
async function failsWhereMissing(
  world: World,
  call: (LayerName: string, VersionNumber: number) => Promise<unknown>,
): Promise<void> {
  const LayerName = world.unique('layer');
  const missing = (resource: string): { code: string; status: number; message: string } => ({
    code: 'ResourceNotFoundException',
    status: 404,
    message: `Layer version ${world.arn(resource)} does not exist.`,
  });
  await fails(call(LayerName, 1), missing(`layer:${LayerName}:1`));
  await publish(world, LayerName);
  await fails(call(LayerName, 2), missing(`layer:${LayerName}:2`));
  await fails(call(LayerName, 0), {
    code: 'InvalidParameterValueException',
    status: 400,
    message: 'Layer Version Cannot be less than 1',
  });
}

/** What the policies of layer versions must do. */
export const LAYER_PERMISSION_CASES: readonly ConformanceCase[] = [
  {
    operation: 'AddLayerVersionPermission',
    name: 'answers the statement with its keys in order, for everybody and for accounts',
    run: async (world) => {
      const LayerName = world.unique('layer');
      const { LayerVersionArn: arn } = await publish(world, LayerName);
      const all = await allow(world, LayerName, 's1');
      assert.equal(all.$metadata.httpStatusCode, 201);
      assert.match(all.RevisionId ?? '', UUID);
      assert.equal(
        all.Statement,
        `{"Sid":"s1","Effect":"Allow","Principal":"*","Action":"lambda:GetLayerVersion","Resource":"${arn}"}`,
      );
      const root = `arn:aws:iam::${OTHER_ACCOUNT}:root`;
      for (const [sid, Principal] of [
        ['s2', OTHER_ACCOUNT],
        ['s3', root],
      ] as const) {
        const { Statement } = await allow(world, world.arn(`layer:${LayerName}`), sid, { Principal });
        assert.equal(
          Statement,
          `{"Sid":"${sid}","Effect":"Allow","Principal":{"AWS":"${root}"},"Action":"lambda:GetLayerVersion","Resource":"${arn}"}`,
        );
      }
    },
  },
  {
    operation: 'AddLayerVersionPermission',
    name: 'keeps an organization as a condition, and says that nobody is let in by it',
    run: async (world) => {
      const LayerName = world.unique('layer');
      const { LayerVersionArn: Arn } = await publish(world, LayerName);
      const path = `/2018-10-31/layers/${LayerName}/versions/1/policy`;
      const answer = await world.raw('POST', path, {
        StatementId: 'org',
        Action: 'lambda:GetLayerVersion',
        Principal: '*',
        OrganizationId: 'o-0123456789',
      });
      assert.equal(answer.status, 201, answer.text);
      assert.deepEqual(storedOnly(answer), ['OrganizationId']);
      assert.equal(
        answer.json['Statement'],
        `{"Sid":"org","Effect":"Allow","Principal":"*","Action":"lambda:GetLayerVersion","Resource":"${Arn}","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-0123456789"}}}`,
      );
      await withClient(world, { account: OTHER_ACCOUNT }, (lambda) =>
        fails(lambda.send(new GetLayerVersionByArnCommand({ Arn })), { code: 'AccessDeniedException', status: 403 }),
      );
      await fails(allow(world, LayerName, 'one', { Principal: OTHER_ACCOUNT, OrganizationId: 'o-0123456789' }), {
        code: 'InvalidParameterValueException',
        status: 400,
        message: 'An OrganizationId can be given with the principal * alone.',
      });
    },
  },
  {
    operation: 'AddLayerVersionPermission',
    name: 'refuses a second statement of one name, and other revisions than the last',
    run: async (world) => {
      const LayerName = world.unique('layer');
      await publish(world, LayerName);
      const first = await allow(world, LayerName, 's1');
      await fails(allow(world, LayerName, 's1', { Principal: OTHER_ACCOUNT }), {
        code: 'ResourceConflictException',
        status: 409,
        message:
          'The statement id (s1) provided already exists. Please provide a new statement id, or remove the existing statement.',
        type: 'User',
      });
      const RevisionId = first.RevisionId ?? '';
      const second = await allow(world, LayerName, 's2', { RevisionId });
      assert.notEqual(second.RevisionId, RevisionId);
      await fails(allow(world, LayerName, 's3', { RevisionId }), STALE);
      assert.deepEqual(await sids(world, LayerName), ['s1', 's2']);
    },
  },
  {
    operation: 'AddLayerVersionPermission',
    name: 'refuses other actions, principals and names',
    run: async (world) => {
      const LayerName = world.unique('layer');
      await publish(world, LayerName);
      const refused = (member: string): { code: string; status: number; message: RegExp } => ({
        code: 'ValidationException',
        status: 400,
        message: new RegExp(`^1 validation error detected: Value '.*' at '${member}' failed to satisfy constraint`),
      });
      await fails(allow(world, LayerName, 's', { Action: 'lambda:GetLayer' }), refused('action'));
      await fails(allow(world, LayerName, 's', { Principal: 's3.amazonaws.com' }), refused('principal'));
      await fails(allow(world, LayerName, 's', { OrganizationId: 'mine' }), refused('organizationId'));
      await fails(allow(world, LayerName, 's.t'), refused('statementId'));
    },
  },
  {
    operation: 'AddLayerVersionPermission',
    name: 'is for versions that there are',
    run: (world) => failsWhereMissing(world, (LayerName, VersionNumber) => allow(world, LayerName, 's', { VersionNumber })),
  },
  {
    operation: 'AddLayerVersionPermission',
    name: 'loses none of many statements at the same moment, and stops at the size of a policy',
    run: async (world) => {
      const LayerName = world.unique('layer');
      await publish(world, LayerName);
      const names = Array.from({ length: 10 }, (_, index) => `s${index}`);
      await Promise.all(names.map((name) => allow(world, LayerName, name)));
      assert.deepEqual((await sids(world, LayerName)).toSorted(), names);
      const error = await (async () => {
        for (let count = 0; count < 100; count += 1) await allow(world, LayerName, `${'x'.repeat(90)}-${count}`);
      })().catch((thrown: unknown) => thrown);
      await fails(Promise.reject(error as Error), {
        code: 'PolicyLengthExceededException',
        status: 400,
        message: /^The final policy size \(\d+\) is bigger than the limit \(20480\)\.$/,
        type: 'User',
      });
    },
  },
  {
    operation: 'AddLayerVersionPermission',
    name: 'opens the version to the account it names and to no other, and the deletion of the version closes it',
    run: async (world) => {
      const LayerName = world.unique('layer');
      const published = await publish(world, LayerName);
      const { LayerVersionArn: Arn = '', LayerArn = '' } = published;
      const code = { ZipFile: await world.code() };
      const denied = (account: string): { code: string; status: number; message: string } => ({
        code: 'AccessDeniedException',
        status: 403,
        message: `User: arn:aws:iam::${account}:root is not authorized to perform: lambda:GetLayerVersion on resource: ${Arn} because no resource-based policy allows the lambda:GetLayerVersion action`,
      });
      await withClient(world, { account: OTHER_ACCOUNT }, async (lambda) => {
        const byName = new GetLayerVersionCommand({ LayerName: LayerArn, VersionNumber: 1 });
        const create = new CreateFunctionCommand({
          FunctionName: world.unique('fn'),
          Role: ROLE,
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Code: code,
          Layers: [Arn],
        });
        await fails(lambda.send(byName), denied(OTHER_ACCOUNT));
        await fails(lambda.send(create), denied(OTHER_ACCOUNT));
        await allow(world, LayerName, 'theirs', { Principal: OTHER_ACCOUNT });
        assert.equal((await lambda.send(new GetLayerVersionByArnCommand({ Arn }))).LayerVersionArn, Arn);
        const { Content, LayerArn: theirName } = await lambda.send(byName);
        assert.equal(theirName, LayerArn);
        assert.equal((await fetch(Content?.Location ?? '')).status, 200);
        const { Layers } = await lambda.send(create);
        assert.deepEqual(Layers, [{ Arn, CodeSize: published.Content?.CodeSize }]);
        await withClient(world, { account: '444455556666' }, (third) =>
          fails(third.send(new GetLayerVersionByArnCommand({ Arn })), denied('444455556666')),
        );
        await world.lambda.send(new DeleteLayerVersionCommand({ LayerName, VersionNumber: 1 }));
        await fails(lambda.send(byName), denied(OTHER_ACCOUNT));
        await lambda.send(new DeleteFunctionCommand({ FunctionName: create.input.FunctionName }));
      });
    },
  },
  {
    operation: 'GetLayerVersionPolicy',
    name: 'answers the statements in the order of their coming, with the revision of the last change',
    run: async (world) => {
      const LayerName = world.unique('layer');
      const { LayerVersionArn: arn } = await publish(world, LayerName);
      await fails(policy(world, LayerName), NO_POLICY);
      await allow(world, LayerName, 'b');
      const { RevisionId } = await allow(world, LayerName, 'a');
      const { $metadata, ...rest } = await world.lambda.send(
        new GetLayerVersionPolicyCommand({ LayerName: world.arn(`layer:${LayerName}`), VersionNumber: 1 }),
      );
      assert.equal($metadata.httpStatusCode, 200);
      const statement = (sid: string): string =>
        `{"Sid":"${sid}","Effect":"Allow","Principal":"*","Action":"lambda:GetLayerVersion","Resource":"${arn}"}`;
      assert.deepEqual(rest, {
        Policy: `{"Version":"2012-10-17","Id":"default","Statement":[${statement('b')},${statement('a')}]}`,
        RevisionId,
      });
    },
  },
  {
    operation: 'GetLayerVersionPolicy',
    name: 'is for versions that there are, and for their own account',
    run: async (world) => {
      await failsWhereMissing(world, (LayerName, VersionNumber) =>
        world.lambda.send(new GetLayerVersionPolicyCommand({ LayerName, VersionNumber })),
      );
      const { LayerArn = '' } = await publish(world, world.unique('layer'));
      await withClient(world, { account: OTHER_ACCOUNT }, (lambda) =>
        fails(lambda.send(new GetLayerVersionPolicyCommand({ LayerName: LayerArn, VersionNumber: 1 })), {
          code: 'AccessDeniedException',
          status: 403,
        }),
      );
    },
  },
  {
    operation: 'RemoveLayerVersionPermission',
    name: 'takes one statement away, and the policy with the last',
    run: async (world) => {
      const LayerName = world.unique('layer');
      await publish(world, LayerName);
      await allow(world, LayerName, 's1');
      const { RevisionId } = await allow(world, LayerName, 's2');
      const { $metadata } = await world.lambda.send(
        new RemoveLayerVersionPermissionCommand({ LayerName, VersionNumber: 1, StatementId: 's1' }),
      );
      assert.equal($metadata.httpStatusCode, 204);
      assert.deepEqual(await sids(world, LayerName), ['s2']);
      assert.notEqual((await policy(world, LayerName)).RevisionId, RevisionId);
      await fails(remove(world, LayerName, 's2', RevisionId), STALE);
      await remove(world, LayerName, 's2', (await policy(world, LayerName)).RevisionId);
      await fails(policy(world, LayerName), NO_POLICY);
    },
  },
  {
    operation: 'RemoveLayerVersionPermission',
    name: 'knows no statement that is not there',
    run: async (world) => {
      const LayerName = world.unique('layer');
      await publish(world, LayerName);
      const missing = {
        code: 'ResourceNotFoundException',
        status: 404,
        message: 'Statement s1 is not found in resource policy.',
        type: 'User',
      };
      await fails(remove(world, LayerName, 's1'), missing);
      await allow(world, LayerName, 's2');
      await fails(remove(world, LayerName, 's1'), missing);
      await failsWhereMissing(world, (name, VersionNumber) =>
        world.lambda.send(new RemoveLayerVersionPermissionCommand({ LayerName: name, VersionNumber, StatementId: 's1' })),
      );
    },
  },
];
