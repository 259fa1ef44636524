import {
  type Change,
  type Document,
  type DocumentKey,
  type ListRequest,
  type MetadataStore,
  RevisionConflict,
  type Totals,
} from '../../ports/metadata-store.ts';

interface Entry {
  readonly document: Document;
  readonly json: string;
  readonly weight: number;
}

/** For tests: documents that live as long as the process. */
export class MemoryMetadataStore implements MetadataStore {
  readonly #documents = new Map<string, Entry>();
  readonly #watchers = new Set<(key: DocumentKey) => void>();

  async get<Body>(key: DocumentKey): Promise<Document<Body> | undefined> {
    return this.#copy(this.#documents.get(pathOf(key))) as Document<Body> | undefined;
  }

  async list<Body>(request: ListRequest): Promise<Document<Body>[]> {
    const { account, region, kind, prefix = '', after, limit } = request;
    return this.#entries({ account, region, kind, prefix })
      .filter(({ document: { key } }) => after === undefined || compareUtf8(key.id, after) > 0)
      .toSorted((a, b) => compareUtf8(a.document.key.id, b.document.key.id))
      .slice(0, limit)
      .map((entry) => this.#copy(entry) as Document<Body>);
  }

  async totals(request: Pick<ListRequest, 'account' | 'region' | 'kind' | 'prefix'>): Promise<Totals> {
    const entries = this.#entries(request);
    return { documents: entries.length, weight: entries.reduce((sum, { weight }) => sum + weight, 0) };
  }

  async commit(changes: readonly Change[]): Promise<Document[]> {
    const before = new Map(this.#documents);
    try {
      const written = changes.flatMap((change) => this.#write(change));
      for (const change of changes) for (const watcher of this.#watchers) watcher('put' in change ? change.put : change.remove);
      return written;
    } catch (error) {
      this.#documents.clear();
      for (const [path, entry] of before) this.#documents.set(path, entry);
      throw error;
    }
  }

  async scopes(kind: string): Promise<{ account: string; region: string }[]> {
    const found = new Map<string, { account: string; region: string }>();
    for (const { document } of this.#documents.values()) {
      const { account, region } = document.key;
      if (document.key.kind === kind) found.set(`${account}/${region}`, { account, region });
    }
    return [...found.values()];
  }

  watch(listener: (key: DocumentKey) => void): () => void {
    this.#watchers.add(listener);
    return () => void this.#watchers.delete(listener);
  }

  async close(): Promise<void> {}

  #entries({ account, region, kind, prefix = '' }: Pick<ListRequest, 'account' | 'region' | 'kind' | 'prefix'>): Entry[] {
    return [...this.#documents.values()].filter(
      ({ document: { key } }) =>
        key.account === account && key.region === region && key.kind === kind && key.id.startsWith(prefix),
    );
  }

  #write(change: Change): Document[] {
    const key = 'put' in change ? change.put : change.remove;
    const path = pathOf(key);
    const revision = this.#documents.get(path)?.document.revision;
    if (change.expect !== undefined && (change.expect === 'absent' ? revision !== undefined : revision !== change.expect))
      throw new RevisionConflict(key);
    if ('remove' in change) {
      this.#documents.delete(path);
      return [];
    }
    const json = JSON.stringify(change.body);
    const document = { key, revision: (revision ?? 0) + 1, body: JSON.parse(json) as unknown };
    this.#documents.set(path, { document, json, weight: change.weight ?? 0 });
    return [document];
  }

  /** Callers may change what they get; the stored document stays as it was written. */
  #copy(entry: Entry | undefined): Document | undefined {
    return entry && { ...entry.document, body: JSON.parse(entry.json) as unknown };
  }
}

function pathOf(key: DocumentKey): string {
  return JSON.stringify([key.account, key.region, key.kind, key.id]);
}

function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
