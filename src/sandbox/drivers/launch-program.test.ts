import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { canLaunch, type Launch, launchProgram } from './launch-program.ts';

const skip =
  process.platform !== 'linux' || !canLaunch(process.arch)
    ? `there is no launch program for ${process.platform} ${process.arch}`
    : false;

function run(t: TestContext, launch: Launch) {
  const folder = mkdtempSync(join(tmpdir(), 'lambkin-launch-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'start');
  writeFileSync(file, launchProgram(launch, process.arch), { mode: 0o755 });
  return spawnSync(file, { encoding: 'utf8' });
}

test('it becomes another program with these arguments and variables, whatever is in them', { skip }, (t) => {
  const values = ["it's", '$(id)', 'one\ntwo', '', 'käse', 'x'.repeat(100_000)];
  const env = { 'NOT.FOR.SHELLS': 'a=b', EMPTY: '', LONG: 'y'.repeat(100_000) };
  const script = 'process.stdout.write(JSON.stringify([process.argv.slice(1), process.env]))';
  const { stdout, stderr } = run(t, { path: process.execPath, argv: ['name', '-e', script, '--', ...values], env });
  assert.deepEqual(JSON.parse(stdout || `"${stderr}"`), [values, env]);
});

test('it gives up every privilege first', { skip }, (t) => {
  const isRoot = process.getuid?.() === 0;
  const script = 'grep -E "^(Uid|Gid|Groups|CapInh|CapPrm|CapEff|CapAmb|NoNewPrivs)" /proc/self/status';
  const launch = { path: '/bin/sh', argv: ['sh', '-c', script], env: { PATH: '/usr/bin:/bin' } };
  const { stdout } = run(t, isRoot ? { ...launch, uid: 400_123 } : launch);
  assert.match(stdout, /NoNewPrivs:\t1/);
  if (!isRoot) return t.skip('only root has privileges to give up');
  assert.match(stdout, /Uid:\t400123\t400123\t400123\t400123\nGid:\t400123\t400123\t400123\t400123\nGroups:\t \n/);
  for (const set of ['Inh', 'Prm', 'Eff', 'Amb']) assert.match(stdout, new RegExp(`Cap${set}:\t0+\n`));
});

test('it ends with 126 when it can not become what it should', { skip }, (t) => {
  assert.equal(run(t, { path: '/nothing', argv: ['x'], env: {} }).status, 126);
  // Nobody but root can become somebody else, and then nothing must run.
  if (process.getuid?.() !== 0) assert.equal(run(t, { path: '/bin/true', argv: ['true'], env: {}, uid: 1 }).status, 126);
});

test('a text that no process can be given, and an unknown machine, are refused', () => {
  assert.throws(() => launchProgram({ path: '/x', argv: ['a\0b'], env: {} }, 'x64'), /null character/);
  assert.throws(() => launchProgram({ path: '/x', argv: [], env: {} }, 'mips'), /can't be run on mips/);
});
