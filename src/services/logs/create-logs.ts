import type { LogSink } from '../../ports/log-sink.ts';
import type { Service } from '../../wire/service.ts';
import { openLogStorage, type LogStorageOptions } from './log-storage.ts';
import { logsHandlers, type LogsHandler } from './logs-handlers.ts';

/** What CloudWatch Logs is made of. */
export interface LogsOptions extends LogStorageOptions {
  /** Puts the operations behind the service's wire protocol: awsJson1.1, targets `Logs_20140328.<operation>`. */
  readonly serve: (handlers: Readonly<Record<string, LogsHandler>>) => Service;
}

/** CloudWatch Logs over one data directory. */
export interface Logs {
  /** Where the data plane writes. */
  readonly sink: LogSink;
  readonly service: Service;
  /** Writes what is pending, makes everything durable and stops; what is written afterwards is dropped. */
  close(): Promise<void>;
}

/** Opens the logs of a directory; nothing is read before it is needed. */
export function createLogs(options: LogsOptions): Logs {
  const { store, writer, close } = openLogStorage(options);
  return { sink: writer, service: options.serve(logsHandlers({ store, writer, clock: options.clock })), close };
}
