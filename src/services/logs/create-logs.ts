import type { LogSink } from '../../ports/log-sink.ts';
import { type FidelityCheck, fidelityCheck } from '../../wire/fidelity/fidelity-check.ts';
import type { Service } from '../../wire/service.ts';
import { logError } from './log-errors.ts';
import { openLogStorage, type LogStorageOptions } from './log-storage.ts';
import { LOGS_FIDELITY } from './logs-fidelity.ts';
import { logsHandlers, type LogsHandler } from './logs-handlers.ts';
import { SubscriptionDelivery } from './subscriptions/subscription-delivery.ts';
import type { SubscriptionFunctions } from './subscriptions/subscription-functions.ts';

/** What CloudWatch Logs is made of. */
export interface LogsOptions extends LogStorageOptions {
  /** Puts the operations behind the service's wire protocol: awsJson1.1, targets `Logs_20140328.<operation>`. */
  readonly serve: (handlers: Readonly<Record<string, LogsHandler>>, fidelity: FidelityCheck) => Service;
  /** What subscriptions deliver to. */
  readonly functions: SubscriptionFunctions;
}

/** CloudWatch Logs over one data directory. */
export interface Logs {
  /** Where the data plane writes. */
  readonly sink: LogSink;
  readonly service: Service;
  /**
   * Writes what is pending, makes everything durable, queues what subscribed functions are to get, and stops; what is
   * written afterwards is dropped.
   */
  close(): Promise<void>;
}

/** Opens the logs of a directory; nothing is read before it is needed. */
export function createLogs(options: LogsOptions): Logs {
  const { store, writer, close } = openLogStorage(options);
  const { clock, functions, logger } = options;
  const delivery = new SubscriptionDelivery(functions, clock, logger);
  store.onAppend((group, stream, records, firstSequence) => {
    const filters = group.settings.subscriptionFilters;
    if (filters !== undefined && filters.length > 0) delivery.take(group, filters, stream, records, firstSequence);
  });
  return {
    sink: writer,
    service: options.serve(
      logsHandlers({ store, writer, clock, functions }),
      fidelityCheck(LOGS_FIDELITY, (message) => logError('InvalidParameterException', message), logger),
    ),
    async close() {
      await close();
      await delivery.close();
    },
  };
}
