import { S3_OPERATIONS } from '../../wire/generated/s3.ts';
import * as buckets from './operations/buckets.ts';
import { deleteObjects } from './operations/delete-objects.ts';
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

const OPERATIONS: Readonly<Record<string, S3Operation>> = {
  'GET service': buckets.listBuckets,
  'PUT bucket': buckets.createBucket,
  'DELETE bucket': buckets.deleteBucket,
  'HEAD bucket': buckets.headBucket,
  'GET bucket': listObjects,
  'GET bucket location': buckets.getBucketLocation,
  'GET bucket versioning': buckets.getBucketVersioning,
  'GET bucket notification': getBucketNotificationConfiguration,
  'PUT bucket notification': putBucketNotificationConfiguration,
  'GET bucket uploads': multipart.listMultipartUploads,
  'POST bucket delete': deleteObjects,
  'PUT object': objects.putObject,
  'GET object': objects.getObject,
  'HEAD object': objects.getObject,
  'DELETE object': objects.deleteObject,
  'POST object uploads': multipart.createMultipartUpload,
  'PUT object uploadId': multipart.uploadPart,
  'POST object uploadId': multipart.completeMultipartUpload,
  'DELETE object uploadId': multipart.abortMultipartUpload,
  'GET object uploadId': multipart.listParts,
};

/** The operation that a request asks for; a name when it is one that is not built, undefined when it is none. */
export function chooseOperation(choice: OperationChoice): S3Operation | string | undefined {
  const { method, level, query, isCopy } = choice;
  const literal =
    [...query.keys()].find((name) => name === 'uploadId') ??
    [...query.keys()].find((name) => !PLAIN_QUERIES.has(name) && !/^(x-amz-|response-)/i.test(name));
  if (method === 'GET' && level === 'bucket' && literal === undefined && query.get('list-type') === '2') return listObjectsV2;
  if (method === 'PUT' && level === 'object' && isCopy) {
    if (literal === undefined) return objects.copyObject;
    if (literal === 'uploadId') return multipart.uploadPartCopy;
  }
  const operation = OPERATIONS[[method, level, ...(literal === undefined ? [] : [literal])].join(' ')];
  return operation ?? nameOfUnbuilt(method, level, literal);
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
