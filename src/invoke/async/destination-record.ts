import { functionArn } from '../../model/arn.ts';
import type { InvokeRequest, InvokeResult } from '../../ports/invoker.ts';
import type { ExhaustedCondition } from './retry-rules.ts';

/** What a record tells of. */
export interface RecordedEnd {
  readonly request: InvokeRequest;
  readonly condition: 'Success' | ExhaustedCondition;
  readonly attempts: number;
  /** What the function answered at last, if it ran. */
  readonly result?: InvokeResult;
  readonly atMs: number;
}

/** Largest record with payloads for a topic. */
const TOPIC_BYTES_MAX = 262_144;

/**
 * The record of an event's end, JSON text. Both payloads are put in as they are when they are JSON, byte for byte, so that
 * numbers keep their digits, and as strings when they are not. Where the function did not run, the record has neither
 * `responseContext` nor `responsePayload`. Source: "Capturing records of Lambda asynchronous invocations".
 */
export function destinationRecord({ request, condition, attempts, result, atMs }: RecordedEnd): string {
  const head = {
    version: '1.0',
    timestamp: new Date(atMs).toISOString(),
    requestContext: {
      requestId: request.requestId,
      functionArn: qualifiedArn(request),
      condition,
      approximateInvokeCount: attempts,
    },
  };
  const members = [`"requestPayload":${embedded(request.payload, '{}')}`];
  if (result) {
    const { executedVersion, functionError } = result;
    const context = { statusCode: 200, executedVersion, ...(functionError ? { functionError } : {}) };
    members.push(`"responseContext":${JSON.stringify(context)}`, `"responsePayload":${embedded(result.payload, '""')}`);
  }
  return `${JSON.stringify(head).slice(0, -1)},${members.join(',')}}`;
}

/** The record as a target of a service gets it: for a topic, which takes 256 KB, one that is larger has no payloads. */
export function recordFor(service: string, end: RecordedEnd): Buffer {
  const record = Buffer.from(destinationRecord(end));
  if (service !== 'sns' || record.length <= TOPIC_BYTES_MAX) return record;
  const {
    requestPayload: _request,
    responsePayload: _response,
    ...rest
  } = JSON.parse(record.toString('utf8')) as object & {
    requestPayload: unknown;
    responsePayload?: unknown;
  };
  return Buffer.from(JSON.stringify(rest));
}

/** The function as records name it, always with a version or an alias. */
export function qualifiedArn(request: InvokeRequest): string {
  return functionArn(request, request.functionName, request.qualifier ?? '$LATEST');
}

function embedded(payload: Uint8Array, whenEmpty: string): string {
  if (payload.length === 0) return whenEmpty;
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('utf8');
  try {
    JSON.parse(text);
    return text;
  } catch {
    return JSON.stringify(text);
  }
}
