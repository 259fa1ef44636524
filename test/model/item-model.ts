/** An item of the model: plain values, so that nothing of the server's code is asked what is right. */
export interface ModelItem {
  readonly pk: string;
  readonly sk: number;
  /** In the sparse index by it, when it is there. */
  readonly g?: string;
  readonly v: number;
  readonly tags: readonly string[];
}

/** What becomes of an item; undefined when the condition was not true. */
export interface ModelWrite {
  readonly pk: string;
  readonly sk: number;
  readonly isAllowed: (before: ModelItem | undefined) => boolean;
  readonly after: (before: ModelItem | undefined) => ModelItem | undefined;
}

/** A table as the documentation describes it, in memory. */
export class ModelTable {
  readonly #items = new Map<string, ModelItem>();

  get(pk: string, sk: number): ModelItem | undefined {
    return this.#items.get(`${pk} ${sk}`);
  }

  /** Does all writes or none; says which were not allowed. */
  write(writes: readonly ModelWrite[]): readonly boolean[] {
    const allowed = writes.map((write) => write.isAllowed(this.get(write.pk, write.sk)));
    if (allowed.every(Boolean)) for (const write of writes) this.#set(write);
    return allowed;
  }

  /** In the order of sort keys. */
  partition(pk: string): readonly ModelItem[] {
    return this.all().filter((item) => item.pk === pk);
  }

  /** In the order of the index's sort keys; equal ones in any order. */
  index(g: string): readonly ModelItem[] {
    return this.all().filter((item) => item.g === g);
  }

  all(): readonly ModelItem[] {
    return [...this.#items.values()].toSorted((a, b) => a.sk - b.sk);
  }

  #set({ pk, sk, after }: ModelWrite): void {
    const next = after(this.get(pk, sk));
    if (next) this.#items.set(`${pk} ${sk}`, next);
    else this.#items.delete(`${pk} ${sk}`);
  }
}
