import type { HeldRecord } from './held-record.ts';

/** How batches become events, and what is read of the answers. */
export interface BatchForm {
  /** What an event holds besides its records, and the commas between them. */
  readonly overheadBytes: number;
  eventOf(batch: readonly HeldRecord[]): Uint8Array;
  /** Reads what the function answered; false when that makes the batch one that failed. */
  accept(answer: Uint8Array): boolean;
}

const EMPTY = '{"Records":[]}';

/** Batches without a window: an event has its records and nothing else, and the answer says nothing of a state. */
export const PLAIN_FORM: BatchForm = {
  overheadBytes: EMPTY.length,
  eventOf: (batch) => Buffer.from(`{"Records":${recordsOf(batch)}}`),
  accept: () => true,
};

/** The records as a JSON list. */
export function recordsOf(batch: readonly HeldRecord[]): string {
  return `[${batch.map(({ json }) => json).join(',')}]`;
}
