import assert from 'node:assert/strict';
import {
  CreateAliasCommand,
  type CreateFunctionCommandInput,
  DeleteAliasCommand,
  DeleteFunctionConcurrencyCommand,
  DeleteFunctionCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetAccountSettingsCommand,
  GetProvisionedConcurrencyConfigCommand,
  ListProvisionedConcurrencyConfigsCommand,
  type ListProvisionedConcurrencyConfigsCommandOutput,
  type ProvisionedConcurrencyConfigListItem,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { storedOnly, whenReady } from './function-answers.ts';
import { RESERVED_CONCURRENCY_CASES } from './reserved-concurrency-cases.ts';
import { type ConformanceCase, eventually, fails, type World } from './world.ts';

type Config = Partial<ProvisionedConcurrencyConfigListItem>;

const INVALID = { code: 'InvalidParameterValueException', status: 400 } as const;
const NO_CONFIG = {
  code: 'ProvisionedConcurrencyConfigNotFoundException',
  status: 404,
  message: 'No Provisioned Concurrency Config found for this function',
};
const NOT_PUBLISHED = 'The function resource provided must be an alias or a published version.';

function put({ lambda }: World, FunctionName: string, Qualifier: string, count = 1): Promise<Config> {
  return lambda.send(
    new PutProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier, ProvisionedConcurrentExecutions: count }),
  );
}

function get({ lambda }: World, FunctionName: string, Qualifier: string): Promise<Config> {
  return lambda.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier }));
}

/** What is provisioned once nothing of it is under way any more. */
function whenSettled(world: World, FunctionName: string, Qualifier: string): Promise<Config> {
  return eventually(
    () => get(world, FunctionName, Qualifier),
    ({ Status }) => Status !== 'IN_PROGRESS',
  );
}

function remove({ lambda }: World, FunctionName: string, Qualifier: string): Promise<unknown> {
  return lambda.send(new DeleteProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier }));
}

function list(
  { lambda }: World,
  FunctionName: string,
  page: { MaxItems?: number; Marker?: string | undefined } = {},
): Promise<ListProvisionedConcurrencyConfigsCommandOutput> {
  return lambda.send(new ListProvisionedConcurrencyConfigsCommand({ FunctionName, ...page }));
}

function reserve({ lambda }: World, FunctionName: string, count: number): Promise<unknown> {
  return lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: count }));
}

async function unreserved({ lambda }: World): Promise<number> {
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
  return AccountLimit?.UnreservedConcurrentExecutions ?? 0;
}

/** A function with version 1 and aliases of it. */
async function published(
  world: World,
  names: readonly string[] = [],
  input: Partial<CreateFunctionCommandInput> = {},
): Promise<string> {
  const FunctionName = await world.function(input);
  await world.lambda.send(new PublishVersionCommand({ FunctionName }));
  await whenReady(world, FunctionName, '1');
  for (const Name of names) await world.lambda.send(new CreateAliasCommand({ FunctionName, Name, FunctionVersion: '1' }));
  return FunctionName;
}

async function secondVersion({ lambda, ...world }: World, FunctionName: string): Promise<void> {
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Description: 'second' }));
  await whenReady({ lambda, ...world }, FunctionName);
  await lambda.send(new PublishVersionCommand({ FunctionName }));
}

/** An answer without what is new with each, whose form is checked instead. */
function plain(answer: Config & { readonly $metadata?: unknown }): Record<string, unknown> {
  const { $metadata: _metadata, LastModified = '', ...rest } = answer;
  assert.match(LastModified, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/);
  return rest;
}

function ready(count: number): Record<string, unknown> {
  return {
    RequestedProvisionedConcurrentExecutions: count,
    AvailableProvisionedConcurrentExecutions: count,
    AllocatedProvisionedConcurrentExecutions: count,
    Status: 'READY',
  };
}

const PUT_CASES: readonly ConformanceCase[] = [
  {
    operation: 'PutProvisionedConcurrencyConfig',
    name: 'answers that it is in progress, and is ready when the environments are',
    run: async (world) => {
      const FunctionName = await published(world);
      const path = `/2019-09-30/functions/${FunctionName}/provisioned-concurrency?Qualifier=1`;
      const answer = await world.raw('PUT', path, { ProvisionedConcurrentExecutions: 2 });
      assert.equal(answer.status, 202);
      assert.deepEqual(plain(answer.json), {
        RequestedProvisionedConcurrentExecutions: 2,
        AvailableProvisionedConcurrentExecutions: 0,
        AllocatedProvisionedConcurrentExecutions: 0,
        Status: 'IN_PROGRESS',
      });
      assert.deepEqual(storedOnly(answer), []);
      assert.deepEqual(plain(await whenSettled(world, FunctionName, '1')), ready(2));
      await put(world, `${FunctionName}:1`, '1', 1);
      assert.deepEqual(plain(await whenSettled(world, FunctionName, '1')), ready(1));
    },
  },
  {
    operation: 'PutProvisionedConcurrencyConfig',
    name: 'is not for $LATEST, nor for aliases of it',
    run: async (world) => {
      const FunctionName = await world.function();
      const message = 'Provisioned Concurrency Configs cannot be applied to unpublished function versions.';
      await fails(put(world, FunctionName, '$LATEST'), { ...INVALID, message });
      await world.lambda.send(new CreateAliasCommand({ FunctionName, Name: 'dev', FunctionVersion: '$LATEST' }));
      await fails(put(world, FunctionName, 'dev'), { ...INVALID, message });
    },
  },
  {
    operation: 'PutProvisionedConcurrencyConfig',
    name: 'refuses what is not there, no concurrency, and names that contradict their qualifier',
    run: async (world) => {
      const FunctionName = await published(world);
      const missing = world.unique('missing');
      for (const name of [FunctionName, missing]) {
        await fails(put(world, name, '7'), {
          code: 'ResourceNotFoundException',
          status: 404,
          message: `Function not found: ${world.arn(`function:${name}:7`)}`,
        });
        await fails(put(world, name, 'live'), {
          code: 'ResourceNotFoundException',
          status: 404,
          message: `Cannot find alias arn: ${world.arn(`function:${name}:live`)}`,
        });
      }
      await fails(put(world, FunctionName, '1', 0), {
        code: 'ValidationException',
        status: 400,
        message:
          "1 validation error detected: Value '0' at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 1",
      });
      await fails(put(world, `${FunctionName}:1`, '2'), {
        ...INVALID,
        message: 'The derived qualifier from the function name does not match the specified qualifier.',
      });
    },
  },
  {
    operation: 'PutProvisionedConcurrencyConfig',
    name: 'lets no version have it in its own name and by way of an alias',
    run: async (world) => {
      const FunctionName = await published(world, ['live']);
      await secondVersion(world, FunctionName);
      await put(world, FunctionName, '1');
      const provisioned = "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version";
      await fails(put(world, FunctionName, 'live'), { code: 'ResourceConflictException', status: 409, message: provisioned });
      await remove(world, FunctionName, '1');
      await world.lambda.send(
        new CreateAliasCommand({
          FunctionName,
          Name: 'split',
          FunctionVersion: '1',
          RoutingConfig: { AdditionalVersionWeights: { '2': 0.5 } },
        }),
      );
      await put(world, FunctionName, 'split', 2);
      assert.deepEqual(plain(await whenSettled(world, FunctionName, 'split')), ready(2));
      for (const version of ['1', '2']) {
        await fails(put(world, FunctionName, version), {
          code: 'ResourceConflictException',
          status: 409,
          message: 'Version is pointed by a Provisioned Concurrency alias',
        });
      }
    },
  },
  {
    operation: 'PutProvisionedConcurrencyConfig',
    name: 'comes out of the reservation where there is one, and bounds it from below',
    run: async (world) => {
      const FunctionName = await published(world, ['live', 'more']);
      const before = await unreserved(world);
      await reserve(world, FunctionName, 3);
      await put(world, FunctionName, 'live', 2);
      assert.equal(await unreserved(world), before - 3);
      const tooMuch = {
        ...INVALID,
        message: 'Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function',
        type: 'User',
      };
      await fails(put(world, FunctionName, 'live', 4), tooMuch);
      await fails(put(world, FunctionName, 'more', 2), tooMuch);
      await put(world, FunctionName, 'live', 3);
      await put(world, FunctionName, 'live', 2);
      await fails(reserve(world, FunctionName, 1), {
        ...INVALID,
        message: " ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2].",
        type: null,
      });
      await world.lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
      assert.equal(await unreserved(world), before - 2);
      await world.lambda.send(new DeleteFunctionCommand({ FunctionName }));
      assert.equal(await unreserved(world), before);
    },
  },
  {
    operation: 'PutProvisionedConcurrencyConfig',
    name: 'comes out of what the account has not given away where there is no reservation',
    run: async (world) => {
      const FunctionName = await published(world);
      const other = await world.function();
      const left = await unreserved(world);
      await fails(put(world, FunctionName, '1', left + 1), {
        ...INVALID,
        message: `Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [${left}].`,
        type: null,
      });
      await fails(put(world, FunctionName, '1', left - 99), {
        ...INVALID,
        message:
          "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
        type: null,
      });
      await put(world, FunctionName, '1', left - 100);
      await put(world, FunctionName, '1', left - 100);
      assert.equal(await unreserved(world), 100);
      await fails(reserve(world, other, 1), {
        ...INVALID,
        message:
          "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
        type: null,
      });
      await reserve(world, FunctionName, left - 100);
      assert.equal(await unreserved(world), 100);
      await world.lambda.send(new DeleteFunctionCommand({ FunctionName }));
      assert.equal(await unreserved(world), left);
    },
  },
  {
    operation: 'PutProvisionedConcurrencyConfig',
    name: 'gives the last of the account away once, however many ask at the same moment',
    run: async (world) => {
      const names = await Promise.all([published(world), published(world), published(world)]);
      const count = (await unreserved(world)) - 100;
      const answers = await Promise.allSettled(names.map((FunctionName) => put(world, FunctionName, '1', count)));
      assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1);
      assert.equal(await unreserved(world), 100);
      for (const FunctionName of names) await world.lambda.send(new DeleteFunctionCommand({ FunctionName }));
    },
  },
  {
    operation: 'PutProvisionedConcurrencyConfig',
    name: 'is not for versions with SnapStart, nor for functions with tenants',
    run: async (world) => {
      const snapshots = await published(world, [], {
        Runtime: 'python3.13',
        SnapStart: { ApplyOn: 'PublishedVersions' },
      });
      await fails(put(world, snapshots, '1'), {
        ...INVALID,
        message: 'Provisioned Concurrency is not supported for SnapStart enabled functions.',
      });
      const tenants = await published(world, [], { TenancyConfig: { TenantIsolationMode: 'PER_TENANT' } });
      await fails(put(world, tenants, '1'), {
        ...INVALID,
        message: 'Provisioned Concurrency is not supported for functions with a tenancy configuration.',
      });
    },
  },
];

const FAILING_CASES: readonly ConformanceCase[] = [
  {
    operation: 'GetProvisionedConcurrencyConfig',
    name: 'tells that the init of the function fails, until it is asked for anew',
    run: async (world) => {
      const FunctionName = await published(world, [], { Code: { ZipFile: await world.code('process.exit(7);') } });
      await put(world, FunctionName, '1', 2);
      const failed = {
        RequestedProvisionedConcurrentExecutions: 2,
        AvailableProvisionedConcurrentExecutions: 0,
        AllocatedProvisionedConcurrentExecutions: 0,
        Status: 'FAILED',
        StatusReason: 'FUNCTION_ERROR_INIT_FAILURE',
      };
      assert.deepEqual(plain(await whenSettled(world, FunctionName, '1')), failed);
      await put(world, FunctionName, '1', 2);
      assert.equal((await get(world, FunctionName, '1')).Status, 'IN_PROGRESS');
      assert.deepEqual(plain(await whenSettled(world, FunctionName, '1')), failed);
    },
  },
];

const READ_CASES: readonly ConformanceCase[] = [
  {
    operation: 'GetProvisionedConcurrencyConfig',
    name: 'tells no configuration from no version and no alias',
    run: async (world) => {
      const FunctionName = await published(world, ['live']);
      await fails(get(world, FunctionName, '1'), NO_CONFIG);
      await fails(get(world, FunctionName, 'live'), NO_CONFIG);
      await fails(get(world, FunctionName, '$LATEST'), { ...INVALID, message: NOT_PUBLISHED });
      await fails(get(world, FunctionName, '7'), {
        code: 'ResourceNotFoundException',
        status: 404,
        message: `Function not found: ${world.arn(`function:${FunctionName}:7`)}`,
      });
      await fails(get(world, FunctionName, 'none'), {
        code: 'ResourceNotFoundException',
        status: 404,
        message: `Cannot find alias arn: ${world.arn(`function:${FunctionName}:none`)}`,
      });
    },
  },
  {
    operation: 'GetProvisionedConcurrencyConfig',
    name: 'keeps none when its alias or its version is deleted',
    run: async (world) => {
      const FunctionName = await published(world, ['live']);
      const before = await unreserved(world);
      await put(world, FunctionName, 'live', 2);
      await world.lambda.send(new DeleteAliasCommand({ FunctionName, Name: 'live' }));
      await put(world, FunctionName, '1', 2);
      await world.lambda.send(new DeleteFunctionCommand({ FunctionName, Qualifier: '1' }));
      assert.deepEqual((await list(world, FunctionName)).ProvisionedConcurrencyConfigs, []);
      assert.equal(await unreserved(world), before);
    },
  },
  {
    operation: 'ListProvisionedConcurrencyConfigs',
    name: 'lists what is provisioned for versions and aliases, page by page',
    run: async (world) => {
      const FunctionName = await published(world);
      await secondVersion(world, FunctionName);
      await world.lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '2' }));
      await put(world, FunctionName, '1', 1);
      await put(world, FunctionName, 'live', 2);
      for (const qualifier of ['1', 'live']) await whenSettled(world, FunctionName, qualifier);
      const whole = await list(world, FunctionName);
      assert.equal(whole.NextMarker, undefined);
      assert.deepEqual(whole.ProvisionedConcurrencyConfigs?.map(plain), [
        { FunctionArn: world.arn(`function:${FunctionName}:1`), ...ready(1) },
        { FunctionArn: world.arn(`function:${FunctionName}:live`), ...ready(2) },
      ]);
      const first = await list(world, FunctionName, { MaxItems: 1 });
      const second = await list(world, FunctionName, { MaxItems: 1, Marker: first.NextMarker });
      assert.deepEqual(
        [...(first.ProvisionedConcurrencyConfigs ?? []), ...(second.ProvisionedConcurrencyConfigs ?? [])],
        whole.ProvisionedConcurrencyConfigs,
      );
      assert.equal(second.NextMarker, undefined);
    },
  },
  {
    operation: 'ListProvisionedConcurrencyConfigs',
    name: 'is empty without any, and fails for a function that is not there',
    run: async (world) => {
      const FunctionName = await world.function();
      assert.deepEqual((await list(world, FunctionName)).ProvisionedConcurrencyConfigs, []);
      const missing = world.unique('missing');
      await fails(list(world, missing), {
        code: 'ResourceNotFoundException',
        status: 404,
        message: `Function not found: ${world.arn(`function:${missing}`)}`,
      });
    },
  },
  {
    operation: 'DeleteProvisionedConcurrencyConfig',
    name: 'gives the concurrency back, and minds no second time',
    run: async (world) => {
      const FunctionName = await published(world);
      const before = await unreserved(world);
      await put(world, FunctionName, '1', 2);
      const path = `/2019-09-30/functions/${FunctionName}/provisioned-concurrency?Qualifier=1`;
      for (const _time of [1, 2]) {
        const answer = await world.raw('DELETE', path);
        assert.deepEqual([answer.status, answer.text], [204, '']);
      }
      await fails(get(world, FunctionName, '1'), NO_CONFIG);
      assert.equal(await unreserved(world), before);
    },
  },
  {
    operation: 'DeleteProvisionedConcurrencyConfig',
    name: 'refuses $LATEST, and versions and aliases that are not there',
    run: async (world) => {
      const FunctionName = await world.function();
      await fails(remove(world, FunctionName, '$LATEST'), { ...INVALID, message: NOT_PUBLISHED });
      await fails(remove(world, FunctionName, '7'), {
        code: 'ResourceNotFoundException',
        status: 404,
        message: `Function not found: ${world.arn(`function:${FunctionName}:7`)}`,
      });
      await fails(remove(world, FunctionName, 'none'), {
        code: 'ResourceNotFoundException',
        status: 404,
        message: `Cannot find alias arn: ${world.arn(`function:${FunctionName}:none`)}`,
      });
    },
  },
];

/** Cases of reserved and provisioned concurrency. */
export const PROVISIONED_CONCURRENCY_CASES: readonly ConformanceCase[] = [
  ...RESERVED_CONCURRENCY_CASES,
  ...PUT_CASES,
  ...FAILING_CASES,
  ...READ_CASES,
];
