import assert from 'node:assert/strict';
import {
  CreateAliasCommand,
  CreateFunctionUrlConfigCommand,
  type CreateFunctionUrlConfigCommandInput,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  DeleteFunctionUrlConfigCommand,
  type FunctionUrlConfig,
  GetFunctionUrlConfigCommand,
  ListFunctionUrlConfigsCommand,
  PublishVersionCommand,
  UpdateFunctionUrlConfigCommand,
  type UpdateFunctionUrlConfigCommandInput,
} from '@aws-sdk/client-lambda';
import { assertError, storedOnly } from './function-answers.ts';
import { type ConformanceCase, fails, REGION, type World } from './world.ts';

const CORS = {
  AllowCredentials: true,
  AllowHeaders: ['date', 'keep-alive'],
  AllowMethods: ['GET', 'DELETE'],
  AllowOrigins: ['*'],
  ExposeHeaders: ['date'],
  MaxAge: 86_400,
};
const NO_FUNCTION = { code: 'ResourceNotFoundException', status: 404, message: 'Function does not exist' };
const NO_URL = { code: 'ResourceNotFoundException', status: 404, message: 'The resource you requested does not exist.' };
const MISMATCH = {
  code: 'InvalidParameterValueException',
  status: 400,
  message: 'The derived qualifier from the function name does not match the specified qualifier.',
};
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

type Url = Partial<FunctionUrlConfig>;

function create(
  { lambda }: World,
  FunctionName: string,
  members: Partial<CreateFunctionUrlConfigCommandInput> = {},
): Promise<Url> {
  return lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE', ...members }));
}

function get({ lambda }: World, FunctionName: string, Qualifier?: string): Promise<Url> {
  return lambda.send(new GetFunctionUrlConfigCommand({ FunctionName, Qualifier }));
}

function update({ lambda }: World, FunctionName: string, members: Partial<UpdateFunctionUrlConfigCommandInput>): Promise<Url> {
  return lambda.send(new UpdateFunctionUrlConfigCommand({ FunctionName, ...members }));
}

async function aliased(world: World, names: readonly string[]): Promise<string> {
  const FunctionName = await world.function();
  await world.lambda.send(new PublishVersionCommand({ FunctionName }));
  for (const Name of names) await world.lambda.send(new CreateAliasCommand({ FunctionName, Name, FunctionVersion: '1' }));
  return FunctionName;
}

/** An answer without what is new with each, whose form is checked instead. */
function plain(world: World, answer: Url & { readonly $metadata?: unknown }): Record<string, unknown> {
  const { $metadata: _metadata, FunctionUrl = '', CreationTime = '', LastModifiedTime, ...rest } = answer;
  const { port } = new URL(world.server.endpoint);
  assert.match(FunctionUrl, new RegExp(`^http://[0-9a-z]{32}\\.lambda-url\\.${REGION}\\.localhost:${port}/$`));
  assert.match(CreationTime, TIME);
  if (LastModifiedTime !== undefined) assert.match(LastModifiedTime, TIME);
  return { ...rest, ...(LastModifiedTime === undefined ? {} : { LastModifiedTime: true }) };
}

const CREATE_CASES: readonly ConformanceCase[] = [
  {
    operation: 'CreateFunctionUrlConfig',
    name: 'answers what was given and no more, and nothing of it is stored only',
    run: async (world) => {
      const FunctionName = await world.function();
      const answer = await world.raw('POST', `/2021-10-31/functions/${FunctionName}/url`, { AuthType: 'NONE' });
      assert.equal(answer.status, 201);
      assert.deepEqual(plain(world, answer.json as Url), {
        FunctionArn: world.arn(`function:${FunctionName}`),
        AuthType: 'NONE',
      });
      assert.deepEqual(storedOnly(answer), []);
    },
  },
  {
    operation: 'CreateFunctionUrlConfig',
    name: 'answers Cors and InvokeMode where they are given; credentials for all origins are allowed',
    run: async (world) => {
      const FunctionName = await world.function();
      const members = { AuthType: 'AWS_IAM', Cors: CORS, InvokeMode: 'RESPONSE_STREAM' } as const;
      const answer = await create(world, world.arn(`function:${FunctionName}`), members);
      assert.deepEqual(plain(world, answer), { FunctionArn: world.arn(`function:${FunctionName}`), ...members });
    },
  },
  {
    operation: 'CreateFunctionUrlConfig',
    name: 'gives a function and each of its aliases one URL of their own',
    run: async (world) => {
      const FunctionName = await aliased(world, ['live', 'beta']);
      const urls = [
        await create(world, FunctionName),
        await create(world, FunctionName, { Qualifier: 'live' }),
        await create(world, `${FunctionName}:beta`, { Qualifier: 'beta' }),
      ];
      assert.deepEqual(
        urls.map(({ FunctionArn }) => FunctionArn),
        ['', ':live', ':beta'].map((suffix) => world.arn(`function:${FunctionName}${suffix}`)),
      );
      assert.equal(new Set(urls.map(({ FunctionUrl }) => FunctionUrl)).size, 3);
      for (const [suffix, Qualifier] of [
        ['', undefined],
        [':live', 'live'],
      ] as const) {
        await fails(create(world, FunctionName, { Qualifier }), {
          code: 'ResourceConflictException',
          status: 409,
          message: `Failed to create function url config for [functionArn = ${world.arn(`function:${FunctionName}${suffix}`)}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
        });
      }
    },
  },
  {
    operation: 'CreateFunctionUrlConfig',
    name: 'makes one of many at the same moment',
    run: async (world) => {
      const FunctionName = await world.function();
      const answers = await Promise.allSettled(Array.from({ length: 8 }, () => create(world, FunctionName)));
      const [made, ...more] = answers.filter(({ status }) => status === 'fulfilled');
      assert.deepEqual(more, []);
      const { FunctionUrl } = (made as PromiseFulfilledResult<Url>).value;
      assert.equal((await get(world, FunctionName)).FunctionUrl, FunctionUrl);
    },
  },
  {
    operation: 'CreateFunctionUrlConfig',
    name: 'refuses what is not there, versions, and names that contradict their qualifier',
    run: async (world) => {
      const FunctionName = await aliased(world, ['live']);
      await fails(create(world, world.unique('missing')), NO_FUNCTION);
      await fails(create(world, FunctionName, { Qualifier: 'missing' }), NO_FUNCTION);
      await fails(create(world, `${FunctionName}:live`, { Qualifier: 'other' }), MISMATCH);
      for (const Qualifier of ['$LATEST', '1']) {
        await fails(create(world, FunctionName, { Qualifier }), {
          code: 'ValidationException',
          status: 400,
          message: `1 validation error detected: Value '${Qualifier}' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: ((?!^\\d+$)^[0-9a-zA-Z-_]+$)`,
        });
      }
      const body = await world.raw('POST', `/2021-10-31/functions/${FunctionName}/url`, {});
      assertError(body, 400, 'ValidationException', {
        message: "1 validation error detected: Value null at 'authType' failed to satisfy constraint: Member must not be null",
      });
    },
  },
  {
    operation: 'CreateFunctionUrlConfig',
    name: 'refuses methods that no setting can allow, and functions with tenants',
    run: async (world) => {
      const FunctionName = await world.function();
      await fails(create(world, FunctionName, { Cors: { AllowMethods: ['GET', 'FETCH'] } }), {
        code: 'InvalidParameterValueException',
        status: 400,
        message: 'AllowMethods of a Cors configuration takes *, GET, PUT, POST, HEAD, PATCH, DELETE, and not FETCH.',
      });
      await fails(create(world, FunctionName, { Cors: { AllowMethods: ['OPTIONS'] } }), {
        code: 'ValidationException',
        status: 400,
        message: /at 'cors\.allowMethods' failed to satisfy constraint/,
      });
      await fails(get(world, FunctionName), NO_URL);
      const tenants = await world.function({ TenancyConfig: { TenantIsolationMode: 'PER_TENANT' } });
      await fails(create(world, tenants), {
        code: 'InvalidParameterValueException',
        status: 400,
        message: 'Function URLs are not supported for functions with a tenancy configuration.',
      });
    },
  },
];

const READ_CASES: readonly ConformanceCase[] = [
  {
    operation: 'GetFunctionUrlConfig',
    name: 'shows the default mode, and the time of the creation as that of the last change',
    run: async (world) => {
      const FunctionName = await aliased(world, ['live']);
      const created = await create(world, FunctionName, { Qualifier: 'live' });
      const answer = await get(world, `${FunctionName}:live`);
      assert.equal(answer.FunctionUrl, created.FunctionUrl);
      assert.equal(answer.CreationTime, created.CreationTime);
      assert.equal(answer.LastModifiedTime, created.CreationTime);
      assert.deepEqual(plain(world, answer), {
        FunctionArn: world.arn(`function:${FunctionName}:live`),
        AuthType: 'NONE',
        InvokeMode: 'BUFFERED',
        LastModifiedTime: true,
      });
    },
  },
  {
    operation: 'GetFunctionUrlConfig',
    name: 'finds none where function, alias or URL are missing',
    run: async (world) => {
      const FunctionName = await world.function();
      await fails(get(world, FunctionName), NO_URL);
      await fails(get(world, FunctionName, 'missing'), NO_URL);
      await fails(get(world, world.unique('missing')), NO_URL);
      await fails(get(world, `${FunctionName}:live`, 'other'), MISMATCH);
    },
  },
  {
    operation: 'GetFunctionUrlConfig',
    name: 'keeps none when its function or its alias is deleted, and a new one has another id',
    run: async (world) => {
      const FunctionName = await aliased(world, ['live']);
      const first = await create(world, FunctionName, { Qualifier: 'live' });
      await create(world, FunctionName);
      await world.lambda.send(new DeleteAliasCommand({ FunctionName, Name: 'live' }));
      await fails(get(world, FunctionName, 'live'), NO_URL);
      await world.lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
      const second = await create(world, FunctionName, { Qualifier: 'live' });
      assert.notEqual(second.FunctionUrl, first.FunctionUrl);
      await world.lambda.send(new DeleteFunctionCommand({ FunctionName }));
      await fails(get(world, FunctionName), NO_URL);
      await fails(get(world, FunctionName, 'live'), NO_URL);
    },
  },
  {
    operation: 'ListFunctionUrlConfigs',
    name: 'lists the URLs of a function and of its aliases, page by page',
    run: async (world) => {
      const FunctionName = await aliased(world, ['a', 'b', 'c']);
      for (const Qualifier of [undefined, 'a', 'b', 'c']) await create(world, FunctionName, { Qualifier });
      const whole = await world.lambda.send(new ListFunctionUrlConfigsCommand({ FunctionName }));
      assert.equal(whole.NextMarker, undefined);
      assert.deepEqual(
        whole.FunctionUrlConfigs?.map((config) => plain(world, config)),
        ['', ':a', ':b', ':c'].map((suffix) => ({
          FunctionArn: world.arn(`function:${FunctionName}${suffix}`),
          AuthType: 'NONE',
          InvokeMode: 'BUFFERED',
          LastModifiedTime: true,
        })),
      );
      const first = await world.lambda.send(new ListFunctionUrlConfigsCommand({ FunctionName, MaxItems: 3 }));
      const second = await world.lambda.send(
        new ListFunctionUrlConfigsCommand({ FunctionName, MaxItems: 3, Marker: first.NextMarker }),
      );
      assert.deepEqual([...(first.FunctionUrlConfigs ?? []), ...(second.FunctionUrlConfigs ?? [])], whole.FunctionUrlConfigs);
      assert.equal(second.NextMarker, undefined);
    },
  },
  {
    operation: 'ListFunctionUrlConfigs',
    name: 'is empty without URLs, and refuses functions that are not there and pages that are too large',
    run: async (world) => {
      const FunctionName = await world.function();
      const { FunctionUrlConfigs } = await world.lambda.send(new ListFunctionUrlConfigsCommand({ FunctionName }));
      assert.deepEqual(FunctionUrlConfigs, []);
      await fails(world.lambda.send(new ListFunctionUrlConfigsCommand({ FunctionName: world.unique('missing') })), NO_FUNCTION);
      await fails(world.lambda.send(new ListFunctionUrlConfigsCommand({ FunctionName, MaxItems: 51 })), {
        code: 'ValidationException',
        status: 400,
        message:
          "1 validation error detected: Value '51' at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 50",
      });
    },
  },
];

const WRITE_CASES: readonly ConformanceCase[] = [
  {
    operation: 'UpdateFunctionUrlConfig',
    name: 'changes what is given, keeps the rest, and replaces Cors as a whole',
    run: async (world) => {
      const FunctionName = await world.function();
      const created = await create(world, FunctionName, { Cors: CORS });
      const FunctionArn = world.arn(`function:${FunctionName}`);
      const first = await update(world, FunctionName, { AuthType: 'AWS_IAM' });
      assert.deepEqual(plain(world, first), { FunctionArn, AuthType: 'AWS_IAM', Cors: CORS, LastModifiedTime: true });
      assert.equal(first.FunctionUrl, created.FunctionUrl);
      assert.equal(first.CreationTime, created.CreationTime);
      const second = await update(world, FunctionName, { Cors: { AllowOrigins: ['https://a.example'] } });
      assert.deepEqual(second.Cors, { AllowOrigins: ['https://a.example'] });
      const third = await update(world, FunctionName, { Cors: {}, InvokeMode: 'RESPONSE_STREAM' });
      assert.deepEqual(plain(world, third), {
        FunctionArn,
        AuthType: 'AWS_IAM',
        InvokeMode: 'RESPONSE_STREAM',
        LastModifiedTime: true,
      });
      assert.deepEqual(plain(world, await get(world, FunctionName)), plain(world, third));
    },
  },
  {
    operation: 'UpdateFunctionUrlConfig',
    name: 'loses none of many changes at the same moment',
    run: async (world) => {
      const FunctionName = await world.function();
      await create(world, FunctionName);
      await Promise.all([
        update(world, FunctionName, { AuthType: 'AWS_IAM' }),
        update(world, FunctionName, { Cors: { MaxAge: 7 } }),
        update(world, FunctionName, { InvokeMode: 'RESPONSE_STREAM' }),
      ]);
      const { AuthType, Cors, InvokeMode } = await get(world, FunctionName);
      assert.deepEqual([AuthType, Cors, InvokeMode], ['AWS_IAM', { MaxAge: 7 }, 'RESPONSE_STREAM']);
    },
  },
  {
    operation: 'UpdateFunctionUrlConfig',
    name: 'tells a missing function or alias from a missing URL',
    run: async (world) => {
      const FunctionName = await aliased(world, ['live']);
      await fails(update(world, world.unique('missing'), {}), NO_FUNCTION);
      await fails(update(world, FunctionName, { Qualifier: 'missing' }), NO_FUNCTION);
      await fails(update(world, FunctionName, {}), NO_URL);
      await fails(update(world, FunctionName, { Qualifier: 'live' }), NO_URL);
      await fails(update(world, `${FunctionName}:live`, { Qualifier: 'other' }), MISMATCH);
    },
  },
  {
    operation: 'DeleteFunctionUrlConfig',
    name: 'takes one URL away and leaves the others',
    run: async (world) => {
      const FunctionName = await aliased(world, ['live']);
      await create(world, FunctionName);
      await create(world, FunctionName, { Qualifier: 'live' });
      const answer = await world.raw('DELETE', `/2021-10-31/functions/${FunctionName}/url?Qualifier=live`);
      assert.deepEqual([answer.status, answer.text], [204, '']);
      await fails(get(world, FunctionName, 'live'), NO_URL);
      await get(world, FunctionName);
    },
  },
  {
    operation: 'DeleteFunctionUrlConfig',
    name: 'fails where there is none, and minds no qualifier that contradicts the name',
    run: async (world) => {
      const FunctionName = await aliased(world, ['live']);
      const remove = (name: string, Qualifier?: string): Promise<unknown> =>
        world.lambda.send(new DeleteFunctionUrlConfigCommand({ FunctionName: name, Qualifier }));
      await fails(remove(world.unique('missing')), NO_URL);
      await fails(remove(FunctionName), NO_URL);
      await create(world, FunctionName, { Qualifier: 'live' });
      await remove(`${FunctionName}:other`, 'live');
      await fails(remove(FunctionName, 'live'), NO_URL);
    },
  },
];

/** Cases of function URLs. */
export const FUNCTION_URL_CASES: readonly ConformanceCase[] = [...CREATE_CASES, ...READ_CASES, ...WRITE_CASES];
