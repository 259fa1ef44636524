import { timingSafeEqual } from 'node:crypto';
import { type ApiExchange, errorReply, headerOf, wrongMethod } from './api-reply.ts';

/** The one path of the Metadata API. */
export const METADATA_PATH = '/2026-01-15/metadata/execution-environment';

/** What an environment may know of where it runs. */
export interface EnvironmentPlace {
  /** Bearer token of the environment's own variables. */
  readonly token: string;
  readonly region: string;
}

/** Answers a request of the Metadata API. Source: Lambda's page on execution environment metadata. */
export function handleMetadataRequest({ token, region }: EnvironmentPlace, { request, reply }: ApiExchange): void {
  if (request.method !== 'GET') return reply(wrongMethod(request));
  const given = Buffer.from(headerOf(request, 'authorization') ?? '');
  const expected = Buffer.from(`Bearer ${token}`);
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    return reply(errorReply(401, 'Unauthorized', 'The token is not valid'));
  reply({
    status: 200,
    body: JSON.stringify({ AvailabilityZoneID: zoneId(region) }),
    headers: { 'Cache-Control': 'private, max-age=43200, immutable' },
  });
}

/** The first zone of a region as AWS abbreviates it: `use1-az1` for `us-east-1`, `apse2-az1` for `ap-southeast-2`. */
export function zoneId(region: string): string {
  const [area = '', ...rest] = region.split('-');
  const number = rest.pop() ?? '';
  const words = rest.join('-').match(/north|south|east|west|central|gov|iso[a-z]?/g) ?? [];
  return `${area}${words.map((word) => word.charAt(0)).join('')}${number}-az1`;
}
