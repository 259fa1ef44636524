import type { DestinationConfig } from '@aws-sdk/client-lambda';
import { parseFunctionName } from '../../../model/arn.ts';
import { ServiceError } from '../../../model/service-error.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { checkDestination, destinationService, type DestinationSide } from '../../destinations.ts';
import { getVersion } from '../../function-store.ts';
import { invalid } from '../../settings/invalid.ts';

/** What can be told of an event's end. Source: Lambda's page on destinations of asynchronous invocations. */
const SERVICES: Readonly<Record<DestinationSide, ReadonlySet<string>>> = {
  OnSuccess: new Set(['sqs', 'sns', 'events', 'lambda']),
  OnFailure: new Set(['sqs', 'sns', 'events', 'lambda', 's3']),
};

/**
 * Throws InvalidParameterValueException for a destination of a service that can be none, for the function itself and for
 * a function that is not there. Whether queues, topics, buses and buckets exist is not looked at.
 */
export async function checkDestinations(
  control: ControlContext,
  context: RequestContext,
  functionName: string,
  config: DestinationConfig,
): Promise<void> {
  for (const side of ['OnFailure', 'OnSuccess'] as const) {
    checkDestination(config, side, SERVICES[side]);
    const destination = config[side]?.Destination;
    if (destination && destinationService(destination) === 'lambda')
      await checkFunction(control, context, functionName, destination);
  }
}

/** The sides that are given, as they are kept: an empty text takes a destination away. */
export function kept(config: DestinationConfig | undefined): DestinationConfig {
  const { OnSuccess, OnFailure } = config ?? {};
  return {
    ...(OnSuccess ? { OnSuccess: OnSuccess.Destination ? { Destination: OnSuccess.Destination } : {} } : {}),
    ...(OnFailure ? { OnFailure: OnFailure.Destination ? { Destination: OnFailure.Destination } : {} } : {}),
  };
}

async function checkFunction(
  control: ControlContext,
  context: RequestContext,
  functionName: string,
  destination: string,
): Promise<void> {
  try {
    const target = parseFunctionName(destination, undefined, context);
    await getVersion(control.store, context, target.functionName, target.qualifier);
    if (target.functionName !== functionName) return;
  } catch (error) {
    if (error instanceof ServiceError) throw invalid(`The destination ARN ${destination} is invalid.`);
    throw error;
  }
  throw invalid("You can't specify the function as a destination for itself.");
}
