import { eventsOperation } from '../events-context.ts';
import { eventsError } from '../events-errors.ts';
import { required } from '../member-rules.ts';
import { checkPattern } from './rules.ts';

const EVENT_MEMBERS = ['id', 'account', 'source', 'time', 'region', 'resources', 'detail-type'] as const;

/** TestEventPattern. Throws InvalidEventPatternException, and ValidationException for what is no event. */
export const testEventPattern = eventsOperation(
  {
    EventPattern: required({ type: 'text', charactersMax: 4_096 } as const),
    Event: required({ type: 'text' } as const),
  },
  async (_events, input) => {
    const matches = checkPattern(input.EventPattern);
    return { Result: matches(eventOf(input.Event)) };
  },
);

function eventOf(text: string): object {
  try {
    const event: unknown = JSON.parse(text);
    if (typeof event === 'object' && event !== null && EVENT_MEMBERS.every((name) => Object.hasOwn(event, name))) return event;
  } catch {
    // Told below.
  }
  throw eventsError('ValidationException', 'Parameter Event is not valid.');
}
