import type { FidelityState, MemberRows } from '../../model/fidelity.ts';
import { inputMembers } from '../inputs.ts';
import type { ServiceFidelity } from './service-fidelity.ts';

/** A member of a request, by its path: `VpcConfig.SubnetIds`; what is inside a list or a map follows it directly. */
export interface FidelityMember {
  readonly path: string;
  /** Undefined where the table says nothing, which a test forbids. */
  readonly state: FidelityState | undefined;
  readonly note?: string;
}

/** What the table says of an operation. */
export interface FidelityOperation {
  readonly operation: string;
  readonly state: FidelityState;
  readonly note?: string;
  readonly members: readonly FidelityMember[];
}

/** A service's part of the fidelity table, nested members and entries of maps spelled out. */
export function expandService(fidelity: ServiceFidelity): FidelityOperation[] {
  return Object.entries(fidelity.operations).map(([operation, { state, note, members }]) => ({
    operation,
    state,
    ...(note ? { note } : {}),
    members: expand(
      fidelity,
      fidelity.inputs.operations[operation],
      members,
      '',
      [],
      state === 'refused' ? 'refused' : undefined,
    ),
  }));
}

/** `inherited` is the state of what is around, where that is not done. */
function expand(
  fidelity: ServiceFidelity,
  text: string | undefined,
  rows: MemberRows,
  path: string,
  around: readonly string[],
  inherited: FidelityState | undefined,
): FidelityMember[] {
  return inputMembers(text).flatMap(({ name, structure }) => {
    const row = rows[name];
    const state = inherited ?? row?.state;
    const own: FidelityMember = { path: `${path}${name}`, state, ...(inherited || !row?.note ? {} : { note: row.note }) };
    const entries = Object.entries(row?.entries ?? {}).map(([key, entry]): FidelityMember => {
      return { path: `${path}${name}.${key}`, state: entry.state, ...(entry.note ? { note: entry.note } : {}) };
    });
    if (structure === undefined || around.includes(structure)) return [own, ...entries];
    const below = state === 'done' ? undefined : state;
    const inner = fidelity.inputs.structures[structure];
    const innerRows = fidelity.structures[structure] ?? {};
    return [own, ...expand(fidelity, inner, innerRows, `${path}${name}.`, [...around, structure], below)];
  });
}
