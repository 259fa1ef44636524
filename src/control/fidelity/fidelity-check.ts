import { LAMBDA } from '../../wire/generated/lambda.ts';
import type { Members } from '../../wire/shapes.ts';
import { invalid } from '../settings/invalid.ts';
import { isFilled, type MemberRows, type OperationFidelity } from '../../model/fidelity.ts';

/** The rows of the structures that requests are made of. */
export type StructureRows = Readonly<Record<string, MemberRows>>;

/**
 * Holds a request against the fidelity table. Throws InvalidParameterValueException naming the first member that is
 * refused; returns the paths of those that are stored only and would mean something, for example `TracingConfig.Mode`.
 */
export function checkFidelity(
  operation: string,
  fidelity: OperationFidelity,
  structures: StructureRows,
  input: Readonly<Record<string, unknown>>,
): string[] {
  const found: string[] = fidelity.state === 'stored only' ? [operation] : [];
  walk(LAMBDA.operations[operation]?.input ?? {}, fidelity.members, structures, input, '', found);
  return found;
}

function walk(
  members: Members,
  rows: MemberRows,
  structures: StructureRows,
  value: Readonly<Record<string, unknown>>,
  path: string,
  found: string[],
): void {
  for (const [name, inner] of Object.entries(value)) {
    const row = rows[name];
    const member = members[name];
    if (!row || !member) continue;
    const asksForMore = row.state !== 'done' && (row.asksForMore ?? isFilled)(inner);
    if (asksForMore && row.state === 'refused') {
      throw invalid(`lambkin does not support ${path}${name} with this value yet: ${row.note ?? ''}`);
    }
    if (asksForMore) found.push(`${path}${name}`);
    else if (member.shape.type === 'structure' && typeof inner === 'object' && inner !== null) {
      const { name: structure } = member.shape;
      const own = LAMBDA.structures[structure] ?? {};
      walk(own, structures[structure] ?? {}, structures, inner as Record<string, unknown>, `${path}${name}.`, found);
    }
  }
}
