import type { MetadataStore } from '../ports/metadata-store.ts';

/** The last in line for each place, by store: what happens in two stores has nothing to do with each other. */
const lines = new WeakMap<MetadataStore, Map<string, Promise<void>>>();

/**
 * Runs a task when all that came before it to the same place have ended. A task must not stand in line again for the
 * same place: it would wait for itself.
 */
export async function inTurn<Result>(store: MetadataStore, place: string, task: () => Promise<Result>): Promise<Result> {
  const places = lines.get(store) ?? new Map<string, Promise<void>>();
  lines.set(store, places);
  const before = places.get(place);
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  places.set(place, ended);
  await before;
  try {
    return await task();
  } finally {
    if (places.get(place) === ended) places.delete(place);
    end();
  }
}
