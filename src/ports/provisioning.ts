import type { ExecutableVersion } from '../model/executable-version.ts';

/** A function by its place and name. */
export interface FunctionPlace {
  readonly account: string;
  readonly region: string;
  readonly functionName: string;
}

/** Environments of a version that are to be kept initialised. */
export interface ProvisionedTarget {
  readonly version: ExecutableVersion;
  readonly count: number;
  /** When they were last asked for, epoch ms: what has failed before is then tried again. */
  readonly askedAtMs: number;
}

/** What the control plane wants provisioned. */
export interface ProvisioningPlan {
  /** Of a function, as far as it can run now; nothing for one that is gone. */
  targets(place: FunctionPlace): Promise<readonly ProvisionedTarget[]>;
  /** Every function that has provisioned concurrency. For work at start. */
  functions(): Promise<readonly FunctionPlace[]>;
}

/** What the data plane has provisioned of a version. */
export interface ProvisionedState {
  /** Environments that are initialised. */
  readonly ready: number;
  /** Why some could not be, the last time; `reason` is for the StatusReason of the API. */
  readonly failure?: { readonly reason: string; readonly atMs: number };
}

/** The data plane's truth about provisioned concurrency. */
export interface Provisioning {
  stateOf(version: ExecutableVersion): ProvisionedState;
}
