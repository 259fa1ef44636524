import type { Readable } from 'node:stream';

/** An S3 object named by whoever wants its bytes. */
export interface ObjectLocation {
  readonly account: string;
  readonly region: string;
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
}

/** The object can't be read; `code` is S3's, for example `NoSuchBucket`, and `message` S3's text. */
export class ObjectUnreadable extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'ObjectUnreadable';
    this.code = code;
  }
}

/** How the control plane fetches a deployment package from S3. */
export interface ObjectReader {
  /** Throws {@link ObjectUnreadable} before the first byte. */
  read(location: ObjectLocation): Promise<{ body: Readable; sizeBytes: number }>;
}
