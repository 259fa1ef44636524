/** Response header that names what of a request was stored and has no effect yet. */
export const STORED_ONLY_HEADER = 'x-lambkin-stored-only';

/**
 * How far something is done. `done`: as on AWS. `stored only`: checked, kept and answered as on AWS, but nothing follows
 * from it yet, and the answer says so. `refused`: an error names it.
 */
export type FidelityState = 'done' | 'stored only' | 'refused';

/** What can be said of a member of a request. */
export interface MemberFidelity {
  readonly state: FidelityState;
  /** What is missing or different, a sentence. */
  readonly note?: string;
  /**
   * What can be said of the entries of a map, by their keys, or of what a text names. Others are done, or refused where they
   * are checked.
   */
  readonly entries?: MemberRows;
  /** Whether a value asks for what is missing; values that change nothing are let through without a word. */
  readonly asksForMore?: (value: unknown) => boolean;
}

/** Members by name. */
export type MemberRows = Readonly<Record<string, MemberFidelity>>;

/** What can be said of an operation. */
export interface OperationFidelity {
  readonly state: FidelityState;
  readonly note?: string;
  readonly members: MemberRows;
}

/** Rows for members that are done; names separated by spaces. */
export function done(names: string, note?: string): MemberRows {
  return rows(names, { state: 'done', ...(note ? { note } : {}) });
}

/** Rows for members that are kept and answered, but nothing follows from them yet. */
export function stored(names: string, note: string, asksForMore?: (value: unknown) => boolean): MemberRows {
  return rows(names, { state: 'stored only', note, ...(asksForMore ? { asksForMore } : {}) });
}

/** Rows for members that are refused by name where they would mean something. */
export function refused(names: string, note: string, asksForMore?: (value: unknown) => boolean): MemberRows {
  return rows(names, { state: 'refused', note, ...(asksForMore ? { asksForMore } : {}) });
}

/** True for any value but an absent or empty one. */
export function isFilled(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false) return false;
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value !== 'object' || value instanceof Date || Buffer.isBuffer(value)) return true;
  return Object.values(value).some(isFilled);
}

function rows(names: string, row: MemberFidelity): MemberRows {
  return Object.fromEntries(names.split(' ').map((name) => [name, row]));
}
