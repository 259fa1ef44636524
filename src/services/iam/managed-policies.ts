import { createHash } from 'node:crypto';
import type { PolicyRecord } from './records.ts';
import { UNIQUE_ID_BYTES, uniqueId } from './unique-id.ts';

/** Actions (or, after `except`, all others) on resources, `*` when none are named; separated by blanks. */
type Allowance = readonly [actions: string, resources?: string];
type Row = readonly [name: string, description: string, ...allow: readonly Allowance[]];

const LOGS_WRITE = 'logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents';
const ENI =
  'ec2:CreateNetworkInterface ec2:DescribeNetworkInterfaces ec2:DescribeSubnets ec2:DeleteNetworkInterface ' +
  'ec2:AssignPrivateIpAddresses ec2:UnassignPrivateIpAddresses';
const XRAY_WRITE =
  'xray:PutTraceSegments xray:PutTelemetryRecords xray:GetSamplingRules xray:GetSamplingTargets xray:GetSamplingStatisticSummaries';
const KINESIS_READ =
  'kinesis:DescribeStream kinesis:DescribeStreamSummary kinesis:GetRecords kinesis:GetShardIterator kinesis:ListShards ' +
  'kinesis:ListStreams kinesis:SubscribeToShard';
const S3_READ = 's3:Get* s3:List* s3:Describe* s3-object-lambda:Get* s3-object-lambda:List*';
const DYNAMODB_READ =
  'dynamodb:BatchGetItem dynamodb:Describe* dynamodb:List* dynamodb:Get* dynamodb:Query dynamodb:Scan dynamodb:PartiQLSelect';

/** Managed policies of AWS that functions use; what they allow is in our own words and follows AWS's in what matters to functions. */
const ROWS: readonly Row[] = [
  ['service-role/AWSLambdaBasicExecutionRole', 'Lets a function write its logs.', [LOGS_WRITE]],
  ['service-role/AWSLambdaVPCAccessExecutionRole', 'Lets a function run in a VPC and write its logs.', [`${LOGS_WRITE} ${ENI}`]],
  ['service-role/AWSLambdaENIManagementAccess', 'Lets a function run in a VPC.', [ENI]],
  [
    'service-role/AWSLambdaSQSQueueExecutionRole',
    'Lets a function take messages of queues and write its logs.',
    [`sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes ${LOGS_WRITE}`],
  ],
  [
    'service-role/AWSLambdaDynamoDBExecutionRole',
    'Lets a function read table streams and write its logs.',
    [`dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams ${LOGS_WRITE}`],
  ],
  [
    'service-role/AWSLambdaKinesisExecutionRole',
    'Lets a function read streams and write its logs.',
    [`${KINESIS_READ} ${LOGS_WRITE}`],
  ],
  [
    'service-role/AWSLambdaMSKExecutionRole',
    'Lets a function read MSK topics in its VPC and write its logs.',
    [
      `kafka:DescribeCluster kafka:DescribeClusterV2 kafka:GetBootstrapBrokers ec2:DescribeVpcs ec2:DescribeSecurityGroups ${ENI} ${LOGS_WRITE}`,
    ],
  ],
  ['service-role/AWSLambdaRole', 'Lets a service invoke functions.', ['lambda:InvokeFunction']],
  [
    'service-role/AWSLambdaBasicDurableExecutionRolePolicy',
    'Lets a durable function keep its state and write its logs.',
    [`lambda:CheckpointDurableExecution lambda:GetDurableExecutionState ${LOGS_WRITE}`],
  ],
  [
    'service-role/AmazonAPIGatewayPushToCloudWatchLogs',
    'Lets API Gateway write its logs.',
    [`${LOGS_WRITE} logs:Describe* logs:Get* logs:FilterLogEvents`],
  ],
  [
    'AWSLambdaExecute',
    'Lets a function read and write objects and write its logs.',
    ['logs:*', 'arn:aws:logs:*:*:*'],
    ['s3:GetObject s3:PutObject', 'arn:aws:s3:::*'],
  ],
  [
    'AWSLambdaInvocation-DynamoDB',
    'Lets table streams be read and functions be invoked.',
    ['lambda:InvokeFunction'],
    ['dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams'],
  ],
  [
    'AWSLambda_FullAccess',
    'Everything in Lambda, and reading of what functions work with.',
    [
      'lambda:* logs:Describe* logs:Get* logs:FilterLogEvents iam:GetRole iam:GetRolePolicy iam:ListRoles iam:ListRolePolicies iam:ListAttachedRolePolicies iam:PassRole',
    ],
  ],
  [
    'AWSLambda_ReadOnlyAccess',
    'Reading in Lambda, and of what functions work with.',
    [
      'lambda:Get* lambda:List* logs:Describe* logs:Get* logs:FilterLogEvents iam:GetRole iam:GetRolePolicy iam:ListRoles iam:ListRolePolicies iam:ListAttachedRolePolicies',
    ],
  ],
  ['AWSXRayDaemonWriteAccess', 'Lets traces be written.', [XRAY_WRITE]],
  ['AWSXrayWriteOnlyAccess', 'Lets traces be written.', [XRAY_WRITE]],
  ['AWSXrayReadOnlyAccess', 'Reading of traces.', ['xray:Get* xray:BatchGet* xray:List*']],
  ['AWSXrayFullAccess', 'Everything in X-Ray.', ['xray:*']],
  [
    'CloudWatchLambdaInsightsExecutionRolePolicy',
    'Lets a function write Lambda Insights.',
    ['logs:CreateLogGroup'],
    ['logs:CreateLogStream logs:PutLogEvents', 'arn:aws:logs:*:*:log-group:/aws/lambda-insights:*'],
  ],
  ['CloudWatchLogsFullAccess', 'Everything in CloudWatch Logs.', ['logs:*']],
  [
    'CloudWatchLogsReadOnlyAccess',
    'Reading of logs.',
    ['logs:Describe* logs:Get* logs:List* logs:FilterLogEvents logs:StartQuery logs:StopQuery logs:TestMetricFilter'],
  ],
  ['CloudWatchFullAccess', 'Everything in CloudWatch and its logs.', ['cloudwatch:* logs:*']],
  [
    'CloudWatchReadOnlyAccess',
    'Reading of metrics and logs.',
    ['cloudwatch:Describe* cloudwatch:Get* cloudwatch:List* logs:Describe* logs:Get* logs:List* logs:FilterLogEvents'],
  ],
  ['AmazonS3FullAccess', 'Everything in S3.', ['s3:* s3-object-lambda:*']],
  ['AmazonS3ReadOnlyAccess', 'Reading of buckets and objects.', [S3_READ]],
  ['AmazonDynamoDBFullAccess', 'Everything in DynamoDB.', ['dynamodb:* dax:*']],
  ['AmazonDynamoDBFullAccess_v2', 'Everything in DynamoDB.', ['dynamodb:* dax:*']],
  ['AmazonDynamoDBReadOnlyAccess', 'Reading of tables.', [DYNAMODB_READ]],
  ['AmazonSQSFullAccess', 'Everything in SQS.', ['sqs:*']],
  [
    'AmazonSQSReadOnlyAccess',
    'Reading of queues, not of messages.',
    [
      'sqs:GetQueueAttributes sqs:GetQueueUrl sqs:ListDeadLetterSourceQueues sqs:ListQueues sqs:ListMessageMoveTasks sqs:ListQueueTags',
    ],
  ],
  ['AmazonSNSFullAccess', 'Everything in SNS.', ['sns:*']],
  ['AmazonSNSReadOnlyAccess', 'Reading of topics.', ['sns:Get* sns:List* sns:CheckIfPhoneNumberIsOptedOut']],
  ['AmazonKinesisFullAccess', 'Everything in Kinesis.', ['kinesis:*']],
  ['AmazonKinesisReadOnlyAccess', 'Reading of streams.', ['kinesis:Get* kinesis:List* kinesis:Describe*']],
  ['AmazonEventBridgeFullAccess', 'Everything in EventBridge.', ['events:* schemas:* scheduler:* pipes:*']],
  ['AWSStepFunctionsFullAccess', 'Everything in Step Functions.', ['states:*']],
  ['AmazonSSMFullAccess', 'Everything in Systems Manager.', ['ssm:*']],
  ['AmazonSSMReadOnlyAccess', 'Reading of parameters.', ['ssm:Describe* ssm:Get* ssm:List*']],
  ['SecretsManagerReadWrite', 'Everything with secrets.', ['secretsmanager:* kms:DescribeKey kms:ListAliases kms:ListKeys']],
  ['AmazonSESFullAccess', 'Everything in SES.', ['ses:*']],
  [
    'AmazonAPIGatewayInvokeFullAccess',
    'Lets APIs be invoked.',
    ['execute-api:Invoke execute-api:ManageConnections', 'arn:aws:execute-api:*:*:*'],
  ],
  [
    'AmazonElasticFileSystemClientFullAccess',
    'Lets file systems be mounted, also by root.',
    [
      'elasticfilesystem:ClientMount elasticfilesystem:ClientRootAccess elasticfilesystem:ClientWrite elasticfilesystem:DescribeMountTargets',
    ],
  ],
  [
    'AmazonElasticFileSystemClientReadWriteAccess',
    'Lets file systems be mounted.',
    ['elasticfilesystem:ClientMount elasticfilesystem:ClientWrite elasticfilesystem:DescribeMountTargets'],
  ],
  [
    'AmazonEC2ContainerRegistryReadOnly',
    'Lets images be pulled.',
    [
      'ecr:GetAuthorizationToken ecr:BatchCheckLayerAvailability ecr:GetDownloadUrlForLayer ecr:Describe* ecr:List* ecr:BatchGetImage ecr:Get*',
    ],
  ],
  ['AmazonRDSDataFullAccess', 'Everything in the RDS Data API.', ['rds-data:* secretsmanager:GetSecretValue']],
  ['AmazonBedrockFullAccess', 'Everything in Bedrock.', ['bedrock:*']],
  ['AdministratorAccess', 'Everything.', ['*']],
  [
    'PowerUserAccess',
    'Everything but users, roles and accounts.',
    ['except iam:* organizations:* account:*'],
    [
      'iam:CreateServiceLinkedRole iam:DeleteServiceLinkedRole iam:ListRoles organizations:DescribeOrganization account:ListRegions account:GetAccountInformation',
    ],
  ],
];

/** The day from which these policies are said to be. */
const CREATED_MS = Date.UTC(2015, 1, 6, 18, 40);

/** The policies by ARN, in the order of their ARNs. */
export const MANAGED_POLICIES: ReadonlyMap<string, PolicyRecord> = new Map(
  ROWS.map(policyOf)
    .toSorted((a, b) => (a.arn < b.arn ? -1 : 1))
    .map((policy) => [policy.arn, policy]),
);

function policyOf([fullName, description, ...allow]: Row): PolicyRecord {
  const arn = `arn:aws:iam::aws:policy/${fullName}`;
  const slash = fullName.lastIndexOf('/');
  const hash = createHash('sha256').update(arn).digest('hex');
  const document = JSON.stringify({ Version: '2012-10-17', Statement: allow.map(statementOf) });
  return {
    name: fullName.slice(slash + 1),
    arn,
    id: uniqueId('ANPA', hash.slice(0, 2 * UNIQUE_ID_BYTES)),
    path: `/${fullName.slice(0, slash + 1)}`,
    description,
    createdMs: CREATED_MS,
    updatedMs: CREATED_MS,
    defaultVersion: 1,
    nextVersion: 2,
    versions: [{ number: 1, document, createdMs: CREATED_MS }],
    tags: [],
  };
}

function statementOf([actions, resources = '*']: Allowance): object {
  const names = actions.split(' ');
  const scope = names[0] === 'except' ? { NotAction: names.slice(1) } : { Action: names };
  const [resource, ...more] = resources.split(' ');
  return { Effect: 'Allow', ...scope, Resource: more.length === 0 ? resource : [resource, ...more] };
}
