import assert from 'node:assert/strict';
import {
  CheckpointDurableExecutionCommand,
  GetDurableExecutionCommand,
  GetDurableExecutionHistoryCommand,
  GetDurableExecutionStateCommand,
  InvokeCommand,
  ListDurableExecutionsByFunctionCommand,
  type ListDurableExecutionsByFunctionCommandInput,
  PublishVersionCommand,
  SendDurableExecutionCallbackFailureCommand,
  SendDurableExecutionCallbackHeartbeatCommand,
  SendDurableExecutionCallbackSuccessCommand,
  StopDurableExecutionCommand,
} from '@aws-sdk/client-lambda';
import { assertError, storedOnly } from './function-answers.ts';
import { ACCOUNT, type ConformanceCase, fails, REGION, type World } from './world.ts';

const PREFIX = '/2025-12-01/durable-executions';
const TOKEN = 'Y2hlY2twb2ludA==';
const CALLBACK = 'Y2FsbGJhY2s=';
const UNKNOWN = { code: 'ResourceNotFoundException', status: 404, message: 'Durable Execution does not exist', type: 'User' };
const NO_CALLBACK = { code: 'InvalidParameterValueException', status: 400, message: 'Invalid callback id', type: 'User' };
const ARN_PATTERN =
  'arn:([a-zA-Z0-9-]+):lambda:([a-zA-Z0-9-]+):(\\d{12}):function:([a-zA-Z0-9_-]+):(\\$LATEST(?:\\.PUBLISHED)?|[0-9]+)/durable-execution/([a-zA-Z0-9_-]+)/([a-zA-Z0-9_-]+)';

type Call = (world: World, DurableExecutionArn: string) => Promise<unknown>;

/** Calls of every operation on one execution. */
const CALLS: Readonly<Record<string, Call>> = {
  GetDurableExecution: ({ lambda }, DurableExecutionArn) =>
    lambda.send(new GetDurableExecutionCommand({ DurableExecutionArn, IncludeExecutionData: true })),
  GetDurableExecutionHistory: ({ lambda }, DurableExecutionArn) =>
    lambda.send(new GetDurableExecutionHistoryCommand({ DurableExecutionArn, ReverseOrder: true, MaxItems: 0 })),
  GetDurableExecutionState: ({ lambda }, DurableExecutionArn) =>
    lambda.send(new GetDurableExecutionStateCommand({ DurableExecutionArn, CheckpointToken: TOKEN })),
  CheckpointDurableExecution: ({ lambda }, DurableExecutionArn) =>
    lambda.send(
      new CheckpointDurableExecutionCommand({
        DurableExecutionArn,
        CheckpointToken: TOKEN,
        Updates: [{ Id: 'a', Type: 'STEP', Action: 'START' }],
      }),
    ),
  StopDurableExecution: ({ lambda }, DurableExecutionArn) =>
    lambda.send(new StopDurableExecutionCommand({ DurableExecutionArn, Error: { ErrorType: 'T', ErrorMessage: 'm' } })),
};

function executionArn(world: World, FunctionName: string, version = '$LATEST'): string {
  return world.arn(`function:${FunctionName}:${version}/durable-execution/name/0123-abc`);
}

function list(
  { lambda }: World,
  FunctionName: string,
  members: Omit<ListDurableExecutionsByFunctionCommandInput, 'FunctionName'> = {},
): Promise<{ readonly DurableExecutions?: unknown; readonly NextMarker?: unknown }> {
  return lambda.send(new ListDurableExecutionsByFunctionCommand({ FunctionName, ...members }));
}

const EXECUTION_CASES: readonly ConformanceCase[] = Object.entries(CALLS).flatMap(([operation, call]): ConformanceCase[] => [
  {
    operation,
    name: 'finds no execution, whether its function is there or not',
    run: async (world) => {
      const FunctionName = await world.function({ DurableConfig: { ExecutionTimeout: 60 } });
      for (const arn of [
        executionArn(world, FunctionName),
        executionArn(world, FunctionName, '7'),
        executionArn(world, FunctionName, '$LATEST.PUBLISHED'),
        executionArn(world, world.unique('missing')),
      ])
        await fails(call(world, arn), UNKNOWN);
    },
  },
  {
    operation,
    name: 'refuses ARNs of another form, another account and another region',
    run: async (world) => {
      const unqualified = world.arn('function:f/durable-execution/name/id');
      await fails(call(world, unqualified), {
        code: 'ValidationException',
        status: 400,
        message: `1 validation error detected: Value '${unqualified}' at 'durableExecutionArn' failed to satisfy constraint: Member must satisfy regular expression pattern: ${ARN_PATTERN}`,
      });
      const elsewhere = (account: string, region: string): string =>
        `arn:aws:lambda:${region}:${account}:function:f:1/durable-execution/name/id`;
      await fails(call(world, elsewhere('111111111111', REGION)), { code: 'AccessDeniedException', status: 403 });
      await fails(call(world, elsewhere(ACCOUNT, 'eu-west-1')), {
        code: 'ResourceNotFoundException',
        status: 404,
        message: `Functions from 'eu-west-1' are not reachable in this region ('${REGION}')`,
      });
    },
  },
]);

const WIRE_CASES: readonly ConformanceCase[] = [
  {
    operation: 'GetDurableExecution',
    name: 'takes ARNs with their slashes as they are',
    run: async (world) => {
      const arn = executionArn(world, 'f', '1');
      for (const path of [arn, encodeURIComponent(arn)]) {
        const answer = await world.raw('GET', `${PREFIX}/${path}`);
        assertError(answer, 404, 'ResourceNotFoundException', { Type: 'User', Message: UNKNOWN.message });
      }
    },
  },
  {
    operation: 'GetDurableExecutionHistory',
    name: 'takes ARNs with their slashes as they are, and bounds its pages',
    run: async (world) => {
      const path = `${PREFIX}/${executionArn(world, 'f', '1')}/history`;
      assertError(await world.raw('GET', path), 404, 'ResourceNotFoundException', { Type: 'User', Message: UNKNOWN.message });
      assertError(await world.raw('GET', `${path}?MaxItems=1001`), 400, 'ValidationException', {
        message:
          "1 validation error detected: Value '1001' at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 1000",
      });
    },
  },
  {
    operation: 'GetDurableExecutionState',
    name: 'wants a checkpoint token',
    run: async (world) => {
      assertError(await world.raw('GET', `${PREFIX}/${executionArn(world, 'f', '1')}/state`), 400, 'ValidationException', {
        message:
          "1 validation error detected: Value null at 'checkpointToken' failed to satisfy constraint: Member must not be null",
      });
    },
  },
  {
    operation: 'CheckpointDurableExecution',
    name: 'checks the form of every update',
    run: async (world) => {
      const answer = await world.raw('POST', `${PREFIX}/${executionArn(world, 'f', '1')}/checkpoint`, {
        CheckpointToken: TOKEN,
        Updates: [
          { Id: 'a', Type: 'STEP', Action: 'START' },
          { Id: 'b', Type: 'STEP', StepOptions: { NextAttemptDelaySeconds: 0 } },
        ],
      });
      assertError(answer, 400, 'ValidationException', {
        message:
          "2 validation errors detected: Value null at 'updates.2.member.action' failed to satisfy constraint: Member must not be null; Value '0' at 'updates.2.member.stepOptions.nextAttemptDelaySeconds' failed to satisfy constraint: Member must have value greater than or equal to 1",
      });
    },
  },
  {
    operation: 'StopDurableExecution',
    name: 'needs no body',
    run: async (world) => {
      const answer = await world.raw('POST', `${PREFIX}/${executionArn(world, 'f', '1')}/stop`);
      assertError(answer, 404, 'ResourceNotFoundException', { Type: 'User', Message: UNKNOWN.message });
    },
  },
];

const LIST_CASES: readonly ConformanceCase[] = [
  {
    operation: 'ListDurableExecutionsByFunction',
    name: 'is empty, for durable functions do not run yet, and says so',
    run: async (world) => {
      const FunctionName = await world.function({ DurableConfig: { ExecutionTimeout: 60 } });
      await world.lambda.send(new PublishVersionCommand({ FunctionName }));
      const answer = await world.raw('GET', `/2025-12-01/functions/${FunctionName}/durable-executions`);
      assert.equal(answer.status, 200);
      assert.deepEqual(answer.json, { DurableExecutions: [] });
      assert.deepEqual(storedOnly(answer), ['ListDurableExecutionsByFunction']);
      const filtered = await list(world, FunctionName, {
        Qualifier: '1',
        DurableExecutionName: 'name',
        Statuses: ['RUNNING', 'FAILED'],
        StartedAfter: new Date(0),
        StartedBefore: new Date(),
        ReverseOrder: true,
        MaxItems: 0,
      });
      assert.deepEqual([filtered.DurableExecutions, filtered.NextMarker], [[], undefined]);
      await fails(world.lambda.send(new InvokeCommand({ FunctionName, Qualifier: '1' })), {
        code: 'NotImplementedException',
        status: 501,
      });
    },
  },
  {
    operation: 'ListDurableExecutionsByFunction',
    name: 'refuses functions and versions that are not there, and filters of another form',
    run: async (world) => {
      const FunctionName = await world.function();
      const missing = world.unique('missing');
      await fails(list(world, missing), {
        code: 'ResourceNotFoundException',
        status: 404,
        message: `Function not found: ${world.arn(`function:${missing}`)}`,
      });
      await fails(list(world, FunctionName, { Qualifier: '7' }), {
        code: 'ResourceNotFoundException',
        status: 404,
        message: `Function not found: ${world.arn(`function:${FunctionName}:7`)}`,
      });
      const path = `/2025-12-01/functions/${FunctionName}/durable-executions`;
      const answer = await world.raw('GET', `${path}?DurableExecutionName=a.b&MaxItems=1001`);
      assertError(answer, 400, 'ValidationException', {
        message:
          "2 validation errors detected: Value 'a.b' at 'durableExecutionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9-_]+; Value '1001' at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 1000",
      });
      assert.equal((await world.raw('GET', `${path}?Statuses=NONE`)).headers['x-amzn-errortype'], 'ValidationException');
    },
  },
];

const CALLBACK_CASES: readonly ConformanceCase[] = [
  {
    operation: 'SendDurableExecutionCallbackSuccess',
    name: 'knows no callback, and takes results up to their bound',
    run: async (world) => {
      const send = (bytes: number): Promise<unknown> =>
        world.lambda.send(
          new SendDurableExecutionCallbackSuccessCommand({ CallbackId: CALLBACK, Result: Buffer.alloc(bytes, '1') }),
        );
      await fails(send(0), NO_CALLBACK);
      await fails(send(262_144), NO_CALLBACK);
      await fails(send(262_145), {
        code: 'ValidationException',
        status: 400,
        message:
          "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=262145 cap=262145]' at 'result' failed to satisfy constraint: Member must have length less than or equal to 262144",
      });
    },
  },
  {
    operation: 'SendDurableExecutionCallbackFailure',
    name: 'knows no callback, with an error and without',
    run: async (world) => {
      for (const Error of [undefined, { ErrorType: 'T', ErrorMessage: 'm', StackTrace: ['a'] }])
        await fails(
          world.lambda.send(new SendDurableExecutionCallbackFailureCommand({ CallbackId: CALLBACK, Error })),
          NO_CALLBACK,
        );
      const path = `/2025-12-01/durable-execution-callbacks/${CALLBACK}/fail`;
      const answer = await world.raw('POST', path, { ErrorMessage: 1 });
      assert.equal(answer.headers['x-amzn-errortype'], 'SerializationException');
    },
  },
  {
    operation: 'SendDurableExecutionCallbackHeartbeat',
    name: 'knows no callback, and checks the form of its id',
    run: async (world) => {
      const send = (CallbackId: string): Promise<unknown> =>
        world.lambda.send(new SendDurableExecutionCallbackHeartbeatCommand({ CallbackId }));
      await fails(send(CALLBACK), NO_CALLBACK);
      await fails(send('a/b+c='), NO_CALLBACK);
      await fails(send('not base64'), {
        code: 'ValidationException',
        status: 400,
        message:
          "1 validation error detected: Value 'not base64' at 'callbackId' failed to satisfy constraint: Member must satisfy regular expression pattern: [A-Za-z0-9+/]+={0,2}",
      });
    },
  },
];

/** Cases of durable executions. */
export const DURABLE_EXECUTION_CASES: readonly ConformanceCase[] = [
  ...EXECUTION_CASES,
  ...WIRE_CASES,
  ...LIST_CASES,
  ...CALLBACK_CASES,
];
