import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  ListLayersCommand,
  PutFunctionEventInvokeConfigCommand,
  ResourceConflictException,
  ResourceNotFoundException,
  TooManyRequestsException,
  UntagResourceCommand,
} from '@aws-sdk/client-lambda';
import { lambdaError } from '../../model/lambda-errors.ts';
import { QuietLogger } from '../../adapters/memory/quiet-logger.ts';
import { LAMBDA } from '../generated/lambda.ts';
import { readBody } from '../read-body.ts';
import type { RequestContext } from '../service.ts';
import { startListener } from '../wire-fixture.ts';
import { type OperationHandler, type RawHandler, restJsonService } from './rest-json-service.ts';

type Inputs = Record<string, unknown>[];

/** The official client against handlers played by the test; `inputs` collects what they were given. */
async function play(
  t: TestContext,
  handlers: Record<string, OperationHandler>,
  rawHandlers: Record<string, RawHandler> = {},
): Promise<{ client: LambdaClient; logger: QuietLogger }> {
  const logger = new QuietLogger();
  const service = restJsonService({
    name: 'lambda',
    table: LAMBDA,
    handlers,
    rawHandlers,
    bodyBytesMax: (operation) => (operation === 'CreateFunction' ? 100_000 : undefined),
    logger,
  });
  const { port } = await startListener(t, [service], { logger });
  const client = new LambdaClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-west-2',
    credentials: { accessKeyId: '123456789012', secretAccessKey: 'x' },
    maxAttempts: 1,
  });
  t.after(() => client.destroy());
  return { client, logger };
}

function recorder(inputs: Inputs, output: object = {}): OperationHandler {
  return async (input: Record<string, unknown>) => {
    inputs.push(input);
    return { output };
  };
}

const ROLE = 'arn:aws:iam::123456789012:role/r';

test('nested members, blobs and maps arrive as they were sent, with account and region', async (t) => {
  const inputs: Inputs = [];
  const contexts: RequestContext[] = [];
  const { client } = await play(t, {
    CreateFunction: async (input: Record<string, unknown>, context) => {
      inputs.push(input);
      contexts.push(context);
      return {
        output: {
          FunctionName: 'f',
          Timeout: 7,
          Environment: { Variables: { AB: 'b' } },
          Architectures: ['arm64'],
          Layers: undefined,
          NotInTheTable: 1,
        },
      };
    },
  });
  const sent = {
    FunctionName: 'f',
    Role: ROLE,
    Runtime: 'nodejs24.x' as const,
    Handler: 'index.handler',
    Code: { ZipFile: Buffer.from([0, 1, 2, 255]) },
    Environment: { Variables: { AB: 'é"\\', B_2: '' } },
    VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: [] },
    Architectures: ['arm64' as const],
    Timeout: 7,
    Publish: true,
  };
  const answer = await client.send(new CreateFunctionCommand(sent));
  assert.deepEqual(inputs, [sent]);
  assert.equal(contexts[0]?.account, '123456789012');
  assert.equal(contexts[0]?.region, 'us-west-2');
  assert.equal(answer.$metadata.httpStatusCode, 201);
  assert.equal(answer.$metadata.requestId, contexts[0]?.requestId);
  const { $metadata, ...members } = answer;
  assert.deepEqual(members, { FunctionName: 'f', Timeout: 7, Environment: { Variables: { AB: 'b' } }, Architectures: ['arm64'] });
});

test('labels, queries, repeated queries and numbers in queries arrive typed', async (t) => {
  const inputs: Inputs = [];
  const { client } = await play(t, {
    ListFunctions: recorder(inputs),
    UntagResource: recorder(inputs),
    GetFunction: recorder(inputs),
  });
  const arn = 'arn:aws:lambda:us-west-2:123456789012:function:f';
  await client.send(new ListFunctionsCommand({ MaxItems: 3, Marker: 'a b&c/ü', FunctionVersion: 'ALL' }));
  await client.send(new UntagResourceCommand({ Resource: arn, TagKeys: ['a', 'b c'] }));
  await client.send(new GetFunctionCommand({ FunctionName: arn, Qualifier: '$LATEST' }));
  assert.deepEqual(inputs, [
    { MaxItems: 3, Marker: 'a b&c/ü', FunctionVersion: 'ALL' },
    { Resource: arn, TagKeys: ['a', 'b c'] },
    { FunctionName: arn, Qualifier: '$LATEST' },
  ]);
});

test('dates are answered as the table spells them, and doubles survive', async (t) => {
  const inputs: Inputs = [];
  const { client } = await play(t, {
    PutFunctionEventInvokeConfig: recorder(inputs, { LastModified: new Date(1_767_225_600_500) }),
    CreateAlias: recorder(inputs),
  });
  const answer = await client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: 'f', MaximumRetryAttempts: 0 }));
  assert.equal(answer.LastModified?.getTime(), 1_767_225_600_500);
  await client.send(
    new CreateAliasCommand({
      FunctionName: 'f',
      Name: 'live',
      FunctionVersion: '1',
      RoutingConfig: { AdditionalVersionWeights: { '2': 0.25 } },
    }),
  );
  assert.deepEqual(inputs[1]?.['RoutingConfig'], { AdditionalVersionWeights: { '2': 0.25 } });
});

test('an answer without content has none', async (t) => {
  const { client } = await play(t, { DeleteFunction: async () => ({ output: {}, status: 204 }) });
  const answer = await client.send(new DeleteFunctionCommand({ FunctionName: 'f' }));
  assert.equal(answer.$metadata.httpStatusCode, 204);
});

test('errors become the exceptions of the client, in both spellings and with their members and headers', async (t) => {
  const { client } = await play(t, {
    GetFunction: async () => {
      throw lambdaError('ResourceNotFoundException', 'Function not found: x');
    },
    AddPermission: async () => {
      throw lambdaError('ResourceConflictException', 'The statement id (s) provided already exists.');
    },
    ListFunctions: async () => {
      throw lambdaError('TooManyRequestsException', 'Rate Exceeded.', {
        members: { Reason: 'CallerRateLimitExceeded' },
        headers: { 'Retry-After': '7' },
      });
    },
  });
  const missing = await client.send(new GetFunctionCommand({ FunctionName: 'f' })).catch((error: unknown) => error);
  assert.ok(missing instanceof ResourceNotFoundException);
  assert.equal(missing.message, 'Function not found: x');
  assert.equal(missing.Type, 'User');
  assert.match(missing.$metadata.requestId ?? '', /^[0-9a-f-]{36}$/);
  const permission = new AddPermissionCommand({
    FunctionName: 'f',
    StatementId: 's',
    Action: 'lambda:InvokeFunction',
    Principal: 's3.amazonaws.com',
  });
  assert.ok((await client.send(permission).catch((error: unknown) => error)) instanceof ResourceConflictException);
  const throttled = await client.send(new ListFunctionsCommand({})).catch((error: unknown) => error);
  assert.ok(throttled instanceof TooManyRequestsException);
  assert.equal(throttled.Reason, 'CallerRateLimitExceeded');
  assert.equal(throttled.retryAfterSeconds, '7');
});

test('an operation that is not built is named', async (t) => {
  const { client } = await play(t, {});
  const promise = client.send(new ListLayersCommand({}));
  await assert.rejects(promise, { name: 'NotImplementedException', message: /lambkin does not implement ListLayers yet/ });
});

test('a fault of ours is told neutrally and logged in full', async (t) => {
  const { client, logger } = await play(t, {
    GetFunction: async () => {
      throw new TypeError('secret detail');
    },
  });
  const promise = client.send(new GetFunctionCommand({ FunctionName: 'f' }));
  await assert.rejects(promise, (error: Error) => error.name === 'ServiceException' && !error.message.includes('secret'));
  assert.match(String(logger.lines.find(({ level }) => level === 'error')?.fields['error']), /secret detail/);
});

test('a body over its bound is refused by name although the client has not finished sending', async (t) => {
  const inputs: Inputs = [];
  const { client } = await play(t, { CreateFunction: recorder(inputs) });
  const command = new CreateFunctionCommand({ FunctionName: 'f', Role: ROLE, Code: { ZipFile: Buffer.alloc(8_000_000) } });
  await assert.rejects(client.send(command), {
    name: 'RequestEntityTooLargeException',
    message: 'Request must be smaller than 100000 bytes for the CreateFunction operation',
  });
  assert.deepEqual(inputs, []);
});

test('a raw handler reads and answers by itself', async (t) => {
  const { client } = await play(
    t,
    {},
    {
      Invoke: async (request, response, _context, labels) => {
        const body = await readBody(request, 1_000);
        response.writeHead(200, { 'X-Amz-Executed-Version': '$LATEST' });
        response.end(`${labels['FunctionName']} ${body.toString()}`);
      },
    },
  );
  const answer = await client.send(new InvokeCommand({ FunctionName: 'f', Payload: Buffer.from('{"a":1}') }));
  assert.equal(Buffer.from(answer.Payload ?? []).toString(), 'f {"a":1}');
  assert.equal(answer.ExecutedVersion, '$LATEST');
});
