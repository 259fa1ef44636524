import type { ItemRef } from '../../../ports/item-store.ts';

/** A text for an item's name in the store, the same for the same item only. */
export function refId({ table, partition, sort }: ItemRef): string {
  return `${table} ${Buffer.from(partition).toString('base64')} ${Buffer.from(sort).toString('base64')}`;
}
