import type { Locality } from '../../model/arn.ts';

/** Something that happened, as a sender tells it. */
export interface HappenedEvent extends Locality {
  /** UUID. */
  readonly id: string;
  readonly source: string;
  readonly detailType: string;
  readonly atMs: number;
  readonly resources: readonly string[];
  /** Text of a JSON object; it is passed on as it is, so that numbers keep their digits. */
  readonly detail: string;
}

/** The event as rules see it and targets get it, JSON text. Source: EventBridge's page on the structure of events. */
export function envelopeOf(event: HappenedEvent): string {
  const head = JSON.stringify({
    version: '0',
    id: event.id,
    'detail-type': event.detailType,
    source: event.source,
    account: event.account,
    time: secondOf(event.atMs),
    region: event.region,
    resources: event.resources,
  });
  return `${head.slice(0, -1)},"detail":${event.detail.trim()}}`;
}

/** `2026-01-01T00:00:00Z` */
function secondOf(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}
