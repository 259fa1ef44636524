import assert from 'node:assert/strict';
import {
  type CapacityProvider,
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteCapacityProviderCommand,
  DeleteFunctionCommand,
  type FunctionConfiguration,
  type FunctionVersionsByCapacityProviderListItem,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  ListFunctionVersionsByCapacityProviderCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { makeProvider, managed, nameOf, on, publish } from './capacity-fixture.ts';
import { plainDefaults, PENDING, plain, READY, sha256, storedOnly, whenReady } from './function-answers.ts';
import { LIMITED, limitedWorld } from './limited-world.ts';
import { type ConformanceCase, fails, ROLE, type World } from './world.ts';

const INVALID = { code: 'InvalidParameterValueException', status: 400 } as const;
const PUBLISHED = '$LATEST.PUBLISHED';
const PUBLISHING = {
  ...PENDING,
  LastUpdateStatus: 'InProgress',
  LastUpdateStatusReason: 'The function is being updated.',
  LastUpdateStatusReasonCode: 'Updating',
};
const ANSWERED = {
  PerExecutionEnvironmentMaxConcurrency: 16,
  ExecutionEnvironmentMemoryGiBPerVCpu: 2,
};

async function invoke({ lambda }: World, FunctionName: string, Qualifier?: string): Promise<[string, string | undefined]> {
  const { Payload, ExecutedVersion } = await lambda.send(new InvokeCommand({ FunctionName, Qualifier }));
  return [Buffer.from(Payload ?? []).toString(), ExecutedVersion];
}

async function versionsOn({ lambda }: World, provider: CapacityProvider): Promise<FunctionVersionsByCapacityProviderListItem[]> {
  const { FunctionVersions = [], CapacityProviderArn } = await lambda.send(
    new ListFunctionVersionsByCapacityProviderCommand({ CapacityProviderName: nameOf(provider) }),
  );
  assert.equal(CapacityProviderArn, provider.CapacityProviderArn);
  return FunctionVersions;
}

function active(world: World, FunctionName: string, ...versions: readonly string[]): object[] {
  return versions.map((version) => ({ FunctionArn: world.arn(`function:${FunctionName}:${version}`), State: 'Active' }));
}

function source(answer: string): string {
  return `exports.handler = async () => '${answer}';`;
}

function hash(answer: FunctionConfiguration & { readonly $metadata?: unknown }): Record<string, unknown> {
  const { ConfigSha256 = '', ...rest } = plain(answer) as FunctionConfiguration;
  assert.match(ConfigSha256, /^[0-9a-f]{64}$/);
  return rest as Record<string, unknown>;
}

const CREATE_CASES: readonly ConformanceCase[] = [
  {
    operation: 'CreateFunction',
    name: 'on a capacity provider has defaults of its own, and a $LATEST that can not be invoked',
    run: async (world) => {
      const provider = await makeProvider(world);
      const FunctionName = world.unique('managed');
      const ZipFile = await world.code();
      const body = {
        FunctionName,
        Role: ROLE,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: { ZipFile: ZipFile.toString('base64') },
        ...on(provider),
      };
      const answer = await world.raw('POST', '/2015-03-31/functions', body);
      assert.equal(answer.status, 201);
      const { SnapStart: _snapshots, ...ordinary } = plainDefaults(world, FunctionName, ZipFile);
      const expected = {
        ...ordinary,
        MemorySize: 2_048,
        LoggingConfig: {
          LogFormat: 'JSON',
          ApplicationLogLevel: 'INFO',
          SystemLogLevel: 'INFO',
          LogGroup: `/aws/lambda/${FunctionName}`,
        },
        CapacityProviderConfig: {
          LambdaManagedInstancesCapacityProviderConfig: { CapacityProviderArn: provider.CapacityProviderArn, ...ANSWERED },
        },
      };
      assert.deepEqual(hash(answer.json as FunctionConfiguration), { ...expected, ...PENDING });
      assert.deepEqual(storedOnly(answer), []);
      const ready = await whenReady(world, FunctionName);
      assert.deepEqual(hash(ready), { ...expected, State: 'ActiveNonInvocable', LastUpdateStatus: 'Successful' });
      assert.deepEqual(await versionsOn(world, provider), []);
    },
  },
  {
    operation: 'CreateFunction',
    name: 'on a capacity provider refuses other providers, other runtimes and too little memory',
    run: async (world) => {
      const provider = await makeProvider(world);
      const gone = world.arn('capacity-provider:none');
      const refusals = [
        [{ ...on({ CapacityProviderArn: gone } as CapacityProvider) }, `The capacity provider ${gone} does not exist.`],
        [
          { ...on(provider), Runtime: 'python3.12' },
          'Runtime Enum python3.12 does not support specified feature: Lambda Managed Instances',
        ],
        [
          { ...on(provider), MemorySize: 2_047 },
          "'MemorySize' value failed to satisfy constraint: Member must have value greater than or equal to 2048",
        ],
        [
          { ...on(provider), SnapStart: { ApplyOn: 'PublishedVersions' } },
          'SnapStart is not supported for functions with a capacity provider configuration.',
        ],
        [{ PublishTo: 'LATEST_PUBLISHED' }, 'PublishTo is supported for functions with a capacity provider configuration alone.'],
      ] as const;
      for (const [members, message] of refusals) await fails(world.function(members), { ...INVALID, message });
      await world.function({ ...on(provider), MemorySize: 32_768, Timeout: 5_400, EphemeralStorage: { Size: 10_240 } });
    },
  },
  {
    operation: 'CreateFunction',
    name: 'publishes on a capacity provider, under a number or as what an unqualified invoke runs',
    run: async (world) => {
      const provider = await makeProvider(world);
      const make = async (members: { Publish?: boolean; PublishTo?: 'LATEST_PUBLISHED' }): Promise<FunctionConfiguration> =>
        world.lambda.send(
          new CreateFunctionCommand({
            FunctionName: world.unique('managed'),
            Role: ROLE,
            Runtime: 'nodejs24.x',
            Handler: 'index.handler',
            Code: { ZipFile: await world.code() },
            ...on(provider),
            ...members,
          }),
        );
      const numbered = await make({ Publish: true });
      const named = await make({ PublishTo: 'LATEST_PUBLISHED' });
      const both = await make({ Publish: true, PublishTo: 'LATEST_PUBLISHED' });
      assert.deepEqual([numbered.Version, named.Version, both.Version], ['1', PUBLISHED, PUBLISHED]);
      for (const { FunctionName = '', Version } of [numbered, named, both]) {
        await whenReady(world, FunctionName);
        await whenReady(world, FunctionName, Version);
      }
      assert.deepEqual(
        await versionsOn(world, provider),
        [numbered, named, both].flatMap(({ FunctionName = '', Version = '' }) => active(world, FunctionName, Version)),
      );
      assert.equal(await publish(world, named.FunctionName ?? ''), '1');
      assert.equal(await publish(world, both.FunctionName ?? ''), '1');
    },
  },
];

const PUBLISH_CASES: readonly ConformanceCase[] = [
  {
    operation: 'PublishVersion',
    name: 'on a capacity provider is Pending first, and numbers and $LATEST.PUBLISHED go their own ways',
    run: async (world) => {
      const provider = await makeProvider(world);
      const FunctionName = await managed(world, provider);
      const first = await world.lambda.send(new PublishVersionCommand({ FunctionName }));
      assert.equal(first.FunctionArn, world.arn(`function:${FunctionName}:1`));
      const { State, StateReason, StateReasonCode, LastUpdateStatus } = first;
      assert.deepEqual({ State, StateReason, StateReasonCode }, PENDING);
      assert.equal(LastUpdateStatus, undefined);
      const named = await world.lambda.send(new PublishVersionCommand({ FunctionName, PublishTo: 'LATEST_PUBLISHED' }));
      assert.equal(named.FunctionArn, world.arn(`function:${FunctionName}:${PUBLISHED}`));
      assert.equal(named.Version, PUBLISHED);
      const { LastUpdateStatusReason, LastUpdateStatusReasonCode } = named;
      assert.deepEqual(
        {
          State: named.State,
          StateReason: named.StateReason,
          StateReasonCode: named.StateReasonCode,
          LastUpdateStatus: named.LastUpdateStatus,
          LastUpdateStatusReason,
          LastUpdateStatusReasonCode,
        },
        PUBLISHING,
      );
      for (const version of ['1', PUBLISHED]) {
        const ready = await whenReady(world, FunctionName, version);
        assert.deepEqual({ State: ready.State, LastUpdateStatus: ready.LastUpdateStatus }, READY);
        assert.equal(ready.SnapStart, undefined);
      }
      const { Versions } = await world.lambda.send(new ListVersionsByFunctionCommand({ FunctionName }));
      assert.deepEqual(
        Versions?.map(({ Version }) => Version),
        ['$LATEST', PUBLISHED, '1'],
      );
      assert.deepEqual(await versionsOn(world, provider), active(world, FunctionName, PUBLISHED, '1'));
      const again = await world.lambda.send(new PublishVersionCommand({ FunctionName }));
      assert.equal(again.Version, '1');
    },
  },
  {
    operation: 'PublishVersion',
    name: 'to $LATEST.PUBLISHED lets the version before it run until the new one is ready',
    run: async (world) => {
      const FunctionName = await managed(world, await makeProvider(world), {
        Code: { ZipFile: await world.code(source('old')) },
      });
      await publish(world, FunctionName, 'LATEST_PUBLISHED');
      assert.deepEqual(await invoke(world, FunctionName), ['"old"', PUBLISHED]);
      const ZipFile = await world.code(source('new'));
      const answer = await world.lambda.send(
        new UpdateFunctionCodeCommand({ FunctionName, ZipFile, PublishTo: 'LATEST_PUBLISHED' }),
      );
      const { State, LastUpdateStatus, CodeSha256 } = answer;
      assert.deepEqual(
        { State, LastUpdateStatus, CodeSha256 },
        {
          State: 'Active',
          LastUpdateStatus: 'InProgress',
          CodeSha256: sha256(ZipFile),
        },
      );
      assert.ok(['"old"', '"new"'].includes((await invoke(world, FunctionName))[0]));
      const ready = await whenReady(world, FunctionName, PUBLISHED);
      assert.deepEqual({ State: ready.State, LastUpdateStatus: ready.LastUpdateStatus }, READY);
      assert.deepEqual(await invoke(world, FunctionName), ['"new"', PUBLISHED]);
    },
  },
  {
    operation: 'PublishVersion',
    name: 'is refused by a provider that is full or gone, and never overfills one',
    run: async () => {
      const world = await limitedWorld();
      const provider = await makeProvider(world);
      const functions: string[] = [];
      for (let count = 0; count < 4; count += 1) functions.push(await managed(world, provider));
      const [last = ''] = functions;
      const answers = await Promise.allSettled(
        functions.map((FunctionName, index) =>
          world.lambda.send(
            new PublishVersionCommand({ FunctionName, ...(index % 2 === 0 ? {} : { PublishTo: 'LATEST_PUBLISHED' as const }) }),
          ),
        ),
      );
      assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, LIMITED.versionsPerCapacityProvider);
      assert.equal((await versionsOn(world, provider)).length, LIMITED.versionsPerCapacityProvider);
      const full = {
        code: 'FunctionVersionsPerCapacityProviderLimitExceededException',
        status: 400,
        message: `The maximum number of function versions per capacity provider (${LIMITED.versionsPerCapacityProvider}) is reached.`,
        type: 'User',
      };
      await fails(managed(world, provider, { Publish: true }), full);
      for (const FunctionName of functions.slice(1)) await world.lambda.send(new DeleteFunctionCommand({ FunctionName }));
      await publish(world, last);
      await world.lambda.send(new DeleteFunctionCommand({ FunctionName: last, Qualifier: '1' }));
      const [other] = await versionsOn(world, provider);
      if (other) await world.lambda.send(new DeleteFunctionCommand({ FunctionName: last, Qualifier: '2' }));
      await world.lambda.send(new DeleteCapacityProviderCommand({ CapacityProviderName: nameOf(provider) }));
      await fails(publish(world, last), {
        ...INVALID,
        message: `The capacity provider ${provider.CapacityProviderArn} does not exist.`,
      });
      await world.lambda.send(new DeleteFunctionCommand({ FunctionName: last }));
    },
  },
  {
    operation: 'PutProvisionedConcurrencyConfig',
    name: 'is not for functions on capacity providers',
    run: async (world) => {
      const FunctionName = await managed(world, await makeProvider(world));
      const Qualifier = await publish(world, FunctionName);
      const sent = world.lambda.send(
        new PutProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier, ProvisionedConcurrentExecutions: 1 }),
      );
      await fails(sent, {
        ...INVALID,
        message: 'Provisioned Concurrency is not supported for functions with a capacity provider configuration.',
      });
    },
  },
];

const PROVIDER_CASES: readonly ConformanceCase[] = [
  {
    operation: 'UpdateFunctionConfiguration',
    name: 'moves a function to another provider, and what is published of it with the next publication',
    run: async (world) => {
      const [before, after] = [await makeProvider(world), await makeProvider(world)];
      const FunctionName = await managed(world, before);
      await publish(world, FunctionName);
      await publish(world, FunctionName, 'LATEST_PUBLISHED');
      const moved = await world.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, ...on(after) }));
      assert.deepEqual(moved.CapacityProviderConfig?.LambdaManagedInstancesCapacityProviderConfig, {
        CapacityProviderArn: after.CapacityProviderArn,
        ...ANSWERED,
      });
      await whenReady(world, FunctionName);
      assert.deepEqual(await versionsOn(world, before), active(world, FunctionName, PUBLISHED, '1'));
      await publish(world, FunctionName, 'LATEST_PUBLISHED');
      assert.deepEqual(await versionsOn(world, before), active(world, FunctionName, '1'));
      assert.deepEqual(await versionsOn(world, after), active(world, FunctionName, PUBLISHED));
      await world.lambda.send(new DeleteFunctionCommand({ FunctionName, Qualifier: '1' }));
      assert.deepEqual(await versionsOn(world, before), []);
      await world.lambda.send(new DeleteCapacityProviderCommand({ CapacityProviderName: nameOf(before) }));
    },
  },
  {
    operation: 'UpdateFunctionConfiguration',
    name: 'puts no ordinary function on a provider, and no function on one that is not there',
    run: async (world) => {
      const provider = await makeProvider(world);
      const ordinary = await world.function();
      await fails(world.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: ordinary, ...on(provider) })), {
        ...INVALID,
        message: "CapacityProviderConfig isn't supported for Lambda Default functions.",
      });
      const FunctionName = await managed(world, provider);
      const gone = { ...provider, CapacityProviderArn: world.arn('capacity-provider:none') };
      await fails(world.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, ...on(gone) })), {
        ...INVALID,
        message: `The capacity provider ${gone.CapacityProviderArn} does not exist.`,
      });
    },
  },
  {
    operation: 'DeleteCapacityProvider',
    name: 'fails while published versions run on it',
    run: async (world) => {
      const provider = await makeProvider(world);
      const [one, two] = [await managed(world, provider), await managed(world, provider)];
      for (const FunctionName of [one, two]) await publish(world, FunctionName);
      await publish(world, one);
      const CapacityProviderName = nameOf(provider);
      const remove = (): Promise<unknown> => world.lambda.send(new DeleteCapacityProviderCommand({ CapacityProviderName }));
      const inUse = (count: number): Parameters<typeof fails>[1] => ({
        code: 'ResourceConflictException',
        status: 409,
        message: `The capacity provider is currently in use by ${count} functions. To delete this capacity provider, first remove its association with ${provider.CapacityProviderArn}.`,
      });
      await fails(remove(), inUse(2));
      await world.lambda.send(new DeleteFunctionCommand({ FunctionName: two }));
      await fails(remove(), inUse(1));
      await world.lambda.send(new DeleteFunctionCommand({ FunctionName: one }));
      await remove();
    },
  },
  {
    operation: 'DeleteCapacityProvider',
    name: 'and a publication on it at the same moment never both succeed',
    run: async (world) => {
      for (let round = 0; round < 5; round += 1) {
        const provider = await makeProvider(world);
        const FunctionName = await managed(world, provider);
        const [published, removed] = await Promise.allSettled([
          world.lambda.send(new PublishVersionCommand({ FunctionName })),
          world.lambda.send(new DeleteCapacityProviderCommand({ CapacityProviderName: nameOf(provider) })),
        ]);
        assert.notEqual(published?.status, removed?.status);
      }
    },
  },
  {
    operation: 'ListFunctionVersionsByCapacityProvider',
    name: 'lists the published versions on a provider in order, page by page',
    run: async (world) => {
      const provider = await makeProvider(world);
      const [one, two] = [await managed(world, provider), await managed(world, provider)];
      for (const FunctionName of [two, one, one]) await publish(world, FunctionName);
      await publish(world, one, 'LATEST_PUBLISHED');
      const expected = [...active(world, one, PUBLISHED, '1', '2'), ...active(world, two, '1')];
      assert.deepEqual(await versionsOn(world, provider), expected);
      const found: unknown[] = [];
      let Marker: string | undefined;
      do {
        const page = await world.lambda.send(
          new ListFunctionVersionsByCapacityProviderCommand({
            CapacityProviderName: provider.CapacityProviderArn,
            MaxItems: 3,
            Marker,
          }),
        );
        found.push(...(page.FunctionVersions ?? []));
        Marker = page.NextMarker;
      } while (Marker !== undefined);
      assert.deepEqual(found, expected);
      await fails(world.lambda.send(new ListFunctionVersionsByCapacityProviderCommand({ CapacityProviderName: 'none' })), {
        code: 'ResourceNotFoundException',
        status: 404,
        message: `Capacity provider not found: ${world.arn('capacity-provider:none')}`,
      });
    },
  },
];

const LIFE_CASES: readonly ConformanceCase[] = [
  {
    operation: 'Invoke',
    name: 'runs what is published on a capacity provider, and never $LATEST',
    run: async (world) => {
      const FunctionName = await managed(world, await makeProvider(world), { Code: { ZipFile: await world.code(source('a')) } });
      await fails(invoke(world, FunctionName), {
        code: 'NoPublishedVersionException',
        status: 400,
        message:
          "The function can't be invoked because no published version exists. For functions with capacity provider configuration, either publish a version to $LATEST.PUBLISHED, or specify a published version qualifier.",
      });
      const version = await publish(world, FunctionName);
      await world.lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: await world.code(source('b')) }));
      await whenReady(world, FunctionName);
      await publish(world, FunctionName, 'LATEST_PUBLISHED');
      await world.lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: PUBLISHED }));
      assert.deepEqual(await invoke(world, FunctionName, version), ['"a"', version]);
      for (const qualifier of [undefined, PUBLISHED, 'live'])
        assert.deepEqual(await invoke(world, FunctionName, qualifier), ['"b"', PUBLISHED]);
      await fails(invoke(world, FunctionName, '$LATEST'), {
        ...INVALID,
        message:
          "Functions configured with capacity provider configuration can't be invoked with $LATEST qualifier. To invoke this function, specify a published version qualifier or $LATEST.PUBLISHED.",
      });
    },
  },
  {
    operation: 'DeleteFunction',
    name: 'answers 202 for functions on capacity providers, and deletes $LATEST.PUBLISHED apart from them',
    run: async (world) => {
      const provider = await makeProvider(world);
      const FunctionName = await managed(world, provider);
      const version = await publish(world, FunctionName);
      await publish(world, FunctionName, 'LATEST_PUBLISHED');
      await world.lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: PUBLISHED }));
      const path = `/2015-03-31/functions/${FunctionName}`;
      const referred = await world.raw('DELETE', `${path}?Qualifier=${encodeURIComponent(PUBLISHED)}`);
      assert.equal(referred.status, 409);
      assert.equal(referred.json['message'], 'Unable to delete version because the following aliases reference it: [live]');
      await world.raw('DELETE', `${path}/aliases/live`);
      for (const qualifier of [PUBLISHED, version]) {
        assert.equal((await world.raw('DELETE', `${path}?Qualifier=${encodeURIComponent(qualifier)}`)).status, 202);
        await fails(world.lambda.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier: qualifier })), {
          code: 'ResourceNotFoundException',
          status: 404,
          message: `Function not found: ${world.arn(`function:${FunctionName}:${qualifier}`)}`,
        });
      }
      assert.deepEqual(await versionsOn(world, provider), []);
      assert.equal((await world.raw('DELETE', path)).status, 202);
      await fails(world.lambda.send(new GetFunctionConfigurationCommand({ FunctionName })), {
        code: 'ResourceNotFoundException',
        status: 404,
      });
    },
  },
];

/** Cases of functions that run on capacity providers. */
export const MANAGED_FUNCTION_CASES: readonly ConformanceCase[] = [
  ...CREATE_CASES,
  ...PUBLISH_CASES,
  ...PROVIDER_CASES,
  ...LIFE_CASES,
];
