import type { ItemRef, StoredItem } from '../../ports/item-store.ts';

/** What an item will be when a transaction that is on its way to the disk is there. */
export interface PendingItem {
  readonly item: StoredItem | undefined;
  /** Of the item, or of its removal. */
  readonly revision: number;
  /** Resolves, to whether it worked, when the transaction has ended. */
  readonly done: Promise<boolean>;
}

/** Items as they will be: what is decided next is decided on these, without waiting for the disk. */
export class PendingItems {
  readonly #items = new Map<string, PendingItem>();

  get({ table, partition, sort }: ItemRef): PendingItem | undefined {
    return this.#items.size === 0 ? undefined : this.#items.get(nameOf(table, partition, sort));
  }

  set({ table, partition, sort }: ItemRef, pending: PendingItem): void {
    this.#items.set(nameOf(table, partition, sort), pending);
  }

  /** Forgets what the transaction of that revision wrote, unless another one has written it again. */
  forget({ table, partition, sort }: ItemRef, revision: number): void {
    const name = nameOf(table, partition, sort);
    if (this.#items.get(name)?.revision === revision) this.#items.delete(name);
  }
}

function nameOf(table: string, partition: Uint8Array, sort: Uint8Array): string {
  return `${table} ${partition.length} ${latin1(partition)}${latin1(sort)}`;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
