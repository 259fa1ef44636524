/** Which CloudWatch Logs stream a record belongs to. */
export interface LogStreamName {
  readonly account: string;
  readonly region: string;
  readonly group: string;
  readonly stream: string;
}

/** One log event; `message` has no trailing newline. */
export interface LogRecord {
  readonly timestampMs: number;
  readonly message: string;
}

/**
 * Takes log records off the invoke path. `write` returns at once and never throws: records are buffered within a
 * bound and written in batches; past the bound they are dropped and a record saying how many takes their place.
 */
export interface LogSink {
  /** Group and stream are created when they are absent. Records of one stream keep their order. */
  write(stream: LogStreamName, records: readonly LogRecord[]): void;
  /** Resolves when everything written before is on disk. */
  flush(): Promise<void>;
}
