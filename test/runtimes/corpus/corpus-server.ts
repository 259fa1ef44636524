import { symlinkSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  InvokeCommand,
  type InvokeCommandInput,
  InvokeWithResponseStreamCommand,
  LambdaClient,
  PublishLayerVersionCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { clientOptions, startServer, type TestServer } from '../../e2e/server.ts';
import type { Subject } from './subject.ts';

/** A full core for invocations too. */
export const MEMORY_MB = 1_769;

/** What an invocation came to. */
export interface Answer {
  readonly value: unknown;
  readonly error: string | undefined;
  readonly log: string;
}

/** A server as a user starts it, and the official client. */
export class CorpusServer {
  readonly #server: TestServer;
  readonly #lambda: LambdaClient;

  private constructor(server: TestServer) {
    this.#server = server;
    this.#lambda = new LambdaClient({ ...clientOptions(server), maxAttempts: 1 });
  }

  /** `added` is a folder that `lambkin runtime add` has filled. */
  static async start(added: string, settings: Readonly<Record<string, string>>): Promise<CorpusServer> {
    const directory = await mkdtemp(join(tmpdir(), 'lambkin-corpus-data-'));
    symlinkSync(added, join(directory, 'runtimes'));
    return new CorpusServer(await startServer(settings, directory));
  }

  async create(subject: Subject, name: string, more: Partial<CreateFunctionCommandInput>): Promise<void> {
    await this.#lambda.send(
      new CreateFunctionCommand({
        FunctionName: name,
        Runtime: subject.runtime,
        Handler: subject.handler,
        Role: 'arn:aws:iam::000000000000:role/test',
        MemorySize: MEMORY_MB,
        Timeout: 30,
        Code: { ZipFile: await subject.package() },
        ...more,
      }),
    );
    await waitUntilFunctionActiveV2(
      { client: this.#lambda, maxWaitTime: 30, minDelay: 0.1, maxDelay: 0.2 },
      { FunctionName: name },
    );
  }

  async publishLayer(name: string, content: Buffer): Promise<string> {
    const layer = await this.#lambda.send(new PublishLayerVersionCommand({ LayerName: name, Content: { ZipFile: content } }));
    return layer.LayerVersionArn ?? '';
  }

  async invoke(name: string, event: unknown, more: Partial<InvokeCommandInput> = {}): Promise<Answer> {
    const answer = await this.#lambda.send(
      new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify(event)), LogType: 'Tail', ...more }),
    );
    return {
      value: JSON.parse(answer.Payload?.transformToString() || 'null'),
      error: answer.FunctionError,
      log: Buffer.from(answer.LogResult ?? '', 'base64').toString(),
    };
  }

  /** The pieces of a streamed answer, as they came. Rejects when the function failed. */
  async stream(name: string, event: unknown): Promise<string[]> {
    const Payload = Buffer.from(JSON.stringify(event));
    const answer = await this.#lambda.send(new InvokeWithResponseStreamCommand({ FunctionName: name, Payload }));
    const pieces: Buffer[] = [];
    for await (const { PayloadChunk, InvokeComplete } of answer.EventStream ?? []) {
      if (PayloadChunk?.Payload) pieces.push(Buffer.from(PayloadChunk.Payload));
      if (InvokeComplete?.ErrorCode) throw new Error(`${InvokeComplete.ErrorCode}: ${InvokeComplete.ErrorDetails}`);
    }
    return pieces.map(String);
  }

  output(): string {
    return this.#server.output();
  }

  /** Resolves to the server's exit status. */
  async close(): Promise<number | null> {
    this.#lambda.destroy();
    return this.#server.close();
  }
}
