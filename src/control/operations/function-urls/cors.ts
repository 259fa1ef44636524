import type { Cors } from '@aws-sdk/client-lambda';
import { invalid } from '../../settings/invalid.ts';

/** Source: Lambda's page on the CORS settings of function URLs. Preflights (`OPTIONS`) are answered without being listed. */
const METHODS: ReadonlySet<string> = new Set(['*', 'GET', 'PUT', 'POST', 'HEAD', 'PATCH', 'DELETE']);

/**
 * Settings as they are stored: undefined for none. Credentials together with all origins are fine, for the answer then names
 * the origin that asked. Throws InvalidParameterValueException for methods that no setting can allow.
 */
export function corsSettings(cors: Cors | undefined): Cors | undefined {
  if (cors === undefined || Object.keys(cors).length === 0) return undefined;
  const unknown = (cors.AllowMethods ?? []).filter((method) => !METHODS.has(method));
  if (unknown.length > 0)
    throw invalid(`AllowMethods of a Cors configuration takes ${[...METHODS].join(', ')}, and not ${unknown.join(', ')}.`);
  return cors;
}
