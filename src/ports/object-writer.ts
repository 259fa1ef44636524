/** An object to be stored by the server itself. */
export interface ObjectToWrite {
  readonly bucket: string;
  readonly key: string;
  readonly body: Uint8Array;
  readonly contentType: string;
  /** Carried on to the functions that the bucket notifies. */
  readonly traceHeader?: string;
}

/** How the rest of the server stores objects. */
export interface ObjectWriter {
  /** Resolves when the object, and what it notifies, is durable; replaces an older one. Throws ServiceErrors of S3, as `NoSuchBucket`. */
  write(object: ObjectToWrite): Promise<void>;
}
