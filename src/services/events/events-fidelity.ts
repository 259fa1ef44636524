import { done, stored, type MemberRows } from '../../model/fidelity.ts';
import {
  built,
  refusedItself,
  refusedOperations,
  type ServiceFidelity,
  storedOperation,
} from '../../wire/fidelity/service-fidelity.ts';
import { EVENTS_INPUTS } from '../../wire/generated/events-inputs.ts';

const POLICY = 'nobody is refused by the policy of a bus';
const ROLE = stored('RoleArn', 'what it allows is not asked; nothing is done in its name');
const NO_KEY = refusedItself('KmsKeyIdentifier', 'nothing is encrypted with keys');
const NO_FORCE = done('Force', 'there are no rules that other services manage');
const BUS: MemberRows = {
  ...NO_KEY,
  ...stored('DeadLetterConfig', 'it is for events that can not be encrypted, and there are none'),
  ...refusedItself('LogConfig', 'buses write no logs; the level OFF is taken'),
};
const STATES: MemberRows = {
  State: {
    state: 'done',
    entries: refusedItself('ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS', 'there is no CloudTrail'),
  },
};

/** What is done of EventBridge, operation by operation and member by member. */
export const EVENTS_FIDELITY: ServiceFidelity = {
  service: 'events',
  title: 'EventBridge',
  inputs: EVENTS_INPUTS,
  operations: {
    CancelReplay: built('ReplayName'),
    CreateArchive: built('ArchiveName EventSourceArn Description EventPattern RetentionDays', NO_KEY),
    CreateEventBus: built('Name Description Tags', refusedItself('EventSourceName', 'there are no partner sources'), BUS),
    DeleteArchive: built('ArchiveName'),
    DeleteEventBus: built('Name'),
    DeleteRule: built('Name EventBusName', NO_FORCE),
    DescribeArchive: built('ArchiveName'),
    DescribeEventBus: built('Name'),
    DescribeReplay: built('ReplayName'),
    DescribeRule: built('Name EventBusName'),
    DisableRule: built('Name EventBusName'),
    EnableRule: built('Name EventBusName'),
    ListArchives: built('NamePrefix EventSourceArn State NextToken Limit'),
    ListEventBuses: built('NamePrefix NextToken Limit'),
    ListReplays: built('NamePrefix State EventSourceArn NextToken Limit'),
    ListRuleNamesByTarget: built('TargetArn EventBusName NextToken Limit'),
    ListRules: built('NamePrefix EventBusName NextToken Limit'),
    ListTagsForResource: built('ResourceARN'),
    ListTargetsByRule: built('Rule EventBusName NextToken Limit'),
    PutEvents: built('Entries', refusedItself('EndpointId', 'there are no global endpoints')),
    PutPermission: storedOperation(POLICY, 'EventBusName Action Principal StatementId Condition Policy'),
    PutRule: built('Name ScheduleExpression EventPattern Description Tags EventBusName', STATES, ROLE),
    PutTargets: built('Rule Targets EventBusName'),
    RemovePermission: storedOperation(POLICY, 'StatementId RemoveAllPermissions EventBusName'),
    RemoveTargets: built('Rule Ids EventBusName', NO_FORCE),
    StartReplay: built('ReplayName EventSourceArn EventStartTime EventEndTime Destination Description'),
    TagResource: built('ResourceARN Tags'),
    TestEventPattern: built('EventPattern Event'),
    UntagResource: built('ResourceARN TagKeys'),
    UpdateArchive: built('ArchiveName Description EventPattern RetentionDays', NO_KEY),
    UpdateEventBus: built('Name Description', BUS),
    ...refusedOperations(
      [
        'ActivateEventSource CreateApiDestination CreateConnection CreateEndpoint CreatePartnerEventSource',
        'DeactivateEventSource DeauthorizeConnection DeleteApiDestination DeleteConnection DeleteEndpoint',
        'DeletePartnerEventSource DescribeApiDestination DescribeConnection DescribeEndpoint DescribeEventSource',
        'DescribePartnerEventSource ListApiDestinations ListConnections ListEndpoints ListEventSources',
        'ListPartnerEventSourceAccounts ListPartnerEventSources PutPartnerEvents UpdateApiDestination UpdateConnection',
        'UpdateEndpoint',
      ].join(' '),
      'there are no API destinations, connections, global endpoints and partner sources',
    ),
  },
  structures: {
    Condition: done('Type Key Value'),
    DeadLetterConfig: done('Arn'),
    InputTransformer: done('InputTemplate InputPathsMap'),
    PutEventsRequestEntry: done('Time Source Resources DetailType Detail EventBusName TraceHeader'),
    ReplayDestination: done('Arn FilterArns'),
    RetryPolicy: done('MaximumRetryAttempts MaximumEventAgeInSeconds'),
    SqsParameters: done('MessageGroupId'),
    Tag: done('Key Value'),
    Target: {
      ...done('Id Arn Input InputPath InputTransformer SqsParameters DeadLetterConfig RetryPolicy'),
      ...ROLE,
      ...refusedItself(
        'KinesisParameters RunCommandParameters EcsParameters BatchParameters HttpParameters RedshiftDataParameters SageMakerPipelineParameters AppSyncParameters',
        'nothing is delivered to such targets',
      ),
    },
  },
};
