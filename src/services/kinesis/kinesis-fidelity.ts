import { done, isFilled, type MemberRows, refused } from '../../model/fidelity.ts';
import { built, refusedOperations, type ServiceFidelity, storedOperation } from '../../wire/fidelity/service-fidelity.ts';
import { KINESIS_INPUTS } from '../../wire/generated/kinesis-inputs.ts';

const ID: MemberRows = refused('StreamId', 'streams have no ids, as on AWS until now', isFilled);
const DRY_RUN: MemberRows = refused('DryRun', 'nothing is tried without being done', (value) => value === true);
const WARM: MemberRows = refused('WarmThroughputMiBps', 'no throughput is limited', isFilled);
const NAMED = 'StreamName StreamARN';
const ENCRYPTION = 'it is described, and nothing is encrypted';
const POLICY = 'it is kept, and nothing is held against it';
const MONITORING = 'it is described, and nothing is counted by shard';

/** What is done of Kinesis, operation by operation and member by member. */
export const KINESIS_FIDELITY: ServiceFidelity = {
  service: 'kinesis',
  title: 'Kinesis',
  inputs: KINESIS_INPUTS,
  operations: {
    AddTagsToStream: built(`Tags ${NAMED}`, ID),
    CreateStream: built(
      'StreamName ShardCount StreamModeDetails Tags MaxRecordSizeInKiB',
      WARM,
      refused('RecordDistributionStrategy', 'records go where their hash keys are', isFilled),
    ),
    DecreaseStreamRetentionPeriod: built(`RetentionPeriodHours ${NAMED}`, ID),
    DeleteResourcePolicy: storedOperation(POLICY, 'ResourceARN', ID),
    DeleteStream: built(`${NAMED} EnforceConsumerDeletion`, ID),
    DeregisterStreamConsumer: built('StreamARN ConsumerName ConsumerARN', ID),
    DescribeLimits: built(''),
    DescribeStream: built(`${NAMED} Limit ExclusiveStartShardId`, ID),
    DescribeStreamConsumer: built('StreamARN ConsumerName ConsumerARN', ID),
    DescribeStreamSummary: built(NAMED, ID),
    DisableEnhancedMonitoring: storedOperation(MONITORING, `ShardLevelMetrics ${NAMED}`, ID),
    EnableEnhancedMonitoring: storedOperation(MONITORING, `ShardLevelMetrics ${NAMED}`, ID),
    GetRecords: built('ShardIterator Limit StreamARN', ID, DRY_RUN),
    GetResourcePolicy: built('ResourceARN', ID),
    GetShardIterator: built(`ShardId ShardIteratorType StartingSequenceNumber Timestamp ${NAMED}`, ID, DRY_RUN),
    IncreaseStreamRetentionPeriod: built(`RetentionPeriodHours ${NAMED}`, ID),
    ListShards: built(`${NAMED} NextToken ExclusiveStartShardId MaxResults StreamCreationTimestamp ShardFilter`, ID),
    ListStreamConsumers: built('StreamARN NextToken MaxResults StreamCreationTimestamp', ID),
    ListStreams: built('Limit ExclusiveStartStreamName NextToken'),
    ListTagsForResource: built('ResourceARN', ID),
    ListTagsForStream: built(`${NAMED} ExclusiveStartTagKey Limit`, ID),
    MergeShards: built(`ShardToMerge AdjacentShardToMerge ${NAMED}`, ID),
    PutRecord: built(`Data PartitionKey ExplicitHashKey SequenceNumberForOrdering ${NAMED}`, ID, DRY_RUN),
    PutRecords: built(`Records ${NAMED}`, ID, DRY_RUN),
    PutResourcePolicy: storedOperation(POLICY, 'ResourceARN Policy', ID),
    RegisterStreamConsumer: built('StreamARN ConsumerName Tags', ID),
    RemoveTagsFromStream: built(`TagKeys ${NAMED}`, ID),
    SplitShard: built(`ShardToSplit NewStartingHashKey ${NAMED}`, ID),
    StartStreamEncryption: storedOperation(ENCRYPTION, `EncryptionType KeyId ${NAMED}`, ID),
    StopStreamEncryption: storedOperation(ENCRYPTION, `EncryptionType KeyId ${NAMED}`, ID),
    SubscribeToShard: built('ConsumerARN ShardId StartingPosition', ID, DRY_RUN),
    TagResource: built('Tags ResourceARN', ID),
    UntagResource: built('TagKeys ResourceARN', ID),
    UpdateMaxRecordSize: built('MaxRecordSizeInKiB StreamARN', ID),
    UpdateShardCount: built(`TargetShardCount ScalingType ${NAMED}`, ID),
    UpdateStreamMode: built('StreamARN StreamModeDetails', ID, WARM),
    ...refusedOperations(
      'CreateChannel DeleteChannel DescribeChannel ListChannels UpdateChannel',
      'records are not copied to buckets',
    ),
    ...refusedOperations('DescribeAccountSettings UpdateAccountSettings', 'nothing is billed'),
    ...refusedOperations('UpdateStreamRecordDistributionStrategy', 'records go where their hash keys are'),
    ...refusedOperations('UpdateStreamWarmThroughput', 'no throughput is limited'),
  },
  structures: {
    PutRecordsRequestEntry: done('Data ExplicitHashKey PartitionKey'),
    ShardFilter: done('Type ShardId Timestamp'),
    StartingPosition: done('Type SequenceNumber Timestamp'),
    StreamModeDetails: {
      StreamMode: {
        state: 'done',
        note: 'streams ON_DEMAND have four shards, which are not split or merged by themselves',
      },
    },
  },
};
