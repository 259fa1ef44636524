import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ExecutableVersion } from '../../model/executable-version.ts';
import { AddedRuntimes } from './added-runtimes.ts';
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

  describe('for Java', { skip: process.platform === 'linux' ? false : 'Java functions run on Linux' }, () => {
    /** A Java that tells about itself as the real ones do, on the error output. */
    function installJava(home: string, version: string): string {
      const program = join(home, 'bin/java');
      mkdirSync(dirname(program), { recursive: true });
      writeFileSync(program, `#!/bin/sh\nprintf '    java.home = ${home}\\n    java.version = ${version}\\n' >&2\n`, {
        mode: 0o755,
      });
      return program;
    }

    function javas(settings: Record<string, string> = {}): RuntimeCatalogue {
      return new RuntimeCatalogue({
        settings,
        clientsDirectory: '/clients',
        searchPath: join(root, 'java-bin'),
        nodeExecutable: '/none',
        addedDirectory: join(root, 'java-added'),
        javaHome: join(root, 'home'),
        jvmFolder: join(root, 'jvm'),
      });
    }

    before(() => {
      installJava(join(root, 'home'), '21.0.1');
      installJava(join(root, 'jvm/eleven'), '11.0.2');
      installJava(join(root, 'jvm/eight'), '1.8.0_402');
      installJava(join(root, 'jvm/seventeen'), '17.0.15');
    });

    it('asks for the client before anything else can run, and runs once it is there', async () => {
      const status = await javas().status('java17');
      assert.deepEqual(status, {
        available: false,
        reason:
          "The runtime java17 needs Lambda's runtime interface client for Java, which is not here yet. Run: lambkin runtime add java17",
        remedy: 'lambkin runtime add java17 (Java 17.0.15 is there)',
      });
      await assert.rejects(() => javas().launch('java17', { code: root, layers: root }), /lambkin runtime add java17/);
      mkdirSync(new AddedRuntimes(join(root, 'java-added')).javaFolder(), { recursive: true });
      assert.deepEqual(await javas().status('java17'), { available: true, version: '17.0.15' });
      assert.deepEqual(await javas().status('java21'), { available: true, version: '21.0.1' });
      assert.deepEqual(await javas().status('java11'), { available: true, version: '11.0.2' });
      assert.deepEqual(await javas().status('java8.al2'), { available: true, version: '8.0.402' });
    });

    it('takes a newer one only when told to, and says so', async () => {
      const status = await javas().status('java18');
      assert.match(status.available ? '' : status.remedy, /^needs Java 18; 21\.0\.1 does if you set runtimes\.java18 to /);
      const chosen = { java18: join(root, 'home/bin/java'), java25: join(root, 'home/bin/java') };
      const version = '21.0.1, in place of 18, as the setting runtimes.java18 says';
      assert.deepEqual(await javas(chosen).status('java18'), { available: true, version });
      assert.equal((await javas(chosen).status('java25')).available, false, 'an older one does not do');
    });

    it("starts the official client with the function's memory, classes and log channel", async () => {
      const launch = await javas().launch('java17', { code: root, layers: root });
      assert.ok(!('invalidEntrypoint' in launch));
      const home = join(root, 'jvm/seventeen');
      assert.deepEqual([launch.framed, launch.logFrames], [false, true]);
      assert.deepEqual(launch.mounts[0], { source: home, target: home });
      const started = { ...version(), memorySizeMb: 512, handler: 'example.Main' };
      const { argv } = launch.command((path) => path, started);
      assert.equal(argv[0], join(home, 'bin/java'));
      assert.deepEqual(argv.slice(1, 4), ['-XX:MaxHeapSize=445644k', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']);
      assert.equal(argv.at(-1), 'example.Main');
      assert.doesNotMatch(argv.join(' '), /opt\/java/);
      const elsewhere = launch.command((path) => `/host${path}`, started).argv.join(' ');
      assert.match(elsewhere, /:\/host\/opt\/java\/lib\/\* /);
      assert.match(elsewhere, / -Djava\.io\.tmpdir=\/host\/tmp /);
    });

    it('leaves the JVM the options that the function has set', async () => {
      const launch = await javas().launch('java17', { code: root, layers: root });
      assert.ok(!('invalidEntrypoint' in launch));
      const own = version({ JAVA_TOOL_OPTIONS: '-Xmx100m -XX:+UseG1GC -XX:+TieredCompilation' });
      assert.doesNotMatch(launch.command((path) => path, own).argv.join(' '), /MaxHeapSize|SerialGC|TieredStopAtLevel/);
    });
  });

  describe('for Ruby', () => {
    it('takes the one that was chosen for another of the same generation, and tells', async () => {
      install(join(bin, 'ruby'), [join(bin, 'ruby'), '3.71.2', root]);
      const missing = await catalogue().status('ruby3.72');
      assert.match(
        missing.available ? '' : missing.remedy,
        /^needs Ruby 3\.72; 3\.71\.2 does if you set runtimes\.ruby3\.72 to /,
      );
      const runtimes = catalogue({ 'ruby3.72': join(bin, 'ruby'), 'ruby4.72': join(bin, 'ruby') });
      const status = await runtimes.status('ruby3.72');
      assert.match(status.available ? status.version : '', /^3\.71\.2, in place of 3\.72/);
      assert.equal((await runtimes.status('ruby4.72')).available, false);
      const { argv, env, launch } = await command(runtimes, 'ruby3.72', { AWS_LAMBDA_EXEC_WRAPPER: '/opt/wrap' });
      assert.deepEqual(argv, ['/opt/wrap', join(bin, 'ruby'), '-EUTF-8', '/var/runtime/bootstrap.rb']);
      assert.equal(launch.framed, true);
      assert.equal(
        env['GEM_PATH'],
        '/var/task/vendor/bundle/ruby/3.71.0:/opt/ruby/gems/3.71.0:/var/runtime:/var/runtime/ruby/3.71.0',
      );
      assert.equal(env['RUBYLIB'], '/var/task:/var/runtime/lib:/opt/ruby/lib');
    });
  });

  describe('for .NET', () => {
    it('finds the version among those that one program has, and tells what runs', async () => {
      const lines = [
        'Microsoft.AspNetCore.App 78.0.9 [/x]',
        'Microsoft.NETCore.App 78.0.3 [/x]',
        'Microsoft.NETCore.App 78.0.4 [/x]',
        'Microsoft.NETCore.App 79.0.1 [/x]',
      ];
      writeFileSync(join(bin, 'dotnet'), `#!/bin/sh\n[ "$1" = --list-runtimes ] && printf '${lines.join('\\n')}\\n'\n`, {
        mode: 0o755,
      });
      assert.deepEqual(await catalogue().status('dotnet78'), { available: true, version: '78.0.4, executable assemblies only' });
      assert.equal((await catalogue().status('dotnet80')).available, false);
      const { argv, env } = await command(
        catalogue(),
        'dotnet78',
        { AWS_LAMBDA_EXEC_WRAPPER: '/var/task/wrap' },
        (path) => `/host${path}`,
      );
      assert.deepEqual(argv, ['/bin/sh', '/host/var/runtime/bootstrap.sh']);
      assert.deepEqual([env['DOTNET_ROOT'], env['_LAMBKIN_EXEC_WRAPPER']], [bin, '/host/var/task/wrap']);
    });
  });

  it('asks each program once for many runtimes', async () => {
    const program = join(root, 'once/node');
    install(program, [program, '76.0.0']);
    const found = await catalogue({}, dirname(program)).statuses(['nodejs76.x', 'nodejs75.x', 'provided.al2']);
    assert.deepEqual(
      found.map(({ runtime, status }) => [runtime, status.available]),
      [
        ['nodejs76.x', true],
        ['nodejs75.x', false],
        ['provided.al2', true],
      ],
    );
    assert.equal(readFileSync(`${program}.asked`, 'utf8'), 'asked\n');
  });
});
