import type { ServiceFidelity } from '../wire/fidelity/service-fidelity.ts';
import { DYNAMODB_FIDELITY, DYNAMODBSTREAMS_FIDELITY } from './dynamodb/dynamodb-fidelity.ts';
import { EVENTS_FIDELITY } from './events/events-fidelity.ts';
import { IAM_FIDELITY } from './iam/iam-fidelity.ts';
import { KINESIS_FIDELITY } from './kinesis/kinesis-fidelity.ts';
import { LOGS_FIDELITY } from './logs/logs-fidelity.ts';
import { S3_FIDELITY } from './s3/s3-fidelity.ts';
import { SCHEDULER_FIDELITY } from './scheduler/scheduler-fidelity.ts';
import { SNS_FIDELITY } from './sns/sns-fidelity.ts';
import { SQS_FIDELITY } from './sqs/sqs-fidelity.ts';
import { STS_FIDELITY } from './sts/sts-fidelity.ts';

/** What the fidelity table says of the companion services; a test holds each against the official SDK. */
export const SERVICE_FIDELITIES: readonly ServiceFidelity[] = [
  SQS_FIDELITY,
  SNS_FIDELITY,
  EVENTS_FIDELITY,
  SCHEDULER_FIDELITY,
  KINESIS_FIDELITY,
  DYNAMODB_FIDELITY,
  DYNAMODBSTREAMS_FIDELITY,
  LOGS_FIDELITY,
  S3_FIDELITY,
  IAM_FIDELITY,
  STS_FIDELITY,
];
