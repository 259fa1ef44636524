import { createHash } from 'node:crypto';
import type { RequestContext } from '../../wire/service.ts';
import { schedulerError } from './scheduler-errors.ts';

interface Remembered {
  readonly request: string;
  readonly output: Promise<object>;
}

const TOKENS_MAX = 10_000;

/**
 * What was answered to requests with a ClientToken, so that a request that is sent again is answered again and not carried
 * out. The last 10,000, while the server runs; what a schedule or a group was made with is kept with it besides.
 */
export class ClientTokens {
  readonly #answers = new Map<string, Remembered>();

  /**
   * Carries a request out unless it was before. Throws ConflictException where the token came with another request. A failed
   * request is not remembered.
   */
  async once(
    operation: string,
    input: { readonly ClientToken?: string },
    { account, region }: RequestContext,
    run: () => Promise<object>,
  ): Promise<object> {
    const { ClientToken } = input;
    if (ClientToken === undefined) return run();
    const key = `${account} ${region} ${operation} ${ClientToken}`;
    const request = requestHash(input);
    const found = this.#answers.get(key);
    if (found) {
      if (found.request !== request) throw tokenConflict();
      return found.output;
    }
    const output = run();
    this.#answers.set(key, { request, output });
    // Maps keep the order of their entries: the first one is the oldest.
    if (this.#answers.size > TOKENS_MAX) this.#answers.delete(this.#answers.keys().next().value ?? '');
    output.catch(() => this.#answers.delete(key));
    return output;
  }
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
