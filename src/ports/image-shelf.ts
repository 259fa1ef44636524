import type { SandboxRoot } from './sandbox-driver.ts';

/** What an image says of how it is started. Source: the OCI image specification, config. */
export interface ImageDefaults {
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  /** Empty when the image names none. */
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** An image while an environment uses it. */
export interface HeldImage {
  readonly root: SandboxRoot;
  readonly defaults: ImageDefaults;
  /**
   * The host's path of a path in the image, links followed as they are seen inside it; undefined when there is nothing.
   * Absent where the image's files can't be looked at.
   */
  readonly locate?: (path: string) => Promise<string | undefined>;
  release(): void;
}

/** Images that are ready to run; the data plane's view of them. */
export interface ImageShelf {
  /** The image by its digest, pulled anew if it has gone missing; stays until it is released. */
  acquire(resolvedUri: string): Promise<HeldImage>;
}
