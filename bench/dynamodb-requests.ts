import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { startBenchServer } from './functions.ts';
import type { Figure } from './figure.ts';
import { type LoadResult, median, runLoad } from './load.ts';
import { startMeasured } from './processes.ts';
import { plainRequest } from './requests.ts';

const TableName = 'bench';
const Key = { id: { S: 'item' } };
const CONNECTIONS = 64;

/**
 * DynamoDB as clients see it, against a bare `node:http` echo in alternating blocks: one item read, and one counter raised, with
 * the table's stream written, each raise on disk before it is answered.
 */
export async function benchDynamoDbRequests(options: { rounds: number; blockMs: number }): Promise<Figure[]> {
  const bare = await startMeasured(['bench/bare-server.ts']);
  const server = await startBenchServer();
  const client = new DynamoDBClient(server.clientOptions);
  try {
    await client.send(
      new CreateTableCommand({
        TableName,
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
      }),
    );
    await client.send(new PutItemCommand({ TableName, Item: { ...Key, n: { N: '0' }, text: { S: 'x'.repeat(220) } } }));
    const raise = { UpdateExpression: 'SET n = n + :one', ExpressionAttributeValues: { ':one': { N: '1' } } };
    const requests = { GetItem: request('GetItem', {}), UpdateItem: request('UpdateItem', raise) };
    const figures: Figure[] = [];
    for (const [name, bytes] of Object.entries(requests)) {
      const pairs: { ours: LoadResult; theirs: LoadResult }[] = [];
      const plan = { connections: CONNECTIONS, durationMs: options.blockMs };
      for (let round = -1; round < options.rounds; round += 1) {
        const theirs = await runLoad({ ...plan, port: bare.port, request: plainRequest() });
        const ours = await runLoad({ ...plan, port: server.port, request: bytes });
        if (ours.errors > 0) throw new Error(`${ours.errors} requests failed`);
        if (round >= 0) pairs.push({ ours, theirs });
      }
      figures.push(...figuresOf(name, pairs));
    }
    return figures;
  } finally {
    client.destroy();
    await server.stop();
    await bare.stop();
  }
}

function figuresOf(operation: string, pairs: readonly { ours: LoadResult; theirs: LoadResult }[]): Figure[] {
  const figure = (name: string, unit: string, pick: (result: LoadResult) => number): Figure => ({
    name: `${operation} of one item, ${CONNECTIONS} conn, ${name}`,
    unit,
    lambkin: median(pairs.map((pair) => pick(pair.ours))),
    bare: median(pairs.map((pair) => pick(pair.theirs))),
    ratio: median(pairs.map((pair) => pick(pair.ours) / pick(pair.theirs))),
  });
  return [
    figure('throughput', 'req/s', (result) => result.requestsPerSecond),
    figure('p50', 'us', (result) => result.p50Us),
    figure('p99', 'us', (result) => result.p99Us),
  ];
}

/** A request as the SDKs send it, signature and all. */
function request(operation: string, more: object): Buffer {
  const body = JSON.stringify({ TableName, Key, ...more });
  const headers = [
    'POST / HTTP/1.1',
    'Host: 127.0.0.1',
    'Content-Type: application/x-amz-json-1.0',
    `X-Amz-Target: DynamoDB_20120810.${operation}`,
    'X-Amz-Date: 20260101T000000Z',
    `Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
    'User-Agent: aws-sdk-js/3',
    `Content-Length: ${body.length}`,
  ];
  return Buffer.from(`${headers.join('\r\n')}\r\n\r\n${body}`);
}
