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

program
  .command('doctor')
  .description('Tell what this machine can run and enforce.')
  .action(async () => {
    const { doctorCommand } = await import('./doctor.ts');
    await doctorCommand();
  });

await program.parseAsync().catch((error: unknown) => fail(error));
