import assert from 'node:assert/strict';
import {
  type AccountLimit,
  type AccountUsage,
  DeleteFunctionConcurrencyCommand,
  GetAccountSettingsCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { clientOptions } from '../e2e/server.ts';
import { assertError, assertHeaders, change, whenReady } from './function-answers.ts';
import { LIMITED, limitedWorld } from './limited-world.ts';
import { ACCOUNT, type ConformanceCase, fails, REGION, type World } from './world.ts';

const notFound = (message: string) => ({ code: 'ResourceNotFoundException', status: 404, message, type: 'User' }) as const;
const UNQUALIFIED = {
  code: 'InvalidParameterValueException',
  status: 400,
  message:
    'This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.',
  type: 'User',
} as const;
const pathOf = (name: string): string => `/2017-10-31/functions/${name}/concurrency`;

async function settings({ lambda }: World): Promise<{ limit: AccountLimit; usage: AccountUsage }> {
  const { AccountLimit = {}, AccountUsage = {} } = await lambda.send(new GetAccountSettingsCommand({}));
  return { limit: AccountLimit, usage: AccountUsage };
}

const put = async ({ lambda }: World, FunctionName: string, ReservedConcurrentExecutions: number) =>
  (await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions })))
    .ReservedConcurrentExecutions;
const get = async ({ lambda }: World, FunctionName: string) =>
  (await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }))).ReservedConcurrentExecutions;
const remove = ({ lambda }: World, FunctionName: string) => lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));

const ACCOUNT_SETTING_CASES: readonly ConformanceCase[] = [
  {
    operation: 'GetAccountSettings',
    name: 'answers the limits of an account, and nothing else',
    run: async (world) => {
      const options = clientOptions(world.server);
      const credentials = { accessKeyId: '999988887777', secretAccessKey: 'x' };
      const empty = new LambdaClient({ ...options, credentials, maxAttempts: 1 });
      const { $metadata: _metadata, ...answer } = await empty.send(new GetAccountSettingsCommand({}));
      empty.destroy();
      assert.deepEqual(answer, {
        AccountLimit: {
          TotalCodeSize: 80_530_636_800,
          CodeSizeUnzipped: 262_144_000,
          CodeSizeZipped: 52_428_800,
          ConcurrentExecutions: 1_000,
          UnreservedConcurrentExecutions: 1_000,
        },
        AccountUsage: { TotalCodeSize: 0, FunctionCount: 0 },
      });
      const raw = await world.raw('GET', '/2016-08-19/account-settings/');
      assert.equal(raw.status, 200);
      assertHeaders(raw);
    },
  },
  {
    operation: 'GetAccountSettings',
    name: 'counts functions and every stored copy of code: that of each function and of each version',
    run: async (world) => {
      const { lambda } = world;
      const { usage: before } = await settings(world);
      const used = async (): Promise<{ code: number; functions: number }> => {
        const { usage } = await settings(world);
        return {
          code: (usage.TotalCodeSize ?? 0) - (before.TotalCodeSize ?? 0),
          functions: (usage.FunctionCount ?? 0) - (before.FunctionCount ?? 0),
        };
      };
      const small = await world.code();
      const large = await world.code(`exports.handler = "${'x'.repeat(100)}";`);
      const name = await world.function({ Code: { ZipFile: small } });
      assert.deepEqual(await used(), { code: small.length, functions: 1 });
      await lambda.send(new PublishVersionCommand({ FunctionName: name }));
      assert.deepEqual(await used(), { code: 2 * small.length, functions: 1 });
      await lambda.send(new PublishVersionCommand({ FunctionName: name }));
      assert.deepEqual(await used(), { code: 2 * small.length, functions: 1 });
      await change(world, name, { Timeout: 5 });
      assert.deepEqual(await used(), { code: 2 * small.length, functions: 1 });
      await lambda.send(new PublishVersionCommand({ FunctionName: name }));
      assert.deepEqual(await used(), { code: 3 * small.length, functions: 1 });
      await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: large }));
      await whenReady(world, name);
      assert.deepEqual(await used(), { code: 2 * small.length + large.length, functions: 1 });
      await world.raw('DELETE', `/2015-03-31/functions/${name}?Qualifier=1`);
      assert.deepEqual(await used(), { code: small.length + large.length, functions: 1 });
      await world.raw('DELETE', `/2015-03-31/functions/${name}`);
      assert.deepEqual(await used(), { code: 0, functions: 0 });
    },
  },
  {
    operation: 'GetAccountSettings',
    name: 'what functions have reserved is not unreserved',
    run: async (world) => {
      const name = await world.function();
      const { limit: before } = await settings(world);
      await put(world, name, 7);
      const { limit: reserved } = await settings(world);
      assert.equal(reserved.UnreservedConcurrentExecutions, (before.UnreservedConcurrentExecutions ?? 0) - 7);
      assert.equal(reserved.ConcurrentExecutions, before.ConcurrentExecutions);
      await world.raw('DELETE', `/2015-03-31/functions/${name}`);
      const { limit: after } = await settings(world);
      assert.equal(after.UnreservedConcurrentExecutions, before.UnreservedConcurrentExecutions);
    },
  },
  {
    operation: 'GetAccountSettings',
    name: 'tells the limit of stored code that is set',
    run: async () => {
      const { limit } = await settings(await limitedWorld());
      assert.equal(limit.TotalCodeSize, LIMITED.codeStorageMb * 1_048_576);
    },
  },
];

const RESERVED_CASES: readonly ConformanceCase[] = [
  {
    operation: 'PutFunctionConcurrency',
    name: 'reserves, answers what it has reserved, and may be told something else',
    run: async (world) => {
      const name = await world.function();
      const answer = await world.raw('PUT', pathOf(name), { ReservedConcurrentExecutions: 5 });
      assert.equal(answer.status, 200, answer.text);
      assertHeaders(answer);
      assert.deepEqual(answer.json, { ReservedConcurrentExecutions: 5 });
      for (const [form, amount] of [
        [`function:${name}`, 0],
        [world.arn(`function:${name}`), 9],
        [`${ACCOUNT}:${name}`, 3],
      ] as const) {
        assert.equal(await put(world, form, amount), amount);
        assert.equal(await get(world, form), amount);
        const { Concurrency } = await world.lambda.send(new GetFunctionCommand({ FunctionName: name }));
        assert.deepEqual(Concurrency, { ReservedConcurrentExecutions: amount });
      }
      await remove(world, name);
    },
  },
  {
    operation: 'PutFunctionConcurrency',
    name: 'leaves the revision of the function as it was',
    run: async (world) => {
      const name = await world.function();
      const read = async () => (await world.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }))).RevisionId;
      const before = await read();
      await put(world, name, 1);
      await remove(world, name);
      assert.equal(await read(), before);
    },
  },
  {
    operation: 'PutFunctionConcurrency',
    name: 'the account keeps a hundred unreserved; of reservations at once that do not fit together one fails',
    run: async (world) => {
      const [one, two] = [await world.function(), await world.function()];
      const message =
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].";
      const tooMuch = { code: 'InvalidParameterValueException', status: 400, message, type: null } as const;
      const { limit } = await settings(world);
      const free = (limit.UnreservedConcurrentExecutions ?? 0) - 100;
      await fails(put(world, one, free + 1), tooMuch);
      assertError(
        await world.raw('PUT', pathOf(one), { ReservedConcurrentExecutions: free + 1 }),
        400,
        'InvalidParameterValueException',
        { message },
      );
      await put(world, one, free);
      await put(world, one, free);
      await fails(put(world, two, 1), tooMuch);
      await put(world, one, 0);
      const half = Math.floor(free / 2) + 1;
      const tries = await Promise.allSettled([put(world, one, half), put(world, two, half)]);
      assert.deepEqual(tries.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
      await remove(world, one);
      await remove(world, two);
    },
  },
  {
    operation: 'PutFunctionConcurrency',
    name: 'the amount is required and not negative',
    run: async (world) => {
      const name = await world.function();
      const violates = (value: string, constraint: string): Record<string, unknown> => ({
        message: `1 validation error detected: Value ${value} at 'reservedConcurrentExecutions' failed to satisfy constraint: ${constraint}`,
      });
      const missing = await world.raw('PUT', pathOf(name), {});
      assertError(missing, 400, 'ValidationException', violates('null', 'Member must not be null'));
      const negative = await world.raw('PUT', pathOf(name), { ReservedConcurrentExecutions: -1 });
      const least = 'Member must have value greater than or equal to 0';
      assertError(negative, 400, 'ValidationException', violates("'-1'", least));
      const fraction = await world.raw('PUT', pathOf(name), { ReservedConcurrentExecutions: 1.5 });
      assert.equal(fraction.headers['x-amzn-errortype'], 'SerializationException');
    },
  },
  {
    operation: 'PutFunctionConcurrency',
    name: 'a function that is not there is told as `$LATEST`, before the amount is looked at; versions and aliases have none',
    run: async (world) => {
      await fails(put(world, 'nobody', 1_000_000), notFound(`Function not found: ${world.arn('function:nobody')}:$LATEST`));
      await fails(put(world, 'nobody:1', 1), UNQUALIFIED);
      await fails(put(world, `${await world.function()}:live`, 1), UNQUALIFIED);
      await fails(
        put(world, `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:f`, 1),
        notFound(`Functions from 'eu-west-1' are not reachable in this region ('${REGION}')`),
      );
      const foreign = await world.raw('PUT', pathOf(`arn:aws:lambda:${REGION}:111122223333:function:f`), {
        ReservedConcurrentExecutions: 1,
      });
      assertError(foreign, 403, 'AccessDeniedException', { Message: null });
    },
  },
  {
    operation: 'GetFunctionConcurrency',
    name: 'answers an empty object when nothing is reserved, and tells what is not there',
    run: async (world) => {
      const name = await world.function();
      const answer = await world.raw('GET', `/2019-09-30/functions/${name}/concurrency`);
      assert.equal(answer.status, 200);
      assert.equal(answer.text, '{}');
      assertHeaders(answer);
      await fails(get(world, 'nobody'), notFound(`Function not found: ${world.arn('function:nobody')}`));
      await fails(get(world, `${name}:1`), UNQUALIFIED);
    },
  },
  {
    operation: 'DeleteFunctionConcurrency',
    name: 'answers 204 without a body, also when nothing is reserved, and tells what is not there',
    run: async (world) => {
      const name = await world.function();
      await put(world, name, 4);
      for (const _time of ['first', 'second']) {
        const answer = await world.raw('DELETE', pathOf(name));
        assert.equal(answer.status, 204);
        assert.equal(answer.text, '');
        assertHeaders(answer);
        assert.equal(await get(world, name), undefined);
      }
      const { Concurrency } = await world.lambda.send(new GetFunctionCommand({ FunctionName: name }));
      assert.equal(Concurrency, undefined);
      await fails(remove(world, 'nobody'), notFound(`Function not found: ${world.arn('function:nobody')}`));
      await fails(remove(world, `${name}:1`), UNQUALIFIED);
    },
  },
];

/** Cases of the account's settings, and of what functions reserve of its concurrency. */
export const ACCOUNT_CASES: readonly ConformanceCase[] = [...ACCOUNT_SETTING_CASES, ...RESERVED_CASES];
