import { done, stored, type MemberRows } from '../../model/fidelity.ts';
import { built, refusedItself, type ServiceFidelity, storedOperation } from '../../wire/fidelity/service-fidelity.ts';
import { SQS_INPUTS } from '../../wire/generated/sqs-inputs.ts';

const POLICY = 'nobody is refused by the policy of a queue';
const ENCRYPTION = 'nothing is encrypted';

/** Attributes that can be set; those that can only be read are told and can't be given. */
const ATTRIBUTES: MemberRows = {
  ...done('DelaySeconds MaximumMessageSize MessageRetentionPeriod ReceiveMessageWaitTimeSeconds VisibilityTimeout'),
  ...done('RedrivePolicy RedriveAllowPolicy FifoQueue ContentBasedDeduplication DeduplicationScope'),
  ...stored('Policy', POLICY),
  ...stored('KmsMasterKeyId KmsDataKeyReusePeriodSeconds', ENCRYPTION),
  ...stored('SqsManagedSseEnabled', ENCRYPTION, (value) => value === 'true'),
  ...stored('FifoThroughputLimit', 'no throughput is limited'),
};
const SET_ATTRIBUTES: MemberRows = { Attributes: { state: 'done', entries: ATTRIBUTES } };
const NO_LISTS = refusedItself('StringListValues BinaryListValues', 'attributes have one value, as on AWS');
const GROUP = done('MessageGroupId', 'on a standard queue it is told to receivers and changes no order');

/** What is done of SQS, operation by operation and member by member. */
export const SQS_FIDELITY: ServiceFidelity = {
  service: 'sqs',
  title: 'SQS',
  inputs: SQS_INPUTS,
  operations: {
    AddPermission: storedOperation(POLICY, 'QueueUrl Label AWSAccountIds Actions'),
    CancelMessageMoveTask: built('TaskHandle'),
    ChangeMessageVisibility: built('QueueUrl ReceiptHandle VisibilityTimeout'),
    ChangeMessageVisibilityBatch: built('QueueUrl Entries'),
    CreateQueue: built('QueueName tags', SET_ATTRIBUTES),
    DeleteMessage: built('QueueUrl ReceiptHandle'),
    DeleteMessageBatch: built('QueueUrl Entries'),
    DeleteQueue: built('QueueUrl'),
    GetQueueAttributes: built('QueueUrl AttributeNames'),
    GetQueueUrl: built('QueueName QueueOwnerAWSAccountId'),
    ListDeadLetterSourceQueues: built('QueueUrl NextToken MaxResults'),
    ListMessageMoveTasks: built('SourceArn MaxResults'),
    ListQueueTags: built('QueueUrl'),
    ListQueues: built('QueueNamePrefix NextToken MaxResults'),
    PurgeQueue: built('QueueUrl'),
    ReceiveMessage: built(
      'QueueUrl AttributeNames MessageSystemAttributeNames MessageAttributeNames MaxNumberOfMessages VisibilityTimeout WaitTimeSeconds ReceiveRequestAttemptId',
    ),
    RemovePermission: storedOperation(POLICY, 'QueueUrl Label'),
    SendMessage: built(
      'QueueUrl MessageBody DelaySeconds MessageAttributes MessageSystemAttributes MessageDeduplicationId',
      GROUP,
    ),
    SendMessageBatch: built('QueueUrl Entries'),
    SetQueueAttributes: built('QueueUrl', SET_ATTRIBUTES),
    StartMessageMoveTask: built('SourceArn DestinationArn MaxNumberOfMessagesPerSecond'),
    TagQueue: built('QueueUrl Tags'),
    UntagQueue: built('QueueUrl TagKeys'),
  },
  structures: {
    ChangeMessageVisibilityBatchRequestEntry: done('Id ReceiptHandle VisibilityTimeout'),
    DeleteMessageBatchRequestEntry: done('Id ReceiptHandle'),
    MessageAttributeValue: { ...done('DataType StringValue BinaryValue'), ...NO_LISTS },
    MessageSystemAttributeValue: { ...done('DataType StringValue BinaryValue'), ...NO_LISTS },
    SendMessageBatchRequestEntry: {
      ...done('Id MessageBody DelaySeconds MessageAttributes MessageSystemAttributes MessageDeduplicationId'),
      ...GROUP,
    },
  },
};
