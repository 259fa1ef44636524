import type { DestinationConfig } from '@aws-sdk/client-lambda';
import type { ServiceError } from '../model/service-error.ts';
import { invalid } from './settings/invalid.ts';

/** Which end of a destination configuration is meant. */
export type DestinationSide = 'OnSuccess' | 'OnFailure';

/** The service that a destination belongs to, as ARNs name it; `kafka` for `kafka://topic`. */
export function destinationService(destination: string): string {
  return destination.startsWith('kafka://') ? 'kafka' : (destination.split(':')[2] ?? '');
}

/**
 * Throws InvalidParameterValueException where a side names something else than one of these services, and for FIFO queues
 * and topics, which can be no destination. Whether it exists is not looked at.
 */
export function checkDestination(config: DestinationConfig, side: DestinationSide, services: ReadonlySet<string>): void {
  const destination = config[side]?.Destination;
  if (!destination) return;
  const service = destinationService(destination);
  const isFifo = destination.endsWith('.fifo');
  if (service === 'sns' && isFifo) throw invalid("FIFO-type Amazon SNS topics aren't supported as a destination.");
  if (!services.has(service) || (service === 'sqs' && isFifo)) throw invalidConfig(config);
}

/** AWS prints the configuration as its own code sees it. */
function invalidConfig({ OnSuccess, OnFailure }: DestinationConfig): ServiceError {
  const onSuccess = OnSuccess?.Destination ? `OnSuccess(destination=${OnSuccess.Destination})` : 'null';
  const onFailure = OnFailure?.Destination ? `OnFailure(destination=${OnFailure.Destination})` : 'null';
  return invalid(`The provided destination config DestinationConfig(onSuccess=${onSuccess}, onFailure=${onFailure}) is invalid.`);
}
