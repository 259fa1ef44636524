import { Command } from 'commander';
import { settingLeaves, variableName } from '../config/load.ts';
import { fail } from './terminal.ts';
import { LAMBKIN_VERSION } from '../model/version.ts';

const program = new Command('lambkin').description('AWS Lambda on your own machines.').version(LAMBKIN_VERSION);

const start = program
  .command('start')
  .description('Serve all services on one port.')
  .option('--config <file>', 'settings in a YAML file');
for (const leaf of settingLeaves()) {
  const name = leaf.path.join('.');
  start.option(`--${name} <value>`, `${leaf.description} (${variableName(leaf.path)}, default ${JSON.stringify(leaf.fallback)})`);
}
start.action(async (options: Record<string, string>) => {
  const { config, ...flags } = options;
  // Loaded only now: what a command does not need must not slow it down.
  const { startCommand } = await import('./start.ts');
  await startCommand(config, flags);
});

const CONFIG = ['--config <file>', 'settings in a YAML file'] as const;
const DATA_DIRECTORY = ['--dataDir <value>', 'Folder of everything that is kept.'] as const;
type Options = Record<string, string>;

program
  .command('doctor')
  .description('Tell what this machine can run and enforce.')
  .option(...CONFIG)
  .option(...DATA_DIRECTORY)
  .action(async ({ config, ...flags }: Options) => {
    const { doctorCommand } = await import('./doctor.ts');
    await doctorCommand(config, flags);
  });

const runtime = program.command('runtime').description('Runtimes of functions on this machine.');
runtime
  .command('list')
  .description('Tell which runtimes there are, and how to add the others.')
  .option(...CONFIG)
  .option(...DATA_DIRECTORY)
  .action(async ({ config, ...flags }: Options) => {
    const { runtimeListCommand } = await import('./runtime.ts');
    await runtimeListCommand(config, flags);
  });
runtime
  .command('add')
  .argument('<names...>', 'such as java21 or nodejs22.x')
  .description('Fetch what runtimes lack: Node.js, or the client for Java.')
  .option(...CONFIG)
  .option(...DATA_DIRECTORY)
  .action(async (names: string[], { config, ...flags }: Options) => {
    const { runtimeAddCommand } = await import('./runtime.ts');
    await runtimeAddCommand(names, config, flags);
  });

await program.parseAsync().catch((error: unknown) => fail(error));
