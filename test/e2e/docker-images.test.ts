import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { image, type ImageOptions } from '../images/image.ts';
import { TestRegistry } from '../images/registry.ts';
import type { TarMember } from '../images/tar.ts';
import { clientOptions, startServer, type TestServer } from './server.ts';

// Functions of container images in containers of Docker Engine, where there is one.

const ROLE = 'arn:aws:iam::000000000000:role/test';
const SOCKET = process.env['LAMBKIN_TEST_DOCKER_SOCKET'] ?? '/var/run/docker.sock';
const home = mkdtempSync(join(tmpdir(), 'lambkin-docker-'));
const reason = await whyNot();

async function whyNot(): Promise<string | false> {
  if (!existsSync(SOCKET)) return `there is no Docker Engine at ${SOCKET} (or at LAMBKIN_TEST_DOCKER_SOCKET)`;
  const isThere = await call('/_ping').catch(() => undefined);
  if (isThere === undefined) return `nothing answers at ${SOCKET}`;
  const source = fileURLToPath(new URL('../images/bootstrap.c', import.meta.url));
  const compiled = spawnSync('gcc', ['-static', '-O1', '-D_GNU_SOURCE', '-o', join(home, 'bootstrap'), source]);
  return compiled.status === 0 ? false : `gcc can't make a static program: ${compiled.error?.message ?? compiled.stderr}`;
}

/** Asks the engine something, past the server. */
function call(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: SOCKET, path, timeout: 5_000 }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve(text));
    });
    sent.on('timeout', () => sent.destroy(new Error('silent')));
    sent.on('error', reject);
    sent.end();
  });
}

describe('functions of container images in Docker Engine', { skip: reason }, () => {
  let registry: TestRegistry;
  let server: TestServer;
  let lambda: LambdaClient;
  let count = 0;

  before(async () => {
    registry = await TestRegistry.start();
    server = await startServer({
      LAMBKIN_SANDBOX_IMAGE_DRIVER: 'docker',
      LAMBKIN_SANDBOX_DOCKER_SOCKET: SOCKET,
      LAMBKIN_IMAGES_REGISTRIES: `ecr.example=http://${registry.host}`,
      LAMBKIN_LOG_LEVEL: 'error',
    });
    lambda = new LambdaClient({ ...clientOptions(server), maxAttempts: 1 });
  });

  after(async () => {
    // Undefined when the server has not started.
    lambda?.destroy();
    await server?.close();
    await registry.close();
    rmSync(home, { recursive: true, force: true });
    const left = JSON.parse(await call('/containers/json?all=1')) as { Names: string[] }[];
    assert.deepEqual(
      left.flatMap(({ Names }) => Names).filter((name) => name.startsWith('/lambkin-')),
      [],
    );
  });

  const bootstrap = (): TarMember => ({ name: 'app/run', mode: 0o755, content: readFileSync(join(home, 'bootstrap')) });
  const config = { Entrypoint: ['/app/run'], Cmd: ['my.handler'], WorkingDir: '/app', Env: ['OWN=image'] };

  function push(tag: string, more: readonly TarMember[] = [], options: ImageOptions = {}): string {
    // The engine closes folders that a layer does not name to everybody.
    const folder: TarMember = { name: 'app/', type: '5', mode: 0o755 };
    registry.push('app', tag, image({ config, layers: [[folder, bootstrap(), ...more]], ...options }));
    return `ecr.example/app:${tag}`;
  }

  async function create(ImageUri: string, more: Partial<CreateFunctionCommandInput> = {}): Promise<string> {
    count += 1;
    const FunctionName = `docker-${count}`;
    await lambda.send(
      new CreateFunctionCommand({ FunctionName, Role: ROLE, PackageType: 'Image', Code: { ImageUri }, Timeout: 20, ...more }),
    );
    await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.2 }, { FunctionName });
    return FunctionName;
  }

  async function invoke(FunctionName: string, command: string): Promise<unknown> {
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(command) }));
    return JSON.parse(Payload?.transformToString() ?? 'null');
  }

  test('create, invoke again and again, with freezes between', async () => {
    const name = await create(push('v1', [{ name: 'app/data', content: 'from the image' }]));
    assert.equal(await invoke(name, 'argv'), '/app/run my.handler ');
    assert.equal(await invoke(name, 'cat data'), 'from the image');
    assert.equal(await invoke(name, 'env OWN'), 'image');
    assert.equal(await invoke(name, 'env _HANDLER'), 'my.handler');
    const frozen = async (): Promise<boolean> => (await call('/containers/json')).includes('(Paused)');
    for (let tries = 0; !(await frozen()); tries += 1) assert.ok(tries < 1_000, 'it is never frozen');
    assert.equal(await invoke(name, 'cwd'), '/app');
  });

  test('it has a uid of its own, no capabilities, and only /tmp to write', async () => {
    const name = await create(push('closed'));
    const [uid = '0'] = String(await invoke(name, 'id')).split(' ');
    assert.ok(Number(uid) >= 420_000, uid);
    const status = String(await invoke(name, 'cat /proc/self/status'));
    assert.match(status, /CapPrm: 0+\n/);
    assert.match(status, /CapBnd: 0+\n/);
    assert.match(status, /NoNewPrivs: 1\n/);
    for (const path of ['/x', '/app/x', '/etc/x']) assert.match(String(await invoke(name, `write ${path}`)), /Read-only/, path);
    assert.equal(await invoke(name, 'write /tmp/x'), 'written');
    assert.match(String(await invoke(name, 'cat /etc/passwd')), /sbx_user1051:x:4[2-3]\d{4}:/);
  });

  test('what its configuration has goes before what the image has', async () => {
    const name = await create(push('overridden', [{ name: 'other/', type: '5', mode: 0o755 }]), {
      ImageConfig: { EntryPoint: ['/app/run', 'first'], Command: ['other.handler'], WorkingDirectory: '/other' },
    });
    assert.equal(await invoke(name, 'argv'), '/app/run first other.handler ');
    assert.equal(await invoke(name, 'cwd'), '/other');
  });

  test("a program that is not there or can't be run is the function's own fault", async () => {
    const uri = push('broken', [{ name: 'app/closed', mode: 0o644, content: 'x' }]);
    for (const [program, message] of [
      ['/nothing', 'fork/exec /nothing: no such file or directory'],
      ['nothing', 'exec: "nothing": executable file not found in $PATH'],
      ['/app/closed', 'fork/exec /app/closed: permission denied'],
    ]) {
      const name = await create(uri, { ImageConfig: { EntryPoint: [program ?? ''] } });
      const answer = (await invoke(name, 'argv')) as { errorType: string; errorMessage: string };
      assert.equal(answer.errorType, 'Runtime.InvalidEntrypoint', JSON.stringify(answer));
      assert.ok(answer.errorMessage.endsWith(`Error: ${message}`), answer.errorMessage);
    }
  });

  test('a runtime that ends is told by its status', async () => {
    const uri = push('gone', [{ name: 'app/other', mode: 0o755, content: '#!/nothing\n' }]);
    const broken = await create(uri, { ImageConfig: { EntryPoint: ['/app/other'] } });
    assert.match(((await invoke(broken, 'argv')) as { errorType: string }).errorType, /^Runtime\.(ExitError|InvalidEntrypoint)$/);
  });

  test('answers name the image by its digest, and images that are not there are told', async () => {
    const uri = push('named');
    const name = await create(uri);
    const { Code } = await lambda.send(new GetFunctionCommand({ FunctionName: name }));
    assert.match(Code?.ResolvedImageUri ?? '', /^ecr\.example\/app@sha256:[0-9a-f]{64}$/);
    await assert.rejects(create('ecr.example/nothing:here'), {
      message: 'Source image ecr.example/nothing:here does not exist. Provide a valid source image.',
    });
  });
});
