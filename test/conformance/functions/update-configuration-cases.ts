import assert from 'node:assert/strict';
import {
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  PublishVersionCommand,
  UpdateFunctionConfigurationCommand,
  type UpdateFunctionConfigurationCommandInput,
} from '@aws-sdk/client-lambda';
import { assertError, assertHeaders, change, IN_PROGRESS, plain, READY, storedOnly, whenReady } from '../function-answers.ts';
import { gatedWorld } from '../gated-world.ts';
import { ACCOUNT, type ConformanceCase, fails, REGION, ROLE, type World } from '../world.ts';

const ACCESS_POINT = `arn:aws:elasticfilesystem:${REGION}:${ACCOUNT}:access-point/fsap-0123456789abcdef0`;
const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1`;
const QUEUE = `arn:aws:sqs:${REGION}:${ACCOUNT}:dead`;
const NETWORK = { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] };
const STALE = '00000000-0000-4000-8000-000000000000';
const PRECONDITION = {
  code: 'PreconditionFailedException',
  status: 412,
  message:
    'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
  type: 'User',
} as const;

type Settings = Omit<UpdateFunctionConfigurationCommandInput, 'FunctionName'>;

const update = ({ lambda }: World, FunctionName: string, settings: Settings = {}) =>
  lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, ...settings }));
const invalid = (message: string | RegExp) =>
  ({ code: 'InvalidParameterValueException', status: 400, message, type: 'User' }) as const;
const path = (name: string): string => `/2015-03-31/functions/${name}/configuration`;

/** Without members that are undefined: those that a change takes away. */
function present(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** Makes the changes one after the other; each answer must be what was before but for the difference. */
async function follow(
  world: World,
  FunctionName: string,
  steps: readonly (readonly [Settings, Readonly<Record<string, unknown>>])[],
): Promise<void> {
  let current = plain(await whenReady(world, FunctionName));
  for (const [settings, difference] of steps) {
    current = present({ ...current, ...difference });
    assert.deepEqual(plain(await update(world, FunctionName, settings)), { ...current, ...IN_PROGRESS });
    assert.deepEqual(plain(await whenReady(world, FunctionName)), { ...current, ...READY });
  }
}

/** UpdateFunctionConfiguration. */
export const UPDATE_CONFIGURATION_CASES: readonly ConformanceCase[] = [
  {
    operation: 'UpdateFunctionConfiguration',
    name: 'changes the members that are given and no others, and answers the whole configuration with an update under way',
    run: async (world) => {
      const name = await world.function({ Description: 'first' });
      await follow(world, name, [
        [{}, {}],
        [{ Description: 'second' }, { Description: 'second' }],
        [{ Description: '' }, { Description: '' }],
        [{ Role: `${ROLE}2` }, { Role: `${ROLE}2` }],
        [{ Handler: 'other.handler' }, { Handler: 'other.handler' }],
        [{ Timeout: 900 }, { Timeout: 900 }],
        [{ MemorySize: 10_240 }, { MemorySize: 10_240 }],
        [{ EphemeralStorage: { Size: 1_024 } }, { EphemeralStorage: { Size: 1_024 } }],
        [{ TracingConfig: { Mode: 'Active' } }, { TracingConfig: { Mode: 'Active' } }],
        [
          { Runtime: 'python3.13', Timeout: 3, MemorySize: 128 },
          { Runtime: 'python3.13', Timeout: 3, MemorySize: 128 },
        ],
        [
          { SnapStart: { ApplyOn: 'PublishedVersions' }, EphemeralStorage: { Size: 512 } },
          { SnapStart: { ApplyOn: 'PublishedVersions', OptimizationStatus: 'Off' }, EphemeralStorage: { Size: 512 } },
        ],
        [{ SnapStart: { ApplyOn: 'None' } }, { SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' } }],
      ]);
    },
  },
  {
    operation: 'UpdateFunctionConfiguration',
    name: 'replaces structures as a whole, and takes away what an empty value takes away',
    run: async (world) => {
      const name = await world.function({ Environment: { Variables: { AB: 'c' } } });
      const first = await change(world, name, { VpcConfig: { ...NETWORK, Ipv6AllowedForDualStack: true } });
      const VpcId = first.VpcConfig?.VpcId;
      const mount = { Arn: ACCESS_POINT, LocalMountPath: '/mnt/a' };
      await follow(world, name, [
        [{ Environment: { Variables: { XY: 'z' } } }, { Environment: { Variables: { XY: 'z' } } }],
        [{ Environment: { Variables: {} } }, { Environment: { Variables: {} } }],
        [{ Environment: {} }, { Environment: { Variables: {} } }],
        [{ FileSystemConfigs: [mount] }, { FileSystemConfigs: [mount] }],
        [{ FileSystemConfigs: [] }, { FileSystemConfigs: undefined }],
        [{ KMSKeyArn: KEY }, { KMSKeyArn: KEY }],
        [{ KMSKeyArn: '' }, { KMSKeyArn: undefined }],
        [{ DeadLetterConfig: { TargetArn: QUEUE } }, { DeadLetterConfig: { TargetArn: QUEUE } }],
        [{ DeadLetterConfig: { TargetArn: '' } }, { DeadLetterConfig: undefined }],
        [
          { VpcConfig: { SubnetIds: ['subnet-2'], SecurityGroupIds: ['sg-2'] } },
          { VpcConfig: { SubnetIds: ['subnet-2'], SecurityGroupIds: ['sg-2'], VpcId, Ipv6AllowedForDualStack: false } },
        ],
        [
          { VpcConfig: { SubnetIds: [], SecurityGroupIds: [] } },
          { VpcConfig: { SubnetIds: [], SecurityGroupIds: [], VpcId: '', Ipv6AllowedForDualStack: false } },
        ],
      ]);
    },
  },
  {
    operation: 'UpdateFunctionConfiguration',
    name: 'merges the settings of logs; levels leave with the format JSON',
    run: async (world) => {
      const name = await world.function();
      const LogGroup = `/aws/lambda/${name}`;
      const json = { LogFormat: 'JSON', ApplicationLogLevel: 'INFO', SystemLogLevel: 'INFO', LogGroup } as const;
      await follow(world, name, [
        [{ LoggingConfig: { LogFormat: 'JSON' } }, { LoggingConfig: json }],
        [{ LoggingConfig: { ApplicationLogLevel: 'DEBUG' } }, { LoggingConfig: { ...json, ApplicationLogLevel: 'DEBUG' } }],
        [
          { LoggingConfig: { SystemLogLevel: 'WARN', LogGroup: 'mine' } },
          { LoggingConfig: { ...json, ApplicationLogLevel: 'DEBUG', SystemLogLevel: 'WARN', LogGroup: 'mine' } },
        ],
        [{ LoggingConfig: { LogFormat: 'Text' } }, { LoggingConfig: { LogFormat: 'Text', LogGroup: 'mine' } }],
        [{ LoggingConfig: {} }, { LoggingConfig: { LogFormat: 'Text', LogGroup: 'mine' } }],
        [{ LoggingConfig: { LogFormat: 'JSON' } }, { LoggingConfig: { ...json, LogGroup: 'mine' } }],
      ]);
      const message =
        'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the LogFormat to "JSON" and try again.';
      await fails(update(world, name, { LoggingConfig: { LogFormat: 'Text', SystemLogLevel: 'INFO' } }), invalid(message));
      await change(world, name, { LoggingConfig: { LogFormat: 'Text' } });
      await fails(update(world, name, { LoggingConfig: { ApplicationLogLevel: 'INFO' } }), invalid(message));
    },
  },
  {
    operation: 'UpdateFunctionConfiguration',
    name: 'every update gives a new revision and a new time, also one that changes nothing, and its end another revision',
    run: async (world) => {
      const name = await world.function();
      const before = await whenReady(world, name);
      const during = await update(world, name);
      const after = await whenReady(world, name);
      assert.equal(new Set([before.RevisionId, during.RevisionId, after.RevisionId]).size, 3);
      assert.equal(after.LastModified, during.LastModified);
      assert.ok((during.LastModified ?? '') >= (before.LastModified ?? ''));
    },
  },
  {
    operation: 'UpdateFunctionConfiguration',
    name: 'a revision that is given must be the current one; that is looked at after the function and before its settings',
    run: async (world) => {
      const name = await world.function();
      const { RevisionId } = await whenReady(world, name);
      await fails(update(world, name, { RevisionId: STALE }), PRECONDITION);
      await fails(update(world, name, { RevisionId: STALE, Environment: { Variables: { AWS_REGION: 'x' } } }), PRECONDITION);
      await fails(update(world, 'nobody', { RevisionId: STALE }), { code: 'ResourceNotFoundException', status: 404 });
      await fails(update(world, name, { RevisionId: STALE, Timeout: 0 }), { code: 'ValidationException', status: 400 });
      assert.equal((await change(world, name, { RevisionId, Timeout: 7 })).Timeout, 7);
      await fails(update(world, name, { RevisionId }), PRECONDITION);
      const raw = await world.raw('PUT', path(name), { RevisionId: STALE });
      assertError(raw, 412, 'PreconditionFailedException', { Type: 'User', message: PRECONDITION.message });
    },
  },
  {
    operation: 'UpdateFunctionConfiguration',
    name: 'takes the unqualified function by every form of its name, and no version or alias',
    run: async (world) => {
      const name = await world.function();
      const forms = [`function:${name}`, `${ACCOUNT}:${name}`, world.arn(`function:${name}`), `${name}:$LATEST`];
      for (const form of forms)
        assert.equal((await update(world, form).finally(() => whenReady(world, name))).FunctionName, name);
      await world.lambda.send(new PublishVersionCommand({ FunctionName: name }));
      for (const qualifier of ['1', 'none'])
        await fails(
          update(world, `${name}:${qualifier}`),
          invalid(
            'This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.',
          ),
        );
    },
  },
  {
    operation: 'UpdateFunctionConfiguration',
    name: 'a function that is not there is told with its unqualified ARN',
    run: async (world) => {
      await fails(update(world, 'nobody'), {
        code: 'ResourceNotFoundException',
        status: 404,
        message: `Function not found: ${world.arn('function:nobody')}`,
        type: 'User',
      });
      await fails(update(world, `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:f`), {
        code: 'ResourceNotFoundException',
        status: 404,
        message: `Functions from 'eu-west-1' are not reachable in this region ('${REGION}')`,
      });
      const foreign = await world.raw('PUT', path(`arn:aws:lambda:${REGION}:111122223333:function:f`), {});
      assertError(foreign, 403, 'AccessDeniedException', { Message: null });
    },
  },
  {
    operation: 'UpdateFunctionConfiguration',
    name: 'holds settings to the rules of CreateFunction, in the light of what the function is',
    run: async (world) => {
      const name = await world.function();
      await fails(update(world, name, { Environment: { Variables: { AWS_REGION: 'x' } } }), invalid(/contains reserved keys/));
      await fails(update(world, name, { Timeout: 901 }), invalid(/'Timeout'.*less than or equal to 900$/));
      await fails(update(world, name, { MemorySize: 10_241 }), invalid(/'MemorySize'.*less than or equal to 10240$/));
      await fails(update(world, name, { EphemeralStorage: { Size: 10_241 } }), invalid(/less than or equal to 10240$/));
      await fails(update(world, name, { Runtime: 'python3.7' }), invalid(/^The runtime parameter of python3\.7 is no longer/));
      await fails(update(world, name, { Runtime: 'cobol' as never }), invalid(/^Value cobol at 'runtime' failed/));
      await fails(update(world, name, { DeadLetterConfig: { TargetArn: `${QUEUE}.fifo` } }), invalid(/FIFO/));
      await fails(
        update(world, name, { VpcConfig: { SubnetIds: ['subnet-1'] } }),
        invalid('SubnetIds and SecurityIds must coexist or be both empty list.'),
      );
      await fails(
        update(world, name, { FileSystemConfigs: [{ Arn: ACCESS_POINT, LocalMountPath: '/mnt/a' }] }),
        invalid(`Function must be configured to execute in a VPC to reference access point ${ACCESS_POINT}.`),
      );
      await fails(
        update(world, name, { SnapStart: { ApplyOn: 'PublishedVersions' } }),
        invalid('nodejs24.x is not supported for SnapStart enabled functions.'),
      );
      await fails(
        update(world, name, { ImageConfig: { Command: ['a'] } }),
        invalid("Please don't provide ImageConfig when updating a function with packageType Zip."),
      );
      await fails(
        update(world, name, { DurableConfig: { ExecutionTimeout: 60 } }),
        invalid(/^Durable execution can not be enabled/),
      );
      const snap = await world.function({ Runtime: 'python3.13', SnapStart: { ApplyOn: 'PublishedVersions' } });
      await fails(
        update(world, snap, { Runtime: 'nodejs24.x' }),
        invalid('nodejs24.x is not supported for SnapStart enabled functions.'),
      );
      await fails(update(world, snap, { EphemeralStorage: { Size: 513 } }), invalid(/Ephemeral storage over 512 MB/));
      const unchanged = await whenReady(world, name);
      assert.equal(unchanged.Timeout, 3);
      assert.equal(unchanged.LastUpdateStatus, 'Successful');
    },
  },
  {
    operation: 'UpdateFunctionConfiguration',
    name: 'shapes are checked as in CreateFunction',
    run: async (world) => {
      const violates = (members: object, at: string): Promise<void> =>
        world.raw('PUT', path('f'), members).then((answer) => {
          assert.equal(answer.headers['x-amzn-errortype'], 'ValidationException', answer.text);
          assert.deepEqual(Object.keys(answer.json), ['message']);
          assert.ok(String(answer.json['message']).includes(`at '${at}' failed to satisfy constraint: `), answer.text);
        });
      await violates({ Role: 'r' }, 'role');
      await violates({ Handler: 'a b' }, 'handler');
      await violates({ Description: 'd'.repeat(257) }, 'description');
      await violates({ Timeout: 5_401 }, 'timeout');
      await violates({ MemorySize: 127 }, 'memorySize');
      await violates({ EphemeralStorage: {} }, 'ephemeralStorage.size');
      await violates({ Environment: { Variables: { A: 'b' } } }, 'environment.variables');
      await violates({ LoggingConfig: { LogGroup: '' } }, 'loggingConfig.logGroup');
      await violates({ FileSystemConfigs: [{ Arn: ACCESS_POINT }] }, 'fileSystemConfigs.1.member.localMountPath');
      await violates({ Layers: ['x'] }, 'layers');
      const two = await world.raw('PUT', path('f'), { Timeout: 0, MemorySize: 1 });
      assert.match(String(two.json['message']), /^2 validation errors detected: Value .*; Value .*/);
    },
  },
  {
    operation: 'UpdateFunctionConfiguration',
    name: 'says which of the settings have no effect yet, and nothing of the others',
    run: async (world) => {
      const name = await world.function();
      const settings = {
        VpcConfig: NETWORK,
        DeadLetterConfig: { TargetArn: QUEUE },
        KMSKeyArn: KEY,
        TracingConfig: { Mode: 'Active' },
        FileSystemConfigs: [{ Arn: ACCESS_POINT, LocalMountPath: '/mnt/a' }],
        Description: 'x',
      };
      const answer = await world.raw('PUT', path(name), settings);
      assert.equal(answer.status, 200, answer.text);
      assertHeaders(answer);
      assert.deepEqual(storedOnly(answer), ['FileSystemConfigs', 'KMSKeyArn', 'TracingConfig', 'VpcConfig']);
      await whenReady(world, name);
      const cleared = await world.raw('PUT', path(name), {
        VpcConfig: { SubnetIds: [], SecurityGroupIds: [] },
        DeadLetterConfig: { TargetArn: '' },
        KMSKeyArn: '',
        TracingConfig: { Mode: 'PassThrough' },
        FileSystemConfigs: [],
        Timeout: 5,
      });
      assert.deepEqual(storedOnly(cleared), [], cleared.text);
    },
  },
  {
    operation: 'UpdateFunctionConfiguration',
    name: 'a runtime that this machine lacks fails the update and leaves the function active; the next update mends it',
    run: async (world) => {
      const name = await world.function();
      await update(world, name, { Runtime: 'ruby3.4' });
      const failed = await whenReady(world, name);
      assert.equal(failed.State, 'Active');
      assert.equal(failed.StateReason, undefined);
      assert.equal(failed.LastUpdateStatus, 'Failed');
      assert.equal(failed.LastUpdateStatusReasonCode, 'InvalidRuntime');
      assert.match(failed.LastUpdateStatusReason ?? '', /ruby3\.4/);
      await update(world, name, { Runtime: 'nodejs24.x' });
      const mended = plain(await whenReady(world, name));
      assert.deepEqual(mended, { ...mended, ...READY });
      assert.ok(!('LastUpdateStatusReason' in mended) && !('LastUpdateStatusReasonCode' in mended));
    },
  },
  {
    operation: 'UpdateFunctionConfiguration',
    name: 'a function that has failed may be changed; it keeps its reason until it is ready',
    run: async (world) => {
      const FunctionName = world.unique('failed');
      await world.lambda.send(
        new CreateFunctionCommand({
          FunctionName,
          Role: ROLE,
          Runtime: 'ruby3.4',
          Handler: 'a.b',
          Code: { ZipFile: await world.code() },
        }),
      );
      const failed = await whenReady(world, FunctionName);
      const states = { State: 'Failed', StateReason: failed.StateReason, StateReasonCode: 'InvalidRuntime' };
      assert.deepEqual({ ...failed, ...states }, failed);
      const updating = await update(world, FunctionName, { Timeout: 5 });
      assert.deepEqual({ ...updating, ...states, LastUpdateStatus: 'InProgress' }, updating);
      const again = await whenReady(world, FunctionName);
      assert.deepEqual({ ...again, ...states, LastUpdateStatus: 'Failed' }, again);
      await update(world, FunctionName, { Runtime: 'nodejs24.x' });
      const mended = plain(await whenReady(world, FunctionName));
      assert.deepEqual({ ...mended, ...READY }, mended);
      assert.ok(!('StateReason' in mended) && !('StateReasonCode' in mended));
    },
  },
  {
    operation: 'UpdateFunctionConfiguration',
    name: 'conflicts with a function that is being made, and with an update that is under way; revisions are told first',
    run: async () => {
      const world = await gatedWorld();
      const FunctionName = world.unique('busy');
      const arn = world.arn(`function:${FunctionName}`);
      const conflict = (message: string) => ({ code: 'ResourceConflictException', status: 409, message, type: 'User' }) as const;
      const Code = { ZipFile: await world.code() };
      await world.lambda.send(
        new CreateFunctionCommand({ FunctionName, Role: ROLE, Runtime: 'python3.9', Handler: 'a.b', Code }),
      );
      const pending = 'The operation cannot be performed at this time. The function is currently in the following state: Pending';
      await fails(update(world, FunctionName), conflict(pending));
      await fails(update(world, FunctionName, { Environment: { Variables: { AWS_REGION: 'x' } } }), conflict(pending));
      await fails(update(world, FunctionName, { RevisionId: STALE }), PRECONDITION);
      const raw = await world.raw('PUT', path(FunctionName), {});
      assertError(raw, 409, 'ResourceConflictException', { Type: 'User', message: pending });
      await world.open('python3.9');
      await whenReady(world, FunctionName);
      await update(world, FunctionName, { Runtime: 'python3.10' });
      const busy = `The operation cannot be performed at this time. An update is in progress for resource: ${arn}`;
      await fails(update(world, FunctionName), conflict(busy));
      await fails(update(world, FunctionName, { RevisionId: STALE }), PRECONDITION);
      const during = await world.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
      assert.deepEqual(plain(during), { ...plain(during), ...IN_PROGRESS });
      await world.open('python3.10');
      await whenReady(world, FunctionName);
      await change(world, FunctionName, { Timeout: 9 });
    },
  },
  {
    operation: 'UpdateFunctionConfiguration',
    name: 'of updates at once each that is answered has its effect, and the others conflict',
    run: async (world) => {
      const name = await world.function();
      const tries = await Promise.allSettled(
        Array.from({ length: 6 }, (_, turn) => update(world, name, { Environment: { Variables: { [`TURN${turn}`]: 'x' } } })),
      );
      for (const lost of tries)
        if (lost.status === 'rejected')
          await fails(Promise.reject(lost.reason), {
            code: 'ResourceConflictException',
            status: 409,
            message: `The operation cannot be performed at this time. An update is in progress for resource: ${world.arn(`function:${name}`)}`,
          });
      const won = tries.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
      assert.ok(won.length >= 1);
      const kept = await whenReady(world, name);
      assert.ok(won.some(({ Environment }) => JSON.stringify(Environment) === JSON.stringify(kept.Environment)));
    },
  },
];
