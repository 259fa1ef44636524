import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UNZIPPED_CODE_BYTES_MAX } from '../model/limits.ts';
import type { BlobId } from '../ports/blob-store.ts';
import type { Ids } from '../ports/ids.ts';
import type { CodeCache, CodeDirectory } from './code-cache.ts';
import { mergeLayers } from './layer-merge.ts';
import { SharedFolders } from './shared-folders.ts';

/** Layers of one function. Source: the Lambda quotas page. */
const LAYERS_MAX = 5;
/** Stacks that are kept; beyond it those go that were not used for the longest time. */
const STACKS_MAX = 1_000;

/** What is known of a stack: its layers in order. */
interface Stack {
  readonly layers: readonly BlobId[];
  readonly unzippedBytes: number;
}

/** What functions see at /opt: their layers merged in order, made once for each list of layers and shared. */
export class LayerCache {
  readonly #code: CodeCache;
  readonly #folders: SharedFolders<Stack>;
  /** What a function without layers sees. */
  readonly #nothing: string;
  /** Layers of each stack, the one used last at the end. */
  readonly #stacks = new Map<string, readonly BlobId[]>();

  private constructor(code: CodeCache, folders: SharedFolders<Stack>, nothing: string) {
    this.#code = code;
    this.#folders = folders;
    this.#nothing = nothing;
  }

  /** Opens the folder, which has to be on the file system of the unpacked code, and sweeps stacks whose making was cut off. */
  static async open(root: string, code: CodeCache, ids: Ids): Promise<LayerCache> {
    const folders = await SharedFolders.open(root, ids, { parse: parseStack, recover: async () => undefined });
    const nothing = join(root, 'nothing');
    await mkdir(nothing, { mode: 0o555 });
    const cache = new LayerCache(code, folders, nothing);
    for (const [name, { layers }] of await folders.list()) cache.#stacks.set(name, layers);
    code.onForget((blobId) => cache.#forgetStacksOf(blobId));
    return cache;
  }

  /**
   * The folder that shows these layers, which stays until it is released: an empty one for none, for one its unpacked
   * package. Rejects when they are too many or too large together, or when their links would lead out.
   */
  async acquire(layerBlobIds: readonly BlobId[]): Promise<CodeDirectory> {
    const layers = withoutRepeats(layerBlobIds);
    const [only] = layers;
    if (only === undefined) return { directory: this.#nothing, unzippedBytes: 0, release: () => {} };
    if (layers.length === 1) return this.#code.acquire(only);
    if (layers.length > LAYERS_MAX) throw new Error(`${layers.length} layers (at most ${LAYERS_MAX})`);
    const name = nameOf(layers);
    this.#stacks.delete(name);
    this.#stacks.set(name, layers);
    const { directory, facts, release } = await this.#folders.hold(name, (folder) => this.#merge(layers, folder));
    await this.#removeUnused();
    return { directory, unzippedBytes: facts.unzippedBytes, release };
  }

  /** Removes the folder of several layers that no function has in this order; false while an environment still uses it. */
  async forget(layerBlobIds: readonly BlobId[]): Promise<boolean> {
    return this.#remove(nameOf(withoutRepeats(layerBlobIds)));
  }

  async #merge(layers: readonly BlobId[], folder: string): Promise<Stack> {
    const held: CodeDirectory[] = [];
    try {
      for (const layer of layers) held.push(await this.#code.acquire(layer));
      const unzippedBytes = held.reduce((sum, layer) => sum + layer.unzippedBytes, 0);
      if (unzippedBytes > UNZIPPED_CODE_BYTES_MAX)
        throw new Error(`the layers are ${unzippedBytes} bytes together (at most ${UNZIPPED_CODE_BYTES_MAX})`);
      await mergeLayers(
        held.map(({ directory }) => directory),
        folder,
      );
      return { layers, unzippedBytes };
    } finally {
      for (const layer of held) layer.release();
    }
  }

  async #forgetStacksOf(blobId: BlobId): Promise<boolean> {
    const names = [...this.#stacks].filter(([, layers]) => layers.includes(blobId)).map(([name]) => name);
    if (names.some((name) => this.#folders.isHeld(name))) return false;
    for (const name of names) if (!(await this.#remove(name))) return false;
    return true;
  }

  async #removeUnused(): Promise<void> {
    for (const name of this.#stacks.keys()) {
      if (this.#stacks.size <= STACKS_MAX) return;
      await this.#remove(name);
    }
  }

  async #remove(name: string): Promise<boolean> {
    if (this.#folders.isHeld(name)) return false;
    this.#stacks.delete(name);
    return this.#folders.remove(name);
  }
}

/** Two layers may have the same content; only the last of the same shows. */
function withoutRepeats(layers: readonly BlobId[]): BlobId[] {
  return layers.filter((layer, index) => layers.lastIndexOf(layer) === index);
}

function nameOf(layers: readonly BlobId[]): string {
  return createHash('sha256').update(layers.join('\n')).digest('hex');
}

function parseStack(stored: unknown): Stack | undefined {
  const { layers, unzippedBytes } = (stored ?? {}) as Partial<Record<keyof Stack, unknown>>;
  const isStack =
    Array.isArray(layers) && layers.every((layer) => typeof layer === 'string') && Number.isSafeInteger(unzippedBytes);
  return isStack ? { layers: layers as string[], unzippedBytes: unzippedBytes as number } : undefined;
}
