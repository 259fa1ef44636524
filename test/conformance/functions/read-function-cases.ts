import assert from 'node:assert/strict';
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  ListFunctionsCommand,
  type ListFunctionsCommandInput,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  TagResourceCommand,
} from '@aws-sdk/client-lambda';
import { assertError, assertHeaders, plain, plainDefaults, READY, whenReady } from '../function-answers.ts';
import { ACCOUNT, type ConformanceCase, fails, REGION, ROLE, type World } from '../world.ts';

const FUNCTIONS = '/2015-03-31/functions';

interface Configured {
  readonly FunctionArn?: string;
  readonly Version?: string;
}

/** Reads a configuration by one of the two operations that answer it. */
type Read = (world: World, FunctionName: string, Qualifier?: string) => Promise<Configured>;
const READS: Readonly<Record<'GetFunction' | 'GetFunctionConfiguration', Read>> = {
  GetFunction: async ({ lambda }, FunctionName, Qualifier) =>
    (await lambda.send(new GetFunctionCommand({ FunctionName, Qualifier }))).Configuration ?? {},
  GetFunctionConfiguration: ({ lambda }, FunctionName, Qualifier) =>
    lambda.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier })),
};

function both(name: string, run: (world: World, read: Read, suffix: string) => Promise<void>): ConformanceCase[] {
  return [
    { operation: 'GetFunction', name, run: (world) => run(world, READS.GetFunction, '') },
    {
      operation: 'GetFunctionConfiguration',
      name,
      run: (world) => run(world, READS.GetFunctionConfiguration, '/configuration'),
    },
  ];
}

/** A function with version 1 and the alias `live` on it. */
async function published(world: World): Promise<string> {
  const FunctionName = await world.function();
  await world.lambda.send(new PublishVersionCommand({ FunctionName }));
  await world.lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
  return FunctionName;
}

const notFound = (message: string) => ({ code: 'ResourceNotFoundException', status: 404, message, type: 'User' }) as const;

/** Reads every page. */
async function listAll(world: World, input: ListFunctionsCommandInput = {}): Promise<{ names: string[]; pages: number[] }> {
  const names: string[] = [];
  const pages: number[] = [];
  let Marker: string | undefined;
  do {
    const page = await world.lambda.send(new ListFunctionsCommand({ ...input, Marker }));
    names.push(...(page.Functions ?? []).map(({ FunctionArn = '' }) => FunctionArn));
    pages.push(page.Functions?.length ?? -1);
    Marker = page.NextMarker;
  } while (Marker);
  return { names, pages };
}

/** GetFunction, GetFunctionConfiguration and ListFunctions. */
export const READ_FUNCTION_CASES: readonly ConformanceCase[] = [
  ...both('answers the ARN as it was asked for, and the version that it stands for', async (world, read) => {
    const name = await published(world);
    const arn = world.arn(`function:${name}`);
    const expected: readonly (readonly [string, string | undefined, string, string])[] = [
      [name, undefined, arn, '$LATEST'],
      [name, '$LATEST', `${arn}:$LATEST`, '$LATEST'],
      [name, '1', `${arn}:1`, '1'],
      [name, 'live', `${arn}:live`, '1'],
      [`${name}:live`, undefined, `${arn}:live`, '1'],
      [`${name}:$LATEST`, undefined, `${arn}:$LATEST`, '$LATEST'],
      [`${name}:1`, '1', `${arn}:1`, '1'],
      [`${arn}:live`, 'live', `${arn}:live`, '1'],
      [`function:${name}`, undefined, arn, '$LATEST'],
      [`${ACCOUNT}:${name}`, undefined, arn, '$LATEST'],
      [`${ACCOUNT}:function:${name}:1`, undefined, `${arn}:1`, '1'],
      [`${REGION}:${ACCOUNT}:function:${name}`, '1', `${arn}:1`, '1'],
      [arn, undefined, arn, '$LATEST'],
    ];
    for (const [asked, qualifier, FunctionArn, Version] of expected) {
      const answer = await read(world, asked, qualifier);
      assert.deepEqual({ FunctionArn: answer.FunctionArn, Version: answer.Version }, { FunctionArn, Version }, asked);
    }
  }),
  ...both('what is not there is told with the ARN as it was asked for', async (world, read) => {
    const name = await world.function();
    const arn = world.arn(`function:${name}`);
    await fails(read(world, 'nobody'), notFound(`Function not found: ${world.arn('function:nobody')}`));
    await fails(read(world, 'nobody', '1'), notFound(`Function not found: ${world.arn('function:nobody')}:1`));
    await fails(read(world, 'nobody', '$LATEST'), notFound(`Function not found: ${world.arn('function:nobody')}:$LATEST`));
    await fails(read(world, name, '1'), notFound(`Function not found: ${arn}:1`));
    await fails(read(world, name, 'none'), notFound(`Function not found: ${arn}:none`));
    await fails(read(world, `${name}:none`), notFound(`Function not found: ${arn}:none`));
    await fails(read(world, name, '$LATEST.PUBLISHED'), notFound(`Function not found: ${arn}:$LATEST.PUBLISHED`));
    const long = 'n'.repeat(65);
    await fails(read(world, long), notFound(`Function not found: ${world.arn(`function:${long}`)}`));
    await fails(read(world, 'a.b'), notFound(`Function not found: ${world.arn('function:a.b')}`));
  }),
  ...both('two qualifiers must be the same; that is looked at before the function', async (world, read) => {
    const derived = {
      code: 'InvalidParameterValueException',
      status: 400,
      message: 'The derived qualifier from the function name does not match the specified qualifier.',
      type: 'User',
    } as const;
    await fails(read(world, 'nobody:1', '2'), derived);
    await fails(read(world, 'nobody:$LATEST', '1'), derived);
    await fails(read(world, `${world.arn('function:nobody')}:live`, 'dead'), derived);
  }),
  ...both('other regions and accounts, and names that are none, are refused', async (world, read, suffix) => {
    await fails(
      read(world, `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:f`),
      notFound(`Functions from 'eu-west-1' are not reachable in this region ('${REGION}')`),
    );
    await fails(
      read(world, 'eu-west-1:111122223333:function:f'),
      notFound(`Functions from 'eu-west-1' are not reachable in this region ('${REGION}')`),
    );
    const arn = encodeURIComponent(`arn:aws:lambda:${REGION}:111122223333:function:f`);
    assertError(await world.raw('GET', `${FUNCTIONS}/${arn}${suffix}`), 403, 'AccessDeniedException', { Message: null });
    const pattern = '\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+';
    const answer = await world.raw('GET', `${FUNCTIONS}/f%20g${suffix}?Qualifier=a%20b`);
    const message = String(answer.json['message']);
    assert.ok(
      message.startsWith(
        `2 validation errors detected: Value 'a b' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern}; Value 'f g' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:`,
      ),
      message,
    );
    assert.deepEqual(Object.keys(answer.json), ['message']);
    const long = await world.raw('GET', `${FUNCTIONS}/${'n'.repeat(257)}${suffix}`);
    assertError(long, 400, 'ValidationException', {
      message: `1 validation error detected: Value '${'n'.repeat(257)}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 256`,
    });
  }),
  {
    operation: 'GetFunctionConfiguration',
    name: 'answers the configuration of `$LATEST`, a version and an alias, exactly',
    run: async (world) => {
      const name = await published(world);
      const zip = await world.code();
      const arn = world.arn(`function:${name}`);
      const expected = { ...plainDefaults(world, name, zip), ...READY };
      const read = async (Qualifier?: string) =>
        plain(await world.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name, Qualifier })));
      assert.deepEqual(await read(), expected);
      assert.deepEqual(await read('1'), { ...expected, FunctionArn: `${arn}:1`, Version: '1' });
      assert.deepEqual(await read('live'), { ...expected, FunctionArn: `${arn}:live`, Version: '1' });
    },
  },
  {
    operation: 'GetFunction',
    name: 'answers configuration and code, and tags and concurrency only where there are some',
    run: async (world) => {
      const name = await published(world);
      const { lambda } = world;
      const bare = await lambda.send(new GetFunctionCommand({ FunctionName: name }));
      assert.deepEqual(Object.keys(bare).toSorted(), ['$metadata', 'Code', 'Configuration']);
      assert.deepEqual(Object.keys(bare.Code ?? {}).toSorted(), ['Location', 'RepositoryType']);
      assert.equal(bare.Code?.RepositoryType, 'S3');
      assert.deepEqual(plain(bare.Configuration ?? {}), { ...plainDefaults(world, name, await world.code()), ...READY });
      await lambda.send(new TagResourceCommand({ Resource: world.arn(`function:${name}`), Tags: { a: 'b' } }));
      await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions: 0 }));
      for (const Qualifier of [undefined, '1', 'live']) {
        const full = await lambda.send(new GetFunctionCommand({ FunctionName: name, Qualifier }));
        assert.deepEqual(full.Tags, { a: 'b' });
        assert.deepEqual(full.Concurrency, { ReservedConcurrentExecutions: 0 });
      }
      assertHeaders(await world.raw('GET', `${FUNCTIONS}/${name}`));
    },
  },
  {
    operation: 'GetFunction',
    name: 'the location gives the very package, to whoever holds it and to nobody who made it up',
    run: async (world) => {
      const ZipFile = await world.code('exports.handler = async () => "downloaded";');
      const name = await world.function({ Code: { ZipFile } });
      const { Code } = await world.lambda.send(new GetFunctionCommand({ FunctionName: name }));
      const location = Code?.Location ?? '';
      assert.ok(location.startsWith(world.server.endpoint), location);
      const answer = await fetch(location);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('content-type'), 'application/zip');
      assert.deepEqual(Buffer.from(await answer.arrayBuffer()), ZipFile);
      for (const forged of [location.replace(/signature=.*/, 'signature=00'), location.replace(/expires=\d/, 'expires=9')])
        assert.equal((await fetch(forged)).status, 403);
    },
  },
  {
    operation: 'ListFunctions',
    name: 'lists `$LATEST` of each function in the order of the names, without states',
    run: async (world) => {
      const name = await published(world);
      const { FunctionArn } = await whenReady(world, name);
      const { names } = await listAll(world);
      assert.deepEqual(names, names.toSorted());
      assert.ok(names.includes(String(FunctionArn)));
      assert.ok(!names.includes(`${FunctionArn}:1`));
      const page = await world.lambda.send(new ListFunctionsCommand({}));
      const states = /^(State|LastUpdateStatus|RuntimeVersionConfig)/;
      for (const item of page.Functions ?? []) assert.ok(!Object.keys(item).some((member) => states.test(member)));
      const raw = await world.raw('GET', `${FUNCTIONS}/?MaxItems=10000`);
      assert.equal(raw.status, 200);
      assertHeaders(raw);
      const { RuntimeVersionConfig: _runtime, ...listed } = plainDefaults(world, name, await world.code());
      const found = await findListed(world, `${FunctionArn}`);
      assert.deepEqual(plain(found), listed);
    },
  },
  {
    operation: 'ListFunctions',
    name: 'FunctionVersion ALL lists every version with a qualified ARN, `$LATEST` before the published ones',
    run: async (world) => {
      const name = await published(world);
      const arn = world.arn(`function:${name}`);
      const { names } = await listAll(world, { FunctionVersion: 'ALL' });
      assert.deepEqual(
        names.filter((found) => found.startsWith(`${arn}:`)),
        [`${arn}:$LATEST`, `${arn}:1`],
      );
      assert.ok(!names.includes(arn));
    },
  },
  {
    operation: 'ListFunctions',
    name: 'pages are as large as asked for, at most 50, and together are everything once',
    run: async (world) => {
      const ZipFile = await world.code();
      const made = Array.from({ length: 51 }, () => world.unique('page'));
      await Promise.all(
        made.map((FunctionName) =>
          world.lambda.send(
            new CreateFunctionCommand({
              FunctionName,
              Role: ROLE,
              Runtime: 'provided.al2023',
              Handler: 'a',
              Code: { ZipFile },
            }),
          ),
        ),
      );
      const whole = await listAll(world);
      assert.equal(new Set(whole.names).size, whole.names.length);
      for (const name of made) assert.ok(whole.names.includes(world.arn(`function:${name}`)));
      assert.ok(whole.pages.every((size, page) => size === 50 || page === whole.pages.length - 1));
      assert.deepEqual((await listAll(world, { MaxItems: 10_000 })).pages, whole.pages);
      const sevens = await listAll(world, { MaxItems: 7 });
      assert.deepEqual(sevens.names, whole.names);
      assert.ok(sevens.pages.slice(0, -1).every((size) => size === 7));
      const versions = await listAll(world, { FunctionVersion: 'ALL', MaxItems: 9 });
      assert.deepEqual(versions.names, (await listAll(world, { FunctionVersion: 'ALL' })).names);
      for (const name of made) await world.raw('DELETE', `${FUNCTIONS}/${name}`);
    },
  },
  {
    operation: 'ListFunctions',
    name: 'a page may be asked for with another region as master; words and numbers out of range are refused',
    run: async (world) => {
      const list = (input: object) => world.lambda.send(new ListFunctionsCommand(input));
      assert.ok((await list({ MasterRegion: 'ALL' })).Functions);
      assert.ok((await list({ MasterRegion: 'eu-west-1', FunctionVersion: 'ALL' })).Functions);
      const violates = (value: string, at: string, constraint: string) =>
        ({
          code: 'ValidationException',
          status: 400,
          message: `1 validation error detected: Value '${value}' at '${at}' failed to satisfy constraint: ${constraint}`,
        }) as const;
      await fails(list({ MaxItems: 0 }), violates('0', 'maxItems', 'Member must have value greater than or equal to 1'));
      await fails(
        list({ MaxItems: 10_001 }),
        violates('10001', 'maxItems', 'Member must have value less than or equal to 10000'),
      );
      await fails(
        list({ FunctionVersion: 'some' }),
        violates('some', 'functionVersion', 'Member must satisfy enum value set: [ALL]'),
      );
      await fails(list({ MasterRegion: 'moon' }), { code: 'ValidationException', status: 400 });
      await fails(list({ Marker: 'made up' }), {
        code: 'InvalidParameterValueException',
        status: 400,
        message: 'The pagination marker is not valid.',
      });
      const text = await world.raw('GET', `${FUNCTIONS}?MaxItems=many`);
      assert.equal(text.headers['x-amzn-errortype'], 'SerializationException');
    },
  },
];

async function findListed(world: World, arn: string): Promise<object> {
  let Marker: string | undefined;
  do {
    const page = await world.lambda.send(new ListFunctionsCommand({ Marker }));
    const found = page.Functions?.find(({ FunctionArn }) => FunctionArn === arn);
    if (found) return found;
    Marker = page.NextMarker;
  } while (Marker);
  throw new Error(`${arn} is not listed`);
}
