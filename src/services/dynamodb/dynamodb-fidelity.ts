import { done, refused, stored } from '../../model/fidelity.ts';
import { built, refusedOperations, type ServiceFidelity } from '../../wire/fidelity/service-fidelity.ts';
import { DYNAMODB_INPUTS } from '../../wire/generated/dynamodb-inputs.ts';
import { DYNAMODBSTREAMS_INPUTS } from '../../wire/generated/dynamodbstreams-inputs.ts';
import { ITEM_OPERATIONS, ITEM_STRUCTURES } from './items/item-fidelity.ts';

const NOT_BUILT = 'not implemented yet';
const UNBOUND = 'nobody is held to capacity';
const CAPACITY = stored('ProvisionedThroughput OnDemandThroughput', UNBOUND);
const TABLE_SETTINGS = {
  ...CAPACITY,
  ...stored('SSESpecification', 'nothing is encrypted with keys'),
  ...stored('TableClass', 'all tables are kept in the same way'),
  ...refused('WarmThroughput', 'capacity is not warmed'),
  ...refused('GlobalTableSettingsReplicationMode', 'tables are in one region'),
};

/** What is done of DynamoDB, operation by operation and member by member. */
export const DYNAMODB_FIDELITY: ServiceFidelity = {
  service: 'dynamodb',
  title: 'DynamoDB',
  inputs: DYNAMODB_INPUTS,
  operations: {
    CreateTable: built(
      'TableName AttributeDefinitions KeySchema LocalSecondaryIndexes GlobalSecondaryIndexes BillingMode StreamSpecification Tags DeletionProtectionEnabled',
      TABLE_SETTINGS,
      refused('ResourcePolicy', 'nobody is asked whether they may'),
      refused('GlobalTableSourceArn', 'tables are in one region'),
      refused('VectorIndexes', NOT_BUILT),
    ),
    DeleteTable: built('TableName'),
    DescribeEndpoints: built(''),
    DescribeLimits: built(''),
    DescribeTable: built('TableName'),
    DescribeContinuousBackups: built('TableName'),
    DescribeTimeToLive: built('TableName'),
    ListTables: built('ExclusiveStartTableName Limit'),
    ListTagsOfResource: built('ResourceArn NextToken'),
    TagResource: built('ResourceArn Tags'),
    UntagResource: built('ResourceArn TagKeys'),
    UpdateTable: built(
      'TableName AttributeDefinitions BillingMode GlobalSecondaryIndexUpdates StreamSpecification DeletionProtectionEnabled',
      TABLE_SETTINGS,
      refused(
        'ReplicaUpdates MultiRegionConsistency GlobalTableWitnessUpdates DisassociationProtectionEnabled',
        'tables are in one region',
      ),
      refused('VectorIndexUpdates', NOT_BUILT),
    ),
    UpdateTimeToLive: built('TableName TimeToLiveSpecification'),
    ...ITEM_OPERATIONS,
    ...refusedOperations(
      'CreateBackup DeleteBackup DescribeBackup ListBackups RestoreTableFromBackup RestoreTableToPointInTime UpdateContinuousBackups',
      'there are no backups',
    ),
    ...refusedOperations(
      'DescribeExport DescribeImport ExportTableToPointInTime ImportTable ListExports ListImports',
      'nothing is exported or imported',
    ),
    ...refusedOperations(
      'CancelBulkOperation DescribeBulkOperation ListBulkOperations StartBulkPutItems SearchVectors',
      NOT_BUILT,
    ),
    ...refusedOperations(
      'CreateGlobalTable DescribeGlobalTable DescribeGlobalTableSettings ListGlobalTables UpdateGlobalTable UpdateGlobalTableSettings DescribeTableReplicaAutoScaling UpdateTableReplicaAutoScaling',
      'tables are in one region',
    ),
    ...refusedOperations(
      'DescribeKinesisStreamingDestination DisableKinesisStreamingDestination EnableKinesisStreamingDestination UpdateKinesisStreamingDestination',
      'changes are in the stream of the table only',
    ),
    ...refusedOperations(
      'DescribeContributorInsights ListContributorInsights UpdateContributorInsights',
      'nothing is counted by keys',
    ),
    ...refusedOperations('DeleteResourcePolicy GetResourcePolicy PutResourcePolicy', 'nobody is asked whether they may'),
  },
  structures: {
    ...ITEM_STRUCTURES,
    AttributeDefinition: done('AttributeName AttributeType'),
    CreateGlobalSecondaryIndexAction: {
      ...done('IndexName Projection'),
      ...done('KeySchema', 'one partition key and one sort key attribute at most'),
      ...CAPACITY,
      ...refused('WarmThroughput', 'capacity is not warmed'),
    },
    DeleteGlobalSecondaryIndexAction: done('IndexName'),
    GlobalSecondaryIndex: {
      ...done('IndexName Projection'),
      ...done('KeySchema', 'one partition key and one sort key attribute at most'),
      ...CAPACITY,
      ...refused('WarmThroughput', 'capacity is not warmed'),
    },
    GlobalSecondaryIndexUpdate: done('Create Update Delete'),
    KeySchemaElement: done('AttributeName KeyType'),
    LocalSecondaryIndex: done('IndexName KeySchema Projection'),
    Projection: done('ProjectionType NonKeyAttributes'),
    StreamSpecification: done('StreamEnabled StreamViewType'),
    Tag: done('Key Value'),
    TimeToLiveSpecification: done('Enabled AttributeName'),
    UpdateGlobalSecondaryIndexAction: {
      ...done('IndexName'),
      ...CAPACITY,
      ...refused('WarmThroughput', 'capacity is not warmed'),
    },
  },
};

/** What is done of DynamoDB Streams. */
export const DYNAMODBSTREAMS_FIDELITY: ServiceFidelity = {
  service: 'dynamodbstreams',
  title: 'DynamoDB Streams',
  inputs: DYNAMODBSTREAMS_INPUTS,
  operations: {
    DescribeStream: built('StreamArn Limit ExclusiveStartShardId ShardFilter'),
    GetRecords: built('ShardIterator Limit'),
    GetShardIterator: built('StreamArn ShardId ShardIteratorType SequenceNumber'),
    ListStreams: built('TableName Limit ExclusiveStartStreamArn'),
  },
  structures: { ShardFilter: done('Type ShardId') },
};
