import { ServiceError } from '../../model/service-error.ts';
import { type Members, structures, text } from './members.ts';
import { missingParameter, queryCodeOf, sqsError } from './sqs-errors.ts';

/** What is told of an entry that failed. */
export interface FailedEntry {
  readonly Id: string;
  readonly Code: string;
  readonly Message: string;
  readonly SenderFault: boolean;
}

/** One entry of a batch. */
export interface BatchEntry {
  readonly id: string;
  readonly members: Members;
}

const ENTRIES_MAX = 10;

/** Checks and reads a batch as a whole. `member` is the entries' name in SQS's messages. */
export function batchEntries(input: Members, member: string): readonly BatchEntry[] {
  const entries = structures(input, 'Entries');
  if (entries.length === 0) throw sqsError('EmptyBatchRequest', `There should be at least one ${member} in the request.`);
  if (entries.length > ENTRIES_MAX) {
    const message = `Maximum number of entries per request are ${ENTRIES_MAX}. You have sent ${entries.length}.`;
    throw sqsError('TooManyEntriesInBatchRequest', message);
  }
  const seen = new Set<string>();
  return entries.map((members) => {
    const id = text(members, 'Id');
    if (id === undefined) throw missingParameter(`${member}.Id`);
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(id)) {
      const message =
        'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.';
      throw sqsError('InvalidBatchEntryId', message);
    }
    if (seen.has(id)) throw sqsError('BatchEntryIdsNotDistinct', `Id ${id} repeated.`);
    seen.add(id);
    return { id, members };
  });
}

/** Runs the work of each entry on its own: what one of them is refused keeps no other back. */
export async function perEntry<Value>(
  entries: readonly BatchEntry[],
  work: (entry: BatchEntry) => Promise<Value> | Value,
): Promise<{
  readonly done: readonly { readonly id: string; readonly value: Value }[];
  readonly failed: readonly FailedEntry[];
}> {
  const done: { id: string; value: Value }[] = [];
  const failed: FailedEntry[] = [];
  for (const entry of entries) {
    try {
      done.push({ id: entry.id, value: await work(entry) });
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      failed.push({ Id: entry.id, Code: queryCodeOf(error.code), Message: error.message, SenderFault: error.fault === 'User' });
    }
  }
  return { done, failed };
}
