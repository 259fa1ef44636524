import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { image, type ImageOptions } from '../images/image.ts';
import { TestRegistry } from '../images/registry.ts';
import type { TarMember } from '../images/tar.ts';
import { clientOptions, startServer, type TestServer } from './server.ts';

// Functions of container images on a server as a user starts it, with a registry of the test's own.

const ROLE = 'arn:aws:iam::000000000000:role/test';
const ECR = '000000000000.dkr.ecr.us-east-1.amazonaws.com';
const home = mkdtempSync(join(tmpdir(), 'lambkin-image-functions-'));
const reason = whyNot();

/** A client that an image from scratch can hold alone; the reason why there is none. */
function whyNot(): string | false {
  if (process.platform !== 'linux') return 'container images run on Linux only';
  if (!existsSync('/usr/bin/bwrap')) return 'bubblewrap is not installed here';
  const source = fileURLToPath(new URL('../images/bootstrap.c', import.meta.url));
  const compiled = spawnSync('gcc', ['-static', '-O1', '-D_GNU_SOURCE', '-o', join(home, 'bootstrap'), source]);
  return compiled.status === 0 ? false : `gcc can't make a static program: ${compiled.error?.message ?? compiled.stderr}`;
}

/** The shell of this host with its libraries, at their own paths. */
function hostShell(): TarMember[] | undefined {
  const { status, stdout } = spawnSync('ldd', ['/bin/sh'], { encoding: 'utf8' });
  if (status !== 0) return undefined;
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path);
  return ['/bin/sh', ...libraries].map((path) => ({ name: path, mode: 0o755, content: readFileSync(path) }));
}

describe('functions of container images', { skip: reason }, () => {
  let registry: TestRegistry;
  let server: TestServer;
  let lambda: LambdaClient;
  let count = 0;

  before(async () => {
    registry = await TestRegistry.start();
    const settings = {
      LAMBKIN_IMAGES_REGISTRIES: `${ECR}=http://${registry.host}`,
      LAMBKIN_IMAGES_LAYOUT_DIRECTORIES: home,
      LAMBKIN_LOG_LEVEL: 'error',
    };
    server = await startServer(settings);
    lambda = new LambdaClient({ ...clientOptions(server), maxAttempts: 1 });
  });

  after(async () => {
    // Undefined when the server has not started.
    lambda?.destroy();
    await server?.close();
    await registry.close();
    rmSync(home, { recursive: true, force: true });
  });

  const bootstrap = (): TarMember => ({ name: 'app/run', mode: 0o755, content: readFileSync(join(home, 'bootstrap')) });
  const config = { Entrypoint: ['/app/run'], Cmd: ['my.handler', 'two'], WorkingDir: '/app', Env: ['OWN=image', 'AWS_REGION=x'] };

  /** Puts an image with the client in it into the registry. Returns its name, as Lambda's users write it. */
  function push(tag: string, more: readonly TarMember[] = [], options: ImageOptions = {}): string {
    registry.push('app', tag, image({ config, layers: [[bootstrap()], more], ...options }));
    return `${ECR}/app:${tag}`;
  }

  const patience = { maxWaitTime: 20, minDelay: 0.02, maxDelay: 0.1 };

  async function create(ImageUri: string, more: Partial<CreateFunctionCommandInput> = {}): Promise<string> {
    count += 1;
    const FunctionName = `image-${count}`;
    await lambda.send(new CreateFunctionCommand({ FunctionName, Role: ROLE, PackageType: 'Image', Code: { ImageUri }, ...more }));
    return FunctionName;
  }

  async function active(ImageUri: string, more: Partial<CreateFunctionCommandInput> = {}): Promise<string> {
    const FunctionName = await create(ImageUri, more);
    await waitUntilFunctionActiveV2({ client: lambda, ...patience }, { FunctionName });
    return FunctionName;
  }

  async function invoke(FunctionName: string, command: string): Promise<unknown> {
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(command) }));
    return JSON.parse(Payload?.transformToString() ?? 'null');
  }

  async function updated(FunctionName: string): Promise<void> {
    await waitUntilFunctionUpdatedV2({ client: lambda, ...patience }, { FunctionName });
  }

  test('create, wait, invoke: the image is what the function sees, and says how it is started', async () => {
    const ImageUri = push('v1', [
      { name: 'app/data', content: 'from the image' },
      { name: 'etc/own.conf', content: 'own' },
      { name: 'etc/passwd', content: 'root:x:0:0::/:/bin/sh\nsomebody:x:7:7::/:/bin/sh\n' },
      { name: 'link', type: '2', linkName: 'app' },
    ]);
    const name = await active(ImageUri, { Environment: { Variables: { MINE: 'function' } } });
    assert.equal(await invoke(name, 'argv'), '/app/run my.handler two ');
    assert.equal(await invoke(name, 'cwd'), '/app');
    assert.equal(await invoke(name, 'cat data'), 'from the image');
    assert.equal(await invoke(name, 'cat /link/data'), 'from the image');
    assert.equal(await invoke(name, 'cat /etc/own.conf'), 'own');
    assert.match(String(await invoke(name, 'cat /etc/passwd')), /^root:.*\nsomebody:x:7:.*\nsbx_user1051:x:\d+:\d+::\/tmp:/);
    assert.match(String(await invoke(name, 'cat /etc/hosts')), /localhost/);
    const seen: Record<string, string> = {
      OWN: 'image',
      MINE: 'function',
      _HANDLER: 'my.handler',
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_EXECUTION_ENV: 'absent',
      HOME: 'absent',
      LAMBDA_TASK_ROOT: '/var/task',
      PATH: '/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    };
    for (const [variable, value] of Object.entries(seen)) assert.equal(await invoke(name, `env ${variable}`), value, variable);
  });

  test('of the host and of other functions there is nothing to be seen, and only /tmp can be written', async () => {
    const name = await active(push('alone'));
    const folders = String(await invoke(name, 'ls /'))
      .trim()
      .split(' ')
      .toSorted();
    assert.deepEqual(folders, ['app', 'dev', 'etc', 'proc', 'tmp']);
    assert.equal(await invoke(name, 'ls /.lambkin/..'), await invoke(name, 'ls /'));
    for (const path of ['/x', '/app/x', '/etc/x', '/etc/passwd', '/.lambkin/x', '/dev/x'])
      assert.match(String(await invoke(name, `write ${path}`)), /Read-only file system|Permission denied/, path);
    assert.equal(await invoke(name, 'write /tmp/x'), 'written');
    if (process.getuid?.() === 0) {
      const [uid = '0', gid] = String(await invoke(name, 'id')).split(' ');
      assert.ok(Number(uid) >= 400_000, uid);
      assert.equal(gid, uid);
      const status = String(await invoke(name, 'cat /proc/self/status'));
      assert.match(status, /CapPrm: 0+\n/);
      assert.match(status, /NoNewPrivs: 1\n/);
      assert.match(status, /Seccomp: 2\n/);
      assert.match(status, /Groups: *\n/);
    }
  });

  test('answers name the image as it was given and by its digest', async () => {
    const ImageUri = push('named');
    const name = await active(ImageUri, { ImageConfig: { Command: ['x'] } });
    const { Configuration, Code } = await lambda.send(new GetFunctionCommand({ FunctionName: name }));
    const digest = image({ config, layers: [[bootstrap()], []] }).digest;
    assert.deepEqual(Code, { RepositoryType: 'ECR', ImageUri, ResolvedImageUri: `${ECR}/app@${digest}` });
    assert.equal(Configuration?.CodeSha256, digest.replace('sha256:', ''));
    assert.deepEqual(
      [Configuration?.PackageType, Configuration?.CodeSize, Configuration?.Runtime, Configuration?.Handler],
      ['Image', 0, undefined, undefined],
    );
    assert.deepEqual(Configuration?.ImageConfigResponse, { ImageConfig: { Command: ['x'] } });
  });

  test('an update takes another image, published versions keep theirs, also when their tag moves on', async () => {
    const name = await active(push('one', [{ name: 'app/data', content: '1' }]));
    const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName: name }));
    const second = push('two', [{ name: 'app/data', content: '2' }]);
    push('one', [{ name: 'app/data', content: 'moved' }]);
    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: name, ImageUri: second }));
    await updated(name);
    assert.equal(await invoke(name, 'cat data'), '2');
    assert.equal(await invoke(`${name}:${Version}`, 'cat data'), '1');
    await assert.rejects(lambda.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: Buffer.from('x') })), {
      message: 'Please provide ImageUri when updating a function with packageType Image.',
    });
  });

  test('the configuration of a function goes before that of its image, until it is emptied', async () => {
    const name = await active(push('overridden', [{ name: 'other/', type: '5', mode: 0o755 }]), {
      ImageConfig: { EntryPoint: ['./run', 'first'], Command: ['other.handler'], WorkingDirectory: '/app' },
    });
    assert.equal(await invoke(name, 'argv'), './run first other.handler ');
    assert.equal(await invoke(name, 'env _HANDLER'), 'other.handler');
    const update = async (ImageConfig: CreateFunctionCommandInput['ImageConfig']): Promise<void> => {
      await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, ImageConfig }));
      await updated(name);
    };
    await update({ WorkingDirectory: '/other' });
    assert.deepEqual([await invoke(name, 'cwd'), await invoke(name, 'argv')], ['/other', '/app/run my.handler two ']);
    await update({});
    assert.equal(await invoke(name, 'cwd'), '/app');
  });

  test("what can't be started is the function's own fault, in Lambda's words", async () => {
    const script: TarMember = { name: 'app/script', mode: 0o755, content: '#!/no/such/shell\n' };
    const uri = push('broken', [script, { name: 'app/text', mode: 0o755, content: 'text' }, { name: 'app/closed', mode: 0o644 }]);
    const cases: [CreateFunctionCommandInput['ImageConfig'], string, string][] = [
      [{ EntryPoint: ['/nothing'] }, 'Runtime.InvalidEntrypoint', 'fork/exec /nothing: no such file or directory'],
      [{ EntryPoint: ['nothing'] }, 'Runtime.InvalidEntrypoint', 'exec: "nothing": executable file not found in $PATH'],
      [{ EntryPoint: ['/app/script'] }, 'Runtime.InvalidEntrypoint', 'fork/exec /app/script: no such file or directory'],
      [{ EntryPoint: ['./text'] }, 'Runtime.InvalidEntrypoint', 'fork/exec ./text: exec format error'],
      [{ EntryPoint: ['/app/closed'] }, 'Runtime.InvalidEntrypoint', 'fork/exec /app/closed: permission denied'],
      [{ EntryPoint: ['/app'] }, 'Runtime.InvalidEntrypoint', 'fork/exec /app: permission denied'],
      [{ WorkingDirectory: '/nowhere' }, 'Runtime.InvalidWorkingDir', 'chdir /nowhere: no such file or directory'],
      [{ WorkingDirectory: '/app/run' }, 'Runtime.InvalidWorkingDir', 'chdir /app/run: not a directory'],
      [
        { WorkingDirectory: 'app' },
        'Runtime.InvalidWorkingDir',
        "the working directory 'app' is invalid, it needs to be an absolute path",
      ],
    ];
    for (const [ImageConfig, errorType, message] of cases) {
      const answer = (await invoke(await active(uri, { ImageConfig }), 'argv')) as { errorType: string; errorMessage: string };
      assert.equal(answer.errorType, errorType, message);
      assert.ok(answer.errorMessage.endsWith(`Error: ${message}`), answer.errorMessage);
    }
  });

  test('a program is found on the PATH of the image', async () => {
    const uri = push('path', [], { config: { Entrypoint: ['run'], Env: ['PATH=/nothing:/app'] } });
    assert.equal(await invoke(await active(uri), 'argv'), '/app/run ');
  });

  test('images that are not there, can not be used, or are broken when they are pulled', async () => {
    const invalid = (message: string) => ({ name: 'InvalidParameterValueException', message });
    await assert.rejects(
      create(`${ECR}/nothing:here`),
      invalid(`Source image ${ECR}/nothing:here does not exist. Provide a valid source image.`),
    );
    await assert.rejects(create('not a name'), invalid('Source image not a name is not valid. Provide a valid source image.'));
    const odd = push('odd', [], { inManifest: { mediaType: 'application/x' } });
    await assert.rejects(
      create(odd),
      invalid(`The image manifest, config or layer media type for the source image ${odd} is not supported.`),
    );
    const hostile = await create(push('hostile', [{ name: '../../escaped', content: 'x' }]));
    const failed = await settled(hostile);
    assert.deepEqual([failed?.State, failed?.StateReasonCode], ['Failed', 'InvalidImage']);
    await assert.rejects(invoke(hostile, 'argv'), { name: 'ResourceConflictException' });
    assert.equal(existsSync(join(server.dataDirectory, 'escaped')), false);
  });

  async function settled(FunctionName: string) {
    for (;;) {
      const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName }));
      if (Configuration?.State !== 'Pending') return Configuration;
    }
  }

  test('an extension of the image starts beside it', async (t) => {
    const shell = hostShell();
    if (!shell) return t.skip('ldd does not tell what the shell of this host needs, so none can be put into an image');
    const uri = push('extended', [
      ...shell,
      { name: 'opt/extensions/beside', mode: 0o755, content: '#!/bin/sh\necho "beside $0"\nexit 3\n' },
    ]);
    const answer = (await invoke(await active(uri), 'argv')) as { errorType: string };
    // It ran, and left without having registered.
    assert.match(answer.errorType, /^Extension\./);
  });

  test('a local layout runs as well', async () => {
    const made = image({ config, layers: [[bootstrap()]] });
    const folder = join(home, 'layout');
    mkdirSync(join(folder, 'blobs', 'sha256'), { recursive: true });
    writeFileSync(
      join(folder, 'index.json'),
      JSON.stringify({ manifests: [{ digest: made.digest, mediaType: made.mediaType }] }),
    );
    for (const [digest, part] of [...made.parts, [made.digest, made.manifest] as const])
      writeFileSync(join(folder, 'blobs', 'sha256', digest.slice(7)), part);
    assert.equal(await invoke(await active(`oci:${folder}`), 'cwd'), '/app');
  });

  test('after a restart images that no function has are gone, and others run without the registry', async () => {
    const kept = await active(push('kept', [{ name: 'app/data', content: 'kept' }]));
    const gone = await active(push('gone', [{ name: 'app/data', content: 'gone' }]));
    const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: gone }));
    await lambda.send(new DeleteFunctionCommand({ FunctionName: gone }));
    const folder = join(server.dataDirectory, 'images');
    assert.ok(readdirSync(folder).includes(Configuration?.CodeSha256 ?? ''));
    server = await server.restart();
    lambda = new LambdaClient({ ...clientOptions(server), maxAttempts: 1 });
    assert.ok(!readdirSync(folder).includes(Configuration?.CodeSha256 ?? ''));
    registry.remove('app');
    assert.equal(await invoke(kept, 'cat data'), 'kept');
  });
});

test('where plain processes run functions, those of images are refused', async (t) => {
  const server = await startServer({ LAMBKIN_SANDBOX_DRIVER: 'process', LAMBKIN_LOG_LEVEL: 'error' });
  t.after(() => server.close());
  const lambda = new LambdaClient({ ...clientOptions(server), maxAttempts: 1 });
  t.after(() => lambda.destroy());
  const Code = { ImageUri: `${ECR}/app:v1` };
  await assert.rejects(lambda.send(new CreateFunctionCommand({ FunctionName: 'f', Role: ROLE, PackageType: 'Image', Code })), {
    name: 'InvalidParameterValueException',
    message: /^lambkin can not run functions of container images \(ImageUri\) here: it takes bubblewrap/,
  });
});
