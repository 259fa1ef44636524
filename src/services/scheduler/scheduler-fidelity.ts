import { done, type MemberRows, stored } from '../../model/fidelity.ts';
import { built, refusedItself, type ServiceFidelity } from '../../wire/fidelity/service-fidelity.ts';
import { SCHEDULER_INPUTS } from '../../wire/generated/scheduler-inputs.ts';

const SCHEDULE_NAMES =
  'Name GroupName ScheduleExpression StartDate EndDate Description ScheduleExpressionTimezone State Target FlexibleTimeWindow ActionAfterCompletion';
const TOKEN = done(
  'ClientToken',
  'remembered for the last 10,000 resources while the server runs, and with what was created for as long as that exists',
);
const SCHEDULE: MemberRows = { ...TOKEN, ...stored('KmsKeyArn', 'nothing is encrypted with keys') };

/** What is done of EventBridge Scheduler, operation by operation and member by member. */
export const SCHEDULER_FIDELITY: ServiceFidelity = {
  service: 'scheduler',
  title: 'EventBridge Scheduler',
  inputs: SCHEDULER_INPUTS,
  operations: {
    CreateSchedule: built(SCHEDULE_NAMES, SCHEDULE),
    CreateScheduleGroup: built('Name Tags', TOKEN),
    DeleteSchedule: built('Name GroupName', TOKEN),
    DeleteScheduleGroup: built('Name', TOKEN),
    GetSchedule: built('Name GroupName'),
    GetScheduleGroup: built('Name'),
    ListScheduleGroups: built('NamePrefix NextToken MaxResults'),
    ListSchedules: built('GroupName NamePrefix State NextToken MaxResults'),
    ListTagsForResource: built('ResourceArn'),
    TagResource: built('ResourceArn Tags'),
    UntagResource: built('ResourceArn TagKeys'),
    UpdateSchedule: built(SCHEDULE_NAMES, SCHEDULE),
  },
  structures: {
    DeadLetterConfig: done('Arn'),
    EventBridgeParameters: {
      ...done('DetailType'),
      Source: { state: 'done', note: 'a Source that is a path is refused' },
    },
    FlexibleTimeWindow: done('Mode MaximumWindowInMinutes'),
    RetryPolicy: done('MaximumEventAgeInSeconds MaximumRetryAttempts'),
    SqsParameters: done('MessageGroupId'),
    Tag: done('Key Value'),
    Target: {
      ...done('DeadLetterConfig RetryPolicy Input SqsParameters EventBridgeParameters'),
      ...done(
        'Arn',
        'functions, queues, standard topics and buses; of API actions lambda:invoke, sqs:sendMessage and sns:publish; others are refused',
      ),
      ...stored('RoleArn', 'what it allows is not asked; nothing is done in its name'),
      ...refusedItself(
        'EcsParameters KinesisParameters SageMakerPipelineParameters EventBridgePutEventsV2Parameters EventBridgePutRawEventsParameters',
        'nothing is delivered to such targets',
      ),
    },
  },
};
