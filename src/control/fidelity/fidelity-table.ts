import { LAMBDA } from '../../wire/generated/lambda.ts';
import type { Members, Shape } from '../../wire/shapes.ts';
import { OPERATION_GROUPS, STRUCTURE_ROWS } from '../operations/operation-groups.ts';
import type { MemberRows } from '../../model/fidelity.ts';
import type { FidelityMember, FidelityOperation } from '../../wire/fidelity/expand.ts';

/** What the table says of an operation of Lambda. */
export interface GroupedOperation extends FidelityOperation {
  readonly group: string;
}

/** Lambda's part of the fidelity table, one entry for each operation, nested members spelled out. */
export function fidelityTable(): GroupedOperation[] {
  return OPERATION_GROUPS.flatMap(({ title, operations }) =>
    Object.entries(operations).map(([operation, { state, note, members }]) => ({
      operation,
      group: title,
      state,
      ...(note ? { note } : {}),
      members: expand(LAMBDA.operations[operation]?.input ?? {}, members, '', []),
    })),
  );
}

/** `within` are the structures around, for structures may hold themselves. */
function expand(members: Members, rows: MemberRows, path: string, within: readonly string[]): FidelityMember[] {
  return Object.entries(members).flatMap(([name, { shape }]) => {
    const row = rows[name];
    const own: FidelityMember = { path: `${path}${name}`, state: row?.state, ...(row?.note ? { note: row.note } : {}) };
    const structure = structureOf(shape);
    if (structure === undefined || within.includes(structure)) return [own];
    const inner = LAMBDA.structures[structure] ?? {};
    return [own, ...expand(inner, STRUCTURE_ROWS[structure] ?? {}, `${path}${name}.`, [...within, structure])];
  });
}

/** The structure that a value is, or that the items of a list or a map are. */
function structureOf(shape: Shape): string | undefined {
  switch (shape.type) {
    case 'structure':
      return shape.name;
    case 'list':
      return structureOf(shape.member);
    case 'map':
      return structureOf(shape.value);
    default:
      return undefined;
  }
}
