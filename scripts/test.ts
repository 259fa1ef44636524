import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';

// The whole of `npm test`: the checks, then every test file under node's own runner.

function run(args: readonly string[]): number {
  return spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
}

const checked = run(['scripts/check.ts']);
const files = globSync(['src/**/*.test.ts', 'test/**/*.test.ts']).toSorted();
// Tests that start servers and sandboxes share the machine, so not more of them run than it has processors.
const tested = run(['--test', `--test-concurrency=${availableParallelism()}`, '--test-timeout=240000', ...files]);
if (checked !== 0) console.log('the checks above have failed');
process.exit(checked || tested);
