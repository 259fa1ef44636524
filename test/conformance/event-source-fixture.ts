import assert from 'node:assert/strict';
import {
  type CreateEventSourceMappingCommandInput,
  type EventSourceMappingConfiguration,
  GetEventSourceMappingCommand,
  UpdateEventSourceMappingCommand,
  type UpdateEventSourceMappingCommandInput,
} from '@aws-sdk/client-lambda';
import { ACCOUNT, eventually, type RawAnswer, REGION, type World } from './world.ts';

/** ARN of something of another service. */
export const arnOf = (service: string, resource: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
/** A secret that holds credentials. */
export const SECRET = arnOf('secretsmanager', 'secret:credentials-AbCdEf');

/** An error of a parameter. */
export const invalidParameter = (message: string) => ({ code: 'InvalidParameterValueException', status: 400, message }) as const;

/** The error for a member that a kind of source does not know. */
export const unsupported = (member: string) =>
  invalidParameter(`Unsupported ${member} parameter for given event source mapping type.`);

/** Label of a table's stream that is not there. */
const UNMADE = '2026-01-01T00:00:00.000';

/** What is to be created, without the function. */
export type Source = Omit<CreateEventSourceMappingCommandInput, 'FunctionName'>;

/** The smallest request for each kind of source, of a source that nothing else uses. */
export const SOURCES = {
  queue: (world: World): Source => ({ EventSourceArn: arnOf('sqs', world.unique('queue')) }),
  fifo: (world: World): Source => ({ EventSourceArn: arnOf('sqs', `${world.unique('queue')}.fifo`) }),
  kinesis: (world: World): Source => ({
    EventSourceArn: arnOf('kinesis', `stream/${world.unique('stream')}`),
    StartingPosition: 'TRIM_HORIZON',
  }),
  table: (world: World): Source => ({
    EventSourceArn: arnOf('dynamodb', `table/${world.unique('table')}/stream/${UNMADE}`),
    StartingPosition: 'LATEST',
  }),
  msk: (world: World): Source => ({
    EventSourceArn: arnOf('kafka', `cluster/${world.unique('cluster')}/6cc0432b-8618-4f44-bccc-e1fbd8fb7c4d-2`),
    Topics: ['topic'],
    StartingPosition: 'LATEST',
  }),
  kafka: (world: World): Source => ({
    SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: [`${world.unique('broker')}.example.com:9092`] } },
    SourceAccessConfigurations: [{ Type: 'SASL_SCRAM_512_AUTH', URI: SECRET }],
    Topics: ['topic'],
    StartingPosition: 'TRIM_HORIZON',
  }),
  mq: (world: World): Source => ({
    EventSourceArn: arnOf('mq', `broker:${world.unique('broker')}:b-b4d492ef-bdc3-45e3-a781-cd1a3102ecca`),
    Queues: ['orders'],
    SourceAccessConfigurations: [{ Type: 'BASIC_AUTH', URI: SECRET }],
  }),
  documents: (world: World): Source => ({
    EventSourceArn: arnOf('rds', `cluster:${world.unique('cluster')}`),
    StartingPosition: 'LATEST',
    SourceAccessConfigurations: [{ Type: 'BASIC_AUTH', URI: SECRET }],
    DocumentDBEventSourceConfig: { DatabaseName: 'shop' },
  }),
} as const;

/** The function of most cases: none of them runs it. */
const FUNCTION = 'event-source-target';

/** Makes the function that is fed, once for all cases. */
export async function target(world: World): Promise<string> {
  await world.function({ FunctionName: FUNCTION }).catch((error: Error) => {
    if (error.name !== 'ResourceConflictException') throw error;
  });
  return FUNCTION;
}

/** Creates a mapping to the function of the cases, and its queue if it is one of a queue. */
export async function create(world: World, input: Source & { FunctionName?: string }): Promise<EventSourceMappingConfiguration> {
  const made = await makeSource(world, input);
  const FunctionName = input.FunctionName ?? (await target(world));
  return world.map({ ...made, FunctionName });
}

/**
 * Makes the queue, the stream or the table that a mapping is to be of, if it is one; other sources need not exist. Returns what it was
 * given, of a table with the ARN of its stream, which nobody knows before.
 */
export async function makeSource<Input extends Source>(world: World, input: Input): Promise<Input> {
  const [, , service, region, account, name = ''] = (input.EventSourceArn ?? '').split(':');
  const [table, isMade] = [/^table\/([\w.-]+)\/stream\//.exec(resource(input))?.[1], !resource(input).endsWith(UNMADE)];
  const isOurs = region === REGION && account === ACCOUNT;
  if (isOurs && service === 'sqs' && /^[\w-]{1,80}(\.fifo)?$/.test(name)) await world.queue(name);
  const stream = /^stream\/([\w.-]+)$/.exec(name)?.[1];
  if (isOurs && service === 'kinesis' && stream !== undefined)
    await kinesis(world, 'CreateStream', { StreamName: stream, ShardCount: 1 });
  if (!isOurs || service !== 'dynamodb' || table === undefined || isMade) return input;
  return { ...input, EventSourceArn: await makeTable(world, table) };
}

/** What an ARN names, with colons that are its own. */
function resource({ EventSourceArn = '' }: Source): string {
  return EventSourceArn.split(':').slice(5).join(':');
}

async function makeTable(world: World, TableName: string): Promise<string> {
  const { json, text } = await call(world, 'dynamodb', 'DynamoDB_20120810.CreateTable', {
    TableName,
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
  });
  const { LatestStreamArn } = (json['TableDescription'] ?? {}) as { LatestStreamArn?: string };
  assert.ok(LatestStreamArn, text);
  return LatestStreamArn;
}

/** Calls an operation of Kinesis, whatever comes of it. */
export function kinesis(world: World, operation: string, input: object): Promise<RawAnswer> {
  return call(world, 'kinesis', `Kinesis_20131202.${operation}`, input);
}

function call(world: World, service: string, operation: string, input: object): Promise<RawAnswer> {
  return world.raw('POST', '/', input, {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': operation,
    authorization: `AWS4-HMAC-SHA256 Credential=${ACCOUNT}/20260101/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
  });
}

/** Reads a mapping until it is in the state. */
export function reach(world: World, UUID: string | undefined, state: string): Promise<EventSourceMappingConfiguration> {
  return eventually(
    () => world.lambda.send(new GetEventSourceMappingCommand({ UUID })),
    ({ State }) => State === state,
  );
}

/** Creates a mapping and waits until it is enabled, or disabled if that was asked for. Returns its UUID. */
export async function settled(world: World, input: Source & { FunctionName?: string }): Promise<string> {
  const { UUID = '' } = await create(world, input);
  await reach(world, UUID, input.Enabled === false ? 'Disabled' : 'Enabled');
  return UUID;
}

/** Updates a mapping. */
export function update(
  world: World,
  UUID: string,
  input: Omit<UpdateEventSourceMappingCommandInput, 'UUID'>,
): Promise<EventSourceMappingConfiguration> {
  return world.lambda.send(new UpdateEventSourceMappingCommand({ UUID, ...input }));
}

/** An answer without what differs from call to call: the UUID and its ARN, which must agree, and the time. */
export function bodyOf(world: World, answer: object): Record<string, unknown> {
  const { $metadata: _metadata, UUID, EventSourceMappingArn, LastModified, ...rest } = answer as Record<string, unknown>;
  assert.match(String(UUID), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(EventSourceMappingArn, world.arn(`event-source-mapping:${UUID}`));
  assert.ok(LastModified instanceof Date && Math.abs(Date.now() - LastModified.getTime()) < 60_000, String(LastModified));
  return rest;
}
