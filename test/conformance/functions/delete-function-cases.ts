import assert from 'node:assert/strict';
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetAliasCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  GetPolicyCommand,
  ListAliasesCommand,
  ListTagsCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import { assertError, assertHeaders, change, whenReady } from '../function-answers.ts';
import { gatedWorld } from '../gated-world.ts';
import { ACCOUNT, type ConformanceCase, fails, REGION, ROLE, type World } from '../world.ts';

const FUNCTIONS = '/2015-03-31/functions';
const notFound = (message: string) => ({ code: 'ResourceNotFoundException', status: 404, message, type: 'User' }) as const;
const invalid = (message: string | RegExp) =>
  ({ code: 'InvalidParameterValueException', status: 400, message, type: 'User' }) as const;

const remove = ({ lambda }: World, FunctionName: string, Qualifier?: string) =>
  lambda.send(new DeleteFunctionCommand({ FunctionName, Qualifier }));

/** A function with versions 1 and 2. */
async function twoVersions(world: World): Promise<string> {
  const FunctionName = await world.function();
  await world.lambda.send(new PublishVersionCommand({ FunctionName }));
  await change(world, FunctionName, { Description: 'two' });
  await world.lambda.send(new PublishVersionCommand({ FunctionName }));
  return FunctionName;
}

async function versionsOf({ lambda }: World, FunctionName: string): Promise<(string | undefined)[]> {
  const { Versions } = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName }));
  return (Versions ?? []).map(({ Version }) => Version);
}

/** DeleteFunction. */
export const DELETE_FUNCTION_CASES: readonly ConformanceCase[] = [
  {
    operation: 'DeleteFunction',
    name: 'answers 204 without a body, and then the function is gone',
    run: async (world) => {
      const name = await world.function();
      const answer = await world.raw('DELETE', `${FUNCTIONS}/${name}`);
      assert.equal(answer.status, 204);
      assert.equal(answer.text, '');
      assertHeaders(answer);
      const missing = `Function not found: ${world.arn(`function:${name}`)}`;
      await fails(world.lambda.send(new GetFunctionCommand({ FunctionName: name })), notFound(missing));
      await fails(remove(world, name), notFound(missing));
    },
  },
  {
    operation: 'DeleteFunction',
    name: 'takes everything of the function with it; another of the same name begins anew',
    run: async (world) => {
      const { lambda } = world;
      const name = await twoVersions(world);
      const Resource = world.arn(`function:${name}`);
      const allow = { Action: 'lambda:InvokeFunction', Principal: 's3.amazonaws.com', FunctionName: name };
      await lambda.send(new CreateAliasCommand({ FunctionName: name, Name: 'live', FunctionVersion: '2' }));
      await lambda.send(new AddPermissionCommand({ ...allow, StatementId: 'a' }));
      await lambda.send(new AddPermissionCommand({ ...allow, StatementId: 'a', Qualifier: 'live' }));
      await lambda.send(new AddPermissionCommand({ ...allow, StatementId: 'a', Qualifier: '1' }));
      await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions: 3 }));
      await remove(world, name);
      await world.function({ FunctionName: name });
      assert.deepEqual(await versionsOf(world, name), ['$LATEST']);
      assert.deepEqual((await lambda.send(new ListAliasesCommand({ FunctionName: name }))).Aliases, []);
      assert.deepEqual((await lambda.send(new ListTagsCommand({ Resource }))).Tags, {});
      assert.equal(
        (await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: name }))).ReservedConcurrentExecutions,
        undefined,
      );
      for (const Qualifier of [undefined, '1', 'live'])
        await fails(
          lambda.send(new GetPolicyCommand({ FunctionName: name, Qualifier })),
          notFound('The resource you requested does not exist.'),
        );
      assert.equal((await lambda.send(new PublishVersionCommand({ FunctionName: name }))).Version, '1');
      await fails(
        lambda.send(new GetPolicyCommand({ FunctionName: name, Qualifier: '1' })),
        notFound('The resource you requested does not exist.'),
      );
    },
  },
  {
    operation: 'DeleteFunction',
    name: 'with a number takes that version alone, and is content when it is not there; numbers are not used again',
    run: async (world) => {
      const name = await twoVersions(world);
      const allow = { Action: 'lambda:InvokeFunction', Principal: 's3.amazonaws.com', StatementId: 'a' };
      await world.lambda.send(new AddPermissionCommand({ ...allow, FunctionName: name, Qualifier: '2' }));
      const answer = await world.raw('DELETE', `${FUNCTIONS}/${name}?Qualifier=2`);
      assert.equal(answer.status, 204);
      assert.equal(answer.text, '');
      assert.deepEqual(await versionsOf(world, name), ['$LATEST', '1']);
      await remove(world, `${name}:2`);
      await remove(world, world.arn(`function:${name}:99`), '99');
      await fails(
        world.lambda.send(new GetPolicyCommand({ FunctionName: name, Qualifier: '2' })),
        notFound('The resource you requested does not exist.'),
      );
      assert.equal((await world.lambda.send(new PublishVersionCommand({ FunctionName: name }))).Version, '3');
      await remove(world, name, '1');
      await remove(world, name, '3');
      assert.deepEqual(await versionsOf(world, name), ['$LATEST']);
    },
  },
  {
    operation: 'DeleteFunction',
    name: 'takes neither `$LATEST` alone nor an alias',
    run: async (world) => {
      const name = await twoVersions(world);
      await world.lambda.send(new CreateAliasCommand({ FunctionName: name, Name: 'live', FunctionVersion: '1' }));
      await fails(remove(world, name, '$LATEST'), invalid('$LATEST version cannot be deleted without deleting the function.'));
      await fails(remove(world, name, 'live'), invalid('Deletion of aliases is not currently supported.'));
      await fails(remove(world, `${name}:none`), invalid('Deletion of aliases is not currently supported.'));
      await world.lambda.send(new GetAliasCommand({ FunctionName: name, Name: 'live' }));
    },
  },
  {
    operation: 'DeleteFunction',
    name: 'a version that aliases refer to stays, and they are named',
    run: async (world) => {
      const { lambda } = world;
      const name = await twoVersions(world);
      const split = { AdditionalVersionWeights: { 2: 0.5 } };
      await lambda.send(new CreateAliasCommand({ FunctionName: name, Name: 'b', FunctionVersion: '1', RoutingConfig: split }));
      await lambda.send(new CreateAliasCommand({ FunctionName: name, Name: 'a', FunctionVersion: '1' }));
      const refers = (names: string) =>
        ({
          code: 'ResourceConflictException',
          status: 409,
          message: `Unable to delete version because the following aliases reference it: [${names}]`,
          type: 'User',
        }) as const;
      await fails(remove(world, name, '1'), refers('a, b'));
      await fails(remove(world, name, '2'), refers('b'));
      const raw = await world.raw('DELETE', `${FUNCTIONS}/${name}?Qualifier=2`);
      assertError(raw, 409, 'ResourceConflictException', { Type: 'User', message: refers('b').message });
      assert.deepEqual(await versionsOf(world, name), ['$LATEST', '1', '2']);
    },
  },
  {
    operation: 'DeleteFunction',
    name: 'a function that is not there is told with its unqualified ARN, whatever the qualifier',
    run: async (world) => {
      const missing = notFound(`Function not found: ${world.arn('function:nobody')}`);
      for (const qualifier of [undefined, '1', '$LATEST', 'live']) await fails(remove(world, 'nobody', qualifier), missing);
      await fails(
        remove(world, 'nobody:1', '2'),
        invalid('The derived qualifier from the function name does not match the specified qualifier.'),
      );
      await fails(
        remove(world, `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:f`),
        notFound(`Functions from 'eu-west-1' are not reachable in this region ('${REGION}')`),
      );
      const arn = encodeURIComponent(`arn:aws:lambda:${REGION}:111122223333:function:f`);
      assertError(await world.raw('DELETE', `${FUNCTIONS}/${arn}`), 403, 'AccessDeniedException', { Message: null });
      await fails(remove(world, 'a b'), { code: 'ValidationException', status: 400 });
    },
  },
  {
    operation: 'DeleteFunction',
    name: 'works by every form of the name',
    run: async (world) => {
      for (const form of ['', 'function:', `${ACCOUNT}:`, `${REGION}:${ACCOUNT}:function:`, world.arn('function:')])
        await remove(world, `${form}${await world.function()}`);
    },
  },
  {
    operation: 'DeleteFunction',
    name: 'a function that is being made may be deleted, and made again at once',
    run: async () => {
      const world = await gatedWorld();
      const FunctionName = world.unique('gone');
      const Code = { ZipFile: await world.code() };
      const make = (Runtime: 'python3.12' | 'nodejs24.x') =>
        world.lambda.send(new CreateFunctionCommand({ FunctionName, Role: ROLE, Runtime, Handler: 'a.b', Code }));
      await make('python3.12');
      await remove(world, FunctionName);
      await fails(world.lambda.send(new GetFunctionCommand({ FunctionName })), {
        code: 'ResourceNotFoundException',
        status: 404,
      });
      await make('nodejs24.x');
      await world.open('python3.12', 'missing');
      const made = await whenReady(world, FunctionName);
      assert.equal(made.State, 'Active');
      assert.equal(made.Runtime, 'nodejs24.x');
    },
  },
  {
    operation: 'DeleteFunction',
    name: 'a version that is deleted while an alias is made for it leaves no alias without a version',
    run: async (world) => {
      const { lambda } = world;
      const name = await world.function();
      for (let turn = 1; turn <= 6; turn += 1) {
        await change(world, name, { Description: String(turn) });
        const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName: name }));
        const Name = `alias-${turn}`;
        await Promise.allSettled([
          lambda.send(new CreateAliasCommand({ FunctionName: name, Name, FunctionVersion: Version })),
          remove(world, name, Version),
        ]);
        const alias = await world.raw('GET', `${FUNCTIONS}/${name}/aliases/${Name}`);
        const version = await world.raw('GET', `${FUNCTIONS}/${name}?Qualifier=${Version}`);
        assert.ok(alias.status === 404 || version.status === 200, `${alias.status} ${version.status}`);
      }
    },
  },
];
