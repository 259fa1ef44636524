import assert from 'node:assert/strict';
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  UpdateFunctionCodeCommand,
  type UpdateFunctionCodeCommandInput,
} from '@aws-sdk/client-lambda';
import {
  assertError,
  assertHeaders,
  IN_PROGRESS,
  PENDING,
  plain,
  plainDefaults,
  READY,
  sha256,
  storedOnly,
  whenReady,
} from '../function-answers.ts';
import { gatedWorld } from '../gated-world.ts';
import { ACCOUNT, type ConformanceCase, fails, REGION, ROLE, type World } from '../world.ts';

const STALE = '00000000-0000-4000-8000-000000000000';
const OTHER = 'exports.handler = async () => 2;';
const path = (name: string): string => `/2015-03-31/functions/${name}/code`;
const invalid = (message: string | RegExp) =>
  ({ code: 'InvalidParameterValueException', status: 400, message, type: 'User' }) as const;

const update = ({ lambda }: World, FunctionName: string, input: Omit<UpdateFunctionCodeCommandInput, 'FunctionName'>) =>
  lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ...input }));

async function pendingFunction(world: World, Runtime: CreateFunctionCommandInput['Runtime']): Promise<string> {
  const FunctionName = world.unique('busy');
  const Code = { ZipFile: await world.code() };
  await world.lambda.send(new CreateFunctionCommand({ FunctionName, Role: ROLE, Runtime, Handler: 'a.b', Code }));
  return FunctionName;
}

/** UpdateFunctionCode. */
export const UPDATE_CODE_CASES: readonly ConformanceCase[] = [
  {
    operation: 'UpdateFunctionCode',
    name: 'replaces the code and answers the whole configuration with an update under way',
    run: async (world) => {
      const name = await world.function();
      const before = await whenReady(world, name);
      const ZipFile = await world.code(OTHER);
      const during = await update(world, name, { ZipFile });
      const expected = plainDefaults(world, name, ZipFile);
      assert.deepEqual(plain(during), { ...expected, ...IN_PROGRESS });
      const after = await whenReady(world, name);
      assert.deepEqual(plain(after), { ...expected, ...READY });
      assert.equal(new Set([before.RevisionId, during.RevisionId, after.RevisionId]).size, 3);
      assert.notEqual(before.CodeSha256, after.CodeSha256);
    },
  },
  {
    operation: 'UpdateFunctionCode',
    name: 'takes the same code again, with a new revision',
    run: async (world) => {
      const name = await world.function();
      const before = await whenReady(world, name);
      const during = await update(world, name, { ZipFile: await world.code() });
      assert.equal(during.CodeSha256, before.CodeSha256);
      assert.equal(during.LastUpdateStatus, 'InProgress');
      assert.notEqual(during.RevisionId, before.RevisionId);
      await whenReady(world, name);
    },
  },
  {
    operation: 'UpdateFunctionCode',
    name: 'a dry run answers what would be and changes nothing',
    run: async (world) => {
      const name = await world.function();
      const before = await world.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
      const ZipFile = await world.code(OTHER);
      const { $metadata: _a, ...would } = await update(world, name, { ZipFile, DryRun: true, Publish: true });
      const { $metadata: _b, ...kept } = before;
      assert.deepEqual(would, { ...kept, CodeSha256: sha256(ZipFile), CodeSize: ZipFile.length });
      const { $metadata: _c, ...after } = await world.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
      assert.deepEqual(after, kept);
      await fails(update(world, name, { ZipFile: Buffer.from('no zip'), DryRun: true }), invalid(/^Could not unzip/));
      await fails(world.lambda.send(new GetFunctionCommand({ FunctionName: name, Qualifier: '1' })), {
        code: 'ResourceNotFoundException',
        status: 404,
      });
    },
  },
  {
    operation: 'UpdateFunctionCode',
    name: 'Publish answers the new version, which is being made; the same code again is the same version',
    run: async (world) => {
      const name = await world.function({ Description: 'd' });
      const ZipFile = await world.code(OTHER);
      const answer = await update(world, name, { ZipFile, Publish: true });
      const FunctionArn = world.arn(`function:${name}:1`);
      const expected = { ...plainDefaults(world, name, ZipFile), Description: 'd', Version: '1', FunctionArn };
      assert.deepEqual(plain(answer), { ...expected, ...PENDING });
      const version = await whenReady(world, name, '1');
      assert.deepEqual(plain(version), { ...expected, ...READY });
      const latest = await whenReady(world, name);
      assert.equal(latest.CodeSha256, sha256(ZipFile));
      assert.notEqual(latest.RevisionId, version.RevisionId);
      const again = await update(world, name, { ZipFile, Publish: true });
      assert.deepEqual(plain(again), plain(version));
      assert.equal(again.RevisionId, version.RevisionId);
      await whenReady(world, name);
    },
  },
  {
    operation: 'UpdateFunctionCode',
    name: 'changes the architecture when one is given, keeps it otherwise, and says that the host has another',
    run: async (world) => {
      const name = await world.function();
      const ZipFile = (await world.code(OTHER)).toString('base64');
      const foreign = process.arch === 'arm64' ? 'x86_64' : 'arm64';
      const answer = await world.raw('PUT', path(name), { ZipFile, Architectures: [foreign] });
      assert.equal(answer.status, 200, answer.text);
      assertHeaders(answer);
      assert.deepEqual(answer.json['Architectures'], [foreign]);
      assert.deepEqual(storedOnly(answer), ['Architectures']);
      await whenReady(world, name);
      const kept = await world.raw('PUT', path(name), { ZipFile });
      assert.deepEqual(kept.json['Architectures'], [foreign]);
      assert.deepEqual(storedOnly(kept), []);
      await whenReady(world, name);
    },
  },
  {
    operation: 'UpdateFunctionCode',
    name: 'a key for the package that is not given again is gone',
    run: async (world) => {
      const name = await world.function();
      const ZipFile = await world.code(OTHER);
      const key = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1`;
      const read = async () => (await world.lambda.send(new GetFunctionCommand({ FunctionName: name }))).Code?.SourceKMSKeyArn;
      await update(world, name, { ZipFile, SourceKMSKeyArn: key });
      await whenReady(world, name);
      assert.equal(await read(), key);
      await update(world, name, { ZipFile });
      await whenReady(world, name);
      assert.equal(await read(), undefined);
    },
  },
  {
    operation: 'UpdateFunctionCode',
    name: 'images, and publishing to $LATEST.PUBLISHED, are for other functions',
    run: async (world) => {
      const name = await world.function();
      const message = "Please don't provide ImageUri when updating a function with packageType Zip.";
      await fails(update(world, name, { ImageUri: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/a:b` }), invalid(message));
      await fails(update(world, name, { ImageUri: 'a:b', ZipFile: await world.code() }), invalid(message));
      await fails(
        update(world, name, { ZipFile: await world.code(), PublishTo: 'LATEST_PUBLISHED' }),
        invalid(/capacity provider/),
      );
      assert.equal((await whenReady(world, name)).LastUpdateStatus, 'Successful');
    },
  },
  {
    operation: 'UpdateFunctionCode',
    name: 'the revision is looked at after the function, before the state, and before the code',
    run: async (world) => {
      const name = await world.function();
      const { RevisionId } = await whenReady(world, name);
      const stale = {
        code: 'PreconditionFailedException',
        status: 412,
        message:
          'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
        type: 'User',
      } as const;
      await fails(update(world, name, { RevisionId: STALE }), stale);
      await fails(update(world, name, { RevisionId: STALE, ImageUri: 'a:b' }), stale);
      await fails(update(world, 'nobody', { RevisionId: STALE }), {
        code: 'ResourceNotFoundException',
        status: 404,
        message: `Function not found: ${world.arn('function:nobody')}`,
        type: 'User',
      });
      const ZipFile = await world.code(OTHER);
      await update(world, name, { RevisionId, ZipFile });
      await whenReady(world, name);
      await fails(update(world, name, { RevisionId, ZipFile }), stale);
    },
  },
  {
    operation: 'UpdateFunctionCode',
    name: 'takes the unqualified function by every form of its name, and no version or alias',
    run: async (world) => {
      const name = await world.function();
      const ZipFile = await world.code();
      for (const form of [`${REGION}:${ACCOUNT}:function:${name}`, world.arn(`function:${name}`), `${name}:$LATEST`]) {
        const { FunctionArn } = await update(world, form, { ZipFile });
        assert.equal(FunctionArn, world.arn(`function:${name}`));
        await whenReady(world, name);
      }
      await fails(update(world, `${name}:1`, { ZipFile }), invalid(/^This operation is permitted on Lambda functions only\./));
      await fails(update(world, 'a.b', { ZipFile }), { code: 'ValidationException', status: 400 });
      const foreign = await world.raw('PUT', path(`arn:aws:lambda:${REGION}:111122223333:function:f`), {});
      assertError(foreign, 403, 'AccessDeniedException', { Message: null });
    },
  },
  {
    operation: 'UpdateFunctionCode',
    name: 'conflicts with a function that is being made, and with an update that is under way, before the code is looked at',
    run: async () => {
      const world = await gatedWorld();
      const FunctionName = await pendingFunction(world, 'python3.11');
      const pending = 'The operation cannot be performed at this time. The function is currently in the following state: Pending';
      const conflict = { code: 'ResourceConflictException', status: 409, message: pending, type: 'User' } as const;
      const ZipFile = await world.code(OTHER);
      await fails(update(world, FunctionName, { ZipFile }), conflict);
      await fails(update(world, FunctionName, { ZipFile, DryRun: true }), conflict);
      await fails(update(world, FunctionName, { ImageUri: 'a:b' }), conflict);
      await fails(update(world, FunctionName, { ZipFile, RevisionId: STALE }), {
        code: 'PreconditionFailedException',
        status: 412,
      });
      await world.open('python3.11');
      await whenReady(world, FunctionName);
      await update(world, FunctionName, { ZipFile });
      await whenReady(world, FunctionName);
    },
  },
  {
    operation: 'UpdateFunctionCode',
    name: 'of updates at once each that is answered has its effect, and the others conflict',
    run: async (world) => {
      const name = await world.function();
      const zips = await Promise.all([1, 2, 3, 4, 5].map((turn) => world.code(`exports.handler = async () => ${turn};`)));
      const tries = await Promise.allSettled(zips.map((ZipFile) => update(world, name, { ZipFile })));
      const won = tries.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value.CodeSha256] : []));
      assert.ok(won.length >= 1);
      for (const lost of tries)
        if (lost.status === 'rejected')
          await fails(Promise.reject(lost.reason), {
            code: 'ResourceConflictException',
            status: 409,
            message: `The operation cannot be performed at this time. An update is in progress for resource: ${world.arn(`function:${name}`)}`,
          });
      assert.ok(won.includes((await whenReady(world, name)).CodeSha256));
    },
  },
];
