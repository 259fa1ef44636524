import { createHash } from 'node:crypto';
import { type StoredRecord, timeOfSequence } from '../../ports/item-store.ts';
import { sequenceText, streamArn, type StreamViewType, type TableStream } from './table-streams.ts';

/** Attributes in the API's spelling. */
type Attributes = Readonly<Record<string, unknown>>;

/** What is kept of a change. */
export interface StreamChange {
  readonly name: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly keys: Attributes;
  readonly newImage?: Attributes;
  readonly oldImage?: Attributes;
  /** Of the keys and images that it has. */
  readonly bytes: number;
  /** DynamoDB itself has removed the item, because its time was over. */
  readonly isExpiry?: true;
}

/** Which images records of a stream have. */
export function imagesOf(viewType: StreamViewType): { readonly new: boolean; readonly old: boolean } {
  const isBoth = viewType === 'NEW_AND_OLD_IMAGES';
  return { new: isBoth || viewType === 'NEW_IMAGE', old: isBoth || viewType === 'OLD_IMAGE' };
}

/** A change as the store of items keeps it. */
export function encodeChange(change: StreamChange): Uint8Array {
  return Buffer.from(JSON.stringify(change));
}

/** A record as GetRecords answers it. */
export function apiRecord(stream: TableStream, { sequence, body }: StoredRecord): Attributes {
  const change = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString()) as StreamChange;
  return {
    eventID: createHash('md5').update(`${stream.id} ${sequence}`).digest('hex'),
    eventName: change.name,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: stream.region,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(timeOfSequence(sequence) / 1_000),
      Keys: change.keys,
      ...(change.newImage ? { NewImage: change.newImage } : {}),
      ...(change.oldImage ? { OldImage: change.oldImage } : {}),
      SequenceNumber: sequenceText(sequence),
      SizeBytes: change.bytes,
      StreamViewType: stream.viewType,
    },
    ...(change.isExpiry ? { userIdentity: { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' } } : {}),
  };
}

/** A record as functions get it. Source: the page of Lambda with DynamoDB; `userIdentity` is spelled otherwise than in the API. */
export function eventRecord(stream: TableStream, stored: StoredRecord): Attributes {
  const { userIdentity, ...record } = apiRecord(stream, stored);
  return {
    ...record,
    ...(userIdentity === undefined ? {} : { userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' } }),
    eventSourceARN: streamArn(stream),
  };
}
