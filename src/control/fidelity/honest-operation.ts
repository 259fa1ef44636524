import type { Logger } from '../../ports/logger.ts';
import type { OperationHandler } from '../../wire/rest-json/rest-json-service.ts';
import type { ControlContext } from '../control-context.ts';
import type { OperationEntry } from '../operations/operation-group.ts';
import { checkFidelity, type StructureRows } from './fidelity-check.ts';

/** Response header that names what of a request was stored and has no effect yet. */
export const STORED_ONLY_HEADER = 'x-lambkin-stored-only';

/**
 * An operation that says what it does not do: refuses what the fidelity table refuses, and names in the answer and, once
 * each, in the log what was stored only.
 */
export function honestOperation(
  control: ControlContext,
  name: string,
  entry: OperationEntry,
  structures: StructureRows,
): OperationHandler | undefined {
  const { run } = entry;
  if (!run) return undefined;
  const warn = onceEach(control.logger, name);
  return async (input: Readonly<Record<string, unknown>>, context) => {
    const storedOnly = checkFidelity(name, entry, structures, input);
    const result = await run(control, input, context);
    if (storedOnly.length === 0) return result;
    for (const path of storedOnly) warn(path);
    return { ...result, headers: { ...result.headers, [STORED_ONLY_HEADER]: storedOnly.join(', ') } };
  };
}

/** The paths come from the table, so what is remembered is bounded by it. */
function onceEach(logger: Logger, operation: string): (path: string) => void {
  const said = new Set<string>();
  return (path) => {
    if (said.has(path)) return;
    said.add(path);
    logger.warn({ operation, member: path }, 'a setting was stored that has no effect yet; see docs/compatibility.md');
  };
}
