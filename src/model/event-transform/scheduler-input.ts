/** One attempt to run a schedule's target. */
export interface ScheduleAttempt {
  readonly scheduleArn: string;
  /** ISO 8601. */
  readonly scheduledTime: string;
  readonly executionId: string;
  /** From 1. */
  readonly attemptNumber: number;
}

const ATTRIBUTE = /<aws\.scheduler\.(schedule-arn|scheduled-time|execution-id|attempt-number)>/g;

/**
 * The Input of a schedule's target with its context attributes filled in. They are text: what stands in quotes stays so.
 * Source: EventBridge Scheduler's page on context attributes.
 */
export function schedulerInput(input: string, attempt: ScheduleAttempt): string {
  return input.replaceAll(ATTRIBUTE, (_, name: string) => {
    switch (name) {
      case 'schedule-arn':
        return attempt.scheduleArn;
      case 'scheduled-time':
        return attempt.scheduledTime;
      case 'execution-id':
        return attempt.executionId;
      default:
        return String(attempt.attemptNumber);
    }
  });
}
