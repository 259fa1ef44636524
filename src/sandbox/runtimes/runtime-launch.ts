import type { ExecutableVersion } from '../../model/executable-version.ts';
import type { SandboxMount, SandboxRoot } from '../../ports/sandbox-driver.ts';

/** How a runtime is started, apart from any one function. */
export interface RuntimeLaunch {
  /** What the runtime needs to see besides the function's code. */
  readonly mounts: readonly SandboxMount[];
  /** Of a container image, which has everything that code, layers and runtimes are for other functions. */
  readonly image?: {
    readonly root: SandboxRoot;
    /** A path of the image's. */
    readonly workingDirectory: string;
    readonly handler: string;
  };
  /** True for our own clients, which speak the framed protocol on descriptor 3; others use the HTTP Runtime API. */
  readonly framed: boolean;
  /** True for an official client that takes descriptor 3 for its log, as frames; never together with `framed`. */
  readonly logFrames?: boolean;
  /** The first process and the runtime's own variables; `locate` turns a path of the function's view into the one its process uses. */
  command(
    locate: (path: string) => string,
    version: ExecutableVersion,
  ): { readonly argv: readonly [string, ...string[]]; readonly env: Readonly<Record<string, string>> };
}

/** What this machine can say of a runtime. */
export type RuntimeStatus =
  | {
      readonly available: true;
      /** Of what runs its functions, and what is to be known of it: `3.1.2, in place of 3.3 ...`. */
      readonly version: string;
    }
  | {
      readonly available: false;
      /** Why not, and how to add it. */
      readonly reason: string;
      /** The same in a few words, for a list. */
      readonly remedy: string;
    };
