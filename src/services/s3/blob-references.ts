import type { Readable } from 'node:stream';
import type { BlobStore, BlobWritten } from '../../ports/blob-store.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Change, DocumentKey, MetadataStore } from '../../ports/metadata-store.ts';
import { referenceKey, S3_PLACE } from './records.ts';

/** How long bytes stay after the last object that had them: readers that have begun may finish. */
const GRACE_MS = 60_000;
const SWEEP_BATCH = 256;

/**
 * Which objects and parts have which blobs. Equal contents share one blob, so it goes only when no note refers to it,
 * and never while anybody is writing: the writer may just be giving it a new owner.
 */
export class BlobReferences {
  readonly #store: MetadataStore;
  readonly #blobs: BlobStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #released = new Map<string, number>();
  #writers = 0;
  #removing: Promise<void> | undefined;
  #timer: Timer | undefined;

  constructor(store: MetadataStore, blobs: BlobStore, clock: Clock, logger: Logger) {
    this.#store = store;
    this.#blobs = blobs;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Runs a piece of work that writes blobs and commits who has them; no blob is removed meanwhile. */
  async writing<Result>(
    work: (write: (source: Readable | Uint8Array) => Promise<BlobWritten>) => Promise<Result>,
  ): Promise<Result> {
    await this.#removing;
    this.#writers += 1;
    const written: string[] = [];
    try {
      return await work(async (source) => {
        const blob = await this.#blobs.write(source);
        written.push(blob.id);
        return blob;
      });
    } finally {
      this.#writers -= 1;
      // What a failed or repeated write left without an owner goes with the rest.
      this.release(written);
    }
  }

  /** The changes by which `holder` gets blobs and gives up those it had. */
  changes(holder: DocumentKey, gained: readonly string[], lost: readonly string[]): Change[] {
    const kept = new Set(gained);
    return [
      ...[...kept].map((id) => ({ put: referenceKey(id, holder), body: 1 })),
      ...[...new Set(lost)].filter((id) => !kept.has(id)).map((id) => ({ remove: referenceKey(id, holder) })),
    ];
  }

  /** These blobs have lost an owner; they are looked at after the grace. */
  release(ids: readonly string[]): void {
    const atMs = this.#clock.now() + GRACE_MS;
    for (const id of ids) this.#released.set(id, atMs);
    if (this.#released.size > 0) this.#timer ??= this.#clock.setTimeout(() => void this.#sweep(), GRACE_MS);
  }

  /** Looks for blobs that a crash left without an owner. */
  async start(): Promise<void> {
    const unowned: string[] = [];
    for await (const id of this.#blobs.ids()) if (!(await this.#isOwned(id))) unowned.push(id);
    this.release(unowned);
  }

  /** Removes nothing any more. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#released.clear();
    await this.#removing;
  }

  async #sweep(): Promise<void> {
    this.#timer = undefined;
    const nowMs = this.#clock.now();
    const due = [...this.#released]
      .filter(([, atMs]) => atMs <= nowMs)
      .slice(0, SWEEP_BATCH)
      .map(([id]) => id);
    if (this.#writers === 0 && due.length > 0) {
      // New writers wait for this batch.
      this.#removing = this.#remove(due).catch((error: unknown) =>
        this.#logger.warn({ error: String(error) }, 'unused objects could not be removed'),
      );
      await this.#removing;
      this.#removing = undefined;
    }
    if (this.#released.size > 0)
      this.#timer ??= this.#clock.setTimeout(() => void this.#sweep(), this.#writers === 0 ? GRACE_MS : 1_000);
  }

  async #remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      if (!(await this.#isOwned(id))) await this.#blobs.remove(id);
      this.#released.delete(id);
    }
  }

  async #isOwned(id: string): Promise<boolean> {
    return (await this.#store.list({ ...S3_PLACE, kind: 's3-reference', prefix: `${id}/`, limit: 1 })).length > 0;
  }
}
