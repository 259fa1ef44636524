import type { CreateEventSourceMappingRequest, UpdateEventSourceMappingRequest } from '@aws-sdk/client-lambda';
import { isFilled } from '../../../model/fidelity.ts';
import { invalid } from '../../settings/invalid.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { SourceKindName } from './mapping-document.ts';
import { SOURCE_KINDS, type SourceKind, type SourceMember } from './source-kinds.ts';

/** Members that belong to no kind in particular. */
const COMMON: ReadonlySet<string> = new Set([
  'UUID',
  'FunctionName',
  'Enabled',
  'Tags',
  'EventSourceArn',
  'BatchSize',
  'MaximumBatchingWindowInSeconds',
]);

/** Which kind of source a request names. Throws InvalidParameterValueException for none, for two, and for what is no source. */
export function sourceKindOf(input: CreateEventSourceMappingRequest, context: RequestContext): SourceKindName {
  const { EventSourceArn: arn, SelfManagedEventSource: own } = input;
  if (own?.Endpoints) {
    if (arn !== undefined) throw invalid('EventSourceArn and SelfManagedEventSource can not be given together.');
    return 'self-managed-kafka';
  }
  const [, , service, region, , ...rest] = (arn ?? '').split(':');
  const resource = rest.join(':');
  const found = Object.entries(SOURCE_KINDS).find(
    ([, kind]) => kind.arn && kind.arn.service === service && kind.arn.resource.test(resource),
  );
  if (!found) throw invalid('Unrecognized event source.');
  if (region !== context.region) throw invalid('The event source must be in the same region as the function.');
  return found[0] as SourceKindName;
}

/**
 * Throws InvalidParameterValueException for members that this kind of source does not know; empty ones say nothing and
 * are let through.
 */
export function checkKnown(
  kind: SourceKind,
  input: CreateEventSourceMappingRequest | Omit<UpdateEventSourceMappingRequest, 'UUID'>,
): void {
  // AWS says this first, whatever the source.
  if (input.DestinationConfig?.OnSuccess) throw unsupported('DestinationConfig');
  const known = new Set(kind.members.split(' '));
  for (const [name, value] of Object.entries(input)) {
    if (COMMON.has(name) || known.has(name) || !isFilled(value)) continue;
    throw kind.refusals?.[name as SourceMember] ? invalid(kind.refusals[name as SourceMember] ?? '') : unsupported(name);
  }
}

/** Throws InvalidParameterValueException for the first member that this kind of source needs and does not get. */
export function checkRequired(kind: SourceKind, input: CreateEventSourceMappingRequest): void {
  // A share group keeps its own position.
  const isQueue = input.SelfManagedKafkaEventSourceConfig?.ConsumptionMode === 'Queue';
  for (const name of kind.required.split(' ')) {
    if (name === '' || isFilled(input[name as SourceMember]) || (isQueue && name === 'StartingPosition')) continue;
    if (name !== 'StartingPosition') throw missing(lowerFirst(name));
    throw invalid(
      "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
    );
  }
}

/** The error for a member that is not there. */
export function missing(path: string): Error {
  return invalid(`Required '${path}' parameter is missing.`);
}

/** The error for a member that a kind of source does not know. */
export function unsupported(name: string): Error {
  // Recorded without quotes for this one, and with them for others.
  const path = name === 'DestinationConfig' ? name : `'${lowerFirst(name)}'`;
  return invalid(`Unsupported ${path} parameter for given event source mapping type.`);
}

/** A member as messages name it. */
export function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
