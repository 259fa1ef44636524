import { type Change, type DocumentKey, type MetadataStore, RevisionConflict } from '../ports/metadata-store.ts';
import { inTurn } from './writer-turns.ts';

/** What an operation writes, with its expectations, and what it then answers. */
export type Attempt<Result> = () => Promise<{ readonly changes: readonly Change[]; readonly result: Result }>;

/** How writers of the same documents go about it. */
export interface CommitRules {
  /** What is thrown when others are always faster. */
  readonly givenUp: () => Error;
  /** What those stand in line for that have lost once, by the document that another wrote; by default that document. */
  readonly placeOf?: (key: DocumentKey) => string;
}

/** How often an operation is tried again when others write the same at the same moment. */
const TRIES_MAX = 50;

/**
 * Reads, decides and writes; when another writer was faster, reads and decides anew. Those that have lost once wait for each
 * other: of many that all try again at once, each try would let only one of them through. An `attempt` may throw, and then
 * nothing is written.
 */
export async function commitOptimistically<Result>(
  store: MetadataStore,
  attempt: Attempt<Result>,
  { givenUp, placeOf = documentOf }: CommitRules,
): Promise<Result> {
  let outcome = await tryToCommit(store, attempt);
  for (let tries = 1; outcome instanceof RevisionConflict;) {
    const place = placeOf(outcome.key);
    outcome = await inTurn(store, place, async () => {
      for (;;) {
        const again = await tryToCommit(store, attempt);
        tries += 1;
        // Newcomers can still be faster, each of them once.
        if (!(again instanceof RevisionConflict) || placeOf(again.key) !== place || tries >= TRIES_MAX) return again;
      }
    });
    if (outcome instanceof RevisionConflict && tries >= TRIES_MAX) throw givenUp();
  }
  return outcome.result;
}

function documentOf({ account, region, kind, id }: DocumentKey): string {
  return `${account}/${region}/${kind}/${id}`;
}

async function tryToCommit<Result>(
  store: MetadataStore,
  attempt: Attempt<Result>,
): Promise<{ readonly result: Result } | RevisionConflict> {
  const { changes, result } = await attempt();
  try {
    if (changes.length > 0) await store.commit(changes);
    return { result };
  } catch (error) {
    if (error instanceof RevisionConflict) return error;
    throw error;
  }
}
