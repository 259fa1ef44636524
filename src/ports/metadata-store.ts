/** Where a document lives. `kind` is the sort of document, `id` its name within account, region and kind. */
export interface DocumentKey {
  readonly account: string;
  readonly region: string;
  readonly kind: string;
  readonly id: string;
}

/** A stored document. `revision` starts at 1 and grows by one with every write of the key. */
export interface Document<Body = unknown> {
  readonly key: DocumentKey;
  readonly revision: number;
  readonly body: Body;
}

/** `'absent'`: the key must not exist; a number: its revision must be this one; undefined: no check. */
export type Expectation = number | 'absent' | undefined;

/**
 * One write inside a transaction. Bodies are JSON values. `weight` is a whole number kept beside the document (0 when not
 * given), so that many documents can be summed up without being read; see {@link MetadataStore.totals}.
 */
export type Change =
  | { readonly put: DocumentKey; readonly body: unknown; readonly expect?: Expectation; readonly weight?: number }
  | { readonly remove: DocumentKey; readonly expect?: number };

/** A page of documents of one kind, ids in ascending order of their UTF-8 bytes. */
export interface ListRequest {
  readonly account: string;
  readonly region: string;
  readonly kind: string;
  /** Only ids that begin with this text. */
  readonly prefix?: string;
  /** Only ids after this one, exclusive. */
  readonly after?: string;
  readonly limit: number;
}

/** What the documents of a kind come to. */
export interface Totals {
  readonly documents: number;
  /** Sum of their weights. */
  readonly weight: number;
}

/** A document was not as the writer expected; nothing of the transaction was written. */
export class RevisionConflict extends Error {
  readonly key: DocumentKey;
  constructor(key: DocumentKey) {
    super(`document ${key.kind} ${key.id} has another revision than expected`);
    this.name = 'RevisionConflict';
    this.key = key;
  }
}

/**
 * Documents with a revision, compare-and-set, and several documents in one transaction.
 * Embedded: SQLite. Cluster: PostgreSQL. A read always sees every write that was acknowledged before it began.
 */
export interface MetadataStore {
  get<Body>(key: DocumentKey): Promise<Document<Body> | undefined>;
  list<Body>(request: ListRequest): Promise<Document<Body>[]>;
  /** Counts the documents of a kind, or those whose ids begin with `prefix`, and sums their weights; reads no body. */
  totals(request: Pick<ListRequest, 'account' | 'region' | 'kind' | 'prefix'>): Promise<Totals>;
  /**
   * Writes all changes or none; resolves when they are durable. Returns the new documents of the puts, in order.
   * Throws {@link RevisionConflict}. Removing an absent key without `expect` is harmless.
   */
  commit(changes: readonly Change[]): Promise<Document[]>;
  /** Every (account, region) that holds at least one document of the kind. For work at start-up. */
  scopes(kind: string): Promise<{ account: string; region: string }[]>;
  /** A hint that a key changed, after the commit. Never the delivery: hints may be lost or doubled. Returns the way to stop. */
  watch(listener: (key: DocumentKey) => void): () => void;
  close(): Promise<void>;
}
