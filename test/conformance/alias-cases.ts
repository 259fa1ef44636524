import assert from 'node:assert/strict';
import {
  AddPermissionCommand,
  CreateAliasCommand,
  type CreateAliasCommandInput,
  DeleteAliasCommand,
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  ListAliasesCommand,
  type ListAliasesCommandInput,
  PublishVersionCommand,
  UpdateAliasCommand,
  type UpdateAliasCommandInput,
} from '@aws-sdk/client-lambda';
import { assertError, assertHeaders, change, UUID } from './function-answers.ts';
import { LIMITED, limitedWorld } from './limited-world.ts';
import { ACCOUNT, type ConformanceCase, fails, REGION, ROLE, type World } from './world.ts';

const STALE = '00000000-0000-4000-8000-000000000000';
const path = (name: string): string => `/2015-03-31/functions/${name}/aliases`;
const notFound = (message: string) => ({ code: 'ResourceNotFoundException', status: 404, message, type: 'User' }) as const;
const invalid = (message: string | RegExp) =>
  ({ code: 'InvalidParameterValueException', status: 400, message, type: 'User' }) as const;
const violates = (value: string, at: string, constraint: string) =>
  ({
    code: 'ValidationException',
    status: 400,
    message: `1 validation error detected: Value ${value} at '${at}' failed to satisfy constraint: ${constraint}`,
    type: null,
  }) as const;
const split = (weights: Record<string, number>) => ({ RoutingConfig: { AdditionalVersionWeights: weights } });

const create = ({ lambda }: World, FunctionName: string, input: Omit<CreateAliasCommandInput, 'FunctionName'>) =>
  lambda.send(new CreateAliasCommand({ FunctionName, ...input }));
const update = ({ lambda }: World, FunctionName: string, input: Omit<UpdateAliasCommandInput, 'FunctionName'>) =>
  lambda.send(new UpdateAliasCommand({ FunctionName, ...input }));
const get = ({ lambda }: World, FunctionName: string, Name: string) => lambda.send(new GetAliasCommand({ FunctionName, Name }));
const list = ({ lambda }: World, FunctionName: string, input: Omit<ListAliasesCommandInput, 'FunctionName'> = {}) =>
  lambda.send(new ListAliasesCommand({ FunctionName, ...input }));
const remove = ({ lambda }: World, FunctionName: string, Name: string) =>
  lambda.send(new DeleteAliasCommand({ FunctionName, Name }));

/** An answer without its metadata. */
function bare<Answer extends { $metadata: unknown }>({ $metadata: _metadata, ...rest }: Answer): Omit<Answer, '$metadata'> {
  return rest;
}

/** A function with versions 1, 2 and 3. */
async function threeVersions(world: World): Promise<string> {
  const FunctionName = await world.function();
  for (let turn = 1; turn <= 3; turn += 1) {
    await change(world, FunctionName, { Description: String(turn) });
    await world.lambda.send(new PublishVersionCommand({ FunctionName }));
  }
  return FunctionName;
}

/** CreateAlias and UpdateAlias hold targets to the same rules; the alias `old` is there for the latter. */
type Point = (
  world: World,
  name: string,
  target: { FunctionVersion: string } & Partial<CreateAliasCommandInput>,
) => Promise<object>;

function both(name: string, run: (world: World, point: Point) => Promise<void>): ConformanceCase[] {
  return [
    {
      operation: 'CreateAlias',
      name,
      run: (world) => run(world, (own, fn, target) => create(own, fn, { Name: own.unique('a'), ...target })),
    },
    {
      operation: 'UpdateAlias',
      name,
      run: (world) =>
        run(world, async (own, fn, target) => {
          await create(own, fn, { Name: 'old', FunctionVersion: '$LATEST' }).catch(() => undefined);
          return update(own, fn, { Name: 'old', ...target });
        }),
    },
  ];
}

const TARGET_CASES: readonly ConformanceCase[] = [
  ...both('the versions that an alias points to must be there', async (world, point) => {
    const name = await threeVersions(world);
    const arn = world.arn(`function:${name}`);
    await fails(point(world, name, { FunctionVersion: '9' }), notFound(`Function not found: ${arn}:9`));
    await fails(point(world, name, { FunctionVersion: '1', ...split({ 9: 0.1 }) }), notFound(`Function not found: ${arn}:9`));
    await fails(
      point(world, name, { FunctionVersion: '$LATEST.PUBLISHED' }),
      notFound(`Function not found: ${arn}:$LATEST.PUBLISHED`),
    );
    await point(world, name, { FunctionVersion: '$LATEST' });
  }),
  ...both('traffic is split between two published versions, no more, and not one with itself', async (world, point) => {
    const name = await threeVersions(world);
    await fails(
      point(world, name, { FunctionVersion: '1', ...split({ 2: 0.1, 3: 0.1 }) }),
      invalid('Number of items in AdditionalVersionWeights cannot be greater than 1'),
    );
    await fails(point(world, name, { FunctionVersion: '$LATEST', ...split({ 1: 0.1 }) }), {
      code: 'InvalidParameterValueException',
      status: 400,
      message: '$LATEST is not supported for an alias pointing to more than 1 version',
      type: null,
    });
    await fails(
      point(world, name, { FunctionVersion: '1', ...split({ 1: 0.1 }) }),
      invalid('Invalid function version 1. Function version 1 is already included in routing configuration.'),
    );
    for (const weight of [0, 0.000_1, 1]) await point(world, name, { FunctionVersion: '1', ...split({ 2: weight }) });
  }),
  ...both('weights are between 0 and 1, and keys are numbers of versions', async (world, point) => {
    const name = await threeVersions(world);
    const at = 'routingConfig.additionalVersionWeights';
    const weight =
      'Map value must satisfy constraint: [Member must have value less than or equal to 1, Member must have value greater than or equal to 0]';
    const key =
      'Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]';
    await fails(point(world, name, { FunctionVersion: '1', ...split({ 2: 2 }) }), violates("'{2=2.0}'", at, weight));
    await fails(point(world, name, { FunctionVersion: '1', ...split({ 2: -0.5 }) }), violates("'{2=-0.5}'", at, weight));
    await fails(point(world, name, { FunctionVersion: '1', ...split({ $LATEST: 0.5 }) }), violates("'{$LATEST=0.5}'", at, key));
    await fails(
      point(world, name, { FunctionVersion: 'live' }),
      violates("'live'", 'functionVersion', 'Member must satisfy regular expression pattern: (\\$LATEST(\\.PUBLISHED)?|[0-9]+)'),
    );
    await fails(
      point(world, name, { FunctionVersion: '1', Description: 'd'.repeat(257) }),
      violates(`'${'d'.repeat(257)}'`, 'description', 'Member must have length less than or equal to 256'),
    );
  }),
  ...both('both versions of a split have the same role and dead letters', async (world, point) => {
    const name = await world.function();
    const publish = () => world.lambda.send(new PublishVersionCommand({ FunctionName: name }));
    await publish();
    await change(world, name, { Role: `${ROLE}2` });
    await publish();
    await change(world, name, { Role: ROLE, DeadLetterConfig: { TargetArn: `arn:aws:sqs:${REGION}:${ACCOUNT}:q` } });
    await publish();
    await fails(point(world, name, { FunctionVersion: '1', ...split({ 2: 0.1 }) }), invalid(/same execution role/));
    await fails(point(world, name, { FunctionVersion: '1', ...split({ 3: 0.1 }) }), invalid(/same dead-letter/));
  }),
];

const CREATE_CASES: readonly ConformanceCase[] = [
  {
    operation: 'CreateAlias',
    name: 'answers 201 with the alias; its description is empty and it routes nothing unless told otherwise',
    run: async (world) => {
      const name = await threeVersions(world);
      const answer = await world.raw('POST', path(name), { Name: 'live', FunctionVersion: '1' });
      assert.equal(answer.status, 201, answer.text);
      assertHeaders(answer);
      const { RevisionId, ...alias } = answer.json;
      assert.match(String(RevisionId), UUID);
      const AliasArn = world.arn(`function:${name}:live`);
      assert.deepEqual(alias, { AliasArn, Name: 'live', FunctionVersion: '1', Description: '' });
      assert.deepEqual(bare(await get(world, name, 'live')), answer.json);
    },
  },
  {
    operation: 'CreateAlias',
    name: 'answers what was set; an empty split is none',
    run: async (world) => {
      const name = await threeVersions(world);
      const full = await create(world, name, { Name: 'a', FunctionVersion: '1', Description: 'd', ...split({ 2: 0.25 }) });
      const { RevisionId: _full, ...alias } = bare(full);
      assert.deepEqual(alias, {
        AliasArn: world.arn(`function:${name}:a`),
        Name: 'a',
        FunctionVersion: '1',
        Description: 'd',
        ...split({ 2: 0.25 }),
      });
      for (const [index, RoutingConfig] of [{}, { AdditionalVersionWeights: {} }].entries()) {
        const empty = await create(world, name, { Name: `e${index}`, FunctionVersion: '$LATEST', RoutingConfig });
        assert.ok(!('RoutingConfig' in empty));
      }
    },
  },
  {
    operation: 'CreateAlias',
    name: 'leaves the revision of the function as it was',
    run: async (world) => {
      const name = await threeVersions(world);
      const read = async (Qualifier?: string) =>
        (await world.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name, Qualifier }))).RevisionId;
      const before = [await read(), await read('1')];
      await create(world, name, { Name: 'live', FunctionVersion: '1' });
      await update(world, name, { Name: 'live', FunctionVersion: '2' });
      await remove(world, name, 'live');
      assert.deepEqual([await read(), await read('1')], before);
    },
  },
  {
    operation: 'CreateAlias',
    name: 'a name is taken once in a function; of many at once one gets it',
    run: async (world) => {
      const name = await threeVersions(world);
      const other = await world.function();
      const tries = await Promise.allSettled(
        ['1', '2', '3', '1', '2'].map((FunctionVersion) => create(world, name, { Name: 'live', FunctionVersion })),
      );
      assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 1);
      const taken = {
        code: 'ResourceConflictException',
        status: 409,
        message: `Alias already exists: ${world.arn(`function:${name}:live`)}`,
        type: 'User',
      } as const;
      for (const lost of tries) if (lost.status === 'rejected') await fails(Promise.reject(lost.reason), taken);
      const raw = await world.raw('POST', path(name), { Name: 'live', FunctionVersion: '1' });
      assertError(raw, 409, 'ResourceConflictException', { Type: 'User', message: taken.message });
      await create(world, other, { Name: 'live', FunctionVersion: '$LATEST' });
    },
  },
  {
    operation: 'CreateAlias',
    name: 'names have 1 to 128 characters of the alphabet and are no numbers',
    run: async (world) => {
      const name = await world.function();
      const pattern = 'Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)';
      const named = (Name: string) => create(world, name, { Name, FunctionVersion: '$LATEST' });
      for (const wrong of ['1', '007', 'a.b', 'a b', '$LATEST'])
        await fails(named(wrong), violates(`'${wrong}'`, 'name', pattern));
      const long = 'a'.repeat(129);
      await fails(named(long), violates(`'${long}'`, 'name', 'Member must have length less than or equal to 128'));
      for (const right of ['a', '1a', '-_', long.slice(1), 'function', 'live']) await named(right);
      const answer = await world.raw('POST', path(name), {});
      const missing = (at: string): string => `Value null at '${at}' failed to satisfy constraint: Member must not be null`;
      assertError(answer, 400, 'ValidationException', {
        message: `2 validation errors detected: ${missing('name')}; ${missing('functionVersion')}`,
      });
    },
  },
  {
    operation: 'CreateAlias',
    name: 'a function that is not there, or elsewhere, is told so',
    run: async (world) => {
      const input = { Name: 'live', FunctionVersion: '$LATEST' };
      await fails(create(world, 'nobody', input), notFound(`Function not found: ${world.arn('function:nobody')}`));
      await fails(
        create(world, `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:f`, input),
        notFound(`Functions from 'eu-west-1' are not reachable in this region ('${REGION}')`),
      );
      const foreign = await world.raw('POST', path(`arn:aws:lambda:${REGION}:111122223333:function:f`), input);
      assertError(foreign, 403, 'AccessDeniedException', { Message: null });
      const name = await world.function();
      const { AliasArn } = await create(world, world.arn(`function:${name}`), input);
      assert.equal(AliasArn, world.arn(`function:${name}:live`));
    },
  },
  {
    operation: 'CreateAlias',
    name: 'a function has so many aliases and no more',
    run: async () => {
      const world = await limitedWorld();
      const name = await world.function({ Code: { ZipFile: await world.code() } });
      const tries = await Promise.allSettled(
        ['a', 'b', 'c', 'd'].map((Name) => create(world, name, { Name, FunctionVersion: '$LATEST' })),
      );
      assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, LIMITED.aliasesPerFunction);
      const raw = await world.raw('POST', path(name), { Name: 'e', FunctionVersion: '$LATEST' });
      assertError(raw, 400, 'AliasLimitExceededException', {
        Type: 'User',
        message: `The function has ${LIMITED.aliasesPerFunction} aliases, which is the limit.`,
      });
      const { Aliases = [] } = await list(world, name);
      await remove(world, name, Aliases[0]?.Name ?? '');
      await create(world, name, { Name: 'e', FunctionVersion: '$LATEST' });
    },
  },
];

const UPDATE_CASES: readonly ConformanceCase[] = [
  {
    operation: 'UpdateAlias',
    name: 'changes what is given and keeps the rest, with a new revision each time, also for nothing',
    run: async (world) => {
      const name = await threeVersions(world);
      const made = await create(world, name, { Name: 'live', FunctionVersion: '1', Description: 'd', ...split({ 2: 0.5 }) });
      let { RevisionId: _made, ...current }: Record<string, unknown> = bare(made);
      const revisions = new Set([made.RevisionId]);
      const steps: readonly (readonly [Partial<UpdateAliasCommandInput>, Record<string, unknown>])[] = [
        [{}, {}],
        [{ Description: 'e' }, { Description: 'e' }],
        [{ Description: '' }, { Description: '' }],
        [{ FunctionVersion: '3' }, { FunctionVersion: '3' }],
        [split({ 1: 0.125 }), split({ 1: 0.125 })],
        [
          { FunctionVersion: '2', ...split({ 3: 1 }) },
          { FunctionVersion: '2', ...split({ 3: 1 }) },
        ],
        [{ RoutingConfig: {} }, { RoutingConfig: undefined }],
        [split({ 1: 0.5 }), split({ 1: 0.5 })],
        [{ RoutingConfig: { AdditionalVersionWeights: {} } }, { RoutingConfig: undefined }],
        [{ FunctionVersion: '$LATEST' }, { FunctionVersion: '$LATEST' }],
      ];
      for (const [input, difference] of steps) {
        current = Object.fromEntries(Object.entries({ ...current, ...difference }).filter(([, value]) => value !== undefined));
        const answer = bare(await update(world, name, { Name: 'live', ...input }));
        const { RevisionId, ...alias } = answer;
        assert.deepEqual(alias, current, JSON.stringify(input));
        revisions.add(RevisionId);
        assert.deepEqual(bare(await get(world, name, 'live')), answer);
      }
      assert.equal(revisions.size, steps.length + 1);
    },
  },
  {
    operation: 'UpdateAlias',
    name: 'a revision that is given must be the current one, and is looked at before the target',
    run: async (world) => {
      const name = await threeVersions(world);
      const { RevisionId } = await create(world, name, { Name: 'live', FunctionVersion: '1' });
      const message =
        'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id';
      const stale = { code: 'PreconditionFailedException', status: 412, message, type: 'User' } as const;
      await fails(update(world, name, { Name: 'live', RevisionId: STALE, FunctionVersion: '9' }), stale);
      const raw = await world.raw('PUT', `${path(name)}/live`, { RevisionId: STALE });
      assertError(raw, 412, 'PreconditionFailedException', { Type: 'User', message });
      await update(world, name, { Name: 'live', RevisionId, FunctionVersion: '2' });
      await fails(update(world, name, { Name: 'live', RevisionId }), stale);
    },
  },
  {
    operation: 'UpdateAlias',
    name: 'an alias that is not there is told in its own words, a function in those of functions',
    run: async (world) => {
      const name = await world.function();
      const arn = world.arn(`function:${name}`);
      await fails(update(world, name, { Name: 'live' }), notFound(`Alias not found: ${arn}:live`));
      await fails(update(world, name, { Name: 'live', FunctionVersion: '9' }), notFound(`Alias not found: ${arn}:live`));
      await fails(update(world, 'nobody', { Name: 'live' }), notFound(`Function not found: ${world.arn('function:nobody')}`));
      await fails(update(world, name, { Name: '7' }), { code: 'ValidationException', status: 400 });
    },
  },
  {
    operation: 'UpdateAlias',
    name: 'of updates at once none is lost',
    run: async (world) => {
      const name = await threeVersions(world);
      await create(world, name, { Name: 'live', FunctionVersion: '1' });
      await Promise.all([
        update(world, name, { Name: 'live', Description: 'both' }),
        update(world, name, { Name: 'live', FunctionVersion: '2' }),
        update(world, name, { Name: 'live', ...split({ 3: 0.5 }) }),
      ]);
      const { Description, FunctionVersion, RoutingConfig } = await get(world, name, 'live');
      assert.deepEqual(
        { Description, FunctionVersion, RoutingConfig },
        { Description: 'both', FunctionVersion: '2', ...split({ 3: 0.5 }) },
      );
    },
  },
];

const READ_CASES: readonly ConformanceCase[] = [
  {
    operation: 'GetAlias',
    name: 'answers the alias by every form of the function, and tells what is not there',
    run: async (world) => {
      const name = await threeVersions(world);
      const arn = world.arn(`function:${name}`);
      const made = bare(await create(world, name, { Name: 'live', FunctionVersion: '1', ...split({ 2: 0.5 }) }));
      for (const form of [name, `function:${name}`, `${ACCOUNT}:${name}`, arn])
        assert.deepEqual(bare(await get(world, form, 'live')), made);
      await fails(get(world, name, 'none'), notFound(`Cannot find alias arn: ${arn}:none`));
      const answer = await world.raw('GET', `${path(name)}/none`);
      assertError(answer, 404, 'ResourceNotFoundException', { Type: 'User', Message: `Cannot find alias arn: ${arn}:none` });
      await fails(get(world, 'nobody', 'live'), notFound(`Cannot find alias arn: ${world.arn('function:nobody:live')}`));
      await fails(get(world, name, '1'), { code: 'ValidationException', status: 400, message: /at 'name' failed/ });
    },
  },
  {
    operation: 'ListAliases',
    name: 'lists the aliases of a function by name, and those of a version, the second of a split included',
    run: async (world) => {
      const name = await threeVersions(world);
      await world.function({ FunctionName: `${name}-2` });
      assert.deepEqual(bare(await list(world, name)), { Aliases: [] });
      const b = bare(await create(world, name, { Name: 'b', FunctionVersion: '1' }));
      const a = bare(await create(world, name, { Name: 'a', FunctionVersion: '2', ...split({ 1: 0.5 }) }));
      const c = bare(await create(world, name, { Name: 'c', FunctionVersion: '$LATEST' }));
      await create(world, `${name}-2`, { Name: 'd', FunctionVersion: '$LATEST' });
      assert.deepEqual(bare(await list(world, name)), { Aliases: [a, b, c] });
      const of = async (FunctionVersion: string) =>
        (await list(world, name, { FunctionVersion })).Aliases?.map(({ Name }) => Name);
      assert.deepEqual(await of('1'), ['a', 'b']);
      assert.deepEqual(await of('2'), ['a']);
      assert.deepEqual(await of('$LATEST'), ['c']);
      assert.deepEqual(await of('9'), []);
    },
  },
  {
    operation: 'ListAliases',
    name: 'pages are as large as asked for, at most 50, and together are everything once, with a filter too',
    run: async (world) => {
      const name = await threeVersions(world);
      const names = Array.from({ length: 52 }, (_, index) => `alias-${String(index).padStart(2, '0')}`);
      await Promise.all(names.map((Name, index) => create(world, name, { Name, FunctionVersion: String((index % 3) + 1) })));
      const pages = async (input: Omit<ListAliasesCommandInput, 'FunctionName'>): Promise<(string | undefined)[][]> => {
        const found: (string | undefined)[][] = [];
        let Marker: string | undefined;
        do {
          const page = await list(world, name, { ...input, Marker });
          found.push((page.Aliases ?? []).map(({ Name }) => Name));
          Marker = page.NextMarker;
        } while (Marker);
        return found;
      };
      const whole = await pages({});
      assert.deepEqual(
        whole.map(({ length }) => length),
        [50, 2],
      );
      assert.deepEqual(whole.flat(), names);
      assert.deepEqual((await pages({ MaxItems: 10_000 })).length, 2);
      const twenties = await pages({ MaxItems: 20 });
      assert.deepEqual(
        twenties.map(({ length }) => length),
        [20, 20, 12],
      );
      assert.deepEqual(twenties.flat(), names);
      const thirds = await pages({ MaxItems: 20, FunctionVersion: '2' });
      assert.deepEqual(
        thirds.flat(),
        names.filter((_, index) => index % 3 === 1),
      );
    },
  },
  {
    operation: 'ListAliases',
    name: 'numbers out of range, markers and versions that are none and what is not there are refused',
    run: async (world) => {
      const name = await world.function();
      await fails(
        list(world, name, { MaxItems: 0 }),
        violates("'0'", 'maxItems', 'Member must have value greater than or equal to 1'),
      );
      await fails(
        list(world, name, { MaxItems: 10_001 }),
        violates("'10001'", 'maxItems', 'Member must have value less than or equal to 10000'),
      );
      await fails(list(world, name, { FunctionVersion: 'live' }), { code: 'ValidationException', status: 400 });
      await fails(list(world, name, { Marker: 'made up' }), invalid('The pagination marker is not valid.'));
      await fails(list(world, 'nobody'), notFound(`Function not found: ${world.arn('function:nobody')}`));
    },
  },
  {
    operation: 'DeleteAlias',
    name: 'answers 204 without a body, also for an alias that is not there; its policy goes with it',
    run: async (world) => {
      const name = await world.function();
      const { lambda } = world;
      await create(world, name, { Name: 'live', FunctionVersion: '$LATEST' });
      const permission = { Action: 'lambda:InvokeFunction', Principal: 's3.amazonaws.com', StatementId: 's' };
      await lambda.send(new AddPermissionCommand({ FunctionName: name, Qualifier: 'live', ...permission }));
      for (const _time of ['first', 'second']) {
        const answer = await world.raw('DELETE', `${path(name)}/live`);
        assert.equal(answer.status, 204);
        assert.equal(answer.text, '');
        assertHeaders(answer);
      }
      await fails(get(world, name, 'live'), notFound(`Cannot find alias arn: ${world.arn(`function:${name}:live`)}`));
      await create(world, name, { Name: 'live', FunctionVersion: '$LATEST' });
      await fails(
        lambda.send(new GetPolicyCommand({ FunctionName: name, Qualifier: 'live' })),
        notFound('The resource you requested does not exist.'),
      );
      await fails(remove(world, 'nobody', 'live'), notFound(`Function not found: ${world.arn('function:nobody')}`));
      await fails(remove(world, name, '7'), { code: 'ValidationException', status: 400, message: /at 'name' failed/ });
    },
  },
];

/** Cases of aliases. */
export const ALIAS_CASES: readonly ConformanceCase[] = [...CREATE_CASES, ...TARGET_CASES, ...UPDATE_CASES, ...READ_CASES];
