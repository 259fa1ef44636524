import type { BatchExtent } from '../../ports/checkpoints.ts';
import type { StreamMapping } from '../../ports/mapping-directory.ts';
import type { StreamSource } from '../../ports/record-stream.ts';
import { secondsOf } from './tumbling-window.ts';

/** Why records were given up. */
export type FailureCondition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded' | 'MaximumPayloadSizeExceeded';

/** Records that were given up. */
export interface BatchFailure {
  readonly condition: FailureCondition;
  /** Runs of the function with them, those that did not reach it left out; at least 1. */
  readonly attempts: number;
  /** Of the last invoke. */
  readonly requestId: string;
  /** The version that ran last; undefined when none did. */
  readonly executedVersion?: string;
  /** False: it answered, but what it answered was a failure. */
  readonly isFunctionError: boolean;
  readonly extent: BatchExtent;
  /** The event that the function got, or would have got. */
  readonly event: () => Uint8Array;
}

/** What a record of a failure must know of where it happened. */
export interface FailurePlace {
  readonly mapping: Pick<StreamMapping, 'functionArn' | 'sourceArn'>;
  readonly batchInfo: StreamSource['batchInfo'];
  readonly shardId: string;
}

/**
 * The record of records that were given up, JSON text. For buckets it ends with the event itself. Times of DynamoDB streams
 * have no milliseconds. Source: Lambda developer guide, "Retain discarded batch records" of Kinesis and DynamoDB streams, and
 * records as AWS sends them.
 */
export function failureRecord(place: FailurePlace, failure: BatchFailure, service: string, atMs: number): string {
  const { mapping, batchInfo, shardId } = place;
  const { condition, attempts, requestId, extent, event } = failure;
  const timeOf = batchInfo === 'KinesisBatchInfo' ? (timeMs: number) => new Date(timeMs).toISOString() : secondsOf;
  const record = {
    requestContext: { requestId, functionArn: mapping.functionArn, condition, approximateInvokeCount: attempts },
    ...responseOf(failure),
    version: '1.0',
    timestamp: new Date(atMs).toISOString(),
    [batchInfo]: {
      shardId,
      startSequenceNumber: extent.startSequenceNumber,
      endSequenceNumber: extent.endSequenceNumber,
      approximateArrivalOfFirstRecord: timeOf(extent.firstArrivalMs),
      approximateArrivalOfLastRecord: timeOf(extent.lastArrivalMs),
      batchSize: extent.records,
      streamArn: mapping.sourceArn,
    },
  };
  const text = JSON.stringify(record);
  return service === 's3' ? `${text.slice(0, -1)},"payload":${Buffer.from(event()).toString()}}` : text;
}

function responseOf({ condition, executedVersion, isFunctionError }: BatchFailure): object {
  if (condition === 'RecordAgeExceeded') return {};
  if (executedVersion === undefined) return { responseContext: null };
  return { responseContext: { statusCode: 200, executedVersion, functionError: isFunctionError ? 'Unhandled' : null } };
}

/** Source: Lambda's page on S3 as a destination of failed invocations: `aws/lambda/<mapping>/<shard>/YYYY/MM/DD/<time>-<uuid>`. */
export function failureObjectKey(uuid: string, shardId: string, atMs: number, random: string): string {
  const second = new Date(atMs).toISOString().slice(0, 19);
  const [day = ''] = second.split('T');
  return `aws/lambda/${uuid}/${shardId}/${day.replaceAll('-', '/')}/${second.replaceAll(':', '.')}-${random}`;
}
