import assert from 'node:assert/strict';
import {
  DeleteFunctionConcurrencyCommand,
  GetAccountSettingsCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import { assertError } from './function-answers.ts';
import { type ConformanceCase, fails, type World } from './world.ts';

const QUALIFIED = {
  code: 'InvalidParameterValueException',
  status: 400,
  message:
    'This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.',
};

function pathOf(FunctionName: string): string {
  return `/2017-10-31/functions/${encodeURIComponent(FunctionName)}/concurrency`;
}

function put({ lambda }: World, FunctionName: string, count: number): Promise<unknown> {
  return lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: count }));
}

function get({ lambda }: World, FunctionName: string): Promise<unknown> {
  return lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }));
}

function remove({ lambda }: World, FunctionName: string): Promise<unknown> {
  return lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
}

async function unreserved({ lambda }: World): Promise<number> {
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
  return AccountLimit?.UnreservedConcurrentExecutions ?? 0;
}

function missing(world: World, resource: string): Parameters<typeof fails>[1] {
  const message = `Function not found: ${world.arn(`function:${resource}`)}`;
  return { code: 'ResourceNotFoundException', status: 404, message };
}

/** Cases of reserved concurrency. */
export const RESERVED_CONCURRENCY_CASES: readonly ConformanceCase[] = [
  {
    operation: 'PutFunctionConcurrency',
    name: 'answers what is reserved, replaces what was, and takes it from the account',
    run: async (world) => {
      const FunctionName = await world.function();
      const before = await unreserved(world);
      for (const count of [0, 7, 3]) {
        const answer = await world.raw('PUT', pathOf(FunctionName), { ReservedConcurrentExecutions: count });
        assert.equal(answer.status, 200);
        assert.deepEqual(answer.json, { ReservedConcurrentExecutions: count });
        assert.equal(await unreserved(world), before - count);
      }
      const { Concurrency } = await world.lambda.send(new GetFunctionCommand({ FunctionName }));
      assert.deepEqual(Concurrency, { ReservedConcurrentExecutions: 3 });
      await remove(world, FunctionName);
    },
  },
  {
    operation: 'PutFunctionConcurrency',
    name: 'leaves the account its minimum, however many reserve at the same moment',
    run: async (world) => {
      const names = await Promise.all([world.function(), world.function(), world.function()]);
      const count = (await unreserved(world)) - 100;
      const tooMuch = {
        code: 'InvalidParameterValueException',
        status: 400,
        message:
          "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
        type: null,
      };
      await fails(put(world, names[0] ?? '', count + 1), tooMuch);
      const answers = await Promise.allSettled(names.map((FunctionName) => put(world, FunctionName, count)));
      assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1);
      assert.equal(await unreserved(world), 100);
      for (const FunctionName of names) await remove(world, FunctionName);
      assert.equal(await unreserved(world), count + 100);
    },
  },
  {
    operation: 'PutFunctionConcurrency',
    name: 'refuses versions and aliases, functions that are not there, and what is no number of executions',
    run: async (world) => {
      const FunctionName = await world.function();
      for (const suffix of ['1', 'live']) await fails(put(world, `${FunctionName}:${suffix}`, 1), QUALIFIED);
      const none = world.unique('missing');
      await fails(put(world, none, 1_000_000), missing(world, `${none}:$LATEST`));
      assertError(await world.raw('PUT', pathOf(FunctionName), {}), 400, 'ValidationException', {
        message:
          "1 validation error detected: Value null at 'reservedConcurrentExecutions' failed to satisfy constraint: Member must not be null",
      });
      await fails(put(world, FunctionName, -1), {
        code: 'ValidationException',
        status: 400,
        message:
          "1 validation error detected: Value '-1' at 'reservedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 0",
      });
    },
  },
  {
    operation: 'GetFunctionConcurrency',
    name: 'is empty where nothing is reserved, and tells 0 from nothing',
    run: async (world) => {
      const FunctionName = await world.function();
      const read = async (): Promise<unknown> =>
        (await world.raw('GET', `/2019-09-30/functions/${FunctionName}/concurrency`)).json;
      assert.deepEqual(await read(), {});
      await put(world, FunctionName, 0);
      assert.deepEqual(await read(), { ReservedConcurrentExecutions: 0 });
      await fails(get(world, `${FunctionName}:1`), QUALIFIED);
      const none = world.unique('missing');
      await fails(get(world, none), missing(world, none));
    },
  },
  {
    operation: 'DeleteFunctionConcurrency',
    name: 'gives the reservation back, and minds no second time',
    run: async (world) => {
      const FunctionName = await world.function();
      const before = await unreserved(world);
      await put(world, FunctionName, 2);
      for (const _time of [1, 2]) {
        const answer = await world.raw('DELETE', pathOf(FunctionName));
        assert.deepEqual([answer.status, answer.text], [204, '']);
        assert.equal(await unreserved(world), before);
      }
      const { Concurrency } = await world.lambda.send(new GetFunctionCommand({ FunctionName }));
      assert.equal(Concurrency, undefined);
      await fails(remove(world, `${FunctionName}:live`), QUALIFIED);
      const none = world.unique('missing');
      await fails(remove(world, none), missing(world, none));
    },
  },
];
