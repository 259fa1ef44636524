import assert from 'node:assert/strict';
import { request } from 'node:http';
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  type EventSourceMappingConfiguration,
  LambdaClient,
  type LambdaServiceException,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { clientOptions, startServer, type TestServer } from '../e2e/server.ts';
import { zip } from '../e2e/zip.ts';

/** The account and region that the cases talk to. */
export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';
/** A role of the right form. */
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/test`;

/** One thing that an operation must do, tried with the official client. */
export interface ConformanceCase {
  /** As the service model names it. */
  readonly operation: string;
  /** What must hold, a sentence. */
  readonly name: string;
  readonly run: (world: World) => Promise<void>;
}

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** A running server, the official client, and what the cases need again and again. */
export interface World {
  readonly server: TestServer;
  readonly lambda: LambdaClient;
  readonly sqs: SQSClient;
  /** A name that no other case uses. */
  unique(prefix: string): string;
  /** ARN of something of Lambda's in the account: `arn('function:f')`. */
  arn(resource: string): string;
  /** A zip that holds a Node.js handler; another `source` is another package. */
  code(source?: string): Promise<Buffer>;
  /** Creates a function and waits until it is active. Returns its name. */
  function(input?: Partial<CreateFunctionCommandInput>): Promise<string>;
  /** Creates a queue, if it is not there, and returns its ARN. */
  queue(QueueName: string, Attributes?: Readonly<Record<string, string>>): Promise<string>;
  /** Creates a mapping, and nothing else. */
  map(input: CreateEventSourceMappingCommandInput): Promise<EventSourceMappingConfiguration>;
  /** A request as it is written here, without the client's help. */
  raw(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<RawAnswer>;
  close(): Promise<void>;
}

/** Starts a server of its own. */
export async function openWorld(settings: Readonly<Record<string, string>> = {}): Promise<World> {
  const server = await startServer({ LAMBKIN_LOG_LEVEL: 'error', ...settings });
  const lambda = new LambdaClient({ ...clientOptions(server), maxAttempts: 1 });
  const sqs = new SQSClient({ ...clientOptions(server), maxAttempts: 1 });
  let count = 0;
  const unique = (prefix: string): string => {
    count += 1;
    return `${prefix}-${count}`;
  };
  const code = (source = 'exports.handler = async () => 1;'): Promise<Buffer> => zip({ 'index.js': source });
  return {
    server,
    lambda,
    sqs,
    unique,
    code,
    arn: (resource) => `arn:aws:lambda:${REGION}:${ACCOUNT}:${resource}`,
    function: async (input = {}) => {
      const FunctionName = input.FunctionName ?? unique('fn');
      await lambda.send(
        new CreateFunctionCommand({
          FunctionName,
          Role: ROLE,
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          ...input,
          Code: input.Code ?? { ZipFile: await code() },
        }),
      );
      if (!input.CapacityProviderConfig)
        await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 20, minDelay: 0.02, maxDelay: 0.1 }, { FunctionName });
      return FunctionName;
    },
    queue: async (QueueName, Attributes = {}) => {
      const fifo = QueueName.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
      await sqs.send(new CreateQueueCommand({ QueueName, Attributes: { ...fifo, ...Attributes } }));
      return `arn:aws:sqs:${REGION}:${ACCOUNT}:${QueueName}`;
    },
    map: (input) => lambda.send(new CreateEventSourceMappingCommand(input)),
    raw: (method, path, body, headers = {}) => send(server.endpoint, method, path, body, headers),
    close: async () => {
      lambda.destroy();
      sqs.destroy();
      assert.equal(await server.close(), 0, server.output());
    },
  };
}

/** Asserts that a call fails with this error: its name, its status and, if given, exactly this message. */
export async function fails(
  call: Promise<unknown>,
  expected: { readonly code: string; readonly status: number; readonly message?: string | RegExp; readonly type?: string | null },
): Promise<void> {
  const error = await call.then(
    () => assert.fail(`expected ${expected.code}, but the call succeeded`),
    (thrown: unknown) => thrown as LambdaServiceException & { Message?: string; Type?: string },
  );
  assert.equal(error.name, expected.code, error.message);
  assert.equal(error.$metadata.httpStatusCode, expected.status);
  const message = error.message || error.Message || '';
  if (expected.message instanceof RegExp) assert.match(message, expected.message);
  else if (expected.message !== undefined) assert.equal(message, expected.message);
  if (expected.type !== undefined) assert.equal(error.Type ?? null, expected.type);
}

/** Calls again until the answer is as it should be; for states that change in the background. */
export async function eventually<Answer>(
  call: () => Promise<Answer>,
  isReached: (answer: Answer) => boolean,
  triesMax = 2_000,
): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    const answer = await call();
    if (isReached(answer)) return answer;
    assert.ok(tries < triesMax, `not reached: ${JSON.stringify(answer)}`);
  }
}

function send(
  endpoint: string,
  method: string,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<RawAnswer> {
  const bytes = body === undefined ? undefined : Buffer.isBuffer(body) || typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = request(`${endpoint}${path}`, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        let json: Record<string, unknown> = {};
        try {
          json = JSON.parse(text) as Record<string, unknown>;
        } catch {
          // Some answers have no body, and some tests ask for what is not JSON.
        }
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
      });
    });
    sent.on('error', reject);
    sent.end(bytes);
  });
}
