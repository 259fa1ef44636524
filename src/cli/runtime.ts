import { loadSettings } from '../config/load.ts';
import { bringRuntime, inspectRuntimes } from '../main.ts';
import { runtimesTable } from './runtimes-table.ts';
import { print } from './terminal.ts';

/** Tells of every runtime whether it can run here. */
export async function runtimeListCommand(file: string | undefined, flags: Readonly<Record<string, string>>): Promise<void> {
  const settings = loadSettings({ file, environment: process.env, flags });
  print(...runtimesTable(await inspectRuntimes(settings)));
}

/** Brings what the named runtimes lack, one after another, and tells whether they can run then. Rejects at the first that fails. */
export async function runtimeAddCommand(
  names: readonly string[],
  file: string | undefined,
  flags: Readonly<Record<string, string>>,
): Promise<void> {
  const settings = loadSettings({ file, environment: process.env, flags });
  for (const name of names) print(await bringRuntime(name, settings));
  const overview = await inspectRuntimes(settings);
  print(
    ...runtimesTable(
      overview.filter(({ runtime }) => names.some((name) => name === runtime || (name === 'java' && runtime.startsWith(name)))),
    ),
  );
}
