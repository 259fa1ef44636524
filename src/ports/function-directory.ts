import type { ExecutableVersion } from '../model/executable-version.ts';

/** A function as a caller named it, already split. */
export interface FunctionReference {
  readonly account: string;
  readonly region: string;
  readonly functionName: string;
  /** Version number, alias or `$LATEST`; undefined when the caller gave none. */
  readonly qualifier?: string;
}

/** What an invoke of a reference runs now. */
export interface ResolvedFunction {
  readonly version: ExecutableVersion;
  /** The function's reserved concurrency; undefined when none is set. */
  readonly reservedConcurrency?: number;
  /** Async settings in force for the reference. */
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeSeconds: number;
}

/** The data plane's view of the control plane. Answers from memory; a miss reads the store. */
export interface FunctionDirectory {
  /**
   * Throws ResourceNotFoundException (`Function not found: <arn>:<qualifier or $LATEST>`) and, when the function
   * can't be invoked in its state, ResourceConflictException.
   */
  resolve(reference: FunctionReference): Promise<ResolvedFunction>;
  /** The same without waiting, for the warm path: undefined when it is not in memory or would throw. */
  resolveCached(reference: FunctionReference): ResolvedFunction | undefined;
  /** Called with the function's name when environments of older configurations should drain, or the function is gone. */
  onChange(listener: (change: { account: string; region: string; functionName: string }) => void): () => void;
}

/** Asks whether a service may invoke a function, by the function's resource policy. */
export interface InvokePermission {
  check(question: {
    readonly functionArn: string;
    /** For example `s3.amazonaws.com`. */
    readonly principal: string;
    readonly sourceArn?: string;
    readonly sourceAccount?: string;
  }): Promise<'allowed' | 'denied' | 'absent'>;
}
