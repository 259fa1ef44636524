import { S3_OPERATIONS } from '../../wire/generated/s3.ts';
import * as buckets from './operations/buckets.ts';
import { deleteObjects } from './operations/delete-objects.ts';
import { listMultipartUploads } from './operations/list-multipart-uploads.ts';
import { listObjects, listObjectsV2 } from './operations/list-objects.ts';
import * as multipart from './operations/multipart.ts';
import { getBucketNotificationConfiguration, putBucketNotificationConfiguration } from './operations/notifications.ts';
import * as objects from './operations/objects.ts';
import type { S3Operation } from './s3-context.ts';

/** What chooses an operation. */
export interface OperationChoice {
  readonly method: string;
  readonly level: 'service' | 'bucket' | 'object';
  readonly query: URLSearchParams;
  readonly isCopy: boolean;
}

/** Query names that are part of no operation's name. */
const PLAIN_QUERIES = new Set([
  'x-id',
  // Of links that were signed the old way.
  'AWSAccessKeyId',
  'Signature',
  'Expires',
  'prefix',
  'delimiter',
  'marker',
  'max-keys',
  'encoding-type',
  'list-type',
  'continuation-token',
  'start-after',
  'fetch-owner',
  'max-buckets',
  'bucket-region',
  'max-parts',
  'part-number-marker',
  'key-marker',
  'upload-id-marker',
  'max-uploads',
]);

/** The operations that are built, by name. */
export const S3_BUILT: Readonly<Record<string, S3Operation>> = {
  AbortMultipartUpload: multipart.abortMultipartUpload,
  CompleteMultipartUpload: multipart.completeMultipartUpload,
  CopyObject: objects.copyObject,
  CreateBucket: buckets.createBucket,
  CreateMultipartUpload: multipart.createMultipartUpload,
  DeleteBucket: buckets.deleteBucket,
  DeleteObject: objects.deleteObject,
  DeleteObjects: deleteObjects,
  GetBucketLocation: buckets.getBucketLocation,
  GetBucketNotificationConfiguration: getBucketNotificationConfiguration,
  GetBucketVersioning: buckets.getBucketVersioning,
  GetObject: objects.getObject,
  HeadBucket: buckets.headBucket,
  HeadObject: objects.getObject,
  ListBuckets: buckets.listBuckets,
  ListMultipartUploads: listMultipartUploads,
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  ListParts: multipart.listParts,
  PutBucketNotificationConfiguration: putBucketNotificationConfiguration,
  PutObject: objects.putObject,
  UploadPart: multipart.uploadPart,
  UploadPartCopy: multipart.uploadPartCopy,
};

const NAMES: Readonly<Record<string, string>> = {
  'GET service': 'ListBuckets',
  'PUT bucket': 'CreateBucket',
  'DELETE bucket': 'DeleteBucket',
  'HEAD bucket': 'HeadBucket',
  'GET bucket': 'ListObjects',
  'GET bucket location': 'GetBucketLocation',
  'GET bucket versioning': 'GetBucketVersioning',
  'GET bucket notification': 'GetBucketNotificationConfiguration',
  'PUT bucket notification': 'PutBucketNotificationConfiguration',
  'GET bucket uploads': 'ListMultipartUploads',
  'POST bucket delete': 'DeleteObjects',
  'PUT object': 'PutObject',
  'GET object': 'GetObject',
  'HEAD object': 'HeadObject',
  'DELETE object': 'DeleteObject',
  'POST object uploads': 'CreateMultipartUpload',
  'PUT object uploadId': 'UploadPart',
  'POST object uploadId': 'CompleteMultipartUpload',
  'DELETE object uploadId': 'AbortMultipartUpload',
  'GET object uploadId': 'ListParts',
};
/** Which object is meant, or which part of it; not part of the name of an operation that reads or removes it. */
const WHICH = new Set(['versionId', 'partNumber']);

/** Name of the operation that a request asks for, built or not; undefined when it is none. */
export function operationNamed(choice: OperationChoice): string | undefined {
  const { method, level, query, isCopy } = choice;
  // Some clients say what they mean; a few operations differ by nothing else.
  const said = query.get('x-id');
  if (said !== null && !Object.hasOwn(S3_BUILT, said) && S3_OPERATIONS.some((line) => line.startsWith(`${said} `))) return said;
  const isPlain = (name: string): boolean =>
    PLAIN_QUERIES.has(name) || /^(x-amz-|response-)/i.test(name) || (WHICH.has(name) && method !== 'PUT' && method !== 'POST');
  const literal = [...query.keys()].find((name) => name === 'uploadId') ?? [...query.keys()].find((name) => !isPlain(name));
  if (method === 'GET' && level === 'bucket' && literal === undefined && query.get('list-type') === '2') return 'ListObjectsV2';
  if (method === 'PUT' && level === 'object' && isCopy) {
    if (literal === undefined) return 'CopyObject';
    if (literal === 'uploadId') return 'UploadPartCopy';
  }
  const name = NAMES[[method, level, ...(literal === undefined ? [] : [literal])].join(' ')];
  return name ?? nameOfUnbuilt(method, level, literal);
}

/** Finds the API's own name for a request, by method, path and query literal. */
function nameOfUnbuilt(method: string, level: string, literal: string | undefined): string | undefined {
  for (const line of S3_OPERATIONS) {
    const [name = '', itsMethod, path = ''] = line.split(' ');
    const itsLevel = path.includes('{Key') ? 'object' : path.includes('{Bucket') || path.startsWith('/?') ? 'bucket' : 'service';
    const itsLiteral = /\?(\w+)/.exec(path)?.[1];
    if (
      itsMethod === method &&
      itsLiteral === literal &&
      (itsLevel === level || (level === 'bucket' && path === '/' + (literal ? `?${literal}` : '')))
    )
      return name;
  }
  return undefined;
}
