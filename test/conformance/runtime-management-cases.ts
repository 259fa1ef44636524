import assert from 'node:assert/strict';
import {
  CreateAliasCommand,
  DeleteFunctionCommand,
  GetFunctionRecursionConfigCommand,
  GetRuntimeManagementConfigCommand,
  type GetRuntimeManagementConfigCommandOutput,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionRecursionConfigCommand,
  PutRuntimeManagementConfigCommand,
  type PutRuntimeManagementConfigCommandInput,
  type PutRuntimeManagementConfigCommandOutput,
  type RecursiveLoop,
} from '@aws-sdk/client-lambda';
import { assertError, storedOnly } from './function-answers.ts';
import { FUNCTION_SCALING_CASES } from './function-scaling-cases.ts';
import { type ConformanceCase, fails, REGION, type World } from './world.ts';

const INVALID = { code: 'InvalidParameterValueException', status: 400 } as const;
const RUNTIME = `arn:aws:lambda:${REGION}::runtime:${'0123456789abcdef'.repeat(4)}`;
const NO_ALIASES = 'Runtime management is not supported for aliases. Please specify a version or $LATEST.';

function get({ lambda }: World, FunctionName: string, Qualifier?: string): Promise<GetRuntimeManagementConfigCommandOutput> {
  return lambda.send(new GetRuntimeManagementConfigCommand({ FunctionName, Qualifier }));
}

function put(
  { lambda }: World,
  FunctionName: string,
  members: Omit<PutRuntimeManagementConfigCommandInput, 'FunctionName'>,
): Promise<PutRuntimeManagementConfigCommandOutput> {
  return lambda.send(new PutRuntimeManagementConfigCommand({ FunctionName, ...members }));
}

function plain({ $metadata: _metadata, ...rest }: { readonly $metadata: unknown }): object {
  return rest;
}

async function aliased(world: World): Promise<string> {
  const FunctionName = await world.function();
  await world.lambda.send(new PublishVersionCommand({ FunctionName }));
  await world.lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
  return FunctionName;
}

async function refusesMissing(
  world: World,
  FunctionName: string,
  call: (name: string, Qualifier?: string) => Promise<unknown>,
): Promise<void> {
  const missing = world.unique('missing');
  for (const [name, qualifier, resource] of [
    [missing, undefined, missing],
    [missing, '$LATEST', `${missing}:$LATEST`],
    [FunctionName, '7', `${FunctionName}:7`],
  ] as const) {
    await fails(call(name, qualifier), {
      code: 'ResourceNotFoundException',
      status: 404,
      message: `Function not found: ${world.arn(`function:${resource}`)}`,
    });
  }
}

const RUNTIME_CASES: readonly ConformanceCase[] = [
  {
    operation: 'GetRuntimeManagementConfig',
    name: 'is Auto by default, of $LATEST and of versions, and tells the version',
    run: async (world) => {
      const FunctionName = await aliased(world);
      for (const [Qualifier, version] of [
        [undefined, '$LATEST'],
        ['$LATEST', '$LATEST'],
        ['1', '1'],
      ] as const) {
        assert.deepEqual(plain(await get(world, FunctionName, Qualifier)), {
          UpdateRuntimeOn: 'Auto',
          FunctionArn: world.arn(`function:${FunctionName}:${version}`),
        });
      }
      await refusesMissing(world, FunctionName, (name, Qualifier) => get(world, name, Qualifier));
      await fails(get(world, FunctionName, 'live'), { ...INVALID, message: NO_ALIASES });
    },
  },
  {
    operation: 'PutRuntimeManagementConfig',
    name: 'is kept for each version apart, and goes with it',
    run: async (world) => {
      const FunctionName = await aliased(world);
      const latest = { UpdateRuntimeOn: 'FunctionUpdate', FunctionArn: world.arn(`function:${FunctionName}:$LATEST`) } as const;
      const first = {
        UpdateRuntimeOn: 'Manual',
        RuntimeVersionArn: RUNTIME,
        FunctionArn: world.arn(`function:${FunctionName}:1`),
      } as const;
      assert.deepEqual(plain(await put(world, FunctionName, { UpdateRuntimeOn: 'FunctionUpdate' })), latest);
      const { FunctionArn: _arn, ...manual } = first;
      assert.deepEqual(plain(await put(world, `${FunctionName}:1`, manual)), first);
      assert.deepEqual(plain(await get(world, FunctionName)), latest);
      assert.deepEqual(plain(await get(world, FunctionName, '1')), first);
      await put(world, FunctionName, { UpdateRuntimeOn: 'Auto', Qualifier: '1' });
      assert.deepEqual(plain(await get(world, FunctionName, '1')), {
        UpdateRuntimeOn: 'Auto',
        FunctionArn: first.FunctionArn,
      });
      await world.lambda.send(new DeleteFunctionCommand({ FunctionName }));
      await world.function({ FunctionName });
      assert.equal((await get(world, FunctionName)).UpdateRuntimeOn, 'Auto');
    },
  },
  {
    operation: 'PutRuntimeManagementConfig',
    name: 'says that it is stored only where it asks for more than the default',
    run: async (world) => {
      const FunctionName = await world.function();
      const path = `/2021-07-20/functions/${FunctionName}/runtime-management-config`;
      const auto = await world.raw('PUT', path, { UpdateRuntimeOn: 'Auto' });
      assert.equal(auto.status, 200);
      assert.deepEqual(storedOnly(auto), []);
      const manual = await world.raw('PUT', path, { UpdateRuntimeOn: 'Manual', RuntimeVersionArn: RUNTIME });
      assert.deepEqual(storedOnly(manual), ['RuntimeVersionArn', 'UpdateRuntimeOn']);
    },
  },
  {
    operation: 'PutRuntimeManagementConfig',
    name: 'takes a runtime with Manual, and with nothing else',
    run: async (world) => {
      const FunctionName = await aliased(world);
      await fails(put(world, FunctionName, { UpdateRuntimeOn: 'Manual' }), {
        ...INVALID,
        message: 'RuntimeVersionArn is required when UpdateRuntimeOn is Manual.',
      });
      for (const UpdateRuntimeOn of ['Auto', 'FunctionUpdate'] as const) {
        await fails(put(world, FunctionName, { UpdateRuntimeOn, RuntimeVersionArn: RUNTIME }), {
          ...INVALID,
          message: `RuntimeVersionArn can not be given when UpdateRuntimeOn is ${UpdateRuntimeOn}.`,
        });
      }
      const answer = await world.raw('PUT', `/2021-07-20/functions/${FunctionName}/runtime-management-config`, {});
      assertError(answer, 400, 'ValidationException', {
        message:
          "1 validation error detected: Value null at 'updateRuntimeOn' failed to satisfy constraint: Member must not be null",
      });
      const live = put(world, FunctionName, { UpdateRuntimeOn: 'Auto', Qualifier: 'live' });
      await fails(live, { ...INVALID, message: NO_ALIASES });
      await refusesMissing(world, FunctionName, (name, Qualifier) =>
        put(world, name, { UpdateRuntimeOn: 'Auto', ...(Qualifier ? { Qualifier } : {}) }),
      );
    },
  },
];

const RECURSION_CASES: readonly ConformanceCase[] = [
  {
    operation: 'GetFunctionRecursionConfig',
    name: 'ends loops by default',
    run: async (world) => {
      const FunctionName = await world.function();
      const answer = await world.lambda.send(new GetFunctionRecursionConfigCommand({ FunctionName }));
      assert.deepEqual(plain(answer), { RecursiveLoop: 'Terminate' });
      const missing = world.unique('missing');
      await fails(world.lambda.send(new GetFunctionRecursionConfigCommand({ FunctionName: missing })), {
        code: 'ResourceNotFoundException',
        status: 404,
        message: `Function not found: ${world.arn(`function:${missing}`)}`,
      });
    },
  },
  {
    operation: 'PutFunctionRecursionConfig',
    name: 'is kept and has an effect, whatever it is',
    run: async (world) => {
      const FunctionName = await world.function();
      const path = `/2024-08-31/functions/${FunctionName}/recursion-config`;
      for (const [RecursiveLoop, storedMembers] of [
        ['Allow', []],
        ['Terminate', []],
      ] as const) {
        const answer = await world.raw('PUT', path, { RecursiveLoop });
        assert.equal(answer.status, 200);
        assert.deepEqual(answer.json, { RecursiveLoop });
        assert.deepEqual(storedOnly(answer), storedMembers);
        const read = await world.lambda.send(new GetFunctionRecursionConfigCommand({ FunctionName }));
        assert.equal(read.RecursiveLoop, RecursiveLoop);
      }
    },
  },
  {
    operation: 'PutFunctionRecursionConfig',
    name: 'and a reservation at the same moment are both kept',
    run: async (world) => {
      const FunctionName = await world.function();
      const [, reserved] = await Promise.all([
        world.lambda.send(new PutFunctionRecursionConfigCommand({ FunctionName, RecursiveLoop: 'Allow' })),
        world.lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 1 })),
      ]);
      assert.equal(reserved.ReservedConcurrentExecutions, 1);
      const { RecursiveLoop } = await world.lambda.send(new GetFunctionRecursionConfigCommand({ FunctionName }));
      assert.equal(RecursiveLoop, 'Allow');
      await world.lambda.send(new DeleteFunctionCommand({ FunctionName }));
    },
  },
  {
    operation: 'PutFunctionRecursionConfig',
    name: 'refuses other words, versions, and functions that are not there',
    run: async (world) => {
      const FunctionName = await world.function();
      const put = (name: string, RecursiveLoop: RecursiveLoop): Promise<unknown> =>
        world.lambda.send(new PutFunctionRecursionConfigCommand({ FunctionName: name, RecursiveLoop }));
      await fails(put(FunctionName, 'Stop' as RecursiveLoop), {
        code: 'ValidationException',
        status: 400,
        message:
          "1 validation error detected: Value 'Stop' at 'recursiveLoop' failed to satisfy constraint: Member must satisfy enum value set: [Terminate, Allow]",
      });
      await fails(put(`${FunctionName}:1`, 'Allow'), {
        code: 'ValidationException',
        status: 400,
        message: /at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern/,
      });
      const missing = world.unique('missing');
      await fails(put(missing, 'Allow'), {
        code: 'ResourceNotFoundException',
        status: 404,
        message: `Function not found: ${world.arn(`function:${missing}`)}`,
      });
    },
  },
];

/** Cases of runtime management, recursion and scaling. */
export const RUNTIME_MANAGEMENT_CASES: readonly ConformanceCase[] = [
  ...RUNTIME_CASES,
  ...RECURSION_CASES,
  ...FUNCTION_SCALING_CASES,
];
