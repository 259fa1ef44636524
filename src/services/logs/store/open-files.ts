import { open, type FileHandle } from 'node:fs/promises';

/** Descriptors kept open for appending. */
const OPEN_MAX = 128;
/** Files whose bytes may not be on disk yet and that the next sync visits; older ones the kernel has long written back. */
const UNSYNCED_MAX = 4_096;

/** Files that are appended to, the most recently used ones kept open. Its caller makes one call at a time. */
export class OpenFiles {
  /** In the order of use. */
  readonly #handles = new Map<string, FileHandle>();
  readonly #unsynced = new Set<string>();

  /** Appends and resolves when the kernel has the bytes. */
  async append(path: string, bytes: Uint8Array): Promise<void> {
    const handle = await this.#handle(path);
    this.#unsynced.add(path);
    if (this.#unsynced.size > UNSYNCED_MAX)
      for (const oldest of this.#unsynced) {
        this.#unsynced.delete(oldest);
        break;
      }
    await handle.appendFile(bytes);
  }

  /** Makes everything appended so far durable. */
  async sync(): Promise<void> {
    for (const path of this.#unsynced) {
      // Whatever comes of it: a file that can't be opened, as when somebody removed it, must not fail every later sync.
      this.#unsynced.delete(path);
      const handle = await this.#handle(path);
      await handle.datasync();
    }
  }

  /** Forgets a file that is to be removed or is complete. */
  async release(path: string, removed: boolean): Promise<void> {
    if (removed) this.#unsynced.delete(path);
    const handle = this.#handles.get(path);
    this.#handles.delete(path);
    await handle?.close();
  }

  async close(): Promise<void> {
    await this.sync();
    for (const path of [...this.#handles.keys()]) await this.release(path, false);
  }

  async #handle(path: string): Promise<FileHandle> {
    const known = this.#handles.get(path);
    if (known) this.#handles.delete(path);
    const handle = known ?? (await open(path, 'a', 0o600));
    this.#handles.set(path, handle);
    const oldest = this.#handles.size > OPEN_MAX ? this.#handles.entries().next().value : undefined;
    if (oldest) await this.release(oldest[0], false);
    return handle;
  }
}
