import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { openWorld } from './world.ts';

// The same API by another official client, which parses answers by its own copy of the service model.

interface Line {
  readonly operation: string;
  readonly ok?: boolean;
  readonly error?: string;
  readonly skipped?: string;
  readonly version?: string;
}

/** The Python of this machine with the newest boto3. */
function findPython(): { readonly program: string; readonly version: string } | undefined {
  const found = ['python3', '/usr/bin/python3'].flatMap((program) => {
    try {
      const version = execFileSync(program, ['-c', 'import boto3; print(boto3.__version__)'], {
        encoding: 'utf8',
        stdio: 'pipe',
      });
      return [{ program, version: version.trim() }];
    } catch {
      return [];
    }
  });
  return found.toSorted((a, b) => b.version.localeCompare(a.version, 'en', { numeric: true }))[0];
}

const python = findPython();
const skip = python ? false : 'no Python of this machine has boto3 (Debian: python3-boto3)';

test('boto3 and its waiters find the operations as they expect them', { skip, timeout: 180_000 }, async () => {
  const world = await openWorld();
  try {
    await world.queue('queue');
    const script = join(import.meta.dirname, 'boto3_run.py');
    const { stdout } = await promisify(execFile)(python?.program ?? '', [script, world.server.endpoint], {
      maxBuffer: 10_000_000,
    });
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    const skipped = lines.filter((line) => line.skipped !== undefined);
    const wrong = lines.filter(({ ok, skipped: why }) => why === undefined && !ok);
    const operations = new Set(lines.filter(({ ok }) => ok).map(({ operation }) => operation));
    console.log(
      `boto3 ${python?.version}: ${lines.length - skipped.length} calls, ${wrong.length} wrong, ${operations.size} operations and waiters`,
    );
    for (const { operation, skipped: why } of skipped) console.log(`skipped ${operation}: ${why}`);
    assert.deepEqual(wrong, []);
    assert.ok(operations.size > 50, `only ${operations.size} operations were right`);
  } finally {
    await world.close();
  }
});
