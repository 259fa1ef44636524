import { done, stored, type MemberRows } from '../../model/fidelity.ts';
import {
  built,
  refusedItself,
  refusedOperations,
  type ServiceFidelity,
  storedOperation,
} from '../../wire/fidelity/service-fidelity.ts';
import { SNS_INPUTS } from '../../wire/generated/sns-inputs.ts';

const POLICY = 'nobody is refused by the policy of a topic';
const NO_LOGS = 'no logs of deliveries are written';
const FEEDBACK = ['HTTP', 'SQS', 'Lambda', 'Firehose', 'Application'].map((protocol) =>
  ['SuccessFeedbackRoleArn', 'SuccessFeedbackSampleRate', 'FailureFeedbackRoleArn'].map((name) => protocol + name).join(' '),
);

const TOPIC: MemberRows = {
  ...done('ContentBasedDeduplication DeliveryPolicy FifoThroughputScope SignatureVersion'),
  ...done('DisplayName', 'it is told; there are no e-mails or SMS to show it'),
  ...stored('Policy', POLICY),
  ...stored('KmsMasterKeyId', 'nothing is encrypted with the key'),
  ...stored(
    'TracingConfig',
    'no traces are sent; the header of a caller is always passed on',
    (value) => value !== 'PassThrough',
  ),
  ...stored(FEEDBACK.join(' '), NO_LOGS),
  ...refusedItself('ArchivePolicy', 'messages are not archived'),
  ...refusedItself('DataProtectionPolicy', 'messages are not looked into'),
};
const SUBSCRIPTION: MemberRows = {
  ...done('DeliveryPolicy FilterPolicy FilterPolicyScope RawMessageDelivery RedrivePolicy'),
  ...refusedItself('ReplayPolicy', 'messages are not archived'),
  ...refusedItself('SubscriptionRoleArn', 'there is no Firehose'),
};
const PROTOCOLS: MemberRows = {
  ...done('http https lambda sqs'),
  ...refusedItself('application email email-json firehose sms', 'nothing is delivered by this protocol'),
};
const entries = (name: string, rows: MemberRows): MemberRows => ({ [name]: { state: 'done', entries: rows } });

/** What is done of SNS, operation by operation and member by member. */
export const SNS_FIDELITY: ServiceFidelity = {
  service: 'sns',
  title: 'SNS',
  inputs: SNS_INPUTS,
  operations: {
    AddPermission: storedOperation(POLICY, 'TopicArn Label AWSAccountId ActionName'),
    ConfirmSubscription: built('TopicArn Token AuthenticateOnUnsubscribe'),
    CreateTopic: built(
      'Name Tags',
      entries('Attributes', { ...done('FifoTopic'), ...TOPIC }),
      refusedItself('DataProtectionPolicy', 'messages are not looked into'),
    ),
    DeleteTopic: built('TopicArn'),
    GetSubscriptionAttributes: built('SubscriptionArn'),
    GetTopicAttributes: built('TopicArn'),
    ListSubscriptions: built('NextToken'),
    ListSubscriptionsByTopic: built('TopicArn NextToken'),
    ListTagsForResource: built('ResourceArn'),
    ListTopics: built('NextToken'),
    Publish: built(
      'Message TopicArn TargetArn Subject MessageStructure MessageAttributes MessageDeduplicationId MessageGroupId',
      refusedItself('PhoneNumber', 'there is no SMS'),
    ),
    PublishBatch: built('TopicArn PublishBatchRequestEntries'),
    RemovePermission: storedOperation(POLICY, 'TopicArn Label'),
    SetSubscriptionAttributes: built('SubscriptionArn AttributeValue', entries('AttributeName', SUBSCRIPTION)),
    SetTopicAttributes: built('TopicArn AttributeValue', entries('AttributeName', TOPIC)),
    Subscribe: built(
      'TopicArn Endpoint ReturnSubscriptionArn',
      entries('Protocol', PROTOCOLS),
      entries('Attributes', SUBSCRIPTION),
    ),
    TagResource: built('ResourceArn Tags'),
    Unsubscribe: built('SubscriptionArn'),
    UntagResource: built('ResourceArn TagKeys'),
    ...refusedOperations(
      [
        'CheckIfPhoneNumberIsOptedOut CreatePlatformApplication CreatePlatformEndpoint CreateSMSSandboxPhoneNumber',
        'DeleteEndpoint DeletePlatformApplication DeleteSMSSandboxPhoneNumber GetDataProtectionPolicy',
        'GetEndpointAttributes GetPlatformApplicationAttributes GetSMSAttributes GetSMSSandboxAccountStatus',
        'ListEndpointsByPlatformApplication ListOriginationNumbers ListPhoneNumbersOptedOut ListPlatformApplications',
        'ListSMSSandboxPhoneNumbers OptInPhoneNumber PutDataProtectionPolicy SetEndpointAttributes',
        'SetPlatformApplicationAttributes SetSMSAttributes VerifySMSSandboxPhoneNumber',
      ].join(' '),
      'there is no mobile push and no SMS, and messages are not looked into',
    ),
  },
  structures: {
    MessageAttributeValue: done('DataType StringValue BinaryValue'),
    PublishBatchRequestEntry: done('Id Message Subject MessageStructure MessageAttributes MessageDeduplicationId MessageGroupId'),
    Tag: done('Key Value'),
  },
};
