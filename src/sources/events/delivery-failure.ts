import { ServiceError } from '../../model/service-error.ts';
import { isPassing } from '../../invoke/async/attempt-outcome.ts';

/** Why a target did not take an event, in the words of dead-letter messages, and whether another try may help. */
export interface DeliveryFailure {
  readonly code: string;
  readonly message: string;
  readonly isPassing: boolean;
}

/** A target that has not answered in time. */
export class TargetTimeout extends Error {
  constructor(targetArn: string) {
    super(`${targetArn} has not answered in time`);
    this.name = 'TargetTimeout';
  }
}

/** A target whose policy does not let EventBridge in. */
export function noPermission(targetArn: string): DeliveryFailure {
  const message = `EventBridge may not invoke ${targetArn}: its resource policy does not allow events.amazonaws.com`;
  return { code: 'NO_PERMISSIONS', message, isPassing: false };
}

/** A target that does not exist. */
export function noResource(targetArn: string): DeliveryFailure {
  return { code: 'NO_RESOURCE', message: `${targetArn} does not exist`, isPassing: false };
}

/** What an error of a target says. Source of the codes: EventBridge's page on dead-letter queues. */
export function failureOf(error: unknown): DeliveryFailure {
  if (error instanceof TargetTimeout) return { code: 'TIMEOUT', message: error.message, isPassing: true };
  // What broke inside of the server is nobody else's business.
  if (!(error instanceof ServiceError))
    return { code: 'INTERNAL_ERROR', message: 'the target could not be reached', isPassing: true };
  return { code: codeOf(error), message: error.message === '' ? error.code : error.message, isPassing: isPassing(error) };
}

function codeOf({ code, status, fault }: ServiceError): string {
  if (status === 429) return 'THROTTLING';
  if (status === 404 || /NotFound|DoesNotExist|NonExistent|NoSuch/.test(code)) return 'NO_RESOURCE';
  if (status === 403) return 'NO_PERMISSIONS';
  return fault === 'Service' ? 'INTERNAL_ERROR' : 'SDK_CLIENT_ERROR';
}
