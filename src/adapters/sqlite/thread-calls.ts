import type { Worker } from 'node:worker_threads';
import { DataDirectoryInUse } from './database.ts';
import { startThread } from './start-thread.ts';

/** Calls that are run together. Undefined closes the file. */
export type CallBatch<Call> = readonly Call[] | undefined;

/** What came of each call of a batch, in its order. */
export type BatchAnswer = readonly { readonly value?: unknown; readonly error?: string }[];

/** Batches that are with the thread: one that runs, one that waits for it. */
const UNDERWAY_MAX = 2;

interface Waiting<Call> {
  readonly call: Call;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Calls to a thread, in order. What comes while it is busy is sent together. */
export class ThreadCalls<Call> {
  readonly #worker: Worker;
  readonly #underway: Waiting<Call>[][] = [];
  #waiting: Waiting<Call>[] = [];
  #failure: Error | undefined;
  #isClosing = false;
  readonly #closed: Promise<void>;

  private constructor(worker: Worker, onFailure: (error: Error) => void) {
    this.#worker = worker;
    worker.on('message', (answers: BatchAnswer) => this.#settle(answers));
    worker.on('error', (error: Error) => {
      this.#fail(error);
      onFailure(error);
    });
    this.#closed = new Promise((resolve) => {
      worker.on('exit', () => {
        this.#fail(new Error('the thread is closed'));
        resolve();
      });
    });
  }

  /** Starts the thread of a script beside this one, which says something once it has the file open. */
  static async start<Call>(script: string, path: string, onFailure: (error: Error) => void): Promise<ThreadCalls<Call>> {
    const worker = startThread(script, path);
    await new Promise<void>((resolve, reject) => {
      const onError = (error: Error): void => reject(error.name === 'DataDirectoryInUse' ? new DataDirectoryInUse(path) : error);
      worker.once('error', onError);
      worker.once('message', () => {
        worker.off('error', onError);
        resolve();
      });
    });
    worker.unref();
    return new ThreadCalls(worker, onFailure);
  }

  /** Calls whose answers are not there yet. */
  get count(): number {
    return this.#waiting.length + this.#underway.reduce((sum, batch) => sum + batch.length, 0);
  }

  /** Rejects with what the thread says. */
  call(call: Call): Promise<unknown> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#isClosing) return Promise.reject(new Error('the thread is closed'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ call, resolve, reject });
      if (this.#waiting.length === 1 && this.#underway.length < UNDERWAY_MAX) queueMicrotask(() => this.#send());
    });
  }

  /** Resolves when all that was called before is answered and the file is closed. */
  async close(): Promise<void> {
    if (this.#isClosing || this.#failure) return this.#closed;
    this.#isClosing = true;
    this.#worker.ref();
    this.#send();
    if (this.#waiting.length === 0) this.#worker.postMessage(undefined);
    await this.#closed;
  }

  #send(): void {
    if (this.#waiting.length === 0 || this.#underway.length >= UNDERWAY_MAX || this.#failure) return;
    const batch = this.#waiting;
    this.#waiting = [];
    this.#underway.push(batch);
    // Whoever waits for an answer keeps the process alive.
    if (this.#underway.length === 1) this.#worker.ref();
    this.#worker.postMessage(batch.map(({ call }) => call));
  }

  #settle(answers: BatchAnswer): void {
    const batch = this.#underway.shift() ?? [];
    const isSending = this.#waiting.length > 0;
    this.#send();
    if (this.#underway.length === 0 && !this.#isClosing) this.#worker.unref();
    for (const [index, { resolve, reject }] of batch.entries()) {
      const { value, error } = answers[index] ?? { error: 'the thread gave no answer' };
      if (error === undefined) resolve(value);
      else reject(new Error(error));
    }
    if (this.#isClosing && isSending && this.#waiting.length === 0) this.#worker.postMessage(undefined);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of [...this.#underway.flat(), ...this.#waiting]) reject(error);
    this.#underway.length = 0;
    this.#waiting = [];
  }
}
