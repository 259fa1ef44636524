import { pino } from 'pino';
import type { Logger } from '../../ports/logger.ts';

/** The server's log as JSON lines on standard error. */
export function pinoLogger(level: 'debug' | 'info' | 'warn' | 'error'): Logger {
  return pino(
    { level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    pino.destination({ dest: 2, sync: true }),
  );
}
