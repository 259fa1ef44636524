import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { LogRetention } from './store/log-retention.ts';
import { LogStore } from './store/log-store.ts';
import { LogWriter } from './store/log-writer.ts';

/** Size of all logs of a data directory past which the oldest segments are removed. */
export const LOG_BYTES_MAX = 1_073_741_824;

/** Where logs are kept and what bounds them. */
export interface LogStorageOptions {
  /** Created when it is absent. No other process may use it at the same time. */
  readonly directory: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default {@link LOG_BYTES_MAX}. */
  readonly totalBytesMax?: number;
}

/** The parts of the log store that belong together. */
export interface LogStorage {
  readonly store: LogStore;
  readonly writer: LogWriter;
  readonly retention: LogRetention;
  /** Writes what is pending, makes everything durable and stops. */
  close(): Promise<void>;
}

/** Opens the log store of a directory; nothing is read before it is needed. */
export function openLogStorage({ directory, clock, logger, totalBytesMax = LOG_BYTES_MAX }: LogStorageOptions): LogStorage {
  const store = new LogStore(directory, clock);
  const writer = new LogWriter(store, clock, logger);
  const retention = new LogRetention(store, clock, logger, totalBytesMax);
  return {
    store,
    writer,
    retention,
    async close() {
      await retention.close();
      await writer.close();
      await store.close();
    },
  };
}
