import type { ResolvedFunction } from '../../ports/function-directory.ts';
import type { InvokeRequest, InvokeResult } from '../../ports/invoker.ts';
import type { ExhaustedCondition } from './retry-rules.ts';

interface EndedEvent {
  readonly request: InvokeRequest;
  /** How often the function ran. */
  readonly attempts: number;
  /** The function's settings when the event ended; undefined when there were none to be had. */
  readonly resolved?: ResolvedFunction;
}

/** An event whose function answered without an error. */
export interface SucceededEvent extends EndedEvent {
  readonly result: InvokeResult;
}

/** An event that was given up. */
export interface ExhaustedEvent extends EndedEvent {
  readonly condition: ExhaustedCondition;
  /** What the function answered in this attempt, if it ran. */
  readonly lastResult?: InvokeResult;
  /** Why it could not be run in this attempt, if it was tried. */
  readonly lastError?: unknown;
}

/**
 * Told of the end of every event before it leaves its queue; so perhaps twice after a crash. Resolves when what follows
 * from it is durable. When it rejects the event stays in its queue.
 */
export interface EventEnds {
  succeeded(event: SucceededEvent): Promise<void>;
  exhausted(event: ExhaustedEvent): Promise<void>;
}
