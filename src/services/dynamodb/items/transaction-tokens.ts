import { createHash } from 'node:crypto';
import type { Clock } from '../../../ports/clock.ts';
import type { ItemPage, ItemPlace, ItemRef, ItemStore, ItemWrite, StoredItem } from '../../../ports/item-store.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { DynamoDb } from '../dynamodb-context.ts';
import { idempotentMismatch } from './item-errors.ts';

/** In the store of items: not a table that anybody could name. */
const TOKENS_TABLE = 'transaction-tokens';
/** For so long a transaction with the same token is done once. Source: the page of TransactWriteItems. */
const TOKEN_MS = 600_000;
const SWEEP_BOUNDS = { countMax: 1_024, bytesMax: 1_048_576 } as const;
const NO_BYTES = new Uint8Array();

interface KeptToken {
  readonly request: string;
  readonly untilMs: number;
}

/** A token of a transaction; it is written with the transaction, so that both are there or neither is. */
export interface TransactionToken {
  readonly ref: ItemRef;
  /** Whether the transaction has been done already. Throws IdempotentParameterMismatchException when that was another one. */
  isKnown(found: StoredItem | undefined): boolean;
  readonly write: ItemWrite;
}

/** The token of a request, undefined when it has none. */
export function transactionToken(
  { clock }: DynamoDb,
  { account, region }: RequestContext,
  token: string | undefined,
  request: unknown,
): TransactionToken | undefined {
  if (token === undefined) return undefined;
  const nowMs = clock.now();
  const partition = createHash('sha256')
    .update(JSON.stringify([account, region, token]))
    .digest();
  const ref: ItemRef = { table: TOKENS_TABLE, partition, sort: NO_BYTES };
  const kept: KeptToken = {
    request: createHash('sha256').update(JSON.stringify(request)).digest('hex'),
    untilMs: nowMs + TOKEN_MS,
  };
  const body = Buffer.from(JSON.stringify(kept));
  return {
    ref,
    isKnown: (found) => {
      const before = found && decode(found);
      if (!before || before.untilMs <= nowMs) return false;
      if (before.request !== kept.request) throw idempotentMismatch();
      return true;
    },
    write: { put: ref, body, bytes: body.length, entries: [] },
  };
}

/** Removes tokens whose time is over. */
export class TokenWork {
  readonly #items: ItemStore;
  readonly #clock: Clock;

  constructor(items: ItemStore, clock: Clock) {
    this.#items = items;
    this.#clock = clock;
  }

  /** Looks at every token once. */
  async run(isClosed: () => boolean): Promise<void> {
    let after: ItemPlace | undefined;
    do {
      const page: ItemPage = await this.#items.scan({ table: TOKENS_TABLE, ...(after ? { after } : {}), ...SWEEP_BOUNDS });
      for (const item of page.items) if (this.#isOver(item)) await this.#remove(item);
      after = page.isEnd ? undefined : page.items.at(-1);
    } while (after && !isClosed());
  }

  /** It may have been given anew meanwhile. */
  async #remove({ partition, sort }: ItemRef): Promise<void> {
    const ref: ItemRef = { table: TOKENS_TABLE, partition, sort };
    await this.#items.transact([ref], ([found]) => ({
      writes: found && this.#isOver(found) ? [{ remove: ref }] : [],
      result: undefined,
    }));
  }

  #isOver(found: StoredItem): boolean {
    return decode(found).untilMs <= this.#clock.now();
  }
}

function decode({ body }: StoredItem): KeptToken {
  return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString()) as KeptToken;
}
