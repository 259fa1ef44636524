import { loadSettings } from '../config/load.ts';
import type { Lambkin } from '../main.ts';
import { outliveReaders, print } from './terminal.ts';

/** Serves until a signal: the first stops gracefully, a second at once. */
export async function startCommand(file: string | undefined, flags: Readonly<Record<string, string>>): Promise<void> {
  const settings = loadSettings({ file, environment: process.env, flags });
  outliveReaders();
  // Before anything is set up that only a graceful stop gives back.
  const stopped = firstSignal();
  const { startLambkin } = await import('../main.ts');
  const server = await startLambkin(settings);
  announce(server, settings.dataDir);
  await stopped;
  print('stopping: requests in flight are finished first');
  await server.close();
  process.exit(0);
}

/** Resolves at the first signal to stop, also one that came while nobody waited; the second ends the process. */
function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    let isStopping = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (isStopping) process.exit(1);
        isStopping = true;
        resolve();
      });
    }
  });
}

function announce(server: Lambkin, dataDirectory: string): void {
  const { endpoint } = server;
  print(
    '',
    `Lambkin is ready at ${endpoint}`,
    `State is kept in ${dataDirectory}. Functions run by the ${server.driver} driver.`,
    ...server.notices.map((notice) => `  Not enforced here: ${notice}`),
    '',
    'Try:',
    `  export AWS_ENDPOINT_URL=${endpoint} AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1`,
    '  aws lambda list-functions',
    '  aws s3 mb s3://photos',
    '',
  );
}
