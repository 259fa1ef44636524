import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ExecutableVersion } from '../../model/executable-version.ts';
import { RuntimeCatalogue } from './runtime-catalogue.ts';

/** A program that answers the probe with what it is told, and counts how often it was asked. */
function install(path: string, answer: readonly string[]): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho asked >> '${path}.asked'\necho '${JSON.stringify(answer)}'\n`);
  chmodSync(path, 0o755);
}

function version(environment: Record<string, string> = {}): ExecutableVersion {
  return { environment } as ExecutableVersion;
}

describe('runtime catalogue', () => {
  let root: string;
  let bin: string;
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'lambkin-catalogue-'));
    bin = join(root, 'bin');
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  function catalogue(settings: Record<string, string> = {}, searchPath = bin): RuntimeCatalogue {
    const nodeExecutable = join(root, 'server/node');
    install(nodeExecutable, [nodeExecutable, '24.15.0']);
    return new RuntimeCatalogue({
      settings,
      clientsDirectory: '/clients',
      searchPath: `${searchPath}:/usr/bin:/bin`,
      nodeExecutable,
      addedDirectory: join(root, 'added'),
    });
  }

  async function command(
    runtimes: RuntimeCatalogue,
    runtime: string,
    environment: Record<string, string> = {},
    locate = (path: string) => path,
  ) {
    const launch = await runtimes.launch(runtime, { code: root, layers: '/none' });
    assert.ok(!('invalidEntrypoint' in launch));
    return { launch, ...launch.command(locate, version(environment)) };
  }

  it("runs functions of the server's own major version with the server's own Node", async () => {
    const { launch, argv, env } = await command(catalogue(), 'nodejs24.x');
    const node = join(root, 'server/node');
    assert.deepEqual(argv, ['/var/lang/bin/node', '/var/runtime/bootstrap.cjs']);
    assert.equal(launch.framed, true);
    assert.deepEqual(launch.mounts, [
      { source: node, target: '/var/lang/bin/node' },
      { source: '/clients/nodejs', target: '/var/runtime' },
    ]);
    assert.equal(
      env['NODE_PATH'],
      '/opt/nodejs/node24/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task',
    );
    assert.equal(env['PATH'], '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin');
  });

  it('takes another major version from the PATH', async () => {
    install(join(bin, 'node77'), [join(bin, 'node77'), '77.1.0']);
    assert.deepEqual(await catalogue().status('nodejs77.x'), { available: true, version: '77.1.0' });
  });

  it('does not take 3.1 for 3.11', async () => {
    install(join(bin, 'python3'), [join(bin, 'python3'), '3.71.2', root]);
    assert.equal((await catalogue().status('python3.7')).available, false);
    assert.equal((await catalogue().status('python3.71')).available, true);
  });

  it('finds what pyenv has installed and not switched on, the newest patch first', async () => {
    const shims = join(root, 'pyenv/shims');
    mkdirSync(shims, { recursive: true });
    writeFileSync(join(shims, 'python3.72'), '#!/bin/sh\necho "pyenv: python3.72: command not found" >&2\nexit 127\n');
    chmodSync(join(shims, 'python3.72'), 0o755);
    for (const patch of ['3.72.9', '3.72.10']) {
      const prefix = join(root, 'pyenv/versions', patch);
      install(join(prefix, 'bin/python3.72'), [join(prefix, 'bin/python3.72'), patch, prefix]);
    }
    const prefix = join(root, 'pyenv/versions/3.72.10');
    const { launch, argv, env } = await command(catalogue({}, shims), 'python3.72');
    assert.deepEqual(argv, [join(prefix, 'bin/python3.72'), '-B', '/var/runtime/bootstrap.py']);
    assert.deepEqual(launch.mounts[0], { source: prefix, target: prefix });
    assert.equal(env['PYTHONPATH'], '/var/runtime');
    assert.equal(env['PATH']?.split(':')[0], join(prefix, 'bin'));
  });

  it("does not second-guess the user's choice", async () => {
    const choice = join(root, 'choice/node');
    install(choice, [choice, '20.1.0']);
    assert.equal((await catalogue({ 'nodejs24.x': choice }).status('nodejs24.x')).available, false);
    assert.deepEqual(await catalogue({ 'nodejs20.x': choice }).status('nodejs20.x'), { available: true, version: '20.1.0' });
  });

  it('says of a language without a client that it is not the machine that lacks something', async () => {
    const status = await catalogue().status('go1.x');
    assert.equal(status.available, false);
    assert.match(status.available ? '' : status.reason, /^This version of lambkin can not run go1\.x: /);
  });

  it('says how to add what is missing, and finds it once it is there', async () => {
    const runtimes = catalogue();
    const status = await runtimes.status('nodejs78.x');
    assert.match(status.available ? '' : status.reason, /nodejs78\.x is not available.*Node\.js 78.*runtimes\.nodejs78\.x/);
    await assert.rejects(() => runtimes.launch('nodejs78.x', { code: root, layers: root }), /nodejs78\.x is not available/);
    install(join(bin, 'node78'), [join(bin, 'node78'), '78.0.0']);
    assert.equal((await runtimes.status('nodejs78.x')).available, true);
  });

  it('asks an interpreter once', async () => {
    const program = join(bin, 'node79');
    install(program, [program, '79.0.0']);
    const runtimes = catalogue();
    await Promise.all([runtimes.status('nodejs79.x'), runtimes.launch('nodejs79.x', { code: root, layers: root })]);
    await runtimes.status('nodejs79.x');
    assert.equal(readFileSync(`${program}.asked`, 'utf8'), 'asked\n');
  });

  it("puts the wrapper before the interpreter, where the function's process sees it", async () => {
    const { argv, env } = await command(
      catalogue(),
      'nodejs24.x',
      { AWS_LAMBDA_EXEC_WRAPPER: '/var/task/wrap' },
      (path) => `/host${path}`,
    );
    assert.deepEqual(argv, ['/host/var/task/wrap', '/host/var/lang/bin/node', '/host/var/runtime/bootstrap.cjs']);
    assert.equal(env['PATH']?.split(':')[0], '/host/var/lang/bin');
  });

  it("runs a bootstrap of the function's own over HTTP, without a wrapper", async () => {
    writeFileSync(join(root, 'bootstrap'), '', { mode: 0o755 });
    const { launch, argv } = await command(catalogue(), 'provided.al2023', { AWS_LAMBDA_EXEC_WRAPPER: '/var/task/wrap' });
    assert.deepEqual(argv, ['/var/task/bootstrap']);
    assert.equal(launch.framed, false);
  });

  it('looks for a bootstrap in the layers when the code has none that can be run', async () => {
    const [code = '', layers = ''] = [0o644, 0o755].map((mode) => {
      const folder = mkdtempSync(join(root, 'provided-'));
      writeFileSync(join(folder, 'bootstrap'), '', { mode });
      return folder;
    });
    const launch = await catalogue().launch('provided.al2023', { code, layers });
    assert.ok(!('invalidEntrypoint' in launch));
    assert.deepEqual(launch.command((path) => `/host${path}`, version()).argv, ['/host/opt/bootstrap']);
  });

  it('refuses a function whose bootstrap is missing or can not be run', async () => {
    for (const mode of [undefined, 0o644]) {
      const folder = mkdtempSync(join(root, 'code-'));
      if (mode) writeFileSync(join(folder, 'bootstrap'), '', { mode });
      const launch = await catalogue().launch('provided.al2023', { code: folder, layers: folder });
      assert.deepEqual(launch, {
        invalidEntrypoint: "Couldn't find valid bootstrap(s): [/var/runtime/bootstrap /var/task/bootstrap /opt/bootstrap]",
      });
    }
  });
});
