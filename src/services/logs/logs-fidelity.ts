import { done, refused, stored, type MemberRows } from '../../model/fidelity.ts';
import { built, refusedItself, refusedOperations, type ServiceFidelity } from '../../wire/fidelity/service-fidelity.ts';
import { LOGS_INPUTS } from '../../wire/generated/logs-inputs.ts';

const UNMASK = refusedItself('unmask', 'nothing is masked');
const LINKED = refusedItself('accountIdentifiers includeLinkedAccounts', 'accounts are not linked');
const CLASS: MemberRows = {
  logGroupClass: {
    state: 'done',
    entries: refusedItself('INFREQUENT_ACCESS DELIVERY', 'all groups are of the class STANDARD'),
  },
};

/** What is done of CloudWatch Logs, operation by operation and member by member. */
export const LOGS_FIDELITY: ServiceFidelity = {
  service: 'logs',
  title: 'CloudWatch Logs',
  inputs: LOGS_INPUTS,
  operations: {
    CreateLogGroup: built(
      'logGroupName tags',
      refusedItself('kmsKeyId', 'nothing is encrypted with keys'),
      CLASS,
      refusedItself('deletionProtectionEnabled', 'groups can always be deleted'),
    ),
    CreateLogStream: built('logGroupName logStreamName'),
    DeleteLogGroup: built('logGroupName'),
    DeleteLogStream: built('logGroupName logStreamName'),
    DeleteRetentionPolicy: built('logGroupName'),
    DeleteSubscriptionFilter: built('logGroupName filterName'),
    DescribeLogGroups: built('logGroupNamePrefix logGroupNamePattern nextToken limit logGroupClass logGroupIdentifiers', LINKED),
    DescribeLogStreams: built('logGroupName logGroupIdentifier logStreamNamePrefix orderBy descending nextToken limit'),
    DescribeSubscriptionFilters: built('logGroupName filterNamePrefix nextToken limit'),
    FilterLogEvents: built(
      'logGroupName logGroupIdentifier logStreamNames logStreamNamePrefix startTime endTime filterPattern nextToken limit',
      done('interleaved', 'it always is, as on AWS'),
      refused('startFromHead', 'events are told from the oldest on', (value) => value === false),
      UNMASK,
    ),
    GetLogEvents: built('logStreamName logGroupName logGroupIdentifier startTime endTime nextToken limit startFromHead', UNMASK),
    ListTagsForResource: built('resourceArn'),
    ListTagsLogGroup: built('logGroupName'),
    PutLogEvents: built(
      'logGroupName logStreamName logEvents',
      done('sequenceToken', 'it is not needed, as on AWS since 2023'),
      refusedItself('entity', 'there are no entities'),
    ),
    PutRetentionPolicy: built('logGroupName retentionInDays'),
    PutSubscriptionFilter: built(
      'logGroupName filterName filterPattern destinationArn',
      refusedItself('roleArn', 'functions, the only destinations, take none'),
      stored('distribution', 'a function has no shards', (value) => value === 'Random'),
      refusedItself('applyOnTransformedLogs fieldSelectionCriteria emitSystemFields', 'logs are not transformed'),
    ),
    TagLogGroup: built('logGroupName tags'),
    TagResource: built('resourceArn tags'),
    UntagLogGroup: built('logGroupName tags'),
    UntagResource: built('resourceArn tagKeys'),
    ...refusedOperations(
      [
        'AssociateKmsKey AssociateSourceToS3TableIntegration CancelExportTask CancelImportTask CreateDelivery',
        'CreateExportTask CreateImportTask CreateLogAnomalyDetector CreateLookupTable CreateScheduledQuery',
        'DeleteAccountPolicy DeleteDataProtectionPolicy DeleteDelivery DeleteDeliveryDestination',
        'DeleteDeliveryDestinationPolicy DeleteDeliverySource DeleteDestination DeleteIndexPolicy DeleteIntegration',
        'DeleteLogAnomalyDetector DeleteLookupTable DeleteMetricFilter DeleteQueryDefinition DeleteResourcePolicy',
        'DeleteScheduledQuery DeleteSyslogConfiguration DeleteTransformer DescribeAccountPolicies',
        'DescribeConfigurationTemplates DescribeDeliveries DescribeDeliveryDestinations DescribeDeliverySources',
        'DescribeDestinations DescribeExportTasks DescribeFieldIndexes DescribeImportTaskBatches DescribeImportTasks',
        'DescribeIndexPolicies DescribeLookupTables DescribeMetricFilters DescribeQueries DescribeQueryDefinitions',
        'DescribeResourcePolicies DisassociateKmsKey DisassociateSourceFromS3TableIntegration GetDataProtectionPolicy',
        'GetDelivery GetDeliveryDestination GetDeliveryDestinationPolicy GetDeliverySource GetIntegration',
        'GetLogAnomalyDetector GetLogFields GetLogGroupFields GetLogObject GetLogRecord GetLookupTable GetQueryResults',
        'GetScheduledQuery GetScheduledQueryHistory GetStorageTierPolicy GetTransformer ListAggregateLogGroupSummaries',
        'ListAnomalies ListIntegrations ListLogAnomalyDetectors ListLogGroups ListLogGroupsForQuery',
        'ListScheduledQueries ListSourcesForS3TableIntegration ListSyslogConfigurations PutAccountPolicy',
        'PutBearerTokenAuthentication PutDataProtectionPolicy PutDeliveryDestination PutDeliveryDestinationPolicy',
        'PutDeliverySource PutDestination PutDestinationPolicy PutIndexPolicy PutIntegration',
        'PutLogGroupDeletionProtection PutMetricFilter PutQueryDefinition PutResourcePolicy PutStorageTierPolicy',
        'PutSyslogConfiguration PutTransformer StartLiveTail StartQuery StopQuery TestMetricFilter TestTransformer',
        'UpdateAnomaly UpdateDeliveryConfiguration UpdateLogAnomalyDetector UpdateLookupTable UpdateScheduledQuery',
      ].join(' '),
      'what functions need of logs is here, and no more',
    ),
  },
  structures: {
    InputLogEvent: done('timestamp message'),
  },
};
