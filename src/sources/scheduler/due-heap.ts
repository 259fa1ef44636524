/** Something that waits for a time. */
export interface Waiting {
  readonly runMs: number;
}

/** What waits, the earliest on top: a binary heap. Taking and adding cost the logarithm of how many there are. */
export class DueHeap<Item extends Waiting> {
  #items: Item[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** The earliest; undefined when nothing waits. */
  get earliest(): Item | undefined {
    return this.#items[0];
  }

  add(item: Item): void {
    const items = this.#items;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#runMs(above) <= item.runMs) break;
      items[at] = items[above] as Item;
      at = above;
    }
    items[at] = item;
  }

  /** Takes the earliest away; undefined when nothing waits. */
  take(): Item | undefined {
    const items = this.#items;
    const earliest = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return earliest;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= items.length) break;
      if (below + 1 < items.length && this.#runMs(below + 1) < this.#runMs(below)) below += 1;
      if (this.#runMs(below) >= last.runMs) break;
      items[at] = items[below] as Item;
      at = below;
    }
    items[at] = last;
    return earliest;
  }

  /** Keeps only what fits. */
  keep(fits: (item: Item) => boolean): void {
    const kept = this.#items.filter(fits);
    this.#items = [];
    for (const item of kept) this.add(item);
  }

  #runMs(at: number): number {
    return this.#items[at]?.runMs ?? Infinity;
  }
}
