import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

// What continuous integration runs as root is run as somebody else too: user namespaces instead of host uids, no
// control groups, no mounted volumes.

const NOBODY = 65_534;
const SUITE = fileURLToPath(new URL('sandbox-driver.test.ts', import.meta.url));

function asNobody(args: readonly string[], folder: string) {
  const identity = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--no-new-privs'];
  const env = { TMPDIR: folder, HOME: folder, PATH: '/usr/bin:/bin' };
  return spawnSync('/usr/bin/setpriv', [...identity, process.execPath, ...args], { env, encoding: 'utf8', timeout: 200_000 });
}

function reasonToSkip(): string | false {
  if (process.getuid?.() !== 0) return 'only root can become somebody else; the suite has just been run as an ordinary user';
  if (!existsSync('/usr/bin/setpriv')) return 'setpriv is not installed';
  const tried = asNobody(['--check', SUITE], tmpdir());
  return tried.status === 0 ? false : 'an ordinary user can read neither these tests nor this Node here';
}

test('the drivers keep their promises when the server is not root', { skip: reasonToSkip() }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lambkin-nobody-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  chownSync(folder, NOBODY, NOBODY);
  const { status, stdout, stderr } = asNobody(['--test', '--test-reporter=spec', SUITE], folder);
  assert.equal(status, 0, `${stdout}${stderr}`.slice(-8_000));
  assert.match(stdout, /pass \d\d/);
});
