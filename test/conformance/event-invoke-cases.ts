import assert from 'node:assert/strict';
import {
  CreateAliasCommand,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  DeleteFunctionEventInvokeConfigCommand,
  GetFunctionEventInvokeConfigCommand,
  ListFunctionEventInvokeConfigsCommand,
  PublishVersionCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda';
import { type ConformanceCase, fails, REGION, type World } from './world.ts';

const SQS = `arn:aws:sqs:${REGION}:000000000000:queue`;
const SNS = `arn:aws:sns:${REGION}:000000000000:topic`;
const NOTHING = 'You must specify at least one of error handling or destination setting.';

const invalidParameter = (message: string) => ({ code: 'InvalidParameterValueException', status: 400, message }) as const;
const notFound = (message: string) => ({ code: 'ResourceNotFoundException', status: 404, message }) as const;
const hasNone = (arn: string) => notFound(`The function ${arn} doesn't have an EventInvokeConfig`);

/** An answer without what differs from call to call. */
function body(answer: object): Record<string, unknown> {
  const { $metadata: _metadata, LastModified: modified, ...rest } = answer as Record<string, unknown>;
  assert.ok(modified instanceof Date && Math.abs(Date.now() - modified.getTime()) < 60_000, String(modified));
  return rest;
}

async function withVersionAndAlias(world: World): Promise<string> {
  const FunctionName = await world.function();
  await world.lambda.send(new PublishVersionCommand({ FunctionName }));
  await world.lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
  return FunctionName;
}

const PUT: readonly ConformanceCase[] = [
  {
    operation: 'PutFunctionEventInvokeConfig',
    name: 'answers with the qualified ARN, the settings that were given, and both sides of the destinations',
    run: async (world) => {
      const FunctionName = await world.function();
      const answer = await world.lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 0 }));
      assert.deepEqual(body(answer), {
        FunctionArn: world.arn(`function:${FunctionName}:$LATEST`),
        MaximumRetryAttempts: 0,
        DestinationConfig: { OnSuccess: {}, OnFailure: {} },
      });
    },
  },
  {
    operation: 'PutFunctionEventInvokeConfig',
    name: 'replaces what was there, and an empty destination is none',
    run: async ({ lambda, ...world }) => {
      const FunctionName = await world.function();
      const first = await lambda.send(
        new PutFunctionEventInvokeConfigCommand({
          FunctionName,
          MaximumRetryAttempts: 1,
          MaximumEventAgeInSeconds: 60,
          DestinationConfig: { OnSuccess: { Destination: SQS }, OnFailure: { Destination: 'arn:aws:s3:::bucket' } },
        }),
      );
      const FunctionArn = world.arn(`function:${FunctionName}:$LATEST`);
      assert.deepEqual(body(first), {
        FunctionArn,
        MaximumRetryAttempts: 1,
        MaximumEventAgeInSeconds: 60,
        DestinationConfig: { OnSuccess: { Destination: SQS }, OnFailure: { Destination: 'arn:aws:s3:::bucket' } },
      });
      const second = await lambda.send(
        new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig: { OnSuccess: { Destination: '' } } }),
      );
      assert.deepEqual(body(second), { FunctionArn, DestinationConfig: { OnSuccess: {}, OnFailure: {} } });
    },
  },
  {
    operation: 'PutFunctionEventInvokeConfig',
    name: 'a version and an alias have their own, named in the function name or beside it',
    run: async (world) => {
      const FunctionName = await withVersionAndAlias(world);
      const version = await world.lambda.send(
        new PutFunctionEventInvokeConfigCommand({ FunctionName, Qualifier: '1', MaximumRetryAttempts: 1 }),
      );
      assert.equal(version.FunctionArn, world.arn(`function:${FunctionName}:1`));
      const alias = await world.lambda.send(
        new PutFunctionEventInvokeConfigCommand({ FunctionName: `${FunctionName}:live`, MaximumRetryAttempts: 2 }),
      );
      assert.equal(alias.FunctionArn, world.arn(`function:${FunctionName}:live`));
      await fails(
        world.lambda.send(
          new PutFunctionEventInvokeConfigCommand({
            FunctionName: `${FunctionName}:live`,
            Qualifier: '1',
            MaximumRetryAttempts: 2,
          }),
        ),
        invalidParameter('The derived qualifier from the function name does not match the specified qualifier.'),
      );
    },
  },
  {
    operation: 'PutFunctionEventInvokeConfig',
    name: 'nothing to set, and functions, versions and aliases that are not there',
    run: async (world) => {
      const FunctionName = await world.function();
      await fails(world.lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName })), invalidParameter(NOTHING));
      const missing = world.unique('missing');
      for (const input of [{ FunctionName: missing }, { FunctionName, Qualifier: '7' }, { FunctionName, Qualifier: 'nope' }]) {
        await fails(world.lambda.send(new PutFunctionEventInvokeConfigCommand({ ...input, MaximumRetryAttempts: 1 })), {
          ...notFound("The function doesn't exist."),
          type: 'User',
        });
      }
    },
  },
  {
    operation: 'PutFunctionEventInvokeConfig',
    name: 'numbers out of range and destinations that are no ARN',
    run: async (world) => {
      const FunctionName = await world.function();
      const put = (input: object) => world.lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, ...input }));
      const constraint = (value: string, path: string, text: string) => ({
        code: 'ValidationException',
        status: 400,
        message: `1 validation error detected: Value '${value}' at '${path}' failed to satisfy constraint: ${text}`,
      });
      await fails(
        put({ MaximumRetryAttempts: 3 }),
        constraint('3', 'maximumRetryAttempts', 'Member must have value less than or equal to 2'),
      );
      await fails(
        put({ MaximumEventAgeInSeconds: 59 }),
        constraint('59', 'maximumEventAgeInSeconds', 'Member must have value greater than or equal to 60'),
      );
      await fails(
        put({ MaximumEventAgeInSeconds: 21_601 }),
        constraint('21601', 'maximumEventAgeInSeconds', 'Member must have value less than or equal to 21600'),
      );
      await fails(put({ DestinationConfig: { OnFailure: { Destination: 'queue' } } }), {
        code: 'ValidationException',
        status: 400,
        message: /^1 validation error detected: Value 'queue' at 'destinationConfig\.onFailure\.destination' failed to satisfy/,
      });
    },
  },
  {
    operation: 'PutFunctionEventInvokeConfig',
    name: 'destinations that can be none are refused in the words of AWS',
    run: async (world) => {
      const FunctionName = await world.function();
      const other = await world.function();
      const put = (DestinationConfig: object) =>
        world.lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig }));
      const own = world.arn(`function:${FunctionName}`);
      const itself = invalidParameter("You can't specify the function as a destination for itself.");
      await fails(put({ OnSuccess: { Destination: own } }), itself);
      await fails(put({ OnFailure: { Destination: `${own}:$LATEST` } }), itself);
      for (const arn of [
        world.arn(`function:${world.unique('missing')}`),
        world.arn(`function:${other}:5`),
        `arn:aws:lambda:eu-west-1:000000000000:function:${other}`,
      ])
        await fails(put({ OnSuccess: { Destination: arn } }), invalidParameter(`The destination ARN ${arn} is invalid.`));
      const stream = `arn:aws:kinesis:${REGION}:000000000000:stream/s`;
      const config = (inner: string) =>
        invalidParameter(`The provided destination config DestinationConfig(${inner}) is invalid.`);
      await fails(
        put({ OnSuccess: { Destination: stream } }),
        config(`onSuccess=OnSuccess(destination=${stream}), onFailure=null`),
      );
      await fails(
        put({ OnSuccess: { Destination: SQS }, OnFailure: { Destination: 'kafka://topic' } }),
        config(`onSuccess=OnSuccess(destination=${SQS}), onFailure=OnFailure(destination=kafka://topic)`),
      );
      await fails(
        put({ OnSuccess: { Destination: 'arn:aws:s3:::bucket' } }),
        config('onSuccess=OnSuccess(destination=arn:aws:s3:::bucket), onFailure=null'),
      );
      await fails(
        put({ OnFailure: { Destination: `${SQS}.fifo` } }),
        config(`onSuccess=null, onFailure=OnFailure(destination=${SQS}.fifo)`),
      );
      await fails(
        put({ OnFailure: { Destination: `${SNS}.fifo` } }),
        invalidParameter("FIFO-type Amazon SNS topics aren't supported as a destination."),
      );
      await fails(world.lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName })), hasNone(`${own}:$LATEST`));
    },
  },
  {
    operation: 'PutFunctionEventInvokeConfig',
    name: 'queues, topics, buses and other functions can be destinations',
    run: async (world) => {
      const FunctionName = await world.function();
      const other = await world.function();
      for (const Destination of [
        SQS,
        SNS,
        `arn:aws:events:${REGION}:000000000000:event-bus/default`,
        world.arn(`function:${other}`),
      ]) {
        const answer = await world.raw('PUT', `/2019-09-25/functions/${FunctionName}/event-invoke-config`, {
          DestinationConfig: { OnSuccess: { Destination } },
        });
        assert.equal(answer.status, 200, answer.text);
        assert.equal(answer.headers['x-lambkin-stored-only'], undefined);
      }
      const plain = await world.raw('PUT', `/2019-09-25/functions/${FunctionName}/event-invoke-config`, {
        MaximumRetryAttempts: 1,
      });
      assert.equal(plain.headers['x-lambkin-stored-only'], undefined);
      assert.equal(typeof plain.json['LastModified'], 'number');
    },
  },
];

const UPDATE: readonly ConformanceCase[] = [
  {
    operation: 'UpdateFunctionEventInvokeConfig',
    name: 'keeps what is not given; an empty destination takes that side away',
    run: async (world) => {
      const FunctionName = await world.function();
      await world.lambda.send(
        new PutFunctionEventInvokeConfigCommand({
          FunctionName,
          MaximumRetryAttempts: 1,
          DestinationConfig: { OnSuccess: { Destination: SQS }, OnFailure: { Destination: SNS } },
        }),
      );
      const answer = await world.lambda.send(
        new UpdateFunctionEventInvokeConfigCommand({
          FunctionName,
          MaximumEventAgeInSeconds: 3_600,
          DestinationConfig: { OnSuccess: { Destination: '' } },
        }),
      );
      const expected = {
        FunctionArn: world.arn(`function:${FunctionName}:$LATEST`),
        MaximumRetryAttempts: 1,
        MaximumEventAgeInSeconds: 3_600,
        DestinationConfig: { OnSuccess: {}, OnFailure: { Destination: SNS } },
      };
      assert.deepEqual(body(answer), expected);
      assert.deepEqual(body(await world.lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName }))), expected);
    },
  },
  {
    operation: 'UpdateFunctionEventInvokeConfig',
    name: 'nothing to set, no function, no configuration, and the function itself as its destination',
    run: async (world) => {
      const FunctionName = await world.function();
      const update = (input: object) => world.lambda.send(new UpdateFunctionEventInvokeConfigCommand({ FunctionName, ...input }));
      await fails(update({}), invalidParameter(NOTHING));
      await fails(
        update({ FunctionName: world.unique('missing'), MaximumRetryAttempts: 1 }),
        notFound("The function doesn't exist."),
      );
      const arn = world.arn(`function:${FunctionName}`);
      await fails(update({ MaximumRetryAttempts: 1 }), hasNone(`${arn}:$LATEST`));
      await world.lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 1 }));
      await fails(
        update({ DestinationConfig: { OnFailure: { Destination: arn } } }),
        invalidParameter("You can't specify the function as a destination for itself."),
      );
    },
  },
  {
    operation: 'UpdateFunctionEventInvokeConfig',
    name: 'updates at the same moment do not lose each other',
    run: async (world) => {
      const FunctionName = await world.function();
      await world.lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 2 }));
      await Promise.all(
        [
          { MaximumRetryAttempts: 1 },
          { MaximumEventAgeInSeconds: 120 },
          { DestinationConfig: { OnSuccess: { Destination: SQS } } },
          { DestinationConfig: { OnFailure: { Destination: SNS } } },
        ].map((input) => world.lambda.send(new UpdateFunctionEventInvokeConfigCommand({ FunctionName, ...input }))),
      );
      assert.deepEqual(body(await world.lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName }))), {
        FunctionArn: world.arn(`function:${FunctionName}:$LATEST`),
        MaximumRetryAttempts: 1,
        MaximumEventAgeInSeconds: 120,
        DestinationConfig: { OnSuccess: { Destination: SQS }, OnFailure: { Destination: SNS } },
      });
    },
  },
];

const READ: readonly ConformanceCase[] = [
  {
    operation: 'GetFunctionEventInvokeConfig',
    name: 'none is one error, whether the function is there or not',
    run: async (world) => {
      const FunctionName = await world.function();
      const get = (input: { FunctionName: string; Qualifier?: string }) =>
        world.lambda.send(new GetFunctionEventInvokeConfigCommand(input));
      await fails(get({ FunctionName }), { ...hasNone(world.arn(`function:${FunctionName}:$LATEST`)), type: 'User' });
      const missing = world.unique('missing');
      await fails(get({ FunctionName: missing }), hasNone(world.arn(`function:${missing}:$LATEST`)));
      await fails(get({ FunctionName: missing, Qualifier: 'live' }), hasNone(world.arn(`function:${missing}:live`)));
    },
  },
  {
    operation: 'GetFunctionEventInvokeConfig',
    name: 'configurations go with the function or the alias that they belong to',
    run: async (world) => {
      const FunctionName = await withVersionAndAlias(world);
      const put = (Qualifier: string) =>
        world.lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, Qualifier, MaximumRetryAttempts: 1 }));
      await put('live');
      await put('$LATEST');
      await world.lambda.send(new DeleteAliasCommand({ FunctionName, Name: 'live' }));
      await fails(
        world.lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName, Qualifier: 'live' })),
        hasNone(world.arn(`function:${FunctionName}:live`)),
      );
      await world.lambda.send(new DeleteFunctionCommand({ FunctionName }));
      await fails(
        world.lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName })),
        hasNone(world.arn(`function:${FunctionName}:$LATEST`)),
      );
    },
  },
  {
    operation: 'ListFunctionEventInvokeConfigs',
    name: 'lists all scopes of a function, in pages',
    run: async (world) => {
      const FunctionName = await withVersionAndAlias(world);
      const list = (input: object) => world.lambda.send(new ListFunctionEventInvokeConfigsCommand({ FunctionName, ...input }));
      const empty = await list({});
      assert.deepEqual([empty.FunctionEventInvokeConfigs, empty.NextMarker], [[], undefined]);
      for (const Qualifier of ['$LATEST', '1', 'live'])
        await world.lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, Qualifier, MaximumRetryAttempts: 1 }));
      const first = await list({ MaxItems: 2 });
      assert.equal(first.FunctionEventInvokeConfigs?.length, 2);
      const second = await list({ MaxItems: 2, Marker: first.NextMarker });
      assert.equal(second.NextMarker, undefined);
      const all = [...(first.FunctionEventInvokeConfigs ?? []), ...(second.FunctionEventInvokeConfigs ?? [])];
      assert.deepEqual(
        all.map((config) => body(config)),
        ['$LATEST', '1', 'live'].map((qualifier) => ({
          FunctionArn: world.arn(`function:${FunctionName}:${qualifier}`),
          MaximumRetryAttempts: 1,
          DestinationConfig: { OnSuccess: {}, OnFailure: {} },
        })),
      );
    },
  },
  {
    operation: 'ListFunctionEventInvokeConfigs',
    name: 'an unknown function, and a marker that is none',
    run: async (world) => {
      await fails(
        world.lambda.send(new ListFunctionEventInvokeConfigsCommand({ FunctionName: world.unique('missing') })),
        notFound("The function doesn't exist."),
      );
      const FunctionName = await world.function();
      await fails(world.lambda.send(new ListFunctionEventInvokeConfigsCommand({ FunctionName, Marker: 'x' })), {
        code: 'InvalidParameterValueException',
        status: 400,
      });
    },
  },
  {
    operation: 'DeleteFunctionEventInvokeConfig',
    name: 'deletes one scope and no other, once',
    run: async (world) => {
      const FunctionName = await withVersionAndAlias(world);
      for (const Qualifier of ['$LATEST', 'live'])
        await world.lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, Qualifier, MaximumRetryAttempts: 1 }));
      const answer = await world.raw('DELETE', `/2019-09-25/functions/${FunctionName}/event-invoke-config`);
      assert.deepEqual([answer.status, answer.text], [204, '']);
      const again = new DeleteFunctionEventInvokeConfigCommand({ FunctionName });
      await fails(world.lambda.send(again), hasNone(world.arn(`function:${FunctionName}:$LATEST`)));
      await world.lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName, Qualifier: 'live' }));
      const missing = world.unique('missing');
      await fails(
        world.lambda.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName: missing })),
        hasNone(world.arn(`function:${missing}:$LATEST`)),
      );
    },
  },
];

/** Cases of this kind of operation. */
export const EVENT_INVOKE_CASES: readonly ConformanceCase[] = [...PUT, ...UPDATE, ...READ];
