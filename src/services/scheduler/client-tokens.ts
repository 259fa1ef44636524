import { createHash } from 'node:crypto';
import { schedulerError } from './scheduler-errors.ts';

interface Remembered {
  readonly request: string;
  readonly output: Promise<object>;
}

const RESOURCES_MAX = 10_000;
const TOKENS_PER_RESOURCE_MAX = 8;

/**
 * What was answered to requests with a ClientToken, so that a request that is sent again is answered again and not carried
 * out: the last eight of each operation for the last 10,000 resources, while the server runs. What a schedule or a group was
 * made with is kept with it besides.
 */
export class ClientTokens {
  /** By operation and resource, then by token. Maps keep the order of their entries: the first one is the oldest. */
  readonly #answers = new Map<string, Map<string, Remembered>>();

  /**
   * Carries a request out unless it was before. Throws ConflictException where the token came with another request. A failed
   * request is not remembered.
   */
  async once(
    operation: string,
    resourceArn: string,
    input: { readonly ClientToken?: string },
    run: () => Promise<object>,
  ): Promise<object> {
    const { ClientToken } = input;
    if (ClientToken === undefined) return run();
    const key = `${operation} ${resourceArn}`;
    const request = requestHash(input);
    const found = this.#answers.get(key)?.get(ClientToken);
    if (found) {
      if (found.request !== request) throw tokenConflict();
      return found.output;
    }
    const output = run();
    const answers = this.#answers.get(key) ?? new Map<string, Remembered>();
    this.#answers.delete(key);
    this.#answers.set(key, answers.set(ClientToken, { request, output }));
    dropOldest(answers, TOKENS_PER_RESOURCE_MAX);
    dropOldest(this.#answers, RESOURCES_MAX);
    output.catch(() => answers.delete(ClientToken));
    return output;
  }

  /** What was asked of a resource counts no more: it was deleted and may be made again, or was made again and may be deleted. */
  forget(operations: readonly string[], resourceArn: string): void {
    for (const operation of operations) this.#answers.delete(`${operation} ${resourceArn}`);
  }
}

function dropOldest(map: Map<string, unknown>, sizeMax: number): void {
  if (map.size > sizeMax) map.delete(map.keys().next().value ?? '');
}

/** What a request says, as a hash; tells whether two are the same. */
export function requestHash(input: object): string {
  const members = Object.entries(input).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(members)).digest('hex');
}

/** A token that came with another request before. */
export function tokenConflict(): Error {
  return schedulerError('ConflictException', 'The ClientToken was used before, with other parameters.');
}
