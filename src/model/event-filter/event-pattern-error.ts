/** A pattern that is none; the message says why, in the words of EventBridge where they are known. */
export class EventPatternError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'EventPatternError';
  }
}
