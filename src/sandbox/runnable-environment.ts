import type { AheadCallbacks, EnvironmentState, InvocationCallbacks } from './environment.ts';
import type { Invocation } from './invocation.ts';

/** What the pool asks of an environment, whether it runs one invocation at a time or several. */
export interface RunnableEnvironment {
  readonly state: EnvironmentState;
  /** How long the last start took: what throwing it away would cost. */
  readonly startCostMs: number;
  readonly memoryBytes: number | undefined;
  /** Whether it takes one more invocation beside those it runs; absent where there is never more than one. */
  readonly hasRoom?: boolean;
  /** Runs one invocation; starts the runtime first where needed. */
  run(invocation: Invocation, callbacks: InvocationCallbacks): void;
  /** Starts the runtime ahead of any invocation. */
  initialise(callbacks: AheadCallbacks): void;
  /** Nothing is expected of it for now. */
  freeze(): void;
  /** Ends it, whatever it does. Resolves when nothing is left. */
  stop(): Promise<void>;
}
