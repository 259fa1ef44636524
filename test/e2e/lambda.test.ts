import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  InvokeCommand,
  type InvokeCommandInput,
  LambdaClient,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  type Runtime,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { clientOptions, startServer, type TestServer } from './server.ts';
import { zip } from './zip.ts';

// A server as a user starts it, the official SDK as its client, real runtimes in real sandboxes.

let server: TestServer;
let lambda: LambdaClient;

before(async () => {
  server = await startServer({ LAMBKIN_INVOKE_ASYNC_RETRY_DELAYS_SECONDS: '0.1,0.1' });
  lambda = new LambdaClient({ ...clientOptions(server), maxAttempts: 1 });
});

after(async () => {
  lambda.destroy();
  assert.equal(await server.close(), 0, server.output());
});

interface Made {
  readonly runtime?: Runtime;
  readonly file?: string;
  readonly timeout?: number;
  readonly memory?: number;
}

async function make(name: string, source: string, made: Made = {}): Promise<void> {
  const { runtime = 'nodejs24.x', file = 'index.mjs', timeout = 10, memory = 512 } = made;
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: runtime,
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/test',
      Timeout: timeout,
      MemorySize: memory,
      Code: { ZipFile: await zip({ [file]: source }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 20, minDelay: 1, maxDelay: 1 }, { FunctionName: name });
}

interface Answer {
  readonly value: unknown;
  readonly error: string | undefined;
  readonly version: string | undefined;
  readonly log: string;
}

async function invoke(name: string, event: unknown = {}, more: Partial<InvokeCommandInput> = {}): Promise<Answer> {
  const answer = await lambda.send(
    new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify(event)), LogType: 'Tail', ...more }),
  );
  return {
    value: JSON.parse(answer.Payload?.transformToString() || 'null'),
    error: answer.FunctionError,
    version: answer.ExecutedVersion,
    log: Buffer.from(answer.LogResult ?? '', 'base64').toString(),
  };
}

test('a Node.js function: create, invoke with its log, update the code, publish, alias, invoke the alias', async () => {
  await make(
    'node',
    'export const handler = async (event, context) => { console.log("said", event.name); return { hello: event.name, id: context.awsRequestId }; };',
  );
  const first = await invoke('node', { name: 'é' });
  assert.equal((first.value as { hello: string }).hello, 'é');
  assert.equal(first.version, '$LATEST');
  const id = (first.value as { id: string }).id;
  assert.match(
    first.log,
    new RegExp(
      `^START RequestId: ${id} Version: \\$LATEST\\n[^\\n]*\\t${id}\\tINFO\\tsaid é\\nEND RequestId: ${id}\\nREPORT RequestId: ${id}\\t`,
    ),
  );

  const one = await lambda.send(new PublishVersionCommand({ FunctionName: 'node' }));
  assert.equal(one.Version, '1');
  await lambda.send(new CreateAliasCommand({ FunctionName: 'node', Name: 'live', FunctionVersion: '1' }));
  await lambda.send(
    new UpdateFunctionCodeCommand({
      FunctionName: 'node',
      ZipFile: await zip({ 'index.mjs': 'export const handler = async () => "new";' }),
    }),
  );
  await waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 20, minDelay: 1 }, { FunctionName: 'node' });
  assert.equal((await invoke('node')).value, 'new');
  const live = await invoke('node:live', { name: 'old' });
  assert.equal((live.value as { hello: string }).hello, 'old');
  assert.equal(live.version, '1');
});

test('a Python function, with what it prints and the shape of its errors', async () => {
  await make(
    'python',
    'def handler(event, context):\n    print("printed")\n    if event.get("fail"):\n        raise ValueError("no")\n    return event\n',
    { runtime: 'python3.11', file: 'index.py' },
  );
  const fine = await invoke('python', { a: [1, 'ü'] });
  assert.deepEqual(fine.value, { a: [1, 'ü'] });
  assert.match(fine.log, /\nprinted\n/);
  const failed = await invoke('python', { fail: true });
  assert.equal(failed.error, 'Unhandled');
  const { errorMessage, errorType } = failed.value as Record<string, string>;
  assert.deepEqual([errorMessage, errorType], ['no', 'ValueError']);
  assert.deepEqual(Object.keys(failed.value as object), ['errorMessage', 'errorType', 'requestId', 'stackTrace']);
});

test('errors, timeouts, crashes and failing inits have the shapes of Lambda', async () => {
  await make(
    'fails',
    `let calls = 0;
     export const handler = async (event) => {
       calls += 1;
       if (event.how === 'throw') throw new TypeError('thrown');
       if (event.how === 'exit') process.exit(3);
       if (event.how === 'hang') await new Promise((resolve) => setTimeout(resolve, 60000));
       return calls;
     };`,
    { timeout: 1 },
  );
  const thrown = await invoke('fails', { how: 'throw' });
  assert.equal(thrown.error, 'Unhandled');
  assert.deepEqual(
    [(thrown.value as { errorType: string }).errorType, (thrown.value as { errorMessage: string }).errorMessage],
    ['TypeError', 'thrown'],
  );
  assert.equal((await invoke('fails')).value, 2, 'a thrown error leaves the process alive');
  const exited = await invoke('fails', { how: 'exit' });
  assert.match(
    (exited.value as { errorMessage: string }).errorMessage,
    /^RequestId: [0-9a-f-]+ Error: Runtime exited with error: exit status 3$/,
  );
  assert.equal((exited.value as { errorType: string }).errorType, 'Runtime.ExitError');
  assert.equal((await invoke('fails')).value, 1, 'a crash costs the process');
  const late = await invoke('fails', { how: 'hang' });
  assert.match((late.value as { errorMessage: string }).errorMessage, /Task timed out after 1\.00 seconds$/);
  assert.match(late.log, /Status: timeout\n$/);
  await make('broken', 'require("./missing.js");', { runtime: 'nodejs24.x', file: 'index.js' });
  const broken = await invoke('broken');
  assert.equal(broken.error, 'Unhandled');
  assert.equal((broken.value as { errorType: string }).errorType, 'Runtime.ImportModuleError');
});

test('out of memory is told as such, and the neighbour goes on', async (t) => {
  if (server.output().includes('Not enforced here: memory')) return t.skip('this host can not bound memory');
  await make('greedy', 'def handler(event, context):\n    return len(bytearray(1024 * 1024 * 1024))\n', {
    runtime: 'python3.11',
    file: 'index.py',
    memory: 128,
  });
  await make('neighbour', 'export const handler = async () => "well";');
  const [greedy, neighbour] = await Promise.all([invoke('greedy'), invoke('neighbour')]);
  assert.equal((greedy.value as { errorType: string }).errorType, 'Runtime.OutOfMemory');
  assert.match(greedy.log, /Status: error\tError Type: Runtime\.OutOfMemory/);
  assert.equal(neighbour.value, 'well');
});

test('an own runtime on provided.al2023 speaks to the HTTP Runtime API', async () => {
  const bootstrap = `#!/usr/bin/env python3
import json, os, urllib.request
base = 'http://' + os.environ['AWS_LAMBDA_RUNTIME_API'] + '/2018-06-01/runtime/invocation/'
while True:
    event = urllib.request.urlopen(base + 'next')
    body = json.dumps({'got': json.load(event), 'handler': os.environ['_HANDLER']}).encode()
    urllib.request.urlopen(urllib.request.Request(base + event.headers['Lambda-Runtime-Aws-Request-Id'] + '/response', body, method='POST')).read()
`;
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'own',
      Runtime: 'provided.al2023',
      Handler: 'anything',
      Role: 'arn:aws:iam::000000000000:role/test',
      MemorySize: 512,
      Timeout: 10,
      Code: { ZipFile: await zip({ bootstrap: { content: bootstrap, mode: 0o755 } }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 20, minDelay: 1 }, { FunctionName: 'own' });
  for (const n of [1, 2]) assert.deepEqual((await invoke('own', { n })).value, { got: { n }, handler: 'anything' });
});

test('event and dry-run invokes, and what is refused before the function runs', async () => {
  await make('events', 'export const handler = async (event) => { if (event.fail) throw new Error("again"); return 1; };');
  assert.equal(
    (await lambda.send(new InvokeCommand({ FunctionName: 'events', InvocationType: 'Event', Payload: Buffer.from('{}') })))
      .StatusCode,
    202,
  );
  assert.equal((await lambda.send(new InvokeCommand({ FunctionName: 'events', InvocationType: 'DryRun' }))).StatusCode, 204);
  await assert.rejects(lambda.send(new InvokeCommand({ FunctionName: 'events', Payload: Buffer.from('{') })), {
    name: 'InvalidRequestContentException',
  });
  await assert.rejects(lambda.send(new InvokeCommand({ FunctionName: 'nowhere' })), {
    name: 'ResourceNotFoundException',
    message: 'Function not found: arn:aws:lambda:us-east-1:000000000000:function:nowhere:$LATEST',
  });
  await assert.rejects(
    lambda.send(new InvokeCommand({ FunctionName: 'events', InvocationType: 'Event', Payload: Buffer.alloc(1_048_577, 0x20) })),
    {
      name: 'RequestTooLargeException',
    },
  );
});

test('reserved concurrency throttles with its reason', async () => {
  await make('one', 'export const handler = async () => new Promise((resolve) => setTimeout(() => resolve(1), 1000));');
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'one', ReservedConcurrentExecutions: 0 }));
  await assert.rejects(lambda.send(new InvokeCommand({ FunctionName: 'one' })), {
    name: 'TooManyRequestsException',
    Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
  });
});

test('a changed configuration reaches the function, and the package can be downloaded', async () => {
  await make('changed', 'export const handler = async () => process.env.COLOUR ?? "none";');
  assert.equal((await invoke('changed')).value, 'none');
  await lambda.send(
    new UpdateFunctionConfigurationCommand({
      FunctionName: 'changed',
      Environment: { Variables: { COLOUR: "it's blue; $(id)" } },
    }),
  );
  await waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 20, minDelay: 1 }, { FunctionName: 'changed' });
  assert.equal((await invoke('changed')).value, "it's blue; $(id)");
  const { Code } = await lambda.send(new GetFunctionCommand({ FunctionName: 'changed' }));
  const download = await fetch(Code?.Location ?? '');
  assert.equal(download.status, 200);
  assert.equal(
    Buffer.from(await download.arrayBuffer())
      .subarray(0, 2)
      .toString(),
    'PK',
  );
  assert.equal((await fetch((Code?.Location ?? '').replace(/signature=./, 'signature=_'))).status, 403);
  await lambda.send(new DeleteFunctionCommand({ FunctionName: 'changed' }));
  await assert.rejects(lambda.send(new InvokeCommand({ FunctionName: 'changed' })), { name: 'ResourceNotFoundException' });
});

test('hostile and broken packages are refused in the words of Lambda', async () => {
  const create = (ZipFile: Buffer) =>
    lambda.send(
      new CreateFunctionCommand({
        FunctionName: 'bad',
        Runtime: 'nodejs24.x',
        Handler: 'i.h',
        Role: 'arn:aws:iam::000000000000:role/test',
        Code: { ZipFile },
      }),
    );
  await assert.rejects(create(Buffer.from('not a zip')), {
    name: 'InvalidParameterValueException',
    message: 'Could not unzip uploaded file. Please check your file, then try to upload again.',
  });
  const traversal = Buffer.from((await zip({ 'xx/evil': 'x' })).toString('latin1').replaceAll('xx/evil', '../evil'), 'latin1');
  await assert.rejects(create(traversal), {
    message: 'Could not unzip uploaded file. Please check your file, then try to upload again.',
  });
  const link = await zip({ link: { content: '/etc/passwd', mode: 0o120777 } });
  await assert.rejects(create(link), { name: 'InvalidParameterValueException' });
});
