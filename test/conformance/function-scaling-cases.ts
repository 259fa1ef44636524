import assert from 'node:assert/strict';
import {
  type FunctionScalingConfig,
  GetFunctionConfigurationCommand,
  GetFunctionScalingConfigCommand,
  InvokeCommand,
  PublishVersionCommand,
  PutFunctionScalingConfigCommand,
} from '@aws-sdk/client-lambda';
import { makeProvider, managed, publish } from './capacity-fixture.ts';
import { assertError, storedOnly } from './function-answers.ts';
import { type ConformanceCase, fails, type World } from './world.ts';

const NO_PROVIDER = 'The function provided by the arn does not contain a capacity provider configuration';

function put(
  { lambda }: World,
  FunctionName: string,
  Qualifier: string,
  config?: FunctionScalingConfig,
): Promise<{ FunctionState?: string | undefined }> {
  return lambda.send(
    new PutFunctionScalingConfigCommand({ FunctionName, Qualifier, ...(config ? { FunctionScalingConfig: config } : {}) }),
  );
}

async function get({ lambda }: World, FunctionName: string, Qualifier: string): Promise<object> {
  const { $metadata: _metadata, ...rest } = await lambda.send(new GetFunctionScalingConfigCommand({ FunctionName, Qualifier }));
  return rest;
}

async function stateOf({ lambda }: World, FunctionName: string, Qualifier: string): Promise<string | undefined> {
  const { State } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier }));
  return State;
}

/** Cases of how many environments versions on capacity providers have. */
export const FUNCTION_SCALING_CASES: readonly ConformanceCase[] = [
  {
    operation: 'GetFunctionScalingConfig',
    name: 'has three environments at least by default',
    run: async (world) => {
      const FunctionName = await managed(world, await makeProvider(world));
      const version = await publish(world, FunctionName);
      assert.deepEqual(await get(world, FunctionName, version), {
        FunctionArn: world.arn(`function:${FunctionName}:${version}`),
        AppliedFunctionScalingConfig: { MinExecutionEnvironments: 3 },
      });
    },
  },
  {
    operation: 'GetFunctionScalingConfig',
    name: 'refuses what is not there, other functions, and other qualifiers',
    run: async (world) => {
      const FunctionName = await world.function();
      await world.lambda.send(new PublishVersionCommand({ FunctionName }));
      const path = `/2025-11-30/functions/${FunctionName}/function-scaling-config`;
      assertError(await world.raw('GET', `${path}?Qualifier=1`), 403, 'AccessDeniedException', { Message: NO_PROVIDER });
      await fails(get(world, FunctionName, '7'), {
        code: 'ResourceNotFoundException',
        status: 404,
        message: `Function not found: ${world.arn(`function:${FunctionName}:7`)}`,
      });
      await fails(get(world, FunctionName, '$LATEST'), {
        code: 'ValidationException',
        status: 400,
        message:
          "1 validation error detected: Value '$LATEST' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: (\\$LATEST\\.PUBLISHED|[0-9]+)",
      });
    },
  },
  {
    operation: 'PutFunctionScalingConfig',
    name: 'is applied to its version alone, and taken back by an absent one',
    run: async (world) => {
      const FunctionName = await managed(world, await makeProvider(world));
      const first = await publish(world, FunctionName);
      const second = await publish(world, FunctionName, 'LATEST_PUBLISHED');
      const config = { MinExecutionEnvironments: 2, MaxExecutionEnvironments: 5 };
      const path = `/2025-11-30/functions/${FunctionName}/function-scaling-config?Qualifier=${encodeURIComponent(second)}`;
      const answer = await world.raw('PUT', path, { FunctionScalingConfig: config });
      assert.equal(answer.status, 202);
      assert.deepEqual(answer.json, { FunctionState: 'Active' });
      assert.deepEqual(storedOnly(answer), [
        'FunctionScalingConfig.MaxExecutionEnvironments',
        'FunctionScalingConfig.MinExecutionEnvironments',
      ]);
      assert.deepEqual(await get(world, FunctionName, second), {
        FunctionArn: world.arn(`function:${FunctionName}:$LATEST.PUBLISHED`),
        AppliedFunctionScalingConfig: config,
      });
      const untouched = { FunctionArn: world.arn(`function:${FunctionName}:${first}`) };
      const byDefault = { AppliedFunctionScalingConfig: { MinExecutionEnvironments: 3 } };
      assert.deepEqual(await get(world, FunctionName, first), { ...untouched, ...byDefault });
      await put(world, FunctionName, second);
      assert.deepEqual(await get(world, FunctionName, second), {
        FunctionArn: world.arn(`function:${FunctionName}:$LATEST.PUBLISHED`),
        ...byDefault,
      });
    },
  },
  {
    operation: 'PutFunctionScalingConfig',
    name: 'stops a version with a maximum of 0, what is published to it later too, until there may be environments again',
    run: async (world) => {
      const FunctionName = await managed(world, await makeProvider(world));
      const Qualifier = await publish(world, FunctionName, 'LATEST_PUBLISHED');
      const none = { MinExecutionEnvironments: 0, MaxExecutionEnvironments: 0 };
      assert.equal((await put(world, FunctionName, Qualifier, none)).FunctionState, 'Deactivated');
      const stopped = {
        code: 'ResourceConflictException',
        status: 409,
        message: 'The operation cannot be performed at this time. The function is currently in the following state: Deactivated',
      };
      await fails(world.lambda.send(new InvokeCommand({ FunctionName })), stopped);
      await publish(world, FunctionName, 'LATEST_PUBLISHED');
      assert.equal(await stateOf(world, FunctionName, Qualifier), 'Deactivated');
      await fails(world.lambda.send(new InvokeCommand({ FunctionName })), stopped);
      assert.equal((await put(world, FunctionName, Qualifier, { MaxExecutionEnvironments: 1 })).FunctionState, 'Active');
      const { Payload } = await world.lambda.send(new InvokeCommand({ FunctionName }));
      assert.equal(Buffer.from(Payload ?? []).toString(), '1');
    },
  },
  {
    operation: 'PutFunctionScalingConfig',
    name: 'refuses what is not there, other functions, and bounds that contradict each other or are too far',
    run: async (world) => {
      const FunctionName = await managed(world, await makeProvider(world));
      const version = await publish(world, FunctionName);
      await fails(put(world, FunctionName, version, { MinExecutionEnvironments: 2, MaxExecutionEnvironments: 1 }), {
        code: 'InvalidParameterValueException',
        status: 400,
        message: 'MinExecutionEnvironments can not be greater than MaxExecutionEnvironments.',
      });
      await fails(put(world, FunctionName, version, { MaxExecutionEnvironments: 15_001 }), {
        code: 'ValidationException',
        status: 400,
        message:
          "1 validation error detected: Value '15001' at 'functionScalingConfig.maxExecutionEnvironments' failed to satisfy constraint: Member must have value less than or equal to 15000",
      });
      await fails(put(world, FunctionName, '7', {}), {
        code: 'ResourceNotFoundException',
        status: 404,
        message: `Function not found: ${world.arn(`function:${FunctionName}:7`)}`,
      });
      const ordinary = await world.function();
      await world.lambda.send(new PublishVersionCommand({ FunctionName: ordinary }));
      await fails(put(world, ordinary, '1', { MaxExecutionEnvironments: 1 }), {
        code: 'AccessDeniedException',
        status: 403,
        message: NO_PROVIDER,
      });
    },
  },
];
