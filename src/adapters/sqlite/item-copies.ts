import type { IndexEntry, ItemRef, ItemWrite } from '../../ports/item-store.ts';

// What is sent to a thread is copied with all of the memory that it is a part of, which for small buffers is a pool that they
// share. So each gets memory of its own first.

/** The same bytes in memory of their own. */
function copied(bytes: Uint8Array): Uint8Array {
  return bytes.length === bytes.buffer.byteLength && !Buffer.isBuffer(bytes) ? bytes : new Uint8Array(bytes);
}

/** An item's name, ready to be sent. */
export function copiedRef({ table, partition, sort }: ItemRef): ItemRef {
  return { table, partition: copied(partition), sort: copied(sort) };
}

/** An index entry, ready to be sent. */
export function copiedEntry({ index, partition, sort, bytes }: IndexEntry): IndexEntry {
  return { index, partition: copied(partition), sort: copied(sort), bytes };
}

/** A write, ready to be sent. */
export function copiedWrite(write: ItemWrite): ItemWrite {
  const record = write.record && { record: { ...write.record, body: copied(write.record.body) } };
  if ('remove' in write) return { remove: copiedRef(write.remove), ...record };
  const { put, body, bytes, entries } = write;
  return { put: copiedRef(put), body: copied(body), bytes, entries: entries.map(copiedEntry), ...record };
}
