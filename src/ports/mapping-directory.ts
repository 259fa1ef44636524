import type { FunctionReference } from './function-directory.ts';

/** Where a mapping is. */
export interface MappingPlace {
  readonly account: string;
  readonly region: string;
  readonly uuid: string;
}

/** An event source mapping that is enabled, as far as polling its queue goes. */
export interface QueueMapping extends MappingPlace {
  readonly queueArn: string;
  readonly fifo: boolean;
  readonly function: FunctionReference;
  /** 1 to 10,000; at most 10 for FIFO queues. */
  readonly batchSize: number;
  /** How long a batch is waited for; 0 for FIFO queues. */
  readonly batchingWindowSeconds: number;
  /** The function's answer says which messages failed. */
  readonly reportsItemFailures: boolean;
  /** Event patterns, of which one must match; empty: every message does. */
  readonly filterPatterns: readonly string[];
  /** `ScalingConfig.MaximumConcurrency`. */
  readonly maximumConcurrency?: number;
  /** `ProvisionedPollerConfig`. */
  readonly pollers?: { readonly minimum: number; readonly maximum: number };
}

/** What the pollers ask the control plane. */
export interface MappingDirectory {
  /** Every mapping that is to be polled now. */
  enabled(): Promise<QueueMapping[]>;
  /** One of them; undefined when it is not to be polled, or not there. */
  find(place: MappingPlace): Promise<QueueMapping | undefined>;
  /** A hint that a mapping changed, after it was written. Returns the way to stop. */
  onChange(listener: (place: MappingPlace) => void): () => void;
}
