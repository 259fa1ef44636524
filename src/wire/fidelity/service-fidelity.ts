import { done, type MemberRows, type OperationFidelity, refused } from '../../model/fidelity.ts';
import type { InputTable } from '../inputs.ts';

/**
 * What the fidelity table says of a companion service. Operations that are refused have no rows of their own: all that they
 * would be given is refused with them.
 */
export interface ServiceFidelity {
  /** Signing name, for example `sqs`. */
  readonly service: string;
  /** For people. */
  readonly title: string;
  readonly inputs: InputTable;
  readonly operations: Readonly<Record<string, OperationFidelity>>;
  /** Rows of the structures that requests are made of, by their names in the SDK; none of what is inside another row that is not done. */
  readonly structures: Readonly<Record<string, MemberRows>>;
}

/** An operation that is done; of its members those named are done, the rest as the rows say. */
export function built(names: string, ...rows: readonly MemberRows[]): OperationFidelity {
  return { state: 'done', members: Object.assign({}, names === '' ? {} : done(names), ...rows) as MemberRows };
}

/** An operation from which nothing follows; see {@link built}. */
export function storedOperation(note: string, names: string, ...rows: readonly MemberRows[]): OperationFidelity {
  return { ...built(names, ...rows), state: 'stored only', note };
}

/** The operation looks at it itself. */
export const never = (): boolean => false;

/** Rows for members that the operation refuses in its own words, often AWS's. */
export function refusedItself(names: string, note: string): MemberRows {
  return refused(names, note, never);
}

/** Operations that are refused by name. */
export function refusedOperations(names: string, note: string): Readonly<Record<string, OperationFidelity>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, { state: 'refused', note, members: {} }]));
}
