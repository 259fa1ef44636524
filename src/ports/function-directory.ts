import type { ExecutableVersion } from '../model/executable-version.ts';

/** A function as a caller named it, already split. */
export interface FunctionReference {
  readonly account: string;
  readonly region: string;
  readonly functionName: string;
  /** Version number, alias or `$LATEST`; undefined when the caller gave none. */
  readonly qualifier?: string;
}

/** Concurrency of an account in a region that is reserved or provisioned, and so is none that functions share. */
export interface SetAside {
  /** Kept up to date in place. */
  readonly concurrency: number;
}

/** What an invoke of a reference runs now. */
export interface ResolvedFunction {
  readonly version: ExecutableVersion;
  /** The function's reserved concurrency; undefined when none is set. */
  readonly reservedConcurrency?: number;
  /** What is provisioned for this version, and for all of the function together; undefined when nothing is. */
  readonly provisioned?: { readonly ofVersion: number; readonly ofFunction: number };
  readonly setAside: SetAside;
  /** Every call must name a tenant, and no two tenants share an environment. */
  readonly isTenantIsolated: boolean;
  /** Async settings in force for the reference. */
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeSeconds: number;
  /** Where records of the ends of asynchronous events go, by ARN or `kafka://`; undefined when none is set. */
  readonly destinations?: { readonly onSuccess?: string; readonly onFailure?: string };
  /** Where events that are given up go as they are; undefined when the version has no dead-letter queue or topic. */
  readonly deadLetterArn?: string;
  /** Stands for the function in trace headers, 8 hex digits; undefined where it may run in a loop for ever. */
  readonly lineageId?: string;
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
