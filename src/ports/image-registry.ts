/** An image as a registry knows it. */
export interface FoundImage {
  /** `sha256:` and 64 hex digits: the digest of the manifest for this host's platform. */
  readonly digest: string;
  /** The same image by its digest, for example `host/repository@sha256:...`. */
  readonly resolvedUri: string;
}

/**
 * Why an image can't be had: it is not there, it is broken or too large, it is made of parts of a kind that can't be
 * used, or its registry lets us not have it. Decides between Lambda's messages.
 */
export type ImageFault = 'missing' | 'invalid' | 'unsupported' | 'denied';

/** The image can't be had, and trying again would not help. */
export class ImageUnusable extends Error {
  readonly reason: ImageFault;
  constructor(reason: ImageFault, detail: string) {
    super(detail);
    this.name = 'ImageUnusable';
    this.reason = reason;
  }
}

/** Finds container images by name and makes them ready to run. */
export interface ImageRegistry {
  /**
   * What `repository:tag` or `repository@digest` stands for now. Throws {@link ImageUnusable}; any other error says that
   * the registry could not be asked.
   */
  resolve(imageUri: string): Promise<FoundImage>;
  /**
   * Pulls and unpacks an image where it is not yet; doing it twice is harmless. Throws {@link ImageUnusable}; any other
   * error is of the way there, or of this host.
   */
  prepare(resolvedUri: string): Promise<void>;
  /** Removes every image that is not among these digests and not in use. Returns how many. */
  keepOnly(digests: ReadonlySet<string>): Promise<number>;
}
