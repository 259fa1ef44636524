import { schedulerInput } from '../../model/event-transform/scheduler-input.ts';
import type { ScheduleTarget } from '../../sources/scheduler/schedule-records.ts';
import { isUniversal, type TargetKind, targetKindOf } from '../../sources/scheduler/target-kind.ts';
import { readUniversalRequest, UniversalRequestError } from '../../sources/scheduler/universal-request.ts';
import { invalid, notBuilt } from './scheduler-errors.ts';

/** A target as the request has it; the table has checked its members. */
export interface TargetInput extends Omit<ScheduleTarget, 'RetryPolicy'> {
  readonly RetryPolicy?: Partial<ScheduleTarget['RetryPolicy']>;
}

/** Source: Target and its parts in the API reference. */
const RETRIES_DEFAULT = 185;
const AGE_SECONDS_DEFAULT = 86_400;
/** Source: EventBridge Scheduler's quotas. */
const INPUT_BYTES_MAX = 262_144;

/** Members that this server knows what to do with. */
const KNOWN: ReadonlySet<string> = new Set([
  'Arn',
  'RoleArn',
  'Input',
  'SqsParameters',
  'EventBridgeParameters',
  'DeadLetterConfig',
  'RetryPolicy',
]);
/** An ARN whose service is `scheduler` names an API action. */
const ANY_ARN = /^arn:aws[\w-]*:[\w-]+:[\w-]*:(?:\d{12})?:.+$/;
/** What context attributes may look like when they are filled in; only that the result is JSON counts. */
const SAMPLE = { scheduleArn: 'arn', scheduledTime: '2026-01-01T00:00:00Z', executionId: '0', attemptNumber: 1 };

/** The target as it is kept, with AWS's defaults. Throws ValidationException; what nothing here delivers to is refused by name. */
export function checkedTarget(given: TargetInput): ScheduleTarget {
  const foreign = Object.keys(given).find((member) => !KNOWN.has(member));
  if (foreign !== undefined) throw notBuilt(`the member ${foreign} of targets`);
  const { Arn, RoleArn, Input, SqsParameters, EventBridgeParameters, DeadLetterConfig, RetryPolicy = {} } = given;
  if (!ANY_ARN.test(Arn)) throw invalid('Provided Arn is not in correct format.');
  const kind = targetKindOf(Arn);
  if (kind === undefined) throw notBuilt(`targets such as ${Arn}`);
  checkParameters(kind, given);
  if (Input !== undefined) checkInput(kind, Input);
  else if (isUniversal(kind)) throw invalid(`Input must be specified for target: ${Arn}`);
  return {
    Arn,
    RoleArn,
    ...(Input === undefined ? {} : { Input }),
    ...(SqsParameters === undefined ? {} : { SqsParameters }),
    ...(EventBridgeParameters === undefined ? {} : { EventBridgeParameters }),
    ...(DeadLetterConfig === undefined ? {} : { DeadLetterConfig }),
    RetryPolicy: {
      MaximumEventAgeInSeconds: RetryPolicy.MaximumEventAgeInSeconds ?? AGE_SECONDS_DEFAULT,
      MaximumRetryAttempts: RetryPolicy.MaximumRetryAttempts ?? RETRIES_DEFAULT,
    },
  };
}

function checkParameters(kind: TargetKind, { Arn, SqsParameters, EventBridgeParameters }: TargetInput): void {
  if (SqsParameters !== undefined && kind !== 'queue') throw invalid(`SqsParameters is not supported for target: ${Arn}`);
  if (kind === 'queue' && Arn.endsWith('.fifo') !== (SqsParameters?.MessageGroupId !== undefined))
    throw invalid(
      Arn.endsWith('.fifo')
        ? `SqsParameters with a MessageGroupId must be specified for target: ${Arn}`
        : `MessageGroupId is only supported for FIFO queues, target: ${Arn}`,
    );
  if ((EventBridgeParameters !== undefined) !== (kind === 'bus'))
    throw invalid(
      kind === 'bus'
        ? `EventBridgeParameters must be specified for target: ${Arn}`
        : `EventBridgeParameters is not supported for target: ${Arn}`,
    );
  if (EventBridgeParameters?.Source.startsWith('$')) throw notBuilt('a Source that is a path');
  if (kind === 'topic' && Arn.endsWith('.fifo')) throw notBuilt(`FIFO topics as targets: ${Arn}`);
}

function checkInput(kind: TargetKind, input: string): void {
  if (Buffer.byteLength(input) > INPUT_BYTES_MAX) throw invalid(`Input must not be larger than ${INPUT_BYTES_MAX} bytes.`);
  const filled = schedulerInput(input, SAMPLE);
  if (isUniversal(kind)) {
    try {
      readUniversalRequest(kind, filled);
    } catch (error) {
      if (!(error instanceof UniversalRequestError)) throw error;
      throw invalid(`Invalid RequestJson provided. Reason: ${error.message}`);
    }
  } else if (kind === 'function' && parsed(filled) === undefined)
    throw invalid('Input must be well-formed JSON for this target.');
  else if (kind === 'bus' && !isObject(parsed(filled))) throw invalid('Input must be a well-formed JSON object for this target.');
}

/** Undefined for what is no JSON, which nothing that is JSON becomes. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
