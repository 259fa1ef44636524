import type { clientOptions } from '../../e2e/server.ts';

/** What is sent, by names of `<kind>/<name>`, or `<kind>/<group>/<number>` where the order in a group counts. */
export interface Workload {
  /** Makes functions that tell a recorder what they handle, and what feeds them. */
  deploy(options: ReturnType<typeof clientOptions> & { readonly maxAttempts: number }, recorderUrl: string): Promise<Deployed>;
  /** Sends so many events. The last tenth waits until `isLate`. */
  work(events: number, send: (name: string) => Promise<void>, isLate: () => boolean): Promise<unknown>;
}

/** What has been deployed. */
export interface Deployed {
  /** Resolves when the event is acknowledged; it may have arrived also when this rejects. */
  send(name: string): Promise<unknown>;
  close(): void;
}

/** Waits with the last tenth of a sender's events. */
export async function inTime(number: number, count: number, isLate: () => boolean): Promise<void> {
  while (number >= count * 0.9 && !isLate()) await new Promise((resolve) => setTimeout(resolve, 50));
}
