import type { Locality } from '../../model/arn.ts';
import type { DocumentKey } from '../../ports/metadata-store.ts';
import type { NotificationConfiguration } from '../../sources/s3/notification-configuration.ts';

/** A bucket. Names are unique on the whole server, as on AWS. */
export interface BucketRecord extends Locality {
  readonly name: string;
  readonly createdMs: number;
  readonly notifications?: NotificationConfiguration;
}

/** What of an object travels in headers. */
export interface ObjectHeaders {
  readonly contentType: string;
  readonly cacheControl?: string;
  readonly contentDisposition?: string;
  readonly contentEncoding?: string;
  readonly contentLanguage?: string;
  readonly expires?: string;
  /** `x-amz-meta-*` without the prefix. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** An object: where its bytes are, in order, and what is told of it. */
export interface ObjectRecord extends ObjectHeaders {
  readonly blobs: readonly { readonly id: string; readonly sizeBytes: number }[];
  readonly sizeBytes: number;
  /** Without quotes. */
  readonly etag: string;
  readonly modifiedMs: number;
  readonly checksums: Readonly<Record<string, string>>;
}

/** A multipart upload that has been begun. */
export interface UploadRecord extends ObjectHeaders {
  readonly key: string;
  readonly startedMs: number;
}

/** A part of an upload. */
export interface PartRecord {
  readonly blob: { readonly id: string; readonly sizeBytes: number };
  readonly etag: string;
  readonly modifiedMs: number;
}

// Buckets are global, so all S3 documents live in one place of the store.
const place = (kind: string, id: string): DocumentKey => ({ account: 's3', region: 's3', kind, id });

/** Kind of the notes that somebody is to be told of an event. */
export const OWED_KIND = 's3-owed-notification';
/** The place of S3's documents, for listing. */
export const S3_PLACE = { account: 's3', region: 's3' };
/** Key of a bucket. */
export const bucketKey = (bucket: string): DocumentKey => place('s3-bucket', bucket);
/** Key of an object; a bucket's name holds no slash, so its objects follow each other in the order of their keys. */
export const objectKey = (bucket: string, key: string): DocumentKey => place('s3-object', `${bucket}/${key}`);
/** Key of an upload. */
export const uploadKey = (bucket: string, uploadId: string): DocumentKey => place('s3-upload', `${bucket}/${uploadId}`);
/** Key of a part. */
export const partKey = (bucket: string, uploadId: string, part: number): DocumentKey =>
  place('s3-part', `${bucket}/${uploadId}/${String(part).padStart(5, '0')}`);
/** Key of the note that something refers to a blob. */
export const referenceKey = (blobId: string, holder: DocumentKey): DocumentKey =>
  place('s3-reference', `${blobId}/${holder.kind}/${holder.id}`);
/** Key of the note that somebody is to be told of an event in a bucket. */
export const owedKey = (bucket: string, id: string): DocumentKey => place(OWED_KIND, `${bucket}/${id}`);
