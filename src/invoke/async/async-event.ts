import type { LeasedEvent, NewEvent } from '../../ports/event-queue.ts';
import type { InvokeRequest } from '../../ports/invoker.ts';

/** The queue of asynchronous invokes. */
export const ASYNC_QUEUE = 'async';

/** What is kept of an event besides its payload and its id, which is the request id. A JSON value. */
export interface AsyncAttributes {
  readonly account: string;
  readonly region: string;
  readonly functionName: string;
  readonly qualifier?: string;
  readonly traceHeader?: string;
  readonly tenantId?: string;
  /** When the caller was told 202; the event's age counts from here. Epoch ms. */
  readonly acceptedAtMs: number;
  /** How often the function ran and failed. */
  readonly attempts: number;
  /** How often in a row it could not be run: throttled, or a fault of ours. */
  readonly deferrals: number;
}

/** What is enqueued for a request that is accepted now. */
export function newAsyncEvent(request: InvokeRequest, nowMs: number): NewEvent {
  const attributes: AsyncAttributes = {
    account: request.account,
    region: request.region,
    functionName: request.functionName,
    ...(request.qualifier === undefined ? {} : { qualifier: request.qualifier }),
    ...(request.traceHeader === undefined ? {} : { traceHeader: request.traceHeader }),
    ...(request.tenantId === undefined ? {} : { tenantId: request.tenantId }),
    acceptedAtMs: nowMs,
    attempts: 0,
    deferrals: 0,
  };
  const { requestId: id, account, region, functionName, payload } = request;
  return { id, queue: ASYNC_QUEUE, lane: `${account}:${region}:${functionName}`, visibleAtMs: nowMs, attributes, payload };
}

/** The request that every attempt makes, always under the same id. */
export function requestOf(event: LeasedEvent, attributes: AsyncAttributes): InvokeRequest {
  return {
    requestId: event.id,
    account: attributes.account,
    region: attributes.region,
    functionName: attributes.functionName,
    ...(attributes.qualifier === undefined ? {} : { qualifier: attributes.qualifier }),
    ...(attributes.traceHeader === undefined ? {} : { traceHeader: attributes.traceHeader }),
    ...(attributes.tenantId === undefined ? {} : { tenantId: attributes.tenantId }),
    isQueued: true,
    payload: event.payload,
  };
}
