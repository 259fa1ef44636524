import { readdir } from 'node:fs/promises';
import type { Companion } from '../../ports/sandbox-driver.ts';

/** Looked at in one folder; a function with more has its first ones. */
const ENTRIES_MAX = 64;

/** Variables that belong to the runtime alone. Source: Lambda's page on the Extensions API. */
const RUNTIME_VARIABLES: ReadonlySet<string> = new Set([
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_XRAY_CONTEXT_MISSING',
  'AWS_XRAY_DAEMON_ADDRESS',
  'LAMBDA_RUNTIME_DIR',
  'LAMBDA_TASK_ROOT',
]);

/** File names in /opt/extensions, which is `folder` on the host: every entry that is no folder. */
export async function externalExtensions(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name)
    .toSorted()
    .slice(0, ENTRIES_MAX);
}

/** How an external extension is started beside a runtime with these variables. */
export function extensionCompanion(
  name: string,
  locate: (path: string) => string,
  variables: Readonly<Record<string, string>>,
): Companion {
  return {
    argv: [locate(`/opt/extensions/${name}`)],
    withoutVariables: Object.keys(variables).filter((variable) => variable.startsWith('_') || RUNTIME_VARIABLES.has(variable)),
  };
}
