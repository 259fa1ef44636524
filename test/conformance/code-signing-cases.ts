import assert from 'node:assert/strict';
import {
  type CodeSigningConfig,
  CreateCodeSigningConfigCommand,
  type CreateCodeSigningConfigCommandInput,
  CreateFunctionCommand,
  DeleteCodeSigningConfigCommand,
  DeleteFunctionCodeSigningConfigCommand,
  DeleteFunctionCommand,
  GetCodeSigningConfigCommand,
  GetFunctionCodeSigningConfigCommand,
  GetFunctionCommand,
  ListCodeSigningConfigsCommand,
  ListFunctionsByCodeSigningConfigCommand,
  ListTagsCommand,
  PutFunctionCodeSigningConfigCommand,
  UpdateCodeSigningConfigCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { storedOnly } from './function-answers.ts';
import { type ConformanceCase, fails, ROLE, type World } from './world.ts';

const PROFILE = 'arn:aws:signer:us-east-1:000000000000:/signing-profiles/mine/0123456789';
const LAST_MODIFIED = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/;
const UNSIGNED = { code: 'CodeVerificationFailedException', status: 400, message: /policy is set to ENFORCE/, type: 'User' };

interface Failure {
  readonly code: string;
  readonly status: number;
  readonly message: string;
  readonly type: string | null;
}

async function create(
  { lambda }: World,
  input: Partial<CreateCodeSigningConfigCommandInput> = {},
): Promise<CodeSigningConfig & { readonly arn: string }> {
  const { CodeSigningConfig: config } = await lambda.send(
    new CreateCodeSigningConfigCommand({ AllowedPublishers: { SigningProfileVersionArns: [PROFILE] }, ...input }),
  );
  assert.ok(config?.CodeSigningConfigArn);
  return { ...config, arn: config.CodeSigningConfigArn };
}

function put({ lambda }: World, FunctionName: string, CodeSigningConfigArn: string): Promise<unknown> {
  return lambda.send(new PutFunctionCodeSigningConfigCommand({ FunctionName, CodeSigningConfigArn }));
}

/** The functions of a configuration, page by page. */
async function functionsOf({ lambda }: World, CodeSigningConfigArn: string, MaxItems = 50): Promise<string[][]> {
  const pages: string[][] = [];
  let Marker: string | undefined;
  do {
    const page = await lambda.send(
      new ListFunctionsByCodeSigningConfigCommand({ CodeSigningConfigArn, MaxItems, ...(Marker ? { Marker } : {}) }),
    );
    pages.push(page.FunctionArns ?? []);
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  return pages;
}

/** What is answered where a configuration itself is asked for. */
function missing(arn: string): Failure {
  return {
    code: 'ResourceNotFoundException',
    status: 404,
    message: `The Lambda code signing configuration ${arn} can not be found.`,
    type: null,
  };
}

/** What is answered where a function is to have one. */
function notFound(arn: string): Failure {
  return {
    code: 'CodeSigningConfigNotFoundException',
    status: 404,
    message: `The code signing configuration cannot be found. Check that the provided configuration is not deleted: ${arn}.`,
    type: 'User',
  };
}

function noFunction(world: World, name: string): Failure {
  return {
    code: 'ResourceNotFoundException',
    status: 404,
    message: `Function not found: ${world.arn(`function:${name}`)}`,
    type: 'User',
  };
}

/** An ARN of the right form that names nothing. */
function unknownArn(world: World): string {
  return world.arn('code-signing-config:csc-00000000000000000');
}

const CONFIG_CASES: readonly ConformanceCase[] = [
  {
    operation: 'CreateCodeSigningConfig',
    name: 'answers the configuration with an id of its own; it warns if nothing else is asked',
    run: async (world) => {
      const { $metadata, ...rest } = await world.lambda.send(
        new CreateCodeSigningConfigCommand({ AllowedPublishers: { SigningProfileVersionArns: [PROFILE] } }),
      );
      assert.equal($metadata.httpStatusCode, 201);
      const { CodeSigningConfigId = '', LastModified = '', ...config } = rest.CodeSigningConfig ?? {};
      assert.match(CodeSigningConfigId, /^csc-[0-9a-f]{17}$/);
      assert.match(LastModified, LAST_MODIFIED);
      assert.deepEqual(config, {
        CodeSigningConfigArn: world.arn(`code-signing-config:${CodeSigningConfigId}`),
        AllowedPublishers: { SigningProfileVersionArns: [PROFILE] },
        CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Warn' },
      });
    },
  },
  {
    operation: 'CreateCodeSigningConfig',
    name: 'keeps what was given, tags too, and says that no publisher can be verified',
    run: async (world) => {
      const answer = await world.raw('POST', '/2020-04-22/code-signing-configs/', {
        Description: 'ours',
        AllowedPublishers: { SigningProfileVersionArns: [PROFILE, `${PROFILE}9`] },
        CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Enforce' },
        Tags: { team: 'a' },
      });
      assert.equal(answer.status, 201, answer.text);
      assert.deepEqual(storedOnly(answer), ['AllowedPublishers']);
      const config = answer.json['CodeSigningConfig'] as CodeSigningConfig;
      assert.equal(config.Description, 'ours');
      assert.deepEqual(config.AllowedPublishers, { SigningProfileVersionArns: [PROFILE, `${PROFILE}9`] });
      assert.deepEqual(config.CodeSigningPolicies, { UntrustedArtifactOnDeployment: 'Enforce' });
      const { Tags } = await world.lambda.send(new ListTagsCommand({ Resource: config.CodeSigningConfigArn }));
      assert.deepEqual(Tags, { team: 'a' });
    },
  },
  {
    operation: 'CreateCodeSigningConfig',
    name: 'refuses publishers, policies and tags that are none',
    run: async (world) => {
      const failing = { code: 'ValidationException', status: 400 };
      await fails(create(world, { AllowedPublishers: { SigningProfileVersionArns: [] } }), {
        ...failing,
        message: /at 'allowedPublishers\.signingProfileVersionArns' failed to satisfy constraint/,
      });
      await fails(
        create(world, { AllowedPublishers: { SigningProfileVersionArns: Array.from<string>({ length: 21 }).fill(PROFILE) } }),
        {
          ...failing,
          message: /Member must have length less than or equal to 20/,
        },
      );
      await fails(create(world, { CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Ignore' as 'Warn' } }), {
        ...failing,
        message: /at 'codeSigningPolicies\.untrustedArtifactOnDeployment' .* enum value set: \[(Warn, Enforce|Enforce, Warn)\]$/,
      });
      await fails(create(world, { Description: 'x'.repeat(257) }), { ...failing, message: /at 'description'/ });
      const tags = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, 'v']));
      await fails(create(world, { Tags: tags }), {
        code: 'InvalidParameterValueException',
        status: 400,
        message: 'Number of tags exceeds resource tag limit.',
      });
    },
  },
  {
    operation: 'GetCodeSigningConfig',
    name: 'answers what creating answered',
    run: async (world) => {
      const { arn, ...created } = await create(world, { Description: 'd' });
      const { $metadata, ...rest } = await world.lambda.send(new GetCodeSigningConfigCommand({ CodeSigningConfigArn: arn }));
      assert.equal($metadata.httpStatusCode, 200);
      assert.deepEqual(rest, { CodeSigningConfig: created });
    },
  },
  {
    operation: 'GetCodeSigningConfig',
    name: 'knows none that is not there, in another region or in another account',
    run: async (world) => {
      const { arn } = await create(world);
      const get = (CodeSigningConfigArn: string): Promise<unknown> =>
        world.lambda.send(new GetCodeSigningConfigCommand({ CodeSigningConfigArn }));
      await fails(get(unknownArn(world)), missing(unknownArn(world)));
      const far = arn.replace('us-east-1', 'eu-west-1');
      await fails(get(far), missing(far));
      await fails(get(arn.replace('000000000000', '111122223333')), { code: 'AccessDeniedException', status: 403 });
      await fails(get('csc-1'), { code: 'ValidationException', status: 400, message: /at 'codeSigningConfigArn'/ });
    },
  },
  {
    operation: 'UpdateCodeSigningConfig',
    name: 'changes the members that are given, and takes a request without any',
    run: async (world) => {
      const { arn: CodeSigningConfigArn, ...created } = await create(world, { Description: 'd', Tags: { team: 'a' } });
      const { $metadata, CodeSigningConfig: same } = await world.lambda.send(
        new UpdateCodeSigningConfigCommand({ CodeSigningConfigArn }),
      );
      assert.equal($metadata.httpStatusCode, 200);
      assert.deepEqual({ ...same, LastModified: created.LastModified }, created);
      const changed = {
        Description: '',
        AllowedPublishers: { SigningProfileVersionArns: [`${PROFILE}2`] },
        CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Enforce' as const },
      };
      const { CodeSigningConfig: updated } = await world.lambda.send(
        new UpdateCodeSigningConfigCommand({ CodeSigningConfigArn, ...changed }),
      );
      assert.match(updated?.LastModified ?? '', LAST_MODIFIED);
      assert.deepEqual(updated, { ...created, ...changed, LastModified: updated?.LastModified });
      const read = await world.lambda.send(new GetCodeSigningConfigCommand({ CodeSigningConfigArn }));
      assert.deepEqual(read.CodeSigningConfig, updated);
      const { Tags } = await world.lambda.send(new ListTagsCommand({ Resource: CodeSigningConfigArn }));
      assert.deepEqual(Tags, { team: 'a' });
    },
  },
  {
    operation: 'UpdateCodeSigningConfig',
    name: 'knows none that is not there',
    run: (world) =>
      fails(
        world.lambda.send(new UpdateCodeSigningConfigCommand({ CodeSigningConfigArn: unknownArn(world) })),
        missing(unknownArn(world)),
      ),
  },
  {
    operation: 'DeleteCodeSigningConfig',
    name: 'deletes one that no function has, once',
    run: async (world) => {
      const { arn: CodeSigningConfigArn } = await create(world);
      const { $metadata } = await world.lambda.send(new DeleteCodeSigningConfigCommand({ CodeSigningConfigArn }));
      assert.equal($metadata.httpStatusCode, 204);
      const absent = missing(CodeSigningConfigArn);
      await fails(world.lambda.send(new GetCodeSigningConfigCommand({ CodeSigningConfigArn })), absent);
      await fails(world.lambda.send(new DeleteCodeSigningConfigCommand({ CodeSigningConfigArn })), absent);
    },
  },
  {
    operation: 'DeleteCodeSigningConfig',
    name: 'refuses to while a function has it, until that gives it up or is deleted',
    run: async (world) => {
      const { arn: CodeSigningConfigArn } = await create(world);
      const drop = (): Promise<unknown> => world.lambda.send(new DeleteCodeSigningConfigCommand({ CodeSigningConfigArn }));
      const inUse = {
        code: 'ResourceConflictException',
        status: 409,
        message: `The code signing configuration ${CodeSigningConfigArn} can not be deleted while functions use it.`,
        type: 'User',
      };
      const first = await world.function({ CodeSigningConfigArn });
      const second = await world.function();
      await put(world, second, CodeSigningConfigArn);
      await fails(drop(), inUse);
      await world.lambda.send(new DeleteFunctionCommand({ FunctionName: first }));
      await fails(drop(), inUse);
      await world.lambda.send(new DeleteFunctionCodeSigningConfigCommand({ FunctionName: second }));
      await drop();
    },
  },
  {
    operation: 'DeleteCodeSigningConfig',
    name: 'leaves no function with a configuration that is gone, whatever comes first',
    run: async (world) => {
      const FunctionName = await world.function();
      for (let round = 0; round < 5; round += 1) {
        const { arn } = await create(world);
        const [given, deleted] = await Promise.allSettled([
          put(world, FunctionName, arn),
          world.lambda.send(new DeleteCodeSigningConfigCommand({ CodeSigningConfigArn: arn })),
        ]);
        assert.notEqual(given.status, deleted.status);
        const { CodeSigningConfigArn } = await world.lambda.send(new GetFunctionCodeSigningConfigCommand({ FunctionName }));
        assert.equal(CodeSigningConfigArn === arn, given.status === 'fulfilled');
      }
    },
  },
  {
    operation: 'ListCodeSigningConfigs',
    name: 'answers each once, in pages',
    run: async (world) => {
      const created = await Promise.all([create(world), create(world), create(world)]);
      const found: CodeSigningConfig[] = [];
      let Marker: string | undefined;
      do {
        const page = await world.lambda.send(new ListCodeSigningConfigsCommand({ MaxItems: 2, ...(Marker ? { Marker } : {}) }));
        assert.ok((page.CodeSigningConfigs ?? []).length <= 2);
        found.push(...(page.CodeSigningConfigs ?? []));
        Marker = page.NextMarker;
      } while (Marker !== undefined);
      for (const { arn, ...config } of created)
        assert.deepEqual(
          found.filter(({ CodeSigningConfigArn }) => CodeSigningConfigArn === arn),
          [config],
        );
    },
  },
];

const FUNCTION_CASES: readonly ConformanceCase[] = [
  {
    operation: 'ListFunctionsByCodeSigningConfig',
    name: 'answers the unqualified ARNs of the functions that have it now, in pages',
    run: async (world) => {
      const { arn } = await create(world);
      const { arn: other } = await create(world);
      assert.deepEqual(await functionsOf(world, arn), [[]]);
      const names = [world.unique('signed'), world.unique('signed'), world.unique('signed')];
      for (const FunctionName of names) await world.function({ FunctionName, CodeSigningConfigArn: arn, Publish: true });
      const arns = names.map((name) => world.arn(`function:${name}`)).toSorted();
      assert.deepEqual(await functionsOf(world, arn, 2), [arns.slice(0, 2), arns.slice(2)]);
      await put(world, names[0] ?? '', other);
      assert.deepEqual(await functionsOf(world, other), [[arns[0]]]);
      assert.deepEqual(await functionsOf(world, arn), [arns.slice(1)]);
      await world.lambda.send(new DeleteFunctionCommand({ FunctionName: names[1] }));
      await world.lambda.send(new DeleteFunctionCodeSigningConfigCommand({ FunctionName: names[2] }));
      assert.deepEqual(await functionsOf(world, arn), [[]]);
    },
  },
  {
    operation: 'ListFunctionsByCodeSigningConfig',
    name: 'knows no configuration that is not there',
    run: (world) => fails(functionsOf(world, unknownArn(world)), missing(unknownArn(world))),
  },
  {
    operation: 'ListFunctionsByCodeSigningConfig',
    name: 'misses none of the functions that are made at the same moment',
    run: async (world) => {
      const { arn: CodeSigningConfigArn } = await create(world);
      const code = { ZipFile: await world.code() };
      const names = Array.from({ length: 10 }, () => world.unique('signed'));
      await Promise.all(
        names.map((FunctionName) =>
          world.lambda.send(
            new CreateFunctionCommand({
              FunctionName,
              Role: ROLE,
              Runtime: 'nodejs24.x',
              Handler: 'index.handler',
              Code: code,
              CodeSigningConfigArn,
            }),
          ),
        ),
      );
      const [found = []] = await functionsOf(world, CodeSigningConfigArn);
      assert.deepEqual(found, names.map((name) => world.arn(`function:${name}`)).toSorted());
    },
  },
  {
    operation: 'PutFunctionCodeSigningConfig',
    name: 'gives a function its configuration, also in the place of another, by name or ARN',
    run: async (world) => {
      const FunctionName = await world.function();
      const { arn: first } = await create(world);
      const { arn: second } = await create(world);
      const { $metadata, ...rest } = await world.lambda.send(
        new PutFunctionCodeSigningConfigCommand({ FunctionName, CodeSigningConfigArn: first }),
      );
      assert.equal($metadata.httpStatusCode, 200);
      assert.deepEqual(rest, { CodeSigningConfigArn: first, FunctionName });
      await put(world, world.arn(`function:${FunctionName}`), second);
      await put(world, FunctionName, second);
      const read = await world.lambda.send(new GetFunctionCodeSigningConfigCommand({ FunctionName }));
      assert.equal(read.CodeSigningConfigArn, second);
    },
  },
  {
    operation: 'PutFunctionCodeSigningConfig',
    name: 'looks for the configuration before the function, and is for functions alone',
    run: async (world) => {
      const name = world.unique('fn');
      await fails(put(world, name, unknownArn(world)), notFound(unknownArn(world)));
      const { arn } = await create(world);
      await fails(put(world, name, arn), noFunction(world, name));
      const FunctionName = await world.function();
      await fails(put(world, `${FunctionName}:live`, arn), {
        code: 'InvalidParameterValueException',
        status: 400,
        message:
          'This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.',
      });
      await fails(put(world, FunctionName, 'csc-1'), { code: 'ValidationException', status: 400 });
    },
  },
  {
    operation: 'PutFunctionCodeSigningConfig',
    name: 'Enforce keeps unsigned code out of functions, Warn lets it in',
    run: async (world) => {
      const { arn: CodeSigningConfigArn } = await create(world, {
        CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Enforce' },
      });
      const refused = world.unique('signed');
      await fails(world.function({ FunctionName: refused, CodeSigningConfigArn }), UNSIGNED);
      await fails(world.lambda.send(new GetFunctionCommand({ FunctionName: refused })), noFunction(world, refused));
      const FunctionName = await world.function();
      await put(world, FunctionName, CodeSigningConfigArn);
      const update = new UpdateFunctionCodeCommand({ FunctionName, ZipFile: await world.code('exports.handler = 2;') });
      await fails(world.lambda.send(update), UNSIGNED);
      await world.lambda.send(
        new UpdateCodeSigningConfigCommand({
          CodeSigningConfigArn,
          CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Warn' },
        }),
      );
      await world.lambda.send(update);
    },
  },
  {
    operation: 'PutFunctionCodeSigningConfig',
    name: 'functions can be made with a configuration that is there, and with no other',
    run: async (world) => {
      const arn = unknownArn(world);
      await fails(world.function({ CodeSigningConfigArn: arn }), notFound(arn));
      const { arn: CodeSigningConfigArn } = await create(world);
      const FunctionName = await world.function({ CodeSigningConfigArn });
      await fails(world.function({ FunctionName, CodeSigningConfigArn }), {
        code: 'ResourceConflictException',
        status: 409,
        message: `Function already exist: ${FunctionName}`,
      });
    },
  },
  {
    operation: 'GetFunctionCodeSigningConfig',
    name: 'answers nothing for a function without one, and both members for one that has it',
    run: async (world) => {
      const FunctionName = await world.function();
      const get = new GetFunctionCodeSigningConfigCommand({ FunctionName });
      const { $metadata, ...nothing } = await world.lambda.send(get);
      assert.equal($metadata.httpStatusCode, 200);
      assert.deepEqual(nothing, {});
      const { arn } = await create(world);
      await put(world, FunctionName, arn);
      const { $metadata: _metadata, ...rest } = await world.lambda.send(get);
      assert.deepEqual(rest, { CodeSigningConfigArn: arn, FunctionName });
      const name = world.unique('fn');
      await fails(world.lambda.send(new GetFunctionCodeSigningConfigCommand({ FunctionName: name })), noFunction(world, name));
    },
  },
  {
    operation: 'DeleteFunctionCodeSigningConfig',
    name: 'takes the configuration from a function, and is harmless where there is none',
    run: async (world) => {
      const { arn: CodeSigningConfigArn } = await create(world);
      const FunctionName = await world.function({ CodeSigningConfigArn });
      for (let times = 0; times < 2; times += 1) {
        const { $metadata } = await world.lambda.send(new DeleteFunctionCodeSigningConfigCommand({ FunctionName }));
        assert.equal($metadata.httpStatusCode, 204);
      }
      const read = await world.lambda.send(new GetFunctionCodeSigningConfigCommand({ FunctionName }));
      assert.equal(read.CodeSigningConfigArn, undefined);
      assert.deepEqual(await functionsOf(world, CodeSigningConfigArn), [[]]);
      const name = world.unique('fn');
      await fails(world.lambda.send(new DeleteFunctionCodeSigningConfigCommand({ FunctionName: name })), noFunction(world, name));
    },
  },
];

/** Cases of this kind of operation. */
export const CODE_SIGNING_CASES: readonly ConformanceCase[] = [...CONFIG_CASES, ...FUNCTION_CASES];
