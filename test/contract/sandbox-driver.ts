import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { SandboxDriver } from '../../src/ports/sandbox-driver.ts';
import { testSandboxEscape } from './sandbox-escape.ts';
import { type HostState, hostState, isSettled, processesNaming } from './sandbox-host-state.ts';
import { testSandboxNetwork } from './sandbox-network.ts';
import { runOf, script, shell, specOf, startOf, unenforced } from './sandbox-run.ts';

/** Prints a number now and then, for ever: a clock that stands still when its process does. */
const TICKING = 'i=0; while :; do i=$((i+1)); [ $((i % 20000)) = 0 ] && echo tick; done';

/** What every driver promises: see the port. `open` makes one whose files are below the folder it is given. */
export function testSandboxDriver(label: string, open: (runDirectory: string) => Promise<SandboxDriver>): void {
  describe(`sandbox driver ${label}`, () => {
    const home = mkdtempSync(join(tmpdir(), 'lambkin-sandbox-'));
    const runDirectory = join(home, 'run');
    let driver: SandboxDriver;
    before(async () => {
      driver = await open(runDirectory);
    });
    after(async () => {
      await driver.close();
      // The kernel lets go of a loop device when the last starting sandbox on this host has left our mounts behind.
      for (let round = 0; round < 200 && hostState(runDirectory).loopDevices.length > 0; round += 1) spawnSync('/bin/true');
      assert.deepEqual(
        { ...hostState(runDirectory), descriptors: [] },
        { processes: [], controlGroups: [], mounts: [], loopDevices: [], network: [], files: [], descriptors: [] },
      );
      rmSync(home, { recursive: true, force: true });
    });
    const given = { driver: () => driver, home, runDirectory };
    testProcess(given);
    testFilesystem(given);
    testFreezing(given);
    testStopping(given);
    testNothingLeft(given);
    testSandboxEscape(given);
    testSandboxNetwork(given);
  });
}

/** What the tests of a driver share. */
interface Given {
  readonly driver: () => SandboxDriver;
  readonly home: string;
  readonly runDirectory: string;
}

function testProcess({ driver }: Given): void {
  test('tells the exit status', async () => {
    assert.deepEqual((await runOf(driver(), specOf())).exit, { code: 0, signal: null, outOfMemory: false });
    assert.deepEqual((await runOf(driver(), shell('exit 3'))).exit, { code: 3, signal: null, outOfMemory: false });
  });

  test('tells the signal that ended it', async () => {
    assert.deepEqual((await runOf(driver(), shell('kill -SEGV $$'))).exit, { code: null, signal: 'SIGSEGV', outOfMemory: false });
    assert.deepEqual((await runOf(driver(), shell('kill -KILL $$'))).exit, { code: null, signal: 'SIGKILL', outOfMemory: false });
  });

  test('keeps standard output and error apart, whole and in order', async () => {
    const source =
      'for (let i = 0; i < 20000; i += 1) { fs.writeSync(1, `out ${i}\\n`); if (i % 100 === 0) fs.writeSync(2, `err ${i}\\n`); }';
    const { stdout, stderr } = await runOf(driver(), script(driver(), `const fs = require('node:fs'); ${source}`));
    assert.equal(stdout, Array.from({ length: 20_000 }, (_, i) => `out ${i}\n`).join(''));
    assert.equal(stderr, Array.from({ length: 200 }, (_, i) => `err ${i * 100}\n`).join(''));
  });

  test('gives a bidirectional, blocking stream as descriptor 3, and no other but the standard three', async () => {
    const spec = shell('read line <&3; echo "got $line" >&3; grep flags /proc/$$/fdinfo/3; ls -l /proc/$$/fd; echo end');
    const { sandbox, stdout, channel } = await startOf(driver(), spec);
    sandbox.channel.write('hello\n');
    await channel.until('got hello');
    await sandbox.exited;
    await stdout.until('end');
    await sandbox.stop();
    const [flags] = stdout.lines();
    const descriptors = [...stdout.text.matchAll(/ (\d+) -> (.*)/g)].map(([, fd, target]) => `${fd} ${target}`);
    assert.equal(Number.parseInt(flags?.split('\t')[1] ?? '4000', 8) & 0o4000, 0, 'O_NONBLOCK is not set');
    // What our own parent leaked to us is covered, for it can't be closed.
    const open = descriptors.filter((line) => !/^\d{2,} \/dev\/null$/.test(line));
    assert.deepEqual(
      open.map((line) => line.replace(/:\[\d+\]/, '')),
      ['0 /dev/null', '1 socket', '2 socket', '3 socket'],
    );
  });

  test('passes the environment exactly, whatever its values hold', async () => {
    const env = {
      PLAIN: 'a',
      QUOTES: `'"\`$(id)\\ $HOME`,
      LINES: 'one\ntwo\n',
      EMPTY: '',
      LONG: 'x'.repeat(100_000),
      UNICODE: 'käse 🧀',
    };
    const { stdout } = await runOf(driver(), script(driver(), 'process.stdout.write(JSON.stringify(process.env))', { env }));
    // The shell on the way sets PWD, which Lambda has too.
    const { PWD: _workingDirectory, ...seen } = JSON.parse(Buffer.from(stdout, 'latin1').toString('utf8'));
    assert.equal(seen.LONG, env.LONG);
    assert.deepEqual({ ...seen, LONG: '' }, { ...env, LONG: '' });
  });

  test('shows no variable of the function in the command lines of the host', { skip: existsProc() }, async () => {
    const { sandbox, stdout } = await startOf(driver(), shell('echo up; read line <&3', { env: { SECRET: 'hush-4711' } }));
    await stdout.until('up');
    assert.deepEqual(processesNaming('hush-4711'), []);
    await sandbox.stop();
  });

  test('starts in its working directory', async (t) => {
    const source = mkdtempSync(join(tmpdir(), 'lambkin-code-'));
    t.after(() => rmSync(source, { recursive: true, force: true }));
    openFolder(source);
    const mounts = [{ source, target: '/var/task' }];
    const spec = shell('pwd', { mounts });
    const cwd = driver().locate(spec, '/var/task');
    assert.equal((await runOf(driver(), { ...spec, cwd })).stdout, `${cwd}\n`);
  });

  test('signals the first process of the function, which may end as it likes', async () => {
    const source =
      "process.on('SIGTERM', () => { console.log('bye'); process.exit(7); }); console.log('up'); setInterval(() => {}, 1000)";
    const { sandbox, stdout } = await startOf(driver(), script(driver(), source));
    await stdout.until('up');
    sandbox.signal('SIGTERM');
    assert.deepEqual(await sandbox.exited, { code: 7, signal: null, outOfMemory: false });
    await stdout.until('bye');
    assert.match(stdout.text, /bye/);
    await sandbox.stop();
  });

  test('kills the first process by signal', async () => {
    const { sandbox, stdout } = await startOf(driver(), shell('echo up; read line <&3'));
    await stdout.until('up');
    sandbox.signal('SIGKILL');
    assert.deepEqual(await sandbox.exited, { code: null, signal: 'SIGKILL', outOfMemory: false });
    await sandbox.stop();
  });

  test('bounds its descriptors and writes no core files', async (t) => {
    const reason = unenforced(driver(), 'descriptors');
    if (reason) return t.skip(reason);
    const { stdout } = await runOf(driver(), shell('ulimit -Sn; ulimit -Hn; ulimit -Hc'));
    assert.equal(stdout, '1024\n1024\n0\n');
  });

  test('bounds its memory and says when it was too little', async (t) => {
    const reason = unenforced(driver(), 'memory');
    if (reason) return t.skip(reason);
    const source =
      'const kept = []; for (let i = 0; i < 64; i += 1) kept.push(Buffer.alloc(16 << 20, 1)); console.log(kept.length)';
    const { exit, stdout } = await runOf(driver(), script(driver(), source, { memoryBytesMax: 128 << 20 }));
    assert.deepEqual(exit, { code: null, signal: 'SIGKILL', outOfMemory: true });
    assert.equal(stdout, '');
  });

  test('gives as much CPU time as was asked for, and more when told', async (t) => {
    const reason = unenforced(driver(), 'cpu');
    if (reason) return t.skip(reason);
    const slow = await startOf(driver(), shell(TICKING, { cpuCores: 0.1 }));
    const fast = await startOf(driver(), shell(TICKING));
    await fast.stdout.until('tick\n'.repeat(40));
    assert.ok(
      slow.stdout.lines().length * 2 < fast.stdout.lines().length,
      `${slow.stdout.lines().length} of ${fast.stdout.lines().length}`,
    );
    fast.sandbox.limitCpu(0.05);
    slow.sandbox.limitCpu(1);
    const before = slow.stdout.lines().length;
    await slow.stdout.until('tick\n'.repeat(before + 40));
    await Promise.all([slow.sandbox.stop(), fast.sandbox.stop()]);
  });
}

function testFilesystem({ driver }: Given): void {
  test('shows mounts, one inside another, read only', async (t) => {
    const source = mkdtempSync(join(tmpdir(), 'lambkin-code-'));
    t.after(() => rmSync(source, { recursive: true, force: true }));
    for (const folder of ['outer/inner', 'other']) mkdirSync(join(source, folder), { recursive: true });
    writeFileSync(join(source, 'outer/name'), 'outer\n');
    writeFileSync(join(source, 'other/name'), 'other\n');
    openFolder(source);
    const mounts = [
      { source: join(source, 'outer'), target: '/opt' },
      { source: join(source, 'other'), target: '/opt/inner' },
    ];
    const spec = specOf({ mounts });
    const [outer, inner] = ['/opt/name', '/opt/inner/name'].map((path) => driver().locate(spec, path));
    assert.equal((await runOf(driver(), shell(`cat ${outer} ${inner}`, { mounts }))).stdout, 'outer\nother\n');
    if (!driver().ownFilesystem) return t.skip('mounts are the host folders themselves and can be written: no own filesystem');
    const written = await runOf(
      driver(),
      shell('for d in /opt /opt/inner; do echo x > $d/new; rm -f $d/name; chmod 777 $d; done; true', { mounts }),
    );
    assert.equal(written.stderr.match(/Read-only file system/g)?.length, 6, written.stderr);
  });

  test('has a private /tmp that is empty at the start and gone at the end', async () => {
    const first = specOf();
    const tmp = driver().locate(first, '/tmp');
    const before = await runOf(driver(), {
      ...shell(`ls -A ${tmp}; echo data > ${tmp}/left && cat ${tmp}/left; stat -c %a ${tmp}`),
      id: first.id,
    });
    assert.equal(before.stdout, 'data\n1777\n');
    const second = specOf();
    const again = driver().locate(second, '/tmp');
    assert.equal((await runOf(driver(), { ...shell(`ls -A ${again} | grep -v lost+found`), id: second.id })).stdout, '');
  });

  test('gives back a /tmp that was made hard to empty', async () => {
    const spec = specOf();
    const tmp = driver().locate(spec, '/tmp');
    const deep = `const name = 'd'.repeat(200); process.chdir(process.argv[1]); for (let i = 0; i < 60; i += 1) { fs.mkdirSync(name); process.chdir(name); }`;
    const run = script(driver(), `const fs = require('node:fs'); ${deep} console.log('deep')`, { id: spec.id });
    const { stdout } = await runOf(driver(), { ...run, argv: [...run.argv, tmp] });
    assert.equal(stdout, 'deep\n');
    const next = specOf();
    assert.equal(
      (await runOf(driver(), { ...shell(`ls -A ${driver().locate(next, '/tmp')} | grep ddd`), id: next.id })).stdout,
      '',
    );
  });

  test('/tmp is full at its size', async (t) => {
    const reason = unenforced(driver(), 'tmp');
    if (reason) return t.skip(reason);
    const { stdout, stderr } = await runOf(
      driver(),
      shell('dd if=/dev/zero of=/tmp/fill bs=1M count=200 2>&1; stat -c %s /tmp/fill'),
    );
    assert.match(stdout, /No space left on device/, stderr);
    const size = Number(stdout.trim().split('\n').at(-1));
    assert.ok(size > 50 << 20 && size <= 64 << 20, `${size} bytes`);
  });
}

function testFreezing({ driver }: Given): void {
  test('a frozen sandbox does not run until it is thawed', async (t) => {
    const reason = unenforced(driver(), 'freeze');
    if (reason) return t.skip(reason);
    const frozen = await startOf(driver(), shell(TICKING));
    const neighbour = await startOf(driver(), shell(TICKING));
    await frozen.stdout.until('tick');
    frozen.sandbox.freeze();
    // What it wrote before the freeze may still be on its way.
    await neighbour.stdout.until('tick\n'.repeat(neighbour.stdout.lines().length + 3));
    const ticks = frozen.stdout.lines().length;
    const used = frozen.sandbox.usage().cpuMs;
    await neighbour.stdout.until('tick\n'.repeat(neighbour.stdout.lines().length + 20));
    assert.equal(frozen.stdout.lines().length, ticks);
    // The kernel may book what was used before the freeze a little later.
    assert.ok((frozen.sandbox.usage().cpuMs ?? 0) - (used ?? 0) < 5);
    frozen.sandbox.thaw();
    await frozen.stdout.until('tick\n'.repeat(ticks + 3));
    await Promise.all([frozen.sandbox.stop(), neighbour.sandbox.stop()]);
  });

  test('freezing and thawing again and again loses nothing', async () => {
    const { sandbox, stdout, channel } = await startOf(
      driver(),
      shell('echo up; while read line <&3; do echo "$line" >&3; done'),
    );
    await stdout.until('up');
    for (let round = 0; round < 50; round += 1) {
      sandbox.freeze();
      sandbox.channel.write(`round ${round}\n`);
      sandbox.thaw();
      await channel.until(`round ${round}\n`);
    }
    assert.equal(channel.lines().length, 50);
    await sandbox.stop();
  });

  test('tells what it uses, where the host can', async () => {
    const source = "globalThis.kept = Buffer.alloc(64 << 20, 1); console.log('up'); setInterval(() => {}, 1000)";
    const { sandbox, stdout } = await startOf(driver(), script(driver(), source));
    await stdout.until('up');
    const usage = sandbox.usage();
    if (unenforced(driver(), 'memory') === undefined) {
      assert.ok((usage.memoryBytes ?? 0) > 64 << 20 && (usage.memoryBytes ?? 0) <= 256 << 20, String(usage.memoryBytes));
      assert.ok((usage.memoryPeakBytes ?? 0) >= (usage.memoryBytes ?? 0));
      assert.ok((usage.cpuMs ?? 0) > 1);
    } else
      assert.deepEqual(
        Object.values(usage).filter((value) => typeof value !== 'number'),
        [],
      );
    await sandbox.stop();
  });
}

function testStopping({ driver, runDirectory }: Given): void {
  test('stops while frozen, twice, and does nothing afterwards', async () => {
    const { sandbox, stdout } = await startOf(driver(), shell('echo up; read line <&3'));
    await stdout.until('up');
    sandbox.freeze();
    await Promise.all([sandbox.stop(), sandbox.stop()]);
    assert.equal((await sandbox.exited).signal, 'SIGKILL');
    await sandbox.stop();
    sandbox.freeze();
    sandbox.thaw();
    sandbox.limitCpu(1);
    sandbox.signal('SIGKILL');
    assert.equal(typeof sandbox.usage(), 'object');
  });

  test('is harmless after the first process ended by itself', async () => {
    const { sandbox } = await startOf(driver(), specOf());
    await sandbox.exited;
    sandbox.freeze();
    sandbox.thaw();
    sandbox.signal('SIGTERM');
    sandbox.limitCpu(0.5);
    sandbox.usage();
    await sandbox.stop();
  });

  test('kills what went into the background in a session of its own', { skip: existsProc() }, async (t) => {
    const reason = driver().ownFilesystem ? undefined : unenforced(driver(), 'processes');
    if (reason) return t.skip(`such a process can't be found without a control group: ${reason}`);
    const mark = `86400.${process.pid}`;
    const { sandbox, stdout } = await startOf(
      driver(),
      shell(`setsid sh -c 'sleep ${mark} & sleep ${mark}' >/dev/null 2>&1 3>&1 & echo up; read line <&3`),
    );
    await stdout.until('up');
    await sandbox.stop();
    assert.deepEqual(processesNaming(mark), []);
  });

  test('a start that fails leaves nothing', async () => {
    await runOf(driver(), specOf());
    await isSettled(() => hostState(runDirectory));
    const before = hostState(runDirectory);
    const failing = [
      specOf({ argv: ['/no/such/program'] }),
      specOf({
        mounts: [{ source: '/no/such/folder', target: '/var/task' }],
        cwd: driver().ownFilesystem ? '/' : '/no/such/folder',
      }),
      specOf({ cwd: '/no/such/folder' }),
    ];
    for (const spec of failing) {
      const exit = await runOf(driver(), spec).then(
        (result) => result.exit,
        () => ({ code: 1 }),
      );
      assert.notEqual(exit.code, 0);
    }
    await isSettled(() => hostState(runDirectory), before);
    assert.deepEqual(hostState(runDirectory), before);
  });
}

function testNothingLeft({ driver, runDirectory }: Given): void {
  test(
    'fifty starts and stops leave no process, control group, mount, loop device, file or descriptor',
    { skip: existsProc() },
    async () => {
      await runOf(driver(), specOf());
      // Three at once leave more volumes mounted than are kept ahead, so that none is mounted during the rounds.
      await Promise.all([1, 2, 3].map(() => runOf(driver(), specOf())));
      // Networks are made ahead in the background until there are enough.
      await isSettled(() => hostState(runDirectory));
      const before = hostState(runDirectory);
      for (let round = 0; round < 50; round += 1) {
        const { sandbox, stdout } = await startOf(driver(), shell('sleep 1000 & echo up; wait'));
        // One in three is stopped while it is still starting.
        if (round % 3 !== 0) await stdout.until('up');
        if (round === 1) assertHeld(driver(), hostState(runDirectory));
        if (round % 5 === 0) sandbox.freeze();
        await sandbox.stop();
      }
      await isSettled(() => hostState(runDirectory), before);
      assert.deepEqual(hostState(runDirectory), before);
    },
  );

  test('ten at once start and stop', async () => {
    const started = await Promise.all(Array.from({ length: 10 }, () => startOf(driver(), shell('echo up; read line <&3'))));
    await Promise.all(started.map(({ stdout }) => stdout.until('up')));
    assert.deepEqual(
      started.map(({ stdout }) => stdout.text),
      Array.from({ length: 10 }, () => 'up\n'),
    );
    await Promise.all(started.map(({ sandbox }) => sandbox.stop()));
  });
}

/** What the lists of the host's state are good for: a running sandbox is in them. */
function assertHeld(driver: SandboxDriver, state: HostState): void {
  assert.ok(state.processes.length > 0);
  if (unenforced(driver, 'memory') === undefined) assert.ok(state.controlGroups.length > 0);
  if (unenforced(driver, 'tmp') === undefined) assert.ok(state.mounts.length > 0 && state.loopDevices.length > 0);
}

function existsProc(): string | false {
  return process.platform === 'linux' ? false : 'the host is looked at through /proc, which Linux alone has';
}

/** Lets the functions' users reach a folder of ours, as the code cache does. */
function openFolder(path: string): void {
  chmodSync(path, 0o755);
}
