import { ServiceError } from '../../model/service-error.ts';

/** Errors of EventBridge's API that operations throw. All are the caller's. */
type EventsErrorCode =
  | 'ConcurrentModificationException'
  | 'IllegalStatusException'
  | 'InvalidEventPatternException'
  | 'InvalidStateException'
  | 'LimitExceededException'
  | 'ResourceAlreadyExistsException'
  | 'ResourceNotFoundException'
  | 'ValidationException';

/** An error of EventBridge. */
export function eventsError(code: EventsErrorCode, message: string): ServiceError {
  return new ServiceError({ code, status: 400, message });
}

/** Refuses by name what would otherwise be taken and then ignored. */
export function notBuilt(what: string): ServiceError {
  return new ServiceError({
    code: 'NotImplementedException',
    status: 501,
    message: `lambkin does not implement ${what} yet.`,
  });
}

/** A bus that is not there. */
export function noSuchBus(bus: string): ServiceError {
  return eventsError('ResourceNotFoundException', `Event bus ${bus} does not exist.`);
}

/** A rule that is not there. */
export function noSuchRule(rule: string, bus: string): ServiceError {
  return eventsError('ResourceNotFoundException', `Rule ${rule} does not exist on EventBus ${bus}.`);
}
