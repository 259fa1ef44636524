/** A schedule, or a time zone of one, that is none; the message is AWS's, where it is known. */
export class ScheduleError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ScheduleError';
  }
}
