import { CreateTableCommand, DynamoDBClient, PutItemCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  PutRecordCommand,
  waitUntilStreamExists,
} from '@aws-sdk/client-kinesis';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { createTellingFunction, map } from './telling-function.ts';
import { inTime, type Workload } from './workload.ts';

const NAME = 'events-stream';
const ITEMS = 1_000;
/** Of each item, where there are fewer events than a thousand items need. */
const ROUNDS = 100;
const SENDERS = 32;
const SHARDS = 4;
const WAIT = { maxWaitTime: 60, minDelay: 1, maxDelay: 1 };
const MAPPING = { FunctionName: NAME, StartingPosition: 'TRIM_HORIZON', BatchSize: 100, ParallelizationFactor: 10 } as const;

/** Updates of a thousand items of a table, which its stream tells in the order of each. */
export const TABLE: Workload = {
  async deploy(options, recorderUrl) {
    const lambda = new LambdaClient(options);
    const client = new DynamoDBClient(options);
    await createTellingFunction(lambda, NAME, recorderUrl);
    const { TableDescription } = await client.send(
      new CreateTableCommand({
        TableName: NAME,
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
      }),
    );
    await waitUntilTableExists({ client, ...WAIT }, { TableName: NAME });
    await map(lambda, { ...MAPPING, EventSourceArn: TableDescription?.LatestStreamArn });
    return {
      send: (name) =>
        client.send(new PutItemCommand({ TableName: NAME, Item: { id: { S: name.split('/')[1] ?? '' }, name: { S: name } } })),
      close: () => [lambda, client].forEach((each) => each.destroy()),
    };
  },
  work: updates,
};

/** Records of a thousand partition keys in four shards. */
export const KINESIS: Workload = {
  async deploy(options, recorderUrl) {
    const lambda = new LambdaClient(options);
    const client = new KinesisClient(options);
    await createTellingFunction(lambda, NAME, recorderUrl);
    await client.send(new CreateStreamCommand({ StreamName: NAME, ShardCount: SHARDS }));
    await waitUntilStreamExists({ client, ...WAIT }, { StreamName: NAME });
    const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName: NAME }));
    await map(lambda, { ...MAPPING, EventSourceArn: StreamDescriptionSummary?.StreamARN });
    return {
      send: (name) => {
        const PartitionKey = name.split('/')[1] ?? '';
        return client.send(new PutRecordCommand({ StreamName: NAME, PartitionKey, Data: Buffer.from(JSON.stringify({ name })) }));
      },
      close: () => [lambda, client].forEach((each) => each.destroy()),
    };
  },
  work: updates,
};

/** Each sender has items of its own and updates one after the other, round by round. */
function updates(events: number, send: (name: string) => Promise<void>, isLate: () => boolean): Promise<unknown> {
  const items = Math.min(ITEMS, Math.ceil(events / ROUNDS));
  const rounds = Math.floor(events / items);
  const sender = async (first: number): Promise<void> => {
    for (let round = 0; round < rounds; round += 1) {
      await inTime(round + 1, rounds, isLate);
      for (let item = first; item < items; item += SENDERS) await send(`stream/i${item}/${round}`);
    }
  };
  return Promise.all(Array.from({ length: SENDERS }, (_, index) => sender(index)));
}
