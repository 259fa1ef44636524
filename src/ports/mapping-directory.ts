import type { FunctionReference } from './function-directory.ts';

/** Where a mapping is. */
export interface MappingPlace {
  readonly account: string;
  readonly region: string;
  readonly uuid: string;
}

/** What all mappings that are enabled have, as far as reading their source goes. */
interface EnabledMapping extends MappingPlace {
  readonly function: FunctionReference;
  /** 1 to 10,000; at most 10 for FIFO queues. */
  readonly batchSize: number;
  /** How long a batch is waited for; 0 for FIFO queues. */
  readonly batchingWindowSeconds: number;
  /** The function's answer says which records failed. */
  readonly reportsItemFailures: boolean;
  /** Event patterns, of which one must match; empty: every record does. */
  readonly filterPatterns: readonly string[];
  /** `MetricsConfig` has `EventCount`. */
  readonly countsEvents: boolean;
}

/** A mapping of a queue. */
export interface QueueMapping extends EnabledMapping {
  readonly queueArn: string;
  readonly fifo: boolean;
  /** `ScalingConfig.MaximumConcurrency`. */
  readonly maximumConcurrency?: number;
  /** `ProvisionedPollerConfig`. */
  readonly pollers?: { readonly minimum: number; readonly maximum: number };
}

/** Services whose streams feed functions. */
export type StreamService = 'kinesis' | 'dynamodb';

/** A mapping of a stream. */
export interface StreamMapping extends EnabledMapping {
  readonly service: StreamService;
  /** The stream, or a consumer of one. */
  readonly sourceArn: string;
  /** As it was mapped: with a version or an alias if one was named. */
  readonly functionArn: string;
  /** Where shards begin that are there when the mapping is read for the first time. */
  readonly start:
    | { readonly at: 'TRIM_HORIZON' }
    | { readonly at: 'LATEST' }
    | { readonly at: 'AT_TIMESTAMP'; readonly timestampMs: number };
  /** Batches of one shard at a time, 1 to 10. */
  readonly parallelizationFactor: number;
  /** Undefined: for as long as the stream keeps them. */
  readonly maximumRecordAgeSeconds?: number;
  /** Undefined: without end. */
  readonly maximumRetryAttempts?: number;
  readonly bisectsOnError: boolean;
  /** 0: no windows. */
  readonly tumblingWindowSeconds: number;
  /** Where records of given up batches go; undefined when nowhere. */
  readonly onFailureArn?: string;
}

/** The mappings of one kind of source, for those who read it. */
export interface MappingFinder<Mapping extends MappingPlace> {
  /** Every mapping that is to be read now. */
  enabled(): Promise<Mapping[]>;
  /** One of them; undefined when it is not to be read, or not there. */
  find(place: MappingPlace): Promise<Mapping | undefined>;
  /** A hint that a mapping changed, of whatever kind, after it was written. Returns the way to stop. */
  onChange(listener: (place: MappingPlace) => void): () => void;
}

/** What the pollers ask the control plane. */
export interface MappingDirectory {
  readonly queues: MappingFinder<QueueMapping>;
  readonly streams: MappingFinder<StreamMapping>;
  /** Whether there is such a mapping, enabled or not. */
  isThere(place: MappingPlace): Promise<boolean>;
}
