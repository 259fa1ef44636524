import type { ObjectEvent } from './object-event.ts';

/** Why EventBridge is told that an object came or went, by the end of the notification's name. */
const REASONS: Readonly<Record<string, string>> = {
  Put: 'PutObject',
  Post: 'POST Object',
  Copy: 'CopyObject',
  CompleteMultipartUpload: 'CompleteMultipartUpload',
  Delete: 'DeleteObject',
};

/** What EventBridge is told of an object; `detail` is JSON. Keys are as they are. Source: "EventBridge" of the S3 user guide. */
export function busEventOf(event: ObjectEvent): { readonly detailType: string; readonly detail: object } {
  const [kind, way = ''] = event.name.split(':');
  const isRemoval = kind === 'ObjectRemoved';
  const { key, sizeBytes, etag, sequencer } = event;
  return {
    detailType: isRemoval ? 'Object Deleted' : 'Object Created',
    detail: {
      version: '0',
      bucket: { name: event.bucket },
      object: {
        key,
        ...(sizeBytes === undefined ? {} : { size: sizeBytes }),
        ...(etag === undefined ? {} : { etag }),
        sequencer,
      },
      'request-id': event.requestId,
      requester: event.bucketOwner,
      'source-ip-address': event.sourceAddress.replace(/^::ffff:/, ''),
      reason: REASONS[way] ?? way,
      ...(isRemoval ? { 'deletion-type': 'Permanently Deleted' } : {}),
    },
  };
}
