/** The runs of one schedule that are queued together. */
export interface QueuedRuns {
  readonly scheduleArn: string;
  readonly ids: readonly string[];
}

/**
 * Which runs are queued and not yet noted. They may be leased already, and are not run before the note: so a crash in between
 * leaves them in the queue, where the same run, queued again, is the same event.
 */
export class RunNotes {
  readonly #open = new Map<string, Promise<boolean>>();
  /** Those whose note failed, by schedule; they are queued and noted again soon. */
  readonly #failed = new Map<string, ReadonlySet<string>>();

  /** Resolves when the run may go on; to false when its note could not be written. */
  async noted(scheduleArn: string, id: string): Promise<boolean> {
    const written = (await this.#open.get(id)) ?? true;
    return written && this.#failed.get(scheduleArn)?.has(id) !== true;
  }

  /** Holds runs back while they are queued and noted, and if that fails until it succeeds. Rejects as `write` does. */
  async hold(runs: readonly QueuedRuns[], write: () => Promise<void>): Promise<void> {
    const writing = write();
    const outcome = writing.then(
      () => true,
      () => false,
    );
    const ids = runs.flatMap((run) => run.ids);
    for (const id of ids) this.#open.set(id, outcome);
    try {
      await writing;
      for (const { scheduleArn } of runs) this.release(scheduleArn);
    } catch (error) {
      for (const { scheduleArn, ids: own } of runs)
        if (own.length > 0) this.#failed.set(scheduleArn, new Set([...(this.#failed.get(scheduleArn) ?? []), ...own]));
      throw error;
    } finally {
      for (const id of ids) this.#open.delete(id);
    }
  }

  /** Nothing of the schedule will be noted again: it was deleted or changed. What is queued is run. */
  release(scheduleArn: string): void {
    this.#failed.delete(scheduleArn);
  }
}
