import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

const SUITE = fileURLToPath(new URL('sandbox-egress.ts', import.meta.url));
const PROGRAMS = ['/usr/sbin/nft', '/usr/bin/bwrap', '/usr/bin/nsenter', '/usr/bin/unshare'];

function reasonToSkip(): string | false {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'egress is set up by root on Linux only';
  const missing = PROGRAMS.filter((path) => !existsSync(path));
  return missing.length > 0 ? `not installed here: ${missing.join(', ')}` : false;
}

test('networks of their own lead to the world and nowhere else', { skip: reasonToSkip(), timeout: 120_000 }, () => {
  // In namespaces of its own: neither what this host forwards and filters, nor another test, has a part in it.
  const args = ['--net', '--mount', process.execPath, '--test', '--test-reporter=spec', SUITE];
  const { NODE_TEST_CONTEXT: _ours, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync('/usr/bin/unshare', args, { env, encoding: 'utf8', timeout: 110_000 });
  assert.equal(status, 0, `${stdout}${stderr}`.slice(-8_000));
  assert.match(stdout, /pass 9/);
});
