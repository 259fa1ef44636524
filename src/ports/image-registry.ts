/** An image as a registry knows it. */
export interface FoundImage {
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
}

/** The image can't be had; the reason decides between Lambda's two messages. */
export class ImageUnusable extends Error {
  readonly reason: 'missing' | 'invalid';
  constructor(reason: 'missing' | 'invalid', detail: string) {
    super(detail);
    this.name = 'ImageUnusable';
    this.reason = reason;
  }
}

/** Finds container images by name. */
export interface ImageRegistry {
  /** What `repository:tag` or `repository@digest` stands for now. Throws {@link ImageUnusable}. */
  resolve(imageUri: string): Promise<FoundImage>;
}
