import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import {
  CreateFunctionCommand,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  type InvokeWithResponseStreamCommandInput,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { clientOptions, startServer, type TestServer } from './server.ts';
import { zip } from './zip.ts';

// Streamed responses, from handlers in real sandboxes to the official client.

let server: TestServer;
let lambda: LambdaClient;

before(async () => {
  server = await startServer();
  lambda = new LambdaClient({ ...clientOptions(server), maxAttempts: 1 });
});

after(async () => {
  lambda.destroy();
  assert.equal(await server.close(), 0, server.output());
});

async function make(name: string, source: string, more: { Timeout?: number; MemorySize?: number } = {}): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/test',
      Timeout: 10,
      MemorySize: 512,
      ...more,
      Code: { ZipFile: await zip({ 'index.mjs': source }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 20, minDelay: 0.1, maxDelay: 0.1 }, { FunctionName: name });
}

interface Streamed {
  readonly pieces: Buffer[];
  readonly text: string;
  readonly errorCode: string | undefined;
  readonly errorDetails: { errorType?: string; errorMessage?: string } | undefined;
  readonly log: string;
}

async function stream(name: string, more: Partial<InvokeWithResponseStreamCommandInput> = {}): Promise<Streamed> {
  const answer = await lambda.send(new InvokeWithResponseStreamCommand({ FunctionName: name, ...more }));
  assert.equal(answer.StatusCode, 200);
  assert.equal(answer.ExecutedVersion, '$LATEST');
  const pieces: Buffer[] = [];
  let complete: { ErrorCode?: string; ErrorDetails?: string; LogResult?: string } | undefined;
  for await (const event of answer.EventStream ?? []) {
    assert.equal(complete, undefined, 'the completion is the last message');
    if (event.PayloadChunk?.Payload) pieces.push(Buffer.from(event.PayloadChunk.Payload));
    if (event.InvokeComplete) complete = event.InvokeComplete;
  }
  assert.ok(complete);
  return {
    pieces,
    text: Buffer.concat(pieces).toString(),
    errorCode: complete.ErrorCode,
    errorDetails: complete.ErrorDetails === undefined ? undefined : (JSON.parse(complete.ErrorDetails) as object),
    log: Buffer.from(complete.LogResult ?? '', 'base64').toString(),
  };
}

test('pieces arrive as they are written, the last message brings the log', async () => {
  await make(
    'pieces',
    `export const handler = awslambda.streamifyResponse(async (event, stream) => {
       console.log('streaming');
       for (const word of ['one', 'two', 'three']) {
         stream.write(word + ' ');
         await new Promise((resolve) => setTimeout(resolve, 30));
       }
       stream.end();
     });`,
  );
  const streamed = await stream('pieces', { LogType: 'Tail' });
  assert.equal(streamed.text, 'one two three ');
  assert.ok(streamed.pieces.length >= 3, `${streamed.pieces.length} pieces`);
  assert.equal(streamed.errorCode, undefined);
  assert.match(streamed.log, /START RequestId[^]*\tINFO\tstreaming\nEND [^]*REPORT /);
});

test('a buffered caller gets the whole of a streamed response, and a streaming caller the whole of a buffered one', async () => {
  await make('buffered', 'export const handler = async () => ({ a: 1 });');
  const whole = await lambda.send(new InvokeCommand({ FunctionName: 'pieces' }));
  assert.equal(whole.Payload?.transformToString(), 'one two three ');
  assert.equal(whole.FunctionError, undefined);
  const streamed = await stream('buffered', { LogType: 'Tail' });
  assert.equal(streamed.text, '{"a":1}');
  assert.match(streamed.log, /REPORT /);
});

test('errors before and after the first byte are told by the last message, and the environment goes on', async () => {
  await make(
    'failing',
    `export const handler = awslambda.streamifyResponse(async (event, stream) => {
       if (event.when === 'early') throw new TypeError('early');
       stream.write('begun');
       if (event.when === 'late') throw new TypeError('late');
       if (event.when === 'exit') process.exit(3);
       if (event.when === 'never') await new Promise(() => setInterval(() => {}, 1000));
       stream.end();
     });`,
    { Timeout: 1 },
  );
  const with_ = (when: string): Partial<InvokeWithResponseStreamCommandInput> => ({
    Payload: Buffer.from(JSON.stringify({ when })),
  });
  const early = await stream('failing', with_('early'));
  assert.deepEqual([early.text, early.errorCode, early.errorDetails?.errorType], ['', 'Unhandled', 'TypeError']);
  const late = await stream('failing', with_('late'));
  assert.deepEqual([late.text, late.errorDetails?.errorType, late.errorDetails?.errorMessage], ['begun', 'TypeError', 'late']);
  const exit = await stream('failing', with_('exit'));
  assert.deepEqual([exit.text, exit.errorCode], ['begun', 'Runtime.ExitError']);
  const never = await stream('failing', with_('never'));
  assert.deepEqual([never.text, never.errorCode], ['begun', 'Sandbox.Timedout']);
  assert.match(never.errorDetails?.errorMessage ?? '', /Task timed out after 1.00 seconds/);
  assert.equal((await stream('failing', with_('well'))).text, 'begun');
  const buffered = await lambda.send(new InvokeCommand({ FunctionName: 'failing', ...with_('late') }));
  assert.equal(buffered.FunctionError, 'Unhandled');
  assert.equal((JSON.parse(buffered.Payload?.transformToString() ?? '{}') as { errorType: string }).errorType, 'TypeError');
});

test(
  '100 MB pass at constant memory, byte for byte, and a slow reader makes the function wait',
  { timeout: 60_000 },
  async () => {
    await make(
      'large',
      `import { once } from 'node:events';
     export const handler = awslambda.streamifyResponse(async (event, stream) => {
       for (let index = 0; index < 1600; index += 1) {
         if (!stream.write(Buffer.alloc(65536, index % 251))) await once(stream, 'drain');
       }
       stream.end();
     });`,
      { Timeout: 60 },
    );
    const expected = createHash('sha256');
    for (let index = 0; index < 1_600; index += 1) expected.update(Buffer.alloc(65_536, index % 251));
    const seen = createHash('sha256');
    let sizeBytes = 0;
    const answer = await lambda.send(new InvokeWithResponseStreamCommand({ FunctionName: 'large' }));
    for await (const { PayloadChunk } of answer.EventStream ?? []) {
      if (!PayloadChunk?.Payload) continue;
      seen.update(PayloadChunk.Payload);
      sizeBytes += PayloadChunk.Payload.length;
    }
    assert.equal(sizeBytes, 104_857_600);
    assert.equal(seen.digest('hex'), expected.digest('hex'));
  },
);

test(
  'a response over 200 MB is cut off and the caller told; one over 6 MB does not fit a buffered caller',
  { timeout: 60_000 },
  async () => {
    await make(
      'endless',
      `import { once } from 'node:events';
     export const handler = awslambda.streamifyResponse(async (event, stream) => {
       const piece = Buffer.alloc(1_048_576);
       for (let index = 0; index < event.megabytes; index += 1) if (!stream.write(piece)) await once(stream, 'drain');
       stream.end();
     });`,
      { Timeout: 60 },
    );
    const answer = await lambda.send(
      new InvokeWithResponseStreamCommand({ FunctionName: 'endless', Payload: Buffer.from('{"megabytes":203}') }),
    );
    let sizeBytes = 0;
    let code: string | undefined;
    for await (const event of answer.EventStream ?? []) {
      sizeBytes += event.PayloadChunk?.Payload?.length ?? 0;
      code = event.InvokeComplete?.ErrorCode;
    }
    assert.equal(sizeBytes, 209_715_200);
    assert.equal(code, 'Function.ResponseSizeTooLarge');
    const buffered = await lambda.send(new InvokeCommand({ FunctionName: 'endless', Payload: Buffer.from('{"megabytes":7}') }));
    assert.equal(buffered.FunctionError, 'Unhandled');
    assert.match(buffered.Payload?.transformToString() ?? '', /Function.ResponseSizeTooLarge/);
  },
);

test('a caller who goes away in the middle stops nothing', async () => {
  await make(
    'left',
    `let done = 0;
     export const handler = awslambda.streamifyResponse(async (event, stream) => {
       if (event.ask) return void stream.end(String(done));
       for (let index = 0; index < 200; index += 1) { stream.write(Buffer.alloc(65536)); await new Promise((resolve) => setTimeout(resolve, 1)); }
       stream.end();
       done += 1;
     });`,
  );
  await stream('left', { Payload: Buffer.from('{"ask":true}') });
  await new Promise<void>((resolve, reject) => {
    const sent = request(
      `${server.endpoint}/2021-11-15/functions/left/response-streaming-invocations`,
      { method: 'POST' },
      (response) => {
        response.once('data', () => {
          response.destroy();
          resolve();
        });
      },
    );
    sent.on('error', reject);
    sent.end('{}');
  });
  for (let tries = 0; ; tries += 1) {
    // Another environment may answer until the first is done; both have the same code but not the same memory.
    const { text } = await stream('left', { Payload: Buffer.from('{"ask":true}') });
    if (text === '1') break;
    assert.ok(tries < 3_000, 'the function never came to its end');
  }
});

test('a dry run is answered with 204, an Event is refused', async () => {
  const dry = await lambda.send(new InvokeWithResponseStreamCommand({ FunctionName: 'buffered', InvocationType: 'DryRun' }));
  assert.equal(dry.StatusCode, 204);
  await assert.rejects(
    lambda.send(new InvokeWithResponseStreamCommand({ FunctionName: 'buffered', InvocationType: 'Event' as never })),
    { name: 'ValidationException' },
  );
});
