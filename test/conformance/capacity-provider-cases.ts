import assert from 'node:assert/strict';
import {
  type CapacityProvider,
  type CapacityProviderState,
  type CreateCapacityProviderCommandInput,
  DeleteCapacityProviderCommand,
  GetCapacityProviderCommand,
  ListCapacityProvidersCommand,
  ListTagsCommand,
  UpdateCapacityProviderCommand,
  type UpdateCapacityProviderCommandInput,
} from '@aws-sdk/client-lambda';
import { makeProvider, nameOf, PROVIDER_MEMBERS } from './capacity-fixture.ts';
import { assertError, storedOnly } from './function-answers.ts';
import { LIMITED, limitedWorld } from './limited-world.ts';
import { MANAGED_FUNCTION_CASES } from './managed-function-cases.ts';
import { type ConformanceCase, eventually, fails, type World } from './world.ts';

const INVALID = { code: 'InvalidParameterValueException', status: 400 } as const;
const MANUAL = {
  ScalingMode: 'Manual',
  ScalingPolicies: [{ PredefinedMetricType: 'LambdaCapacityProviderAverageCPUUtilization', TargetValue: 60.5 }],
} as const satisfies CreateCapacityProviderCommandInput['CapacityProviderScalingConfig'];

async function get({ lambda }: World, CapacityProviderName: string): Promise<CapacityProvider | undefined> {
  const { CapacityProvider: provider } = await lambda.send(new GetCapacityProviderCommand({ CapacityProviderName }));
  return provider;
}

async function update(
  { lambda }: World,
  CapacityProviderName: string,
  members: Omit<UpdateCapacityProviderCommandInput, 'CapacityProviderName'>,
): Promise<CapacityProvider | undefined> {
  const { CapacityProvider: provider } = await lambda.send(
    new UpdateCapacityProviderCommand({ CapacityProviderName, ...members }),
  );
  return provider;
}

function remove({ lambda }: World, CapacityProviderName: string): Promise<unknown> {
  return lambda.send(new DeleteCapacityProviderCommand({ CapacityProviderName }));
}

/** A provider without what is new with each, whose form is checked instead. */
function plain(provider: CapacityProvider | undefined): Record<string, unknown> {
  const { LastModified = '', ...rest } = provider ?? ({} as CapacityProvider);
  assert.match(LastModified, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
  return rest;
}

function byDefault(world: World, name: string): Record<string, unknown> {
  return {
    CapacityProviderArn: world.arn(`capacity-provider:${name}`),
    ...PROVIDER_MEMBERS,
    InstanceRequirements: { Architectures: ['x86_64'] },
    CapacityProviderScalingConfig: { MaxVCpuCount: 400, ScalingMode: 'Auto' },
    TelemetryConfig: { LoggingConfig: { SystemLogLevel: 'INFO', LogGroup: `/aws/lambda/capacity-provider/${name}` } },
  };
}

function missing(world: World, name: string): { code: string; status: number; message: string } {
  const message = `Capacity provider not found: ${world.arn(`capacity-provider:${name}`)}`;
  return { code: 'ResourceNotFoundException', status: 404, message };
}

const CREATE_CASES: readonly ConformanceCase[] = [
  {
    operation: 'CreateCapacityProvider',
    name: 'answers Pending and the defaults, says that it is stored only, and is Active soon after',
    run: async (world) => {
      const name = world.unique('provider');
      const body = { CapacityProviderName: name, ...PROVIDER_MEMBERS };
      const answer = await world.raw('POST', '/2025-11-30/capacity-providers', body);
      assert.equal(answer.status, 202);
      assert.deepEqual(Object.keys(answer.json), ['CapacityProvider']);
      const created = answer.json['CapacityProvider'] as CapacityProvider;
      assert.deepEqual(plain(created), { ...byDefault(world, name), State: 'Pending' });
      assert.deepEqual(storedOnly(answer), ['CreateCapacityProvider']);
      const reached = await eventually(
        () => get(world, name),
        (provider) => provider?.State !== 'Pending',
      );
      assert.deepEqual(reached, { ...created, State: 'Active' });
      await remove(world, name);
    },
  },
  {
    operation: 'CreateCapacityProvider',
    name: 'answers everything that was given, but the tags, which are read as tags',
    run: async (world) => {
      const members = {
        InstanceRequirements: { Architectures: ['arm64'], AllowedInstanceTypes: ['m7g.*', 'c7g.large'] },
        CapacityProviderScalingConfig: { MaxVCpuCount: 2, ...MANUAL },
        KmsKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/1',
        PropagateTags: { Mode: 'Explicit', ExplicitTags: { team: 'a' } },
        TelemetryConfig: { LoggingConfig: { SystemLogLevel: 'DEBUG', LogGroup: '/own/group' } },
      } as const;
      const provider = await makeProvider(world, {
        ...members,
        InstanceRequirements: { Architectures: ['arm64'], AllowedInstanceTypes: ['m7g.*', 'c7g.large'] },
        CapacityProviderScalingConfig: { MaxVCpuCount: 2, ...MANUAL, ScalingPolicies: [...MANUAL.ScalingPolicies] },
        Tags: { own: 'tag' },
      });
      const { CapacityProviderArn = '' } = provider;
      assert.deepEqual(plain(provider), { CapacityProviderArn, State: 'Pending', ...PROVIDER_MEMBERS, ...members });
      assert.deepEqual(plain(await get(world, CapacityProviderArn)), { ...plain(provider), State: 'Active' });
      const { Tags } = await world.lambda.send(new ListTagsCommand({ Resource: CapacityProviderArn }));
      assert.deepEqual(Tags, { own: 'tag' });
      await remove(world, CapacityProviderArn);
    },
  },
  {
    operation: 'CreateCapacityProvider',
    name: 'makes one of a name, however many ask at the same moment',
    run: async (world) => {
      const CapacityProviderName = world.unique('provider');
      const answers = await Promise.allSettled(Array.from({ length: 6 }, () => makeProvider(world, { CapacityProviderName })));
      assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1);
      await fails(makeProvider(world, { CapacityProviderName: world.arn(`capacity-provider:${CapacityProviderName}`) }), {
        code: 'ResourceConflictException',
        status: 409,
        message: `Capacity provider already exists: ${world.arn(`capacity-provider:${CapacityProviderName}`)}`,
      });
    },
  },
  {
    operation: 'CreateCapacityProvider',
    name: 'refuses settings that contradict each other, long names and too many tags',
    run: async (world) => {
      const refusals: [Partial<CreateCapacityProviderCommandInput>, string][] = [
        [
          { InstanceRequirements: { AllowedInstanceTypes: ['m7i.*'], ExcludedInstanceTypes: ['m7g.*'] } },
          'Only one of AllowedInstanceTypes and ExcludedInstanceTypes can be given.',
        ],
        [
          { CapacityProviderScalingConfig: { ScalingPolicies: [...MANUAL.ScalingPolicies] } },
          'ScalingPolicies can be given when ScalingMode is Manual alone.',
        ],
        [
          { PropagateTags: { Mode: 'None', ExplicitTags: { a: 'b' } } },
          'ExplicitTags can be given when the Mode of PropagateTags is Explicit alone.',
        ],
        [{ CapacityProviderName: 'x'.repeat(65) }, 'The name of a capacity provider can have 64 characters at most.'],
        [
          { Tags: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, ''])) },
          'Number of tags exceeds resource tag limit.',
        ],
      ];
      for (const [members, message] of refusals) await fails(makeProvider(world, members), { ...INVALID, message });
      const foreign = 'arn:aws:lambda:us-east-1:111111111111:capacity-provider:p';
      await fails(makeProvider(world, { CapacityProviderName: foreign }), { code: 'AccessDeniedException', status: 403 });
    },
  },
  {
    operation: 'CreateCapacityProvider',
    name: 'refuses what the service model has no form for',
    run: async (world) => {
      const answer = await world.raw('POST', '/2025-11-30/capacity-providers', {
        CapacityProviderName: 'p',
        VpcConfig: { SubnetIds: [], SecurityGroupIds: [] },
        PermissionsConfig: {},
        CapacityProviderScalingConfig: { MaxVCpuCount: 1 },
      });
      assertError(answer, 400, 'ValidationException', {
        message: [
          "3 validation errors detected: Value '[]' at 'vpcConfig.subnetIds' failed to satisfy constraint: Member must have length greater than or equal to 1",
          "Value null at 'permissionsConfig.capacityProviderOperatorRoleArn' failed to satisfy constraint: Member must not be null",
          "Value '1' at 'capacityProviderScalingConfig.maxVCpuCount' failed to satisfy constraint: Member must have value greater than or equal to 2",
        ].join('; '),
      });
    },
  },
  {
    operation: 'CreateCapacityProvider',
    name: 'stops at the limit of the account, however many ask at the same moment',
    run: async () => {
      const world = await limitedWorld();
      const answers = await Promise.allSettled(Array.from({ length: 5 }, () => makeProvider(world)));
      const made = answers.filter((answer) => answer.status === 'fulfilled').map(({ value }) => value);
      assert.equal(made.length, LIMITED.capacityProviders);
      await fails(makeProvider(world), {
        code: 'CapacityProviderLimitExceededException',
        status: 400,
        message: `The maximum number of capacity providers (${LIMITED.capacityProviders}) is reached.`,
        type: 'User',
      });
      for (const provider of made) await remove(world, nameOf(provider));
      await remove(world, nameOf(await makeProvider(world)));
    },
  },
];

const READ_CASES: readonly ConformanceCase[] = [
  {
    operation: 'GetCapacityProvider',
    name: 'reads by name and by ARN, and fails for what is not there',
    run: async (world) => {
      const { CapacityProviderArn = '', ...provider } = await makeProvider(world);
      const expected = { CapacityProviderArn, ...provider, State: 'Active' };
      assert.deepEqual(await get(world, CapacityProviderArn), expected);
      assert.deepEqual(await get(world, CapacityProviderArn.split(':').at(-1) ?? ''), expected);
      await fails(get(world, 'none'), missing(world, 'none'));
      const elsewhere = 'arn:aws:lambda:eu-west-1:000000000000:capacity-provider:p';
      await fails(get(world, elsewhere), {
        code: 'ResourceNotFoundException',
        status: 404,
        message: `Capacity provider not found: ${elsewhere}`,
      });
      await remove(world, CapacityProviderArn);
    },
  },
  {
    operation: 'ListCapacityProviders',
    name: 'lists in order of the names, page by page, and by state',
    run: async (world) => {
      const prefix = world.unique('listed');
      for (const letter of ['b', 'a', 'c']) await makeProvider(world, { CapacityProviderName: `${prefix}-${letter}` });
      const found: string[] = [];
      let Marker: string | undefined;
      do {
        const page = await world.lambda.send(new ListCapacityProvidersCommand({ MaxItems: 2, Marker }));
        assert.ok((page.CapacityProviders ?? []).length <= 2);
        found.push(...(page.CapacityProviders ?? []).map(nameOf));
        Marker = page.NextMarker;
      } while (Marker !== undefined);
      assert.deepEqual(
        found.filter((name) => name.startsWith(prefix)),
        [`${prefix}-a`, `${prefix}-b`, `${prefix}-c`],
      );
      const { CapacityProviders: failed } = await world.lambda.send(new ListCapacityProvidersCommand({ State: 'Failed' }));
      assert.deepEqual(failed, []);
      const { CapacityProviders: active } = await world.lambda.send(new ListCapacityProvidersCommand({ State: 'Active' }));
      assert.ok(active?.some((provider) => nameOf(provider) === `${prefix}-a`));
      for (const letter of ['a', 'b', 'c']) await remove(world, `${prefix}-${letter}`);
    },
  },
  {
    operation: 'ListCapacityProviders',
    name: 'refuses states that are none, and pages that are too large',
    run: async (world) => {
      const State = 'Stopped' as CapacityProviderState;
      await fails(world.lambda.send(new ListCapacityProvidersCommand({ State, MaxItems: 51 })), {
        code: 'ValidationException',
        status: 400,
        message: /^2 validation errors detected: /,
      });
    },
  },
];

const WRITE_CASES: readonly ConformanceCase[] = [
  {
    operation: 'UpdateCapacityProvider',
    name: 'changes what is given and keeps the rest',
    run: async (world) => {
      const name = nameOf(await makeProvider(world));
      const expected = { ...byDefault(world, name), State: 'Active' };
      const answer = await world.raw('PUT', `/2025-11-30/capacity-providers/${name}`, {
        CapacityProviderScalingConfig: { MaxVCpuCount: 10 },
      });
      assert.equal(answer.status, 202);
      assert.deepEqual(storedOnly(answer), ['UpdateCapacityProvider']);
      assert.deepEqual(plain(answer.json['CapacityProvider'] as CapacityProvider), {
        ...expected,
        CapacityProviderScalingConfig: { MaxVCpuCount: 10, ScalingMode: 'Auto' },
      });
      const ScalingPolicies = [...MANUAL.ScalingPolicies];
      const manual = await update(world, name, {
        CapacityProviderScalingConfig: { ScalingMode: 'Manual', ScalingPolicies },
        PropagateTags: { Mode: 'Explicit', ExplicitTags: { a: 'b' } },
      });
      assert.deepEqual(plain(manual), {
        ...expected,
        CapacityProviderScalingConfig: { MaxVCpuCount: 10, ...MANUAL },
        PropagateTags: { Mode: 'Explicit', ExplicitTags: { a: 'b' } },
      });
      const again = await update(world, name, {
        CapacityProviderScalingConfig: { ScalingMode: 'Auto' },
        PropagateTags: { Mode: 'None' },
        TelemetryConfig: { LoggingConfig: { SystemLogLevel: 'WARN' } },
      });
      assert.deepEqual(plain(again), {
        ...expected,
        CapacityProviderScalingConfig: { MaxVCpuCount: 10, ScalingMode: 'Auto' },
        PropagateTags: { Mode: 'None' },
        TelemetryConfig: { LoggingConfig: { SystemLogLevel: 'WARN', LogGroup: `/aws/lambda/capacity-provider/${name}` } },
      });
      assert.deepEqual(await get(world, name), again);
      await remove(world, name);
    },
  },
  {
    operation: 'UpdateCapacityProvider',
    name: 'loses none of many changes at the same moment, and fails for what is not there',
    run: async (world) => {
      const name = nameOf(await makeProvider(world));
      await Promise.all([
        update(world, name, { CapacityProviderScalingConfig: { MaxVCpuCount: 7 } }),
        update(world, name, { PropagateTags: { Mode: 'Explicit', ExplicitTags: { a: 'b' } } }),
        update(world, name, { TelemetryConfig: { LoggingConfig: { LogGroup: 'own' } } }),
      ]);
      assert.deepEqual(plain(await get(world, name)), {
        ...byDefault(world, name),
        State: 'Active',
        CapacityProviderScalingConfig: { MaxVCpuCount: 7, ScalingMode: 'Auto' },
        PropagateTags: { Mode: 'Explicit', ExplicitTags: { a: 'b' } },
        TelemetryConfig: { LoggingConfig: { SystemLogLevel: 'INFO', LogGroup: 'own' } },
      });
      await fails(update(world, 'none', {}), missing(world, 'none'));
      const policies = { CapacityProviderScalingConfig: { ScalingPolicies: [...MANUAL.ScalingPolicies] } };
      await fails(update(world, name, policies), {
        ...INVALID,
        message: 'ScalingPolicies can be given when ScalingMode is Manual alone.',
      });
      await remove(world, name);
    },
  },
  {
    operation: 'DeleteCapacityProvider',
    name: 'answers Deleting, is gone soon after, and its name can be used again',
    run: async (world) => {
      const provider = await makeProvider(world);
      const name = nameOf(provider);
      const answer = await world.raw('DELETE', `/2025-11-30/capacity-providers/${name}`);
      assert.equal(answer.status, 202);
      assert.deepEqual(answer.json, { CapacityProvider: { ...provider, State: 'Deleting' } });
      await fails(get(world, name), missing(world, name));
      await fails(remove(world, name), missing(world, name));
      await makeProvider(world, { CapacityProviderName: name });
      await remove(world, name);
    },
  },
];

/** Cases of capacity providers, and of the functions that run on them. */
export const CAPACITY_PROVIDER_CASES: readonly ConformanceCase[] = [
  ...CREATE_CASES,
  ...READ_CASES,
  ...WRITE_CASES,
  ...MANAGED_FUNCTION_CASES,
];
