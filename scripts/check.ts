import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

// Everything that can be told without running the program: types, lint, the rules of the house, generated files.

const require = createRequire(import.meta.url);

/** Path of a package's command, so that no shell and no PATH decides which is run. */
function command(name: string, bin = name): string {
  const manifest = require.resolve(`${name}/package.json`);
  const { bin: bins } = require(manifest) as { bin: string | Record<string, string> };
  return join(dirname(manifest), typeof bins === 'string' ? bins : (bins[bin] ?? ''));
}

const steps: readonly (readonly [string, readonly string[]])[] = [
  ['types', [command('typescript', 'tsc'), '-p', '.']],
  ['lint', [command('oxlint'), '--quiet', 'src', 'test', 'scripts', 'bench']],
  ['format', [command('oxfmt'), '--check', 'src', 'test', 'scripts', 'bench', 'bin', 'runtimes']],
  ['rules of the house', ['scripts/tidy.ts']],
  ['generated tables', ['scripts/generate-wire.ts', '--check']],
  ['settings page', ['scripts/settings-page.ts', '--check']],
  ['errors page', ['scripts/errors-page.ts', '--check']],
  ['compatibility page', ['scripts/compatibility-page.ts', '--check']],
];

let failed = 0;
for (const [name, args] of steps) {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'}  ${name}`);
  if (status !== 0) failed += 1;
}
process.exit(failed === 0 ? 0 : 1);
