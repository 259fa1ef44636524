import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, test, type TestContext } from 'node:test';
import type { SandboxDriver } from '../../src/ports/sandbox-driver.ts';
import { processesNaming, processesOfUid } from './sandbox-host-state.ts';
import { runOf, script, shell, startOf, unenforced } from './sandbox-run.ts';

/** Results that mean that a try came to nothing. */
const REFUSED = new Set(['EPERM', 'EACCES', 'ENOSYS', 'EAFNOSUPPORT', 'ENOENT', 'EROFS']);

/** What a hostile function must not read, write, become, reach or exhaust. `home` is a folder of the test's own. */
export function testSandboxEscape(given: { readonly driver: () => SandboxDriver; readonly home: string }): void {
  describe('holds a hostile function', () => {
    testReading(given);
    testWriting(given);
    testReaching(given);
    testPrivileges(given);
    testExhausting(given);
  });
}

type Given = Parameters<typeof testSandboxEscape>[0];

/** Skips with the reason where the driver leaves functions on the host's own file system. */
function isolates(driver: SandboxDriver, t: TestContext): boolean {
  if (!driver.ownFilesystem) t.skip(`${driver.name} does not isolate functions from the host, and says so in its enforcements`);
  return driver.ownFilesystem;
}

function testReading({ driver, home }: Given): void {
  test('does not read the host: passwords, folders, the data directory', async (t) => {
    if (!isolates(driver(), t)) return;
    const data = join(home, 'data');
    mkdirSync(data, { recursive: true });
    writeFileSync(join(data, 'secret'), 'hush-data');
    const { stdout } = await runOf(
      driver(),
      shell(
        `cat /etc/shadow /etc/gshadow ${data}/secret 2>/dev/null; ls ${home} /root /home /sys /run/systemd /var/lib 2>/dev/null; ls /`,
      ),
    );
    assert.doesNotMatch(stdout, /hush-data/);
    const names = stdout.split('\n').filter((name) => name !== '');
    assert.deepEqual(
      names.filter(
        (name) =>
          !['bin', 'dev', 'etc', 'lib', 'lib32', 'lib64', 'libx32', 'proc', 'run', 'sbin', 'tmp', 'usr', 'var'].includes(name),
      ),
      [],
    );
  });

  test("does not read another function's code, /tmp, environment or files", async (t) => {
    if (!isolates(driver(), t)) return;
    const code = mkdtempSync(join(home, 'code-'));
    writeFileSync(join(code, 'handler'), 'hush-code');
    chmodSync(code, 0o755);
    const victim = await startOf(
      driver(),
      shell('echo hush-tmp > /tmp/file; chmod 777 /tmp/file; echo up; read line <&3', {
        mounts: [{ source: code, target: '/var/task' }],
        env: { SECRET: 'hush-env' },
      }),
    );
    await victim.stdout.until('up');
    const look = `cat ${code}/handler /proc/*/environ /proc/*/root/tmp/* /proc/*/cwd/* /tmp/* /var/task/* 2>/dev/null; cat /proc/*/cmdline | tr '\\0' ' '; echo; ls -d /proc/[0-9]* | wc -l`;
    const { stdout } = await runOf(driver(), shell(look));
    assert.doesNotMatch(stdout, /hush-(?!\()/);
    assert.ok(Number(stdout.trim().split('\n').at(-1)) <= 6, stdout);
    await victim.sandbox.stop();
  });

  test('does not learn where the host keeps its files', async (t) => {
    if (!isolates(driver(), t)) return;
    const { stdout } = await runOf(driver(), shell(`cat /proc/*/cmdline /run/lambkin/* 2>/dev/null | tr '\\0' '\\n'`));
    assert.doesNotMatch(stdout, /lambkin-sandbox-/);
  });
}

function testWriting({ driver }: Given): void {
  test('writes nowhere but in /tmp', async (t) => {
    if (!isolates(driver(), t)) return;
    const find =
      "find / \\( -path /proc -o -path '/usr/*' -o -path /dev/pts \\) -prune -o \\( -type d -o -type f ! -path '/dev/*' \\) -writable -print 2>/dev/null; touch /usr/x /usr/bin/x /etc/x /dev/x /dev/pts/x 2>/dev/null && echo wrote";
    const { stdout } = await runOf(driver(), shell(find));
    assert.equal(stdout, '/tmp\n');
  });

  test('runs no set-uid program of its own or of the system with more rights', async (t) => {
    if (!isolates(driver(), t)) return;
    const source =
      'cp /usr/bin/id /tmp/id; chmod 4755 /tmp/id; /tmp/id -u; su -c "id -u" root </dev/null 2>/dev/null; mount -t tmpfs none /tmp 2>/dev/null && echo mounted; id -u';
    const { stdout } = await runOf(driver(), shell(source));
    const [own, ...others] = new Set(stdout.trim().split('\n'));
    assert.notEqual(own, '0');
    assert.deepEqual(others, []);
  });
}

function testReaching({ driver }: Given): void {
  test('neither sees nor signals processes of the host or of a neighbour', async (t) => {
    if (!isolates(driver(), t)) return;
    const neighbour = await startOf(driver(), shell('echo up; read line <&3; echo "still $line" >&3'));
    await neighbour.stdout.until('up');
    const { stdout } = await runOf(
      driver(),
      shell(
        `for pid in ${process.pid} ${neighbour.sandbox.pid}; do kill -0 $pid 2>/dev/null && echo seen; done; echo done; kill -9 -1`,
      ),
    );
    assert.equal(stdout, 'done\n');
    neighbour.sandbox.channel.write('here\n');
    await neighbour.channel.until('still here');
    assert.match(neighbour.channel.text, /still here/);
    await neighbour.sandbox.stop();
  });

  test('has a user of its own, whose name it can look up', async (t) => {
    const reason = unenforced(driver(), 'user');
    if (reason) return t.skip(reason);
    const [one, two] = await Promise.all([1, 2].map(() => startOf(driver(), shell('id -u; id -un; id -G; read line <&3'))));
    assert.ok(one && two);
    await Promise.all([one, two].map(({ stdout }) => stdout.until('sbx_user1051\n')));
    for (const { sandbox, stdout } of [one, two]) {
      const uid = String(sandbox.uid);
      await stdout.until(`sbx_user1051\n${uid}\n`);
      assert.deepEqual(stdout.lines(), [uid, 'sbx_user1051', uid]);
      assert.ok(Number(uid) > 0 && processesOfUid(Number(uid)).length > 0);
    }
    assert.notEqual(one.sandbox.uid, two.sandbox.uid);
    await Promise.all([one.sandbox.stop(), two.sandbox.stop()]);
    assert.deepEqual([...processesOfUid(one.sandbox.uid ?? 0), ...processesOfUid(two.sandbox.uid ?? 0)], []);
  });
}

function testPrivileges({ driver, home }: Given): void {
  test('has no capability and can get none', async (t) => {
    if (!isolates(driver(), t)) return;
    const { stdout } = await runOf(driver(), shell('grep -E "^(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs|Seccomp):" /proc/self/status'));
    const expected = [
      'CapInh:\t0000000000000000',
      'CapPrm:\t0000000000000000',
      'CapEff:\t0000000000000000',
      'CapAmb:\t0000000000000000',
      'NoNewPrivs:\t1',
      'Seccomp:\t2',
    ];
    assert.deepEqual(stdout.trim().split('\n'), expected);
  });

  test('is refused every call that changes the host, its namespaces or other processes', async (t) => {
    const reason = unenforced(driver(), 'syscalls');
    if (reason) return t.skip(reason);
    const folder = mkdtempSync(join(home, 'hostile-'));
    chmodSync(folder, 0o755);
    const compiled = spawnSync(
      'gcc',
      ['-O1', '-w', '-o', join(folder, 'hostile'), fileURLToPath(new URL('hostile.c', import.meta.url))],
      { encoding: 'utf8' },
    );
    if (compiled.status !== 0) return t.skip(`gcc can't compile the tries: ${compiled.error?.message ?? compiled.stderr}`);
    const mounts = [{ source: folder, target: '/var/task' }];
    const { stdout, exit } = await runOf(driver(), shell('exec /var/task/hostile', { mounts }));
    assert.equal(exit.code, 0);
    const tries = stdout.trim().split('\n');
    assert.ok(tries.length > 45, stdout);
    // With our own uid bubblewrap's first process is the function's too; it holds no right that the function lacks. Its namespace has no uid 0.
    const open =
      unenforced(driver(), 'user') === undefined ? [] : ['proc_mem DONE', 'setuid EINVAL', 'setgid EINVAL', 'chown EINVAL'];
    assert.deepEqual(
      tries.filter((line) => !REFUSED.has(line.split(' ')[1] ?? '') && !open.includes(line)),
      [],
    );
    if (process.arch !== 'x64') return;
    for (const name of ['foreign', 'x32']) {
      const foreign = await runOf(driver(), shell(`exec /var/task/hostile ${name}`, { mounts }));
      assert.equal(foreign.stdout, '');
      // A kernel without the 32-bit entry faults before the filter is asked.
      assert.match(foreign.exit.signal ?? '', /^SIG(SYS|SEGV)$/);
    }
  });
}

function testExhausting({ driver }: Given): void {
  test('forks no more processes than it may have, beside neighbours that go on', async (t) => {
    const reason = unenforced(driver(), 'processes');
    if (reason) return t.skip(reason);
    const neighbour = await startOf(driver(), shell('echo up; while read line <&3; do (echo "$line" >&3); done'));
    const counted = await startOf(
      driver(),
      shell('i=0; while :; do sleep 1000 & i=$((i+1)); echo $i; done', { processesMax: 32 }),
    );
    // A bomb whose every part starts two more for as long as it can.
    const bomb = await startOf(driver(), shell('echo up; b() { b | b & b; }; while :; do b; done', { processesMax: 64 }));
    await Promise.all([neighbour.stdout.until('up'), counted.stderr.until('fork'), bomb.stderr.until('fork')]);
    const forked = Number(counted.stdout.lines().at(-1));
    assert.ok(forked >= 24 && forked <= 36, `${forked} processes`);
    for (let round = 0; round < 10; round += 1) {
      neighbour.sandbox.channel.write(`round ${round}\n`);
      await neighbour.channel.until(`round ${round}\n`);
    }
    assert.equal(neighbour.channel.lines().length, 10);
    if (bomb.sandbox.uid !== undefined) assert.ok(processesOfUid(bomb.sandbox.uid).length <= 68);
    await Promise.all([bomb, counted, neighbour].map(({ sandbox }) => sandbox.stop()));
    if (bomb.sandbox.uid !== undefined) assert.deepEqual(processesOfUid(bomb.sandbox.uid), []);
  });

  test('is stopped when it takes too much memory in any process, and its neighbour is not', async (t) => {
    const reason = unenforced(driver(), 'memory');
    if (reason) return t.skip(reason);
    const neighbour = await startOf(
      driver(),
      shell('echo up; read line <&3; echo "still $line" >&3', { memoryBytesMax: 128 << 20 }),
    );
    await neighbour.stdout.until('up');
    // In a child, so that the first process can tell of it.
    const source =
      "const r = require('node:child_process').spawnSync(process.execPath, ['-e', 'const k = []; for (;;) k.push(Buffer.alloc(16 << 20, 1))']); console.log(r.signal)";
    const { exit, stdout } = await runOf(driver(), script(driver(), source, { memoryBytesMax: 256 << 20 }));
    assert.equal(exit.outOfMemory, true);
    // Control groups of the second kind end all of the group's processes together.
    assert.match(stdout, /^(SIGKILL\n)?$/);
    neighbour.sandbox.channel.write('here\n');
    await neighbour.channel.until('still here');
    assert.match(neighbour.channel.text, /still here/);
    await neighbour.sandbox.stop();
  });

  test('opens no more descriptors than it may', async (t) => {
    const reason = unenforced(driver(), 'descriptors');
    if (reason) return t.skip(reason);
    const source =
      "const fs = require('node:fs'); let n = 0; try { for (;;) { fs.openSync('/dev/null'); n += 1; } } catch (error) { console.log(error.code, n < 1024) }";
    assert.equal((await runOf(driver(), script(driver(), source))).stdout, 'EMFILE true\n');
  });

  test('leaves nothing behind that was detached, ignores signals and forks on', async (t) => {
    const reason = driver().ownFilesystem ? undefined : unenforced(driver(), 'processes');
    if (reason) return t.skip(`such a process can't be found without a control group: ${reason}`);
    const mark = `86399.${process.pid}`;
    const inner = `trap "" TERM HUP INT; while :; do sleep ${mark} & sleep ${mark}; done`;
    const { sandbox, stdout } = await startOf(driver(), shell(`setsid sh -c '${inner}' >/dev/null 2>&1 3>&1 & echo up`));
    await stdout.until('up');
    await sandbox.exited;
    await sandbox.stop();
    assert.deepEqual(processesNaming(mark), []);
  });
}
