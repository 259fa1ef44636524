import assert from 'node:assert/strict';
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  ListVersionsByFunctionCommand,
  type ListVersionsByFunctionCommandInput,
  PublishVersionCommand,
  type PublishVersionCommandInput,
  PutFunctionConcurrencyCommand,
  TagResourceCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  type UpdateFunctionConfigurationCommandInput,
  waitUntilPublishedVersionActive,
} from '@aws-sdk/client-lambda';
import {
  assertError,
  assertHeaders,
  change,
  PENDING,
  plain,
  plainDefaults,
  READY,
  sha256,
  whenReady,
} from './function-answers.ts';
import { gatedWorld } from './gated-world.ts';
import { ACCOUNT, type ConformanceCase, fails, REGION, ROLE, type World } from './world.ts';

const STALE = '00000000-0000-4000-8000-000000000000';
const path = (name: string): string => `/2015-03-31/functions/${name}/versions`;
const notFound = (message: string) => ({ code: 'ResourceNotFoundException', status: 404, message, type: 'User' }) as const;
const invalid = (message: string | RegExp) =>
  ({ code: 'InvalidParameterValueException', status: 400, message, type: 'User' }) as const;

const publish = ({ lambda }: World, FunctionName: string, input: Omit<PublishVersionCommandInput, 'FunctionName'> = {}) =>
  lambda.send(new PublishVersionCommand({ FunctionName, ...input }));
const list = ({ lambda }: World, FunctionName: string, input: Omit<ListVersionsByFunctionCommandInput, 'FunctionName'> = {}) =>
  lambda.send(new ListVersionsByFunctionCommand({ FunctionName, ...input }));

async function revisionOf({ lambda }: World, FunctionName: string, Qualifier?: string): Promise<string | undefined> {
  return (await lambda.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier }))).RevisionId;
}

/** PublishVersion. */
const PUBLISH_CASES: readonly ConformanceCase[] = [
  {
    operation: 'PublishVersion',
    name: 'answers 201 with the configuration under the next number, ready, and a qualified ARN',
    run: async (world) => {
      const name = await world.function({ Description: 'd' });
      const answer = await world.raw('POST', path(name), {});
      assert.equal(answer.status, 201, answer.text);
      assertHeaders(answer);
      const FunctionArn = world.arn(`function:${name}:1`);
      const expected = {
        ...plainDefaults(world, name, await world.code()),
        Description: 'd',
        Version: '1',
        FunctionArn,
        ...READY,
      };
      assert.deepEqual(plain(answer.json), expected);
      const read = await world.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name, Qualifier: '1' }));
      assert.deepEqual(plain(read), expected);
      assert.equal(read.RevisionId, answer.json['RevisionId']);
      const waiter = { client: world.lambda, maxWaitTime: 5, minDelay: 1 };
      await waitUntilPublishedVersionActive(waiter, { FunctionName: name, Qualifier: '1' });
    },
  },
  {
    operation: 'PublishVersion',
    name: 'answers the last version again when nothing has changed; its own description is ignored then',
    run: async (world) => {
      const name = await world.function();
      const first = await publish(world, name, { Description: 'mine' });
      assert.equal(first.Description, 'mine');
      for (const Description of [undefined, 'other', '']) {
        const { $metadata: metadata, ...again } = await publish(world, name, { Description });
        assert.equal(metadata.httpStatusCode, 201);
        const { $metadata: _metadata, ...expected } = first;
        assert.deepEqual(again, expected);
      }
      assert.equal((await list(world, name)).Versions?.length, 2);
    },
  },
  {
    operation: 'PublishVersion',
    name: 'takes its own description, or that of `$LATEST`; the description of `$LATEST` stays',
    run: async (world) => {
      const name = await world.function({ Description: 'latest' });
      assert.equal((await publish(world, name)).Description, 'latest');
      await change(world, name, { Timeout: 4 });
      assert.equal((await publish(world, name, { Description: 'own' })).Description, 'own');
      await change(world, name, { Timeout: 5 });
      assert.equal((await publish(world, name, { Description: '' })).Description, '');
      const latest = await world.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
      assert.equal(latest.Description, 'latest');
    },
  },
  {
    operation: 'PublishVersion',
    name: 'every setting that is published counts as a change, also when it is taken back by the next version',
    run: async (world) => {
      const name = await world.function();
      await publish(world, name);
      const changes: readonly Omit<UpdateFunctionConfigurationCommandInput, 'FunctionName'>[] = [
        { Description: 'x' },
        { Timeout: 4 },
        { MemorySize: 129 },
        { Handler: 'other.handler' },
        { Role: `${ROLE}2` },
        { Environment: { Variables: { AB: 'c' } } },
        { Environment: { Variables: {} } },
        { EphemeralStorage: { Size: 513 } },
        { TracingConfig: { Mode: 'Active' } },
        { LoggingConfig: { LogFormat: 'JSON' } },
        { LoggingConfig: { SystemLogLevel: 'WARN' } },
        { KMSKeyArn: `arn:aws:kms:${REGION}:${ACCOUNT}:key/1` },
        { DeadLetterConfig: { TargetArn: `arn:aws:sqs:${REGION}:${ACCOUNT}:q` } },
        { DeadLetterConfig: { TargetArn: '' } },
        { Timeout: 3 },
      ];
      for (const [index, settings] of changes.entries()) {
        await change(world, name, settings);
        assert.equal((await publish(world, name)).Version, String(index + 2), JSON.stringify(settings));
      }
    },
  },
  {
    operation: 'PublishVersion',
    name: 'other code counts as a change; the same code, equal settings, tags, policies, aliases and concurrency do not',
    run: async (world) => {
      const { lambda } = world;
      const name = await world.function({ Environment: { Variables: { AB: 'c', DE: 'f' } } });
      await publish(world, name);
      const FunctionName = name;
      await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: await world.code() }));
      await whenReady(world, name);
      await change(world, name, { Timeout: 3, Environment: { Variables: { DE: 'f', AB: 'c' } } });
      await lambda.send(new TagResourceCommand({ Resource: world.arn(`function:${name}`), Tags: { a: 'b' } }));
      await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
      await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 1 }));
      const permission = { Action: 'lambda:InvokeFunction', Principal: 's3.amazonaws.com', StatementId: 's' };
      await lambda.send(new AddPermissionCommand({ FunctionName, ...permission }));
      assert.equal((await publish(world, name)).Version, '1');
      await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: await world.code('exports.handler = 2;') }));
      await whenReady(world, name);
      assert.equal((await publish(world, name)).Version, '2');
    },
  },
  {
    operation: 'PublishVersion',
    name: 'the version after one that was deleted is a new one',
    run: async (world) => {
      const name = await world.function();
      await publish(world, name);
      await world.raw('DELETE', `/2015-03-31/functions/${name}?Qualifier=1`);
      assert.equal((await publish(world, name)).Version, '2');
      assert.equal((await publish(world, name)).Version, '2');
    },
  },
  {
    operation: 'PublishVersion',
    name: 'a version keeps what it was published with',
    run: async (world) => {
      const { lambda } = world;
      const name = await world.function({ Environment: { Variables: { AB: 'c' } } });
      const first = await publish(world, name);
      await change(world, name, { Timeout: 9, Environment: { Variables: {} } });
      await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: await world.code('exports.handler = 2;') }));
      await whenReady(world, name);
      await publish(world, name);
      const { $metadata: _a, ...read } = await lambda.send(
        new GetFunctionConfigurationCommand({ FunctionName: name, Qualifier: '1' }),
      );
      const { $metadata: _b, ...expected } = first;
      assert.deepEqual(read, expected);
    },
  },
  {
    operation: 'PublishVersion',
    name: 'gives the version a revision of its own, and `$LATEST` a new one; publishing nothing gives none',
    run: async (world) => {
      const name = await world.function();
      const before = await revisionOf(world, name);
      const { RevisionId } = await publish(world, name);
      const after = await revisionOf(world, name);
      assert.equal(new Set([before, RevisionId, after]).size, 3);
      await publish(world, name);
      assert.equal(await revisionOf(world, name), after);
      assert.equal(await revisionOf(world, name, '1'), RevisionId);
    },
  },
  {
    operation: 'PublishVersion',
    name: 'a hash and a revision that are given must be those of `$LATEST`',
    run: async (world) => {
      const name = await world.function();
      const { CodeSha256 = '', RevisionId } = await whenReady(world, name);
      const other = sha256(Buffer.from('other'));
      await fails(
        publish(world, name, { CodeSha256: other }),
        invalid(
          `CodeSHA256 (${other}) is different from current CodeSHA256 in $LATEST (${CodeSha256}). Please try again with the CodeSHA256 in $LATEST.`,
        ),
      );
      const stale = {
        code: 'PreconditionFailedException',
        status: 412,
        message:
          'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
        type: 'User',
      } as const;
      await fails(publish(world, name, { RevisionId: STALE }), stale);
      await fails(publish(world, name, { RevisionId: STALE, CodeSha256: other }), stale);
      const { Version } = await publish(world, name, { RevisionId, CodeSha256 });
      assert.equal(Version, '1');
      await fails(publish(world, name, { RevisionId }), stale);
    },
  },
  {
    operation: 'PublishVersion',
    name: 'versions with SnapStart or a network are being made at first',
    run: async (world) => {
      const snap = await world.function({ Runtime: 'python3.13', SnapStart: { ApplyOn: 'PublishedVersions' } });
      const made = await publish(world, snap);
      const { LastUpdateStatus, ...pending } = plain(made);
      assert.equal(LastUpdateStatus, undefined);
      assert.deepEqual(pending, { ...pending, ...PENDING });
      const ready = await whenReady(world, snap, '1');
      assert.equal(ready.State, 'Active');
      assert.deepEqual(ready.SnapStart, { ApplyOn: 'PublishedVersions', OptimizationStatus: 'On' });
      const latest = await whenReady(world, snap);
      assert.deepEqual(latest.SnapStart, { ApplyOn: 'PublishedVersions', OptimizationStatus: 'Off' });
      assert.equal((await publish(world, snap)).Version, '1');
      const inNetwork = await world.function({ VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] } });
      assert.equal((await publish(world, inNetwork)).State, 'Pending');
      assert.equal((await whenReady(world, inNetwork, '1')).State, 'Active');
    },
  },
  {
    operation: 'PublishVersion',
    name: 'takes the unqualified function alone, and tells what is not there',
    run: async (world) => {
      const name = await world.function();
      for (const form of [`function:${name}`, world.arn(`function:${name}`), `${name}:$LATEST`])
        assert.equal((await publish(world, form)).Version, '1');
      await fails(publish(world, `${name}:1`), invalid(/^This operation is permitted on Lambda functions only\./));
      await fails(publish(world, 'nobody'), notFound(`Function not found: ${world.arn('function:nobody')}`));
      await fails(
        publish(world, `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:f`),
        notFound(`Functions from 'eu-west-1' are not reachable in this region ('${REGION}')`),
      );
      const foreign = await world.raw('POST', path(`arn:aws:lambda:${REGION}:111122223333:function:f`), {});
      assertError(foreign, 403, 'AccessDeniedException', { Message: null });
      await fails(publish(world, name, { Description: 'd'.repeat(257) }), {
        code: 'ValidationException',
        status: 400,
        message: /at 'description' failed to satisfy constraint: Member must have length less than or equal to 256$/,
      });
      await fails(publish(world, name, { PublishTo: 'LATEST_PUBLISHED' }), invalid(/capacity provider/));
    },
  },
  {
    operation: 'PublishVersion',
    name: 'conflicts with a function that is being made, and with an update that is under way',
    run: async () => {
      const world = await gatedWorld();
      const FunctionName = world.unique('busy');
      const Code = { ZipFile: await world.code() };
      await world.lambda.send(
        new CreateFunctionCommand({ FunctionName, Role: ROLE, Runtime: 'python3.13', Handler: 'a.b', Code }),
      );
      const conflict = (message: string) => ({ code: 'ResourceConflictException', status: 409, message, type: 'User' }) as const;
      await fails(
        publish(world, FunctionName, { CodeSha256: 'x' }),
        conflict('The operation cannot be performed at this time. The function is currently in the following state: Pending'),
      );
      await fails(publish(world, FunctionName, { RevisionId: STALE }), { code: 'PreconditionFailedException', status: 412 });
      await world.open('python3.13');
      await whenReady(world, FunctionName);
      await world.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Runtime: 'python3.14' }));
      await fails(
        publish(world, FunctionName),
        conflict(
          `The operation cannot be performed at this time. An update is in progress for resource: ${world.arn(`function:${FunctionName}`)}`,
        ),
      );
      await world.open('python3.14');
      await whenReady(world, FunctionName);
      assert.equal((await publish(world, FunctionName)).Version, '1');
    },
  },
  {
    operation: 'PublishVersion',
    name: 'of many at once all answer the one version',
    run: async (world) => {
      const name = await world.function();
      const answers = await Promise.all(Array.from({ length: 8 }, () => publish(world, name)));
      assert.deepEqual([...new Set(answers.map(({ Version }) => Version))], ['1']);
      assert.equal(new Set(answers.map(({ RevisionId }) => RevisionId)).size, 1);
    },
  },
];

/** ListVersionsByFunction. */
const LIST_CASES: readonly ConformanceCase[] = [
  {
    operation: 'ListVersionsByFunction',
    name: 'lists `$LATEST` and then the published versions by number, with qualified ARNs and without states',
    run: async (world) => {
      const name = await world.function();
      const arn = world.arn(`function:${name}`);
      for (let turn = 1; turn <= 11; turn += 1) {
        await change(world, name, { Timeout: turn });
        await publish(world, name);
      }
      const { Versions = [], NextMarker } = await list(world, name);
      const numbers = Array.from({ length: 11 }, (_, index) => String(index + 1));
      assert.deepEqual(
        Versions.map(({ Version }) => Version),
        ['$LATEST', ...numbers],
      );
      assert.equal(NextMarker, undefined);
      const { RuntimeVersionConfig: _runtime, ...item } = plainDefaults(world, name, await world.code());
      for (const [index, version] of Versions.entries()) {
        const Version = index === 0 ? '$LATEST' : String(index);
        const Timeout = index === 0 ? 11 : index;
        assert.deepEqual(plain(version), { ...item, Version, Timeout, FunctionArn: `${arn}:${Version}` });
      }
    },
  },
  {
    operation: 'ListVersionsByFunction',
    name: 'pages are as large as asked for and together are everything once; a function with a longer name is another',
    run: async (world) => {
      const name = await world.function();
      await world.function({ FunctionName: `${name}-2` });
      for (let turn = 1; turn <= 4; turn += 1) {
        await change(world, name, { Timeout: turn });
        await publish(world, name);
      }
      const seen: (string | undefined)[] = [];
      const sizes: number[] = [];
      let Marker: string | undefined;
      do {
        const page = await list(world, name, { MaxItems: 2, Marker });
        seen.push(...(page.Versions ?? []).map(({ FunctionArn }) => FunctionArn));
        sizes.push(page.Versions?.length ?? -1);
        Marker = page.NextMarker;
      } while (Marker);
      const arn = world.arn(`function:${name}`);
      assert.deepEqual(seen, [`${arn}:$LATEST`, `${arn}:1`, `${arn}:2`, `${arn}:3`, `${arn}:4`]);
      assert.deepEqual(sizes, [2, 2, 1]);
      assert.equal((await list(world, name, { MaxItems: 10_000 })).Versions?.length, 5);
      assert.equal((await list(world, `${name}-2`)).Versions?.length, 1);
    },
  },
  {
    operation: 'ListVersionsByFunction',
    name: 'numbers out of range, markers that are none and what is not there are refused',
    run: async (world) => {
      const name = await world.function();
      await fails(list(world, name, { MaxItems: 0 }), {
        code: 'ValidationException',
        status: 400,
        message:
          "1 validation error detected: Value '0' at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1",
      });
      await fails(list(world, name, { MaxItems: 10_001 }), { code: 'ValidationException', status: 400 });
      await fails(list(world, name, { Marker: 'made up' }), invalid('The pagination marker is not valid.'));
      await fails(list(world, 'nobody'), notFound(`Function not found: ${world.arn('function:nobody')}`));
      const answer = await world.raw('GET', path('nobody'));
      assertError(answer, 404, 'ResourceNotFoundException', {
        Type: 'User',
        Message: `Function not found: ${world.arn('function:nobody')}`,
      });
      const forms = await list(world, world.arn(`function:${name}`));
      assert.equal(forms.Versions?.length, 1);
    },
  },
];

/** Cases of versions. */
export const VERSION_CASES: readonly ConformanceCase[] = [...PUBLISH_CASES, ...LIST_CASES];
