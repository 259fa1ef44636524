import type { Logger } from '../../ports/logger.ts';

/**
 * Tells the log, once each, which members of an operation were stored and have no effect yet. The paths come from a table, so
 * what is remembered is bounded by it.
 */
export function sayOnceEach(logger: Logger, operation: string): (path: string) => void {
  const said = new Set<string>();
  return (path) => {
    if (said.has(path)) return;
    said.add(path);
    logger.warn({ operation, member: path }, 'a setting was stored that has no effect yet; see docs/compatibility.md');
  };
}
