import assert from 'node:assert/strict';
import {
  CreateAliasCommand,
  CreateCapacityProviderCommand,
  GetFunctionCommand,
  InvokeAsyncCommand,
  InvokeCommand,
  type InvokeCommandInput,
  InvokeWithResponseStreamCommand,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
  waitUntilFunctionUpdatedV2,
  waitUntilPublishedVersionActive,
} from '@aws-sdk/client-lambda';
import { FilterLogEventsCommand, CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { clientOptions } from '../e2e/server.ts';
import { zip } from '../e2e/zip.ts';
import { ACCOUNT, type ConformanceCase, eventually, fails, REGION, ROLE, type World } from './world.ts';

const say = (word: string): string =>
  `exports.handler = async (event, context) => ({ word: '${word}', arn: context.invokedFunctionArn });`;

interface Said {
  readonly word: string;
  readonly arn: string;
  readonly version: string | undefined;
}

async function invoke({ lambda }: World, FunctionName: string, more: Partial<InvokeCommandInput> = {}): Promise<Said> {
  const answer = await lambda.send(new InvokeCommand({ FunctionName, ...more }));
  assert.equal(answer.StatusCode, 200);
  assert.equal(answer.FunctionError, undefined, answer.Payload?.transformToString());
  const value = JSON.parse(answer.Payload?.transformToString() ?? 'null') as { word: string; arn: string };
  return { ...value, version: answer.ExecutedVersion };
}

/** A function whose version 1 says `one` and whose `$LATEST` says `two`. */
async function twoVersions(world: World): Promise<string> {
  const { lambda } = world;
  const FunctionName = await world.function({ Code: { ZipFile: await world.code(say('one')) } });
  await lambda.send(new PublishVersionCommand({ FunctionName }));
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: await world.code(say('two')) }));
  await waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 20, minDelay: 0.02, maxDelay: 0.1 }, { FunctionName });
  return FunctionName;
}

/** The operations that run functions. */
export const INVOKE_CASES: readonly ConformanceCase[] = [
  {
    operation: 'Invoke',
    name: 'runs a function by each form of its name, and the function sees the qualifier that was asked for',
    run: async (world) => {
      const name = await world.function({ Code: { ZipFile: await world.code(say('it')) } });
      const arn = world.arn(`function:${name}`);
      for (const form of [
        name,
        `function:${name}`,
        `${ACCOUNT}:function:${name}`,
        `${REGION}:${ACCOUNT}:function:${name}`,
        arn,
      ]) {
        assert.deepEqual(await invoke(world, form), { word: 'it', arn, version: '$LATEST' }, form);
      }
      const latest = { word: 'it', arn: `${arn}:$LATEST`, version: '$LATEST' };
      assert.deepEqual(await invoke(world, `${name}:$LATEST`), latest);
      assert.deepEqual(await invoke(world, name, { Qualifier: '$LATEST' }), latest);
      assert.deepEqual(await invoke(world, `${arn}:$LATEST`, { Qualifier: '$LATEST' }), latest);
    },
  },
  {
    operation: 'Invoke',
    name: 'runs what a version, an alias and `$LATEST` stand for, and environments of an old version keep running it',
    run: async (world) => {
      const name = await twoVersions(world);
      const arn = world.arn(`function:${name}`);
      await world.lambda.send(new CreateAliasCommand({ FunctionName: name, Name: 'live', FunctionVersion: '1' }));
      assert.deepEqual(await invoke(world, name), { word: 'two', arn, version: '$LATEST' });
      assert.deepEqual(await invoke(world, `${name}:1`), { word: 'one', arn: `${arn}:1`, version: '1' });
      assert.deepEqual(await invoke(world, `${arn}:live`), { word: 'one', arn: `${arn}:live`, version: '1' });
      assert.deepEqual(await invoke(world, name, { Qualifier: 'live' }), { word: 'one', arn: `${arn}:live`, version: '1' });
    },
  },
  {
    operation: 'Invoke',
    name: 'a weighted alias runs both versions, in about the proportion of the weight',
    run: async (world) => {
      const name = await twoVersions(world);
      await world.lambda.send(new PublishVersionCommand({ FunctionName: name }));
      await world.lambda.send(
        new CreateAliasCommand({
          FunctionName: name,
          Name: 'split',
          FunctionVersion: '1',
          RoutingConfig: { AdditionalVersionWeights: { 2: 0.25 } },
        }),
      );
      const counts: Record<string, number> = { one: 0, two: 0 };
      for (let turn = 0; turn < 400; turn += 1) {
        const { word, version } = await invoke(world, `${name}:split`);
        assert.equal(version, word === 'one' ? '1' : '2');
        counts[word] = (counts[word] ?? 0) + 1;
      }
      // 100 are expected; five standard deviations are 43.
      assert.ok(Math.abs((counts['two'] ?? 0) - 100) < 44, JSON.stringify(counts));
    },
  },
  {
    operation: 'Invoke',
    name: 'is refused in the words of Lambda for what is not there, does not fit or can not be read',
    run: async (world) => {
      const { lambda } = world;
      const name = await world.function();
      const arn = world.arn(`function:${name}`);
      const notFound = { code: 'ResourceNotFoundException', status: 404, type: 'User' };
      await fails(invoke(world, 'nobody'), {
        ...notFound,
        message: `Function not found: ${world.arn('function:nobody')}:$LATEST`,
      });
      await fails(invoke(world, `${name}:7`), { ...notFound, message: `Function not found: ${arn}:7` });
      await fails(invoke(world, `${name}:none`), { ...notFound, message: `Function not found: ${arn}:none` });
      await fails(invoke(world, `${name}:1`, { Qualifier: '2' }), {
        code: 'InvalidParameterValueException',
        status: 400,
        message: 'The derived qualifier from the function name does not match the specified qualifier.',
      });
      await fails(invoke(world, `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:${name}`), {
        ...notFound,
        message: "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
      });
      await fails(invoke(world, `arn:aws:lambda:${REGION}:111111111111:function:${name}`), {
        code: 'AccessDeniedException',
        status: 403,
      });
      await fails(lambda.send(new InvokeCommand({ FunctionName: name, Payload: Buffer.from('{not json') })), {
        code: 'InvalidRequestContentException',
        status: 400,
        message: /^Could not parse request body into json: Could not parse payload into json: /,
      });
      await fails(invoke(world, name, { Qualifier: 'a b' }), {
        code: 'ValidationException',
        status: 400,
        message:
          "1 validation error detected: Value 'a b' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: \\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+",
      });
      await fails(invoke(world, name, { InvocationType: 'Later' as never }), {
        code: 'ValidationException',
        status: 400,
        message: /at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: /,
      });
      await fails(invoke(world, name, { DurableExecutionName: 'execution' }), {
        code: 'InvalidParameterValueException',
        status: 400,
      });
    },
  },
  {
    operation: 'Invoke',
    name: 'an event is accepted with 202, a dry run answered with 204 and runs nothing',
    run: async (world) => {
      const FunctionName = await world.function();
      const accepted = await world.lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event' }));
      assert.deepEqual([accepted.StatusCode, accepted.Payload?.length ?? 0, accepted.ExecutedVersion], [202, 0, undefined]);
      const dry = await world.lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'DryRun' }));
      assert.equal(dry.StatusCode, 204);
    },
  },
  {
    operation: 'Invoke',
    name: 'a function with tenants runs for a tenant only, and any other function for none',
    run: async (world) => {
      const FunctionName = await world.function({
        Code: { ZipFile: await world.code(say('it').replace('arn: context.invokedFunctionArn', 'arn: context.tenantId')) },
        TenancyConfig: { TenantIsolationMode: 'PER_TENANT' },
      });
      assert.equal((await invoke(world, FunctionName, { TenantId: 'a b:c/d=e+f-g@h.i_j' })).arn, 'a b:c/d=e+f-g@h.i_j');
      const refused = { code: 'InvalidParameterValueException', status: 400, type: 'User' };
      const missing = {
        ...refused,
        message:
          'The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request and try again.',
      };
      for (const InvocationType of ['RequestResponse', 'Event', 'DryRun'] as const) {
        await fails(world.lambda.send(new InvokeCommand({ FunctionName, InvocationType })), missing);
        const accepted = await world.lambda.send(new InvokeCommand({ FunctionName, InvocationType, TenantId: 'x' }));
        assert.ok(accepted.StatusCode === 200 || accepted.StatusCode === 202 || accepted.StatusCode === 204);
      }
      await fails(world.lambda.send(new InvokeWithResponseStreamCommand({ FunctionName })), missing);
      await fails(world.lambda.send(new InvokeAsyncCommand({ FunctionName, InvokeArgs: Buffer.from('{}') })), missing);
      const other = await world.function();
      await fails(invoke(world, other, { TenantId: 'x' }), {
        ...refused,
        message:
          'The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request and try again.',
      });
      await fails(invoke(world, FunctionName, { TenantId: 'no#good' }), {
        code: 'ValidationException',
        status: 400,
        message:
          /^1 validation error detected: Value 'no#good' at 'tenantId' failed to satisfy constraint: Member must satisfy regular expression pattern: /,
      });
    },
  },
  {
    operation: 'Invoke',
    name: 'durable functions are refused by name rather than run as others',
    run: async (world) => {
      const durable = await world.function({ DurableConfig: { ExecutionTimeout: 60 } });
      const refused = { code: 'NotImplementedException', status: 501 };
      await fails(invoke(world, `${durable}:$LATEST`), { ...refused, message: 'lambkin can not run durable functions yet.' });
      await fails(invoke(world, durable), {
        code: 'InvalidParameterValueException',
        status: 400,
        message: 'You cannot invoke a durable function using an unqualified ARN.',
      });
    },
  },
  {
    operation: 'Invoke',
    name: 'a function on a capacity provider runs its published state and no other',
    run: async (world) => {
      const { lambda } = world;
      const provider = world.unique('provider');
      const made = await lambda.send(
        new CreateCapacityProviderCommand({
          CapacityProviderName: provider,
          VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: [] },
          PermissionsConfig: { CapacityProviderOperatorRoleArn: ROLE },
        }),
      );
      const CapacityProviderArn = made.CapacityProvider?.CapacityProviderArn ?? '';
      const FunctionName = await world.function({
        Code: { ZipFile: await world.code(say('published')) },
        CapacityProviderConfig: { LambdaManagedInstancesCapacityProviderConfig: { CapacityProviderArn } },
      });
      const read = (): Promise<{ Configuration?: { State?: string } }> => lambda.send(new GetFunctionCommand({ FunctionName }));
      await eventually(read, ({ Configuration }) => Configuration?.State === 'ActiveNonInvocable');
      await fails(invoke(world, FunctionName, { Qualifier: '$LATEST' }), {
        code: 'InvalidParameterValueException',
        status: 400,
        message:
          "Functions configured with capacity provider configuration can't be invoked with $LATEST qualifier. To invoke this function, specify a published version qualifier or $LATEST.PUBLISHED.",
      });
      await fails(invoke(world, FunctionName), {
        code: 'NoPublishedVersionException',
        status: 400,
        message:
          "The function can't be invoked because no published version exists. For functions with capacity provider configuration, either publish a version to $LATEST.PUBLISHED, or specify a published version qualifier.",
      });
      await lambda.send(new PublishVersionCommand({ FunctionName, PublishTo: 'LATEST_PUBLISHED' }));
      await waitUntilPublishedVersionActive(
        { client: lambda, maxWaitTime: 20, minDelay: 0.02, maxDelay: 0.1 },
        { FunctionName, Qualifier: '$LATEST.PUBLISHED' },
      );
      assert.deepEqual(await invoke(world, FunctionName), {
        word: 'published',
        arn: world.arn(`function:${FunctionName}`),
        version: '$LATEST.PUBLISHED',
      });
    },
  },
  {
    operation: 'InvokeAsync',
    name: 'queues an event that the function then handles',
    run: async (world) => {
      const FunctionName = await world.function({
        Code: { ZipFile: await zip({ 'index.js': 'exports.handler = async (event) => { console.log("got", event.word); };' }) },
      });
      const answer = await world.lambda.send(
        new InvokeAsyncCommand({ FunctionName, InvokeArgs: Buffer.from('{"word":"late"}') }),
      );
      assert.equal(answer.Status, 202);
      const logs = new CloudWatchLogsClient(clientOptions(world.server));
      const query = new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${FunctionName}`, filterPattern: '"got late"' });
      const read = (): Promise<number> =>
        logs.send(query).then(
          ({ events = [] }) => events.length,
          () => 0,
        );
      await eventually(read, (count) => count === 1, 20_000);
      logs.destroy();
    },
  },
  {
    operation: 'InvokeAsync',
    name: 'is refused for what is no JSON and for a function that is not there',
    run: async (world) => {
      const FunctionName = await world.function();
      await fails(world.lambda.send(new InvokeAsyncCommand({ FunctionName, InvokeArgs: Buffer.from('{') })), {
        code: 'InvalidRequestContentException',
        status: 400,
      });
      await fails(world.lambda.send(new InvokeAsyncCommand({ FunctionName: 'nobody', InvokeArgs: Buffer.from('{}') })), {
        code: 'ResourceNotFoundException',
        status: 404,
        message: `Function not found: ${world.arn('function:nobody')}:$LATEST`,
      });
    },
  },
  {
    operation: 'InvokeWithResponseStream',
    name: 'gives the response of any function as a stream, and its end',
    run: async (world) => {
      const FunctionName = await world.function({
        Code: { ZipFile: await world.code('exports.handler = async () => "whole";') },
      });
      const answer = await world.lambda.send(new InvokeWithResponseStreamCommand({ FunctionName }));
      assert.equal(answer.ExecutedVersion, '$LATEST');
      const events = [];
      for await (const event of answer.EventStream ?? []) events.push(event);
      assert.equal(Buffer.from(events[0]?.PayloadChunk?.Payload ?? []).toString(), '"whole"');
      assert.deepEqual(events.slice(1), [{ InvokeComplete: {} }]);
    },
  },
  {
    operation: 'InvokeWithResponseStream',
    name: 'is refused for a function that is not there and for kinds of call that it does not have',
    run: async (world) => {
      await fails(world.lambda.send(new InvokeWithResponseStreamCommand({ FunctionName: 'nobody' })), {
        code: 'ResourceNotFoundException',
        status: 404,
        message: `Function not found: ${world.arn('function:nobody')}:$LATEST`,
      });
      await fails(
        world.lambda.send(new InvokeWithResponseStreamCommand({ FunctionName: 'nobody', InvocationType: 'Event' as never })),
        {
          code: 'ValidationException',
          status: 400,
          message: /enum value set: \[(DryRun, RequestResponse|RequestResponse, DryRun)\]$/,
        },
      );
    },
  },
];
