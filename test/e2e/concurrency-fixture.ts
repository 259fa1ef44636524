import assert from 'node:assert/strict';
import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  InvokeCommand,
  type InvokeCommandInput,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { clientOptions, type TestServer } from './server.ts';
import { zip, type ZipEntry } from './zip.ts';

/** What an invoke answered. */
export interface Answer {
  readonly value: unknown;
  readonly error: string | undefined;
  readonly version: string | undefined;
  readonly log: string;
}

/** An answer as it came over the wire. */
export interface RawInvoke {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** A client of the server that tries nothing twice. */
export function clientOf(server: TestServer): LambdaClient {
  return new LambdaClient({ ...clientOptions(server), maxAttempts: 1 });
}

/** Creates a function, of Node.js if nothing else is said, and waits until it is active. */
export async function make(
  lambda: LambdaClient,
  FunctionName: string,
  source: string | Readonly<Record<string, ZipEntry>>,
  more: Partial<CreateFunctionCommandInput> = {},
): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/test',
      Timeout: 30,
      ...more,
      Code: { ZipFile: await zip(typeof source === 'string' ? { 'index.mjs': source } : source) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 20, minDelay: 0.1, maxDelay: 0.1 }, { FunctionName });
}

/** Invokes with the log's tail. */
export async function invoke(
  lambda: LambdaClient,
  FunctionName: string,
  event: unknown = {},
  more: Partial<InvokeCommandInput> = {},
): Promise<Answer> {
  const Payload = Buffer.from(JSON.stringify(event));
  const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload, LogType: 'Tail', ...more }));
  return {
    value: JSON.parse(answer.Payload?.transformToString() || 'null'),
    error: answer.FunctionError,
    version: answer.ExecutedVersion,
    log: Buffer.from(answer.LogResult ?? '', 'base64').toString(),
  };
}

/** Reads until it is as it should be, with short pauses. */
export async function until<Read>(read: () => Promise<Read>, isReached: (value: Read) => boolean, what: string): Promise<Read> {
  for (let tries = 0; ; tries += 1) {
    const value = await read();
    if (isReached(value)) return value;
    assert.ok(tries < 20_000, `${what}: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Holds functions that ask for its address until it is opened, so that a test knows what runs at a moment. */
export class Gate {
  url = '';
  readonly #held: ServerResponse[] = [];
  #arrived: () => void = () => {};
  readonly #server = createServer((_request, response) => {
    this.#held.push(response);
    this.#arrived();
  });

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
    return this;
  }

  /** Resolves when so many are held. */
  async holds(count: number): Promise<void> {
    while (this.#held.length < count) await new Promise<void>((resolve) => (this.#arrived = resolve));
    assert.equal(this.#held.length, count);
  }

  /** Lets go whoever is held now; whoever comes later is held again. */
  open(): void {
    for (const response of this.#held.splice(0)) response.end('open');
  }

  close(): void {
    this.open();
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** An invoke as it goes over the wire, without the client's help. */
export function rawInvoke(server: TestServer, functionName: string, event: unknown = {}): Promise<RawInvoke> {
  const path = `/2015-03-31/functions/${functionName}/invocations`;
  return new Promise((resolve, reject) => {
    const sent = request(`${server.endpoint}${path}`, { method: 'POST' }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', reject);
    sent.end(JSON.stringify(event));
  });
}
