import type { Locality } from '../../../model/arn.ts';
import type { Change } from '../../../ports/metadata-store.ts';
import { type JsonMemberValues, readJsonMembers } from '../../../wire/aws-json/json-members.ts';
import type { DynamoDb, DynamoDbOperation } from '../dynamodb-context.ts';
import { dynamodbError } from '../dynamodb-errors.ts';
import { checkedBilling, checkedIndexThroughput } from '../tables/billing.ts';
import { checkSchema, type GivenIndex, projectionOf } from '../tables/check-schema.ts';
import { describeTable } from '../tables/describe.ts';
import { newStream } from '../tables/new-stream.ts';
import * as rules from '../tables/schema-rules.ts';
import {
  type AttributeDefinition,
  type IndexRecord,
  type KeySchemaElement,
  streamKey,
  type TableRecord,
} from '../tables/table-record.ts';
import { checkedTags } from '../tables/table-tags.ts';
import { invalidParameter } from '../values/validation.ts';

/** Of an account in a region. Source: the page of DynamoDB's quotas. */
const TABLES_MAX = 2_500;
const RULES = {
  TableName: { type: 'text' },
  AttributeDefinitions: { ...rules.ATTRIBUTE_DEFINITIONS, required: true },
  KeySchema: { ...rules.KEY_SCHEMA, required: true },
  LocalSecondaryIndexes: rules.LOCAL_INDEXES,
  GlobalSecondaryIndexes: rules.GLOBAL_INDEXES,
  BillingMode: rules.BILLING_MODE,
  ProvisionedThroughput: rules.THROUGHPUT,
  OnDemandThroughput: rules.ON_DEMAND,
  StreamSpecification: rules.STREAM_SPECIFICATION,
  SSESpecification: rules.ENCRYPTION,
  Tags: rules.TAGS,
  TableClass: rules.TABLE_CLASS,
  DeletionProtectionEnabled: { type: 'flag' },
} as const;

type CreateTableInput = JsonMemberValues<typeof RULES>;

/** CreateTable. The table can be used as soon as this is answered, though the answer says CREATING as on AWS. */
export const createTable: DynamoDbOperation = async (dynamodb, given, context) => {
  const input = readJsonMembers(RULES, given);
  const name = rules.checkedTableName(input.TableName, 'name');
  const place: Locality = { account: context.account, region: context.region };
  const record = tableOf(dynamodb, place, name, input);
  return dynamodb.tables.inTurn(place, name, async () => {
    if (dynamodb.tables.find(place, name)) throw dynamodbError('ResourceInUseException', `Table already exists: ${name}`);
    if (dynamodb.tables.tables(place).length >= TABLES_MAX) {
      throw dynamodbError(
        'LimitExceededException',
        `Subscriber limit exceeded: There is a limit of ${TABLES_MAX} tables per subscriber`,
      );
    }
    const { stream } = record;
    const changes: Change[] = stream ? [{ put: streamKey(stream), body: stream, expect: 'absent' }] : [];
    const table = await dynamodb.tables.put(place, name, record, () => changes);
    return { TableDescription: await describeTable(dynamodb.items, table, 'CREATING') };
  });
};

function tableOf(dynamodb: DynamoDb, place: Locality, name: string, input: CreateTableInput): TableRecord {
  const { LocalSecondaryIndexes: local, GlobalSecondaryIndexes: global } = input;
  const billing = checkedBilling(input.BillingMode, input.ProvisionedThroughput);
  if (local?.length === 0) throw invalidParameter('List of LocalSecondaryIndexes is empty');
  if (global?.length === 0) throw invalidParameter('List of GlobalSecondaryIndexes is empty');
  const definitions = input.AttributeDefinitions as readonly AttributeDefinition[];
  const keySchema = input.KeySchema as readonly KeySchemaElement[];
  checkSchema({ definitions, table: keySchema, local: local ?? [], global: global ?? [] });
  for (const index of global ?? []) checkedIndexThroughput(billing.mode, index.IndexName, index.ProvisionedThroughput);
  const nowMs = dynamodb.clock.now();
  const { StreamSpecification: streaming, SSESpecification: encryption } = input;
  const stream = streaming && newStream(dynamodb, { ...place, tableName: name, keySchema }, streaming);
  return {
    id: dynamodb.ids.uuid(),
    createdMs: nowMs,
    keySchema,
    attributes: definitions,
    indexes: [
      ...(local ?? []).map((index) => indexOf(dynamodb, 'local', index)),
      ...(global ?? []).map((index) => ({
        ...indexOf(dynamodb, 'global', index),
        ...(index.ProvisionedThroughput ? { throughput: index.ProvisionedThroughput } : {}),
        ...(index.OnDemandThroughput ? { onDemand: index.OnDemandThroughput } : {}),
      })),
    ],
    billing: billing.mode === 'PAY_PER_REQUEST' ? { ...billing, changedMs: nowMs } : billing,
    ...(input.ProvisionedThroughput ? { throughput: input.ProvisionedThroughput } : {}),
    ...(input.OnDemandThroughput ? { onDemand: input.OnDemandThroughput } : {}),
    ...(stream ? { stream } : {}),
    ...(encryption?.Enabled
      ? { encryption: encryption.KMSMasterKeyId === undefined ? {} : { kmsKey: encryption.KMSMasterKeyId } }
      : {}),
    ...(input.TableClass === undefined ? {} : { tableClass: { name: input.TableClass, changedMs: nowMs } }),
    isProtected: input.DeletionProtectionEnabled ?? false,
    tags: checkedTags([], input.Tags ?? []),
  };
}

function indexOf({ ids }: DynamoDb, kind: IndexRecord['kind'], index: GivenIndex): IndexRecord {
  const keySchema = index.KeySchema as readonly KeySchemaElement[];
  return { id: ids.uuid(), name: index.IndexName, kind, keySchema, projection: projectionOf(index), status: 'ACTIVE' };
}
