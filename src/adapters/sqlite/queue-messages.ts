import type { LeaseRules, MoveTarget, NewEvent, Retry } from '../../ports/event-queue.ts';
import type { LeaseName } from './queue-tables.ts';

/** A call that travels to the queue's thread. Time comes along, for the clock stays with the caller. */
export type QueueCall =
  | { readonly call: 'enqueue'; readonly events: readonly NewEvent[] }
  | {
      readonly call: 'lease';
      readonly queue: string;
      readonly countMax: number;
      readonly visibleForMs: number;
      readonly rules: LeaseRules;
    }
  | { readonly call: 'ack'; readonly leases: readonly LeaseName[]; readonly late: boolean; readonly lazily: boolean }
  | { readonly call: 'move'; readonly queue: string; readonly target: MoveTarget; readonly countMax: number }
  | { readonly call: 'expire'; readonly queue: string; readonly enqueuedUntilMs: number }
  | { readonly call: 'retry'; readonly retries: readonly Retry[] }
  | {
      readonly call: 'extend';
      readonly queue: string;
      readonly id: string;
      readonly lease: string;
      readonly visibleForMs: number;
    }
  | { readonly call: 'counts' | 'purge'; readonly queue: string }
  | { readonly call: 'next'; readonly queue: string; readonly afterMs: number }
  | { readonly call: 'close' };

/** A call with the number by which its answer is known. */
export type QueueRequest = QueueCall & { readonly number: number; readonly nowMs: number };

/** What the thread answers to one call. */
export interface QueueAnswer {
  readonly number: number;
  readonly value?: unknown;
  readonly error?: string;
}
