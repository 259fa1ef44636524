import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { type IncomingMessage, request } from 'node:http';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionCommand,
  type CreateFunctionUrlConfigCommandInput,
  CreateFunctionUrlConfigCommand,
  DeleteFunctionCommand,
  LambdaClient,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  RemovePermissionCommand,
  UpdateFunctionCodeCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { clientOptions, startServer, type TestServer } from './server.ts';
import { Shapes } from './shape-check.ts';
import { zip } from './zip.ts';

// URLs of functions in real sandboxes, made by the official client and called as any HTTP client would.

const ACCOUNT = '000000000000';
const SIGNED = 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=00';
const FORBIDDEN =
  'Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html';

let server: TestServer;
let lambda: LambdaClient;
let shapes: Shapes;

before(async () => {
  server = await startServer();
  lambda = new LambdaClient({ ...clientOptions(server), maxAttempts: 1 });
  shapes = new Shapes(fileURLToPath(new URL('event-types.ts', import.meta.url)), 'EventTypes');
});

after(async () => {
  lambda.destroy();
  shapes.close();
  assert.equal(await server.close(), 0, server.output());
});

async function make(
  FunctionName: string,
  files: Readonly<Record<string, string>>,
  Runtime = 'nodejs24.x',
  Timeout = 10,
): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: Runtime as 'nodejs24.x',
      Handler: 'index.handler',
      Role: `arn:aws:iam::${ACCOUNT}:role/test`,
      Timeout,
      MemorySize: 512,
      Code: { ZipFile: await zip(files) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 30, minDelay: 0.1, maxDelay: 0.1 }, { FunctionName });
}

/** Lets everybody in, as AWS asks for it since October 2025. */
async function open(FunctionName: string, Qualifier?: string): Promise<void> {
  const everybody = { FunctionName, Qualifier, Principal: '*' };
  await lambda.send(
    new AddPermissionCommand({
      ...everybody,
      StatementId: 'url',
      Action: 'lambda:InvokeFunctionUrl',
      FunctionUrlAuthType: 'NONE',
    }),
  );
  await lambda.send(
    new AddPermissionCommand({ ...everybody, StatementId: 'via', Action: 'lambda:InvokeFunction', InvokedViaFunctionUrl: true }),
  );
}

async function give(FunctionName: string, more: Partial<CreateFunctionUrlConfigCommandInput> = {}): Promise<URL> {
  const { FunctionUrl = '' } = await lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE', ...more }));
  return new URL(FunctionUrl);
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly isComplete: boolean;
}

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer;
}

/** Calls a URL by its own host and port; only the name is not looked up. */
function call(url: URL, { method = 'GET', path = '/', headers = {}, body }: Asked = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port: url.port, method, path, headers: { host: url.host, ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', () => {});
        response.once('close', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
            isComplete: response.complete,
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

test('a function of Python gets the event as published, and its response comes out as HTTP', async () => {
  await make(
    'python',
    {
      'index.py': `import json
def handler(event, context):
    if event['rawPath'] == '/plain': return {'hello': [1, 2]}
    if event['rawPath'] == '/text': return 'just text'
    if event['rawPath'] == '/fail': raise ValueError('no')
    if event['rawPath'] == '/shape': return {'statusCode': 200, 'body': {'not': 'text'}}
    return {'statusCode': 201, 'headers': {'X-Kind': 'echo'}, 'cookies': ['a=1', 'b=2; Path=/'], 'body': json.dumps(event)}
`,
    },
    'python3.13',
  );
  const url = await give('python');
  assert.deepEqual(await call(url).then(({ status, body }) => [status, JSON.parse(body)]), [403, { Message: FORBIDDEN }]);
  await open('python');
  const echo = await call(url, {
    method: 'POST',
    path: '/a%20b/c?x=1&x=2&y=%C3%A4',
    headers: { 'content-type': 'application/json', cookie: 'c=1; d=2', 'x-many': ['p', 'q'] },
    body: '{"n":1}',
  });
  assert.equal(echo.status, 201);
  assert.deepEqual(
    [echo.headers['x-kind'], echo.headers['set-cookie'], echo.headers['content-type']],
    ['echo', ['a=1', 'b=2; Path=/'], 'application/json'],
  );
  const event = JSON.parse(echo.body) as Record<string, unknown> & { requestContext: { requestId: string } };
  assert.deepEqual(shapes.check('functionUrl', event).wrong, []);
  assert.equal(event['rawPath'], '/a%20b/c');
  assert.deepEqual(event['queryStringParameters'], { x: '1,2', y: 'ä' });
  assert.deepEqual(event['cookies'], ['c=1', 'd=2']);
  assert.equal(event['body'], '{"n":1}');
  assert.equal(echo.headers['x-amzn-requestid'], event.requestContext.requestId);
  const of = async (path: string): Promise<[number, string]> => call(url, { path }).then(({ status, body }) => [status, body]);
  assert.deepEqual(await of('/plain'), [200, '{"hello":[1,2]}']);
  assert.deepEqual(await of('/text'), [200, 'just text']);
  assert.deepEqual(await of('/fail'), [502, 'Internal Server Error']);
  assert.deepEqual(await of('/shape'), [502, 'Internal Server Error']);
});

test('the URL is of its qualifier, serves under any domain, and by a path for clients that can not resolve it', async () => {
  const source = (word: string): Readonly<Record<string, string>> => ({
    'index.mjs': `export const handler = async (event, context) => ({ word: '${word}', arn: context.invokedFunctionArn, path: event.rawPath });`,
  });
  const FunctionName = 'aliased';
  await make(FunctionName, source('one'));
  await lambda.send(new PublishVersionCommand({ FunctionName }));
  await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: await zip(source('two')) }));
  await waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 30, minDelay: 0.1, maxDelay: 0.1 }, { FunctionName });
  await open(FunctionName);
  await open(FunctionName, 'live');
  const latest = await give(FunctionName);
  const live = await give(FunctionName, { Qualifier: 'live' });
  const arn = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${FunctionName}`;
  const of = async (url: URL, asked?: Asked): Promise<unknown> => JSON.parse((await call(url, asked)).body);
  assert.deepEqual(await of(latest, { path: '/_lambkin/health' }), { word: 'two', arn, path: '/_lambkin/health' });
  assert.deepEqual(await of(live), { word: 'one', arn: `${arn}:live`, path: '/' });
  const id = live.host.split('.')[0] ?? '';
  assert.deepEqual(await of(live, { headers: { host: `${id}.lambda-url.us-east-1.on.aws` } }), {
    word: 'one',
    arn: `${arn}:live`,
    path: '/',
  });
  const byPath = { headers: { host: `127.0.0.1:${live.port}` }, path: `/_lambkin/url/${id}/some/path?q` };
  assert.deepEqual(await of(live, byPath), { word: 'one', arn: `${arn}:live`, path: '/some/path' });
  // What leads nowhere is answered as AWS answers it: another region, an id of nobody, a function that is gone.
  const nowhere = [
    `${id}.lambda-url.eu-west-1.on.aws`,
    `${'0'.repeat(32)}.lambda-url.us-east-1.on.aws`,
    'x.lambda-url.us-east-1.on.aws',
  ];
  for (const host of nowhere) {
    const { status, body, headers } = await call(live, { headers: { host } });
    assert.deepEqual([status, body, headers['x-amzn-errortype']], [403, '{"Message":null}', 'AccessDeniedException'], host);
  }
  await lambda.send(new DeleteFunctionCommand({ FunctionName }));
  assert.deepEqual(await call(live).then(({ status, body }) => [status, body]), [403, '{"Message":null}']);
});

test('AWS_IAM asks for a signature, tells who signed, and lets other accounts in by the policy only', async () => {
  await make('signed', { 'index.mjs': 'export const handler = async (event) => event;' });
  const url = await give('signed', { AuthType: 'AWS_IAM' });
  const unsigned = await call(url);
  assert.deepEqual([unsigned.status, JSON.parse(unsigned.body)], [403, { Message: FORBIDDEN }]);
  const signed = await call(url, { headers: { authorization: SIGNED } });
  assert.equal(signed.status, 200);
  const event = JSON.parse(signed.body) as {
    requestContext: { accountId: string; authorizer: { iam: Record<string, unknown> } };
  };
  assert.deepEqual(shapes.check('signedFunctionUrl', event).wrong, []);
  assert.equal(event.requestContext.accountId, ACCOUNT);
  assert.equal(event.requestContext.authorizer.iam['userArn'], `arn:aws:iam::${ACCOUNT}:root`);
  const foreign = { headers: { authorization: SIGNED.replace('test/', '111122223333/') } };
  assert.equal((await call(url, foreign)).status, 403);
  const grants = [
    { StatementId: 'url', Action: 'lambda:InvokeFunctionUrl', FunctionUrlAuthType: 'AWS_IAM' as const },
    { StatementId: 'via', Action: 'lambda:InvokeFunction', InvokedViaFunctionUrl: true },
  ];
  for (const grant of grants) {
    assert.equal((await call(url, foreign)).status, 403);
    await lambda.send(new AddPermissionCommand({ FunctionName: 'signed', Principal: '111122223333', ...grant }));
  }
  assert.equal((await call(url, foreign)).status, 200);
  await lambda.send(new RemovePermissionCommand({ FunctionName: 'signed', StatementId: 'via' }));
  assert.equal((await call(url, foreign)).status, 403);
});

test('a function that streams: head first, pieces as they come, a late error cuts the connection', async () => {
  await make('streaming', {
    'index.mjs': `export const handler = awslambda.streamifyResponse(async (event, stream) => {
      const path = event.rawPath;
      if (path === '/raw') { stream.setContentType('text/plain'); stream.write('raw'); return void stream.end(); }
      if (path === '/early') throw new Error('early');
      const head = { statusCode: path === '/none' ? 204 : 418, headers: { 'x-kind': 'tea' }, cookies: ['a=1', 'b=2'] };
      const out = awslambda.HttpResponseStream.from(stream, head);
      for (const word of ['one', 'two', 'three']) { out.write(word + ' '); await new Promise((r) => setTimeout(r, 20)); }
      if (path === '/late') throw new Error('late');
      out.end();
    });`,
  });
  await open('streaming');
  const url = await give('streaming', { InvokeMode: 'RESPONSE_STREAM' });
  const well = await call(url);
  assert.deepEqual([well.status, well.body, well.isComplete], [418, 'one two three ', true]);
  assert.deepEqual(
    [well.headers['x-kind'], well.headers['set-cookie'], well.headers['transfer-encoding'], well.headers['content-type']],
    ['tea', ['a=1', 'b=2'], 'chunked', 'application/octet-stream'],
  );
  const late = await call(url, { path: '/late' });
  assert.deepEqual([late.status, late.isComplete], [418, false]);
  assert.match(late.body, /^one two/);
  const raw = await call(url, { path: '/raw' });
  assert.deepEqual([raw.status, raw.body, raw.headers['content-type']], [200, 'raw', 'text/plain']);
  assert.deepEqual(await call(url, { path: '/early' }).then(({ status, body }) => [status, body]), [
    502,
    'Internal Server Error',
  ]);
  assert.deepEqual(await call(url, { path: '/none' }).then(({ status, body }) => [status, body]), [204, '']);
  assert.deepEqual(await call(url, { method: 'HEAD' }).then(({ status, body }) => [status, body]), [418, '']);
  // A function that does not stream is passed on as it is.
  await make('whole', { 'index.mjs': `export const handler = async () => ({ statusCode: 201, body: 'x' });` });
  await open('whole');
  const whole = await call(await give('whole', { InvokeMode: 'RESPONSE_STREAM' }));
  assert.deepEqual([whole.status, whole.body], [200, '{"statusCode":201,"body":"x"}']);
});

test('100 MB pass through a URL without being gathered', { timeout: 60_000 }, async () => {
  await make(
    'large',
    {
      'index.mjs': `import { once } from 'node:events';
      export const handler = awslambda.streamifyResponse(async (event, stream) => {
        const piece = Buffer.alloc(65536, 7);
        for (let index = 0; index < 1600; index += 1) if (!stream.write(piece)) await once(stream, 'drain');
        stream.end();
      });`,
    },
    'nodejs24.x',
    60,
  );
  await open('large');
  const url = await give('large', { InvokeMode: 'RESPONSE_STREAM' });
  const sent = request({ host: '127.0.0.1', port: url.port, headers: { host: url.host } });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let sizeBytes = 0;
  for await (const piece of response) sizeBytes += (piece as Buffer).length;
  assert.equal(sizeBytes, 104_857_600);
});

test('throttles are told in the words of Lambda; a timeout is a bad gateway; both are counted', async () => {
  await make(
    'slow',
    { 'index.mjs': 'export const handler = () => new Promise(() => setInterval(() => {}, 1000));' },
    'nodejs24.x',
    1,
  );
  await open('slow');
  const url = await give('slow');
  assert.deepEqual(await call(url).then(({ status, body }) => [status, body]), [502, 'Internal Server Error']);
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'slow', ReservedConcurrentExecutions: 0 }));
  const throttled = await call(url);
  assert.equal(throttled.status, 429);
  assert.deepEqual(JSON.parse(throttled.body), {
    Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
    Type: 'User',
    message: 'Rate Exceeded.',
  });
  assert.equal(throttled.headers['x-amzn-errortype'], 'TooManyRequestsException');
  const metrics = await (await fetch(`${server.endpoint}/_lambkin/metrics`)).text();
  const labels = `{account="${ACCOUNT}",region="us-east-1",function_name="slow"}`;
  for (const line of ['requests_total', '4xx_total', '5xx_total'].map((name) => `lambkin_url_${name}${labels}`))
    assert.ok(metrics.includes(line), line);
  assert.ok(metrics.includes(`lambkin_url_requests_total${labels} 2\n`), metrics);
});

test('CORS: a page of an allowed site gets through, others are not told', async () => {
  await make('shared', {
    'index.mjs': `export const handler = async () => ({ statusCode: 200, headers: { 'access-control-allow-origin': 'https://function.test', vary: 'accept' }, body: '' });`,
  });
  await open('shared');
  const url = await give('shared', {
    Cors: {
      AllowOrigins: ['https://app.test'],
      AllowMethods: ['GET', 'PUT'],
      AllowHeaders: ['x-a'],
      AllowCredentials: true,
      MaxAge: 60,
    },
  });
  const preflight = (origin: string, method: string): Promise<Answer> =>
    call(url, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': method } });
  const yes = await preflight('https://app.test', 'PUT');
  assert.equal(yes.status, 200);
  assert.equal(yes.body, '');
  const told = Object.fromEntries(
    Object.entries(yes.headers).filter(([name]) => name.startsWith('access-control') || name === 'vary'),
  );
  assert.deepEqual(told, {
    'access-control-allow-origin': 'https://app.test',
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'GET,PUT',
    'access-control-allow-headers': 'x-a',
    'access-control-max-age': '60',
    vary: 'Origin',
  });
  for (const [origin, method] of [
    ['https://other.test', 'PUT'],
    ['https://app.test', 'DELETE'],
  ] as const)
    assert.equal((await preflight(origin, method)).headers['access-control-allow-origin'], undefined);
  const get = await call(url, { headers: { origin: 'https://app.test' } });
  assert.deepEqual([get.headers['access-control-allow-origin'], get.headers['vary']], ['https://app.test', 'accept, Origin']);
  const foreign = await call(url, { headers: { origin: 'https://other.test' } });
  assert.deepEqual([foreign.status, foreign.headers['access-control-allow-origin']], [200, undefined]);
});

test('HTTP/2 reaches URLs too, and a late error resets its stream', async (t) => {
  await make('second', {
    'index.mjs': `export const handler = awslambda.streamifyResponse(async (event, stream) => {
      stream.write('begun');
      await new Promise((r) => setTimeout(r, 50));
      if (event.rawPath === '/late') throw new Error('late');
      stream.write(JSON.stringify([event.headers.host, event.requestContext.http.method]));
      stream.end();
    });`,
  });
  await open('second');
  const { host } = await give('second', { InvokeMode: 'RESPONSE_STREAM' });
  const session: ClientHttp2Session = connectHttp2(server.endpoint);
  t.after(() => session.close());
  const ask = async (path: string): Promise<[body: string, code: number]> => {
    const stream = session.request({ ':authority': host, ':path': path });
    let body = '';
    stream.on('data', (piece: Buffer) => (body += piece.toString()));
    // A reset is what the second of them waits for.
    stream.on('error', () => {});
    await new Promise((resolve) => stream.once('close', resolve));
    return [body, stream.rstCode];
  };
  assert.deepEqual(await ask('/'), [`begun${JSON.stringify([host, 'GET'])}`, 0]);
  assert.deepEqual(await ask('/late'), ['begun', 2]);
});

test('the URL that is answered works as it stands', async (t) => {
  const run = promisify(execFile);
  const known = await run('curl', ['--version']).catch(() => undefined);
  if (!known) return t.skip('curl, which knows every name under localhost, is not installed');
  await make('given', { 'index.mjs': 'export const handler = async (event) => event.body ?? event.rawQueryString;' });
  await open('given');
  const { href } = await give('given');
  const curl = async (...more: string[]): Promise<string> =>
    (await run('curl', ['-sS', '--noproxy', '*', '--max-time', '20', ...more])).stdout;
  assert.equal(await curl(`${href}?a=b`), 'a=b');
  assert.equal(await curl('-H', 'content-type: text/plain', '-d', 'posted', href), 'posted');
  assert.equal(await curl('--http2-prior-knowledge', '-H', 'content-type: text/plain', '-d', 'posted', href), 'posted');
  return undefined;
});
