import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

// What starts a .NET function, with a program of the test in the stead of `dotnet`: it prints what it is called with.

const SCRIPT = join(import.meta.dirname, '../../runtimes/dotnet/bootstrap.sh');
const ECHO = '#!/bin/sh\necho "$(basename "$0")" "$@"\n';

describe('dotnet bootstrap', { skip: process.platform === 'win32' ? 'needs a POSIX shell' : false }, () => {
  let root: string;
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'lambkin-dotnet-'));
    mkdirSync(join(root, 'dotnet'));
    writeFileSync(join(root, 'dotnet/dotnet'), ECHO, { mode: 0o755 });
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  function start(handler: string, files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) {
    const task = mkdtempSync(join(root, 'task-'));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(task, name), content, { mode: 0o755 });
    const variables = { PATH: '/usr/bin:/bin', LAMBDA_TASK_ROOT: task, _HANDLER: handler, DOTNET_ROOT: join(root, 'dotnet') };
    const wrapper = env['_LAMBKIN_EXEC_WRAPPER'];
    const located =
      wrapper === undefined
        ? {}
        : { _LAMBKIN_EXEC_WRAPPER: join(task, wrapper), AWS_LAMBDA_EXEC_WRAPPER: `/var/task/${wrapper}` };
    const { status, stdout, stderr } = spawnSync('/bin/sh', [SCRIPT], {
      env: { ...variables, ...env, ...located },
      encoding: 'utf8',
    });
    return { status, stdout: stdout.replaceAll(task, '/var/task'), stderr: stderr.replaceAll(task, '/var/task') };
  }

  it('runs an executable assembly by its name, with or without .dll', () => {
    const expected = { status: 0, stdout: 'dotnet exec /var/task/Thumbnails.dll\n', stderr: '' };
    assert.deepEqual(start('Thumbnails', { 'Thumbnails.dll': '' }), expected);
    assert.deepEqual(start('Thumbnails.dll', { 'Thumbnails.dll': '' }), expected);
  });

  it('runs a binary that holds its own .NET', () => {
    assert.deepEqual(start('bootstrap', { bootstrap: ECHO }), { status: 0, stdout: 'bootstrap\n', stderr: '' });
  });

  it('says what is missing by the exit statuses of Lambda', () => {
    assert.equal(start('Thumbnails', {}).status, 102);
    assert.equal(start('', { 'Thumbnails.dll': '' }).status, 103);
    const missing = start('Other', { 'Thumbnails.dll': '' });
    assert.equal(missing.status, 104);
    assert.match(
      missing.stderr,
      /neither the executable assembly \/var\/task\/Other\.dll nor the binary \/var\/task\/Other was found/,
    );
  });

  it('refuses handlers of class libraries by name', () => {
    const refused = start('Thumbnails::Thumbnails.Function::Handler', { 'Thumbnails.dll': '' });
    assert.equal(refused.status, 1);
    assert.match(
      refused.stderr,
      /lambkin can not run Thumbnails::Thumbnails\.Function::Handler: .*Make the project an executable/,
    );
  });

  it('is wrapped where the function asks for it', () => {
    const files = { 'Thumbnails.dll': '', wrap: ECHO };
    assert.match(
      start('Thumbnails', files, { _LAMBKIN_EXEC_WRAPPER: 'wrap' }).stdout,
      /^wrap \S+\/dotnet exec \/var\/task\/Thumbnails\.dll\n$/,
    );
    assert.deepEqual(start('Thumbnails', files, { _LAMBKIN_EXEC_WRAPPER: 'gone' }), {
      status: 127,
      stdout: '/var/task/gone: does not exist\n',
      stderr: '',
    });
  });
});
