import type { ItemPage } from '../../ports/item-store.ts';

/** A page in four pieces of memory, for thousands of small ones take long to be handed from thread to thread. */
export interface PackedPage {
  readonly table: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Of each item: partition, sort, body, and with an index the partition and sort of the entry. */
  readonly lengths: Uint32Array<ArrayBuffer>;
  readonly revisions: Float64Array<ArrayBuffer>;
  readonly hasEntries: boolean;
  readonly isEnd: boolean;
}

type PageItem = ItemPage['items'][number];

/** Puts a page together, to be handed over with its memory. */
export function packPage(table: string, { items, isEnd }: ItemPage): PackedPage {
  const hasEntries = items[0]?.entry !== undefined;
  const pieces = items.flatMap(({ partition, sort, body, entry }) =>
    entry ? [partition, sort, body, entry.partition, entry.sort] : [partition, sort, body],
  );
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  const lengths = Uint32Array.from(pieces, (piece) => piece.length);
  return { table, bytes, lengths, revisions: Float64Array.from(items, ({ revision }) => revision), hasEntries, isEnd };
}

/** Takes it apart again; the items share its memory. */
export function unpackPage({ table, bytes, lengths, revisions, hasEntries, isEnd }: PackedPage): ItemPage {
  const items: PageItem[] = [];
  let [at, piece] = [0, 0];
  const next = (): Uint8Array => {
    const end = at + (lengths[piece] ?? 0);
    const part = bytes.subarray(at, end);
    [at, piece] = [end, piece + 1];
    return part;
  };
  for (const revision of revisions) {
    const item = { table, partition: next(), sort: next(), body: next(), revision };
    items.push(hasEntries ? { ...item, entry: { partition: next(), sort: next() } } : item);
  }
  return { items, isEnd };
}
