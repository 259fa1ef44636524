import { STORED_ONLY_HEADER } from '../../model/fidelity.ts';
import { sayOnceEach } from '../../wire/fidelity/say-once.ts';
import type { OperationHandler } from '../../wire/rest-json/rest-json-service.ts';
import type { ControlContext } from '../control-context.ts';
import type { OperationEntry } from '../operations/operation-group.ts';
import { checkFidelity, type StructureRows } from './fidelity-check.ts';

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
  const warn = sayOnceEach(control.logger, name);
  return async (input: Readonly<Record<string, unknown>>, context) => {
    const storedOnly = checkFidelity(name, entry, structures, input);
    const result = await run(control, input, context);
    if (storedOnly.length === 0) return result;
    for (const path of storedOnly) warn(path);
    return { ...result, headers: { ...result.headers, [STORED_ONLY_HEADER]: storedOnly.join(', ') } };
  };
}
