import assert from 'node:assert/strict';
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  InvokeCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  TagResourceCommand,
} from '@aws-sdk/client-lambda';
import { clientOptions } from '../../e2e/server.ts';
import {
  assertError,
  assertHeaders,
  PENDING,
  plain,
  plainDefaults,
  READY,
  sha256,
  storedOnly,
  whenReady,
} from '../function-answers.ts';
import { gatedWorld } from '../gated-world.ts';
import { ACCOUNT, type ConformanceCase, eventually, fails, REGION, ROLE, type World } from '../world.ts';

const FUNCTIONS = '/2015-03-31/functions';
const MOUNT = {
  Arn: `arn:aws:elasticfilesystem:${REGION}:${ACCOUNT}:access-point/fsap-0123456789abcdef0`,
  LocalMountPath: '/mnt/data',
};
const NETWORK = { SubnetIds: ['subnet-1', 'subnet-2'], SecurityGroupIds: ['sg-1'], Ipv6AllowedForDualStack: true };
const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1`;
const QUEUE = `arn:aws:sqs:${REGION}:${ACCOUNT}:dead`;

async function create(world: World, input: Partial<CreateFunctionCommandInput> = {}): Promise<Record<string, unknown>> {
  const answer = await world.lambda.send(
    new CreateFunctionCommand({
      FunctionName: world.unique('create'),
      Role: ROLE,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      ...input,
      Code: input.Code ?? { ZipFile: await world.code() },
    }),
  );
  assert.equal(answer.$metadata.httpStatusCode, 201);
  return plain(answer);
}

/** The same as it travels, without the client's help. */
async function body(world: World, more: Readonly<Record<string, unknown>> = {}): Promise<Record<string, unknown>> {
  return {
    FunctionName: world.unique('create'),
    Role: ROLE,
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Code: { ZipFile: (await world.code()).toString('base64') },
    ...more,
  };
}

/** CreateFunction: what it answers. The rules that it holds requests to are in `create-function-rule-cases.ts`. */
export const CREATE_FUNCTION_CASES: readonly ConformanceCase[] = [
  {
    operation: 'CreateFunction',
    name: 'answers every default, and the same is read back once the function is active',
    run: async (world) => {
      const FunctionName = world.unique('create');
      const zip = await world.code();
      const expected = plainDefaults(world, FunctionName, zip);
      assert.deepEqual(await create(world, { FunctionName }), { ...expected, ...PENDING });
      await whenReady(world, FunctionName);
      const read = await world.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
      assert.deepEqual(plain(read), { ...expected, ...READY });
    },
  },
  {
    operation: 'CreateFunction',
    name: 'answers 201 with the headers of every answer, also to a path that ends in a slash',
    run: async (world) => {
      for (const path of [FUNCTIONS, `${FUNCTIONS}/`]) {
        const answer = await world.raw('POST', path, await body(world));
        assert.equal(answer.status, 201, answer.text);
        assert.equal(answer.headers['content-type'], 'application/json');
        assertHeaders(answer);
        assert.deepEqual(storedOnly(answer), []);
        assert.ok(!answer.text.includes('null'), 'absent members are left out');
      }
    },
  },
  {
    operation: 'CreateFunction',
    name: 'answers every member that was set, and says which of them have no effect yet',
    run: async (world) => {
      const FunctionName = world.unique('create');
      const zip = await world.code();
      const members = {
        Description: 'a function',
        Timeout: 900,
        MemorySize: 10_240,
        Environment: { Variables: { AB: 'c', TZ: 'UTC', LD_LIBRARY_PATH: '/x' } },
        KMSKeyArn: KEY,
        DeadLetterConfig: { TargetArn: QUEUE },
        TracingConfig: { Mode: 'Active' },
        FileSystemConfigs: [MOUNT],
        EphemeralStorage: { Size: 10_240 },
        LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'TRACE', SystemLogLevel: 'WARN', LogGroup: '/a/b.c-d_e#f' },
        Architectures: ['arm64'],
        PackageType: 'Zip',
      };
      const answer = await world.raw(
        'POST',
        FUNCTIONS,
        await body(world, { ...members, FunctionName, VpcConfig: NETWORK, Tags: { a: 'b' }, CodeSigningConfigArn: undefined }),
      );
      assert.equal(answer.status, 201, answer.text);
      const { VpcConfig, ...rest } = answer.json;
      assert.deepEqual(plain(rest), { ...plainDefaults(world, FunctionName, zip), ...members, ...PENDING });
      const { VpcId, ...network } = VpcConfig as { VpcId: string };
      assert.deepEqual(network, NETWORK);
      assert.match(VpcId, /^vpc-[0-9a-f]{17}$/);
      const expected = ['FileSystemConfigs', 'KMSKeyArn', 'TracingConfig', 'VpcConfig'];
      if (process.arch === 'x64') expected.push('Architectures');
      assert.deepEqual(storedOnly(answer), expected.toSorted());
      const { Configuration, Tags } = await world.lambda.send(new GetFunctionCommand({ FunctionName }));
      assert.deepEqual(Tags, { a: 'b' });
      assert.deepEqual(Configuration?.VpcConfig, VpcConfig);
    },
  },
  {
    operation: 'CreateFunction',
    name: 'says nothing of settings that ask for nothing',
    run: async (world) => {
      const nothing = {
        TracingConfig: { Mode: 'PassThrough' },
        SnapStart: { ApplyOn: 'None' },
        VpcConfig: { SubnetIds: [], SecurityGroupIds: [] },
        DeadLetterConfig: { TargetArn: '' },
        KMSKeyArn: '',
        FileSystemConfigs: [],
        Architectures: [process.arch === 'arm64' ? 'arm64' : 'x86_64'],
        Layers: [],
      };
      const answer = await world.raw('POST', FUNCTIONS, await body(world, nothing));
      assert.equal(answer.status, 201, answer.text);
      assert.deepEqual(storedOnly(answer), []);
      for (const absent of ['DeadLetterConfig', 'KMSKeyArn', 'FileSystemConfigs', 'Layers', 'Environment'])
        assert.ok(!(absent in answer.json), absent);
    },
  },
  {
    operation: 'CreateFunction',
    name: 'an environment is answered when one was given, also an empty one',
    run: async (world) => {
      assert.equal((await create(world))['Environment'], undefined);
      assert.deepEqual((await create(world, { Environment: {} }))['Environment'], { Variables: {} });
      assert.deepEqual((await create(world, { Environment: { Variables: {} } }))['Environment'], { Variables: {} });
    },
  },
  {
    operation: 'CreateFunction',
    name: 'JSON logs have both levels at INFO when none is given',
    run: async (world) => {
      const FunctionName = world.unique('create');
      const LogGroup = `/aws/lambda/${FunctionName}`;
      const answer = await create(world, { FunctionName, LoggingConfig: { LogFormat: 'JSON' } });
      assert.deepEqual(answer['LoggingConfig'], {
        LogFormat: 'JSON',
        ApplicationLogLevel: 'INFO',
        SystemLogLevel: 'INFO',
        LogGroup,
      });
      const named = await create(world, { LoggingConfig: { LogGroup: 'mine' } });
      assert.deepEqual(named['LoggingConfig'], { LogFormat: 'Text', LogGroup: 'mine' });
    },
  },
  {
    operation: 'CreateFunction',
    name: 'SnapStart is answered as off on $LATEST and said to be stored only',
    run: async (world) => {
      const answer = await world.raw(
        'POST',
        FUNCTIONS,
        await body(world, { Runtime: 'python3.13', SnapStart: { ApplyOn: 'PublishedVersions' } }),
      );
      assert.deepEqual(answer.json['SnapStart'], { ApplyOn: 'PublishedVersions', OptimizationStatus: 'Off' });
      assert.deepEqual(storedOnly(answer), ['SnapStart']);
    },
  },
  {
    operation: 'CreateFunction',
    name: 'Publish answers version 1 with the unqualified ARN; it is read as :1',
    run: async (world) => {
      const FunctionName = world.unique('create');
      const zip = await world.code();
      const expected = plainDefaults(world, FunctionName, zip);
      assert.deepEqual(await create(world, { FunctionName, Publish: true }), { ...expected, Version: '1', ...PENDING });
      await whenReady(world, FunctionName, '1');
      const latest = await whenReady(world, FunctionName);
      const first = await world.lambda.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier: '1' }));
      const FunctionArn = world.arn(`function:${FunctionName}:1`);
      assert.deepEqual(plain(first), { ...expected, Version: '1', FunctionArn, ...READY });
      assert.notEqual(first.RevisionId, latest.RevisionId);
    },
  },
  {
    operation: 'CreateFunction',
    name: 'takes the name in every form without a qualifier',
    run: async (world) => {
      const forms = [
        (name: string) => `function:${name}`,
        (name: string) => `${ACCOUNT}:${name}`,
        (name: string) => `${ACCOUNT}:function:${name}`,
        (name: string) => `${REGION}:${ACCOUNT}:${name}`,
        (name: string) => `${REGION}:${ACCOUNT}:function:${name}`,
        (name: string) => world.arn(`function:${name}`),
      ];
      for (const form of forms) {
        const name = world.unique('create');
        const answer = await create(world, { FunctionName: form(name) });
        assert.equal(answer['FunctionName'], name, form(name));
        assert.equal(answer['FunctionArn'], world.arn(`function:${name}`));
      }
      assert.equal((await create(world, { FunctionName: 'function' }))['FunctionName'], 'function');
      await fails(create(world, { FunctionName: world.arn('function') }), {
        code: 'ResourceConflictException',
        status: 409,
        message: 'Function already exist: function',
      });
    },
  },
  {
    operation: 'CreateFunction',
    name: 'of many at once with one name exactly one succeeds',
    run: async (world) => {
      const FunctionName = world.unique('create');
      const ZipFile = await world.code();
      const tries = await Promise.allSettled(
        Array.from({ length: 8 }, (_, turn) => create(world, { FunctionName, Code: { ZipFile }, Description: String(turn) })),
      );
      const won = tries.filter(({ status }) => status === 'fulfilled');
      assert.equal(won.length, 1);
      for (const lost of tries)
        if (lost.status === 'rejected')
          await fails(Promise.reject(lost.reason), {
            code: 'ResourceConflictException',
            status: 409,
            message: `Function already exist: ${FunctionName}`,
            type: 'User',
          });
      const [winner] = won;
      const read = await world.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
      assert.equal(read.Description, winner?.status === 'fulfilled' ? winner.value['Description'] : '');
    },
  },
  {
    operation: 'CreateFunction',
    name: 'a name that is taken is told before what is wrong with the settings, but after their shapes',
    run: async (world) => {
      const FunctionName = await world.function();
      const conflict = { code: 'ResourceConflictException', status: 409, message: `Function already exist: ${FunctionName}` };
      await fails(create(world, { FunctionName, Environment: { Variables: { AWS_REGION: 'x' } } }), conflict);
      await fails(create(world, { FunctionName, Code: {} }), conflict);
      await fails(create(world, { FunctionName, Timeout: 0 }), { code: 'ValidationException', status: 400 });
      const answer = await world.raw('POST', FUNCTIONS, await body(world, { FunctionName }));
      assertError(answer, 409, 'ResourceConflictException', {
        Type: 'User',
        message: `Function already exist: ${FunctionName}`,
      });
    },
  },
  {
    operation: 'CreateFunction',
    name: 'a function belongs to its account and region and is not seen from another',
    run: async (world) => {
      const FunctionName = await world.function();
      const options = clientOptions(world.server);
      const elsewhere = new LambdaClient({ ...options, region: 'eu-west-1', maxAttempts: 1 });
      const other = new LambdaClient({
        ...options,
        credentials: { accessKeyId: '111122223333', secretAccessKey: 'x' },
        maxAttempts: 1,
      });
      for (const [client, place] of [
        [elsewhere, `eu-west-1:${ACCOUNT}`],
        [other, `${REGION}:111122223333`],
      ] as const) {
        await fails(client.send(new GetFunctionCommand({ FunctionName })), {
          code: 'ResourceNotFoundException',
          status: 404,
          message: `Function not found: arn:aws:lambda:${place}:function:${FunctionName}`,
        });
        client.destroy();
      }
    },
  },
  {
    operation: 'CreateFunction',
    name: 'a runtime that this machine lacks makes the function Failed, with the reason',
    run: async (world) => {
      const FunctionName = world.unique('create');
      const answer = await create(world, { FunctionName, Runtime: 'ruby3.4' });
      assert.equal(answer['State'], 'Pending');
      const failed = await whenReady(world, FunctionName);
      assert.equal(failed.State, 'Failed');
      assert.equal(failed.StateReasonCode, 'InvalidRuntime');
      assert.match(failed.StateReason ?? '', /ruby3\.4/);
      assert.equal(failed.LastUpdateStatus, 'Failed');
      assert.equal(failed.LastUpdateStatusReasonCode, 'InvalidRuntime');
    },
  },
  {
    operation: 'CreateFunction',
    name: 'is Pending until the runtime was found, and has a new revision afterwards',
    run: async () => {
      const world = await gatedWorld();
      const FunctionName = world.unique('create');
      const created = await world.lambda.send(
        new CreateFunctionCommand({
          FunctionName,
          Role: ROLE,
          Runtime: 'python3.8',
          Handler: 'a.b',
          Code: { ZipFile: await world.code() },
        }),
      );
      const pending = await world.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
      assert.deepEqual(plain(pending), plain(created));
      assert.equal(pending.RevisionId, created.RevisionId);
      await world.open('python3.8', 'missing');
      const failed = await whenReady(world, FunctionName);
      assert.equal(failed.State, 'Failed');
      assert.notEqual(failed.RevisionId, created.RevisionId);
      const again = world.unique('create');
      await create(world, { FunctionName: again, Runtime: 'python3.8' });
      await world.open('python3.8');
      const ready = await whenReady(world, again);
      assert.deepEqual(plain(ready), { ...plain(ready), ...READY });
      assert.equal(ready.StateReason, undefined);
      assert.equal(ready.StateReasonCode, undefined);
    },
  },
  {
    operation: 'CreateFunction',
    name: 'while the function is being made all but its code and settings may be read and changed, and nothing of it is lost',
    run: async () => {
      const world = await gatedWorld();
      const { lambda } = world;
      const FunctionName = world.unique('create');
      const Code = { ZipFile: await world.code() };
      const made = await lambda.send(
        new CreateFunctionCommand({ FunctionName, Role: ROLE, Runtime: 'python3.15', Handler: 'a.b', Code }),
      );
      const FunctionArn = made.FunctionArn ?? '';
      await lambda.send(new TagResourceCommand({ Resource: FunctionArn, Tags: { a: 'b' } }));
      await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '$LATEST' }));
      await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 2 }));
      const permission = { Action: 'lambda:InvokeFunction', Principal: 's3.amazonaws.com', StatementId: 's' };
      await lambda.send(new AddPermissionCommand({ FunctionName, ...permission }));
      const pending = await lambda.send(new GetFunctionCommand({ FunctionName, Qualifier: 'live' }));
      assert.equal(pending.Configuration?.State, 'Pending');
      assert.notEqual(pending.Configuration.RevisionId, made.RevisionId);
      await fails(lambda.send(new InvokeCommand({ FunctionName })), {
        code: 'ResourceConflictException',
        status: 409,
        message: 'The operation cannot be performed at this time. The function is currently in the following state: Pending',
        type: 'User',
      });
      await world.open('python3.15');
      const ready = await whenReady(world, FunctionName);
      assert.equal(ready.State, 'Active');
      assert.notEqual(ready.RevisionId, pending.Configuration.RevisionId);
      const { Tags, Concurrency } = await lambda.send(new GetFunctionCommand({ FunctionName }));
      assert.deepEqual({ Tags, Concurrency }, { Tags: { a: 'b' }, Concurrency: { ReservedConcurrentExecutions: 2 } });
      assert.ok((await lambda.send(new GetPolicyCommand({ FunctionName }))).Policy);
    },
  },
  {
    operation: 'CreateFunction',
    name: 'stores the package: its hash and size are those of the zip, and other packages are other functions',
    run: async (world) => {
      const zips = [await world.code('exports.handler = 1;'), await world.code('exports.handler = 2;')];
      for (const ZipFile of zips) {
        const answer = await create(world, { Code: { ZipFile } });
        assert.equal(answer['CodeSha256'], sha256(ZipFile));
        assert.equal(answer['CodeSize'], ZipFile.length);
      }
    },
  },
  {
    operation: 'CreateFunction',
    name: 'names may be deleted and used again',
    run: async (world) => {
      const FunctionName = await world.function({ Description: 'first' });
      const gone = await world.raw('DELETE', `${FUNCTIONS}/${FunctionName}`);
      assert.equal(gone.status, 204);
      await world.function({ FunctionName, Description: 'second' });
      const read = await eventually(
        () => world.lambda.send(new GetFunctionConfigurationCommand({ FunctionName })),
        ({ State }) => State === 'Active',
      );
      assert.equal(read.Description, 'second');
    },
  },
];
