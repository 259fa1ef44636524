import { test } from 'node:test';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { openDynamoDb } from '../../src/services/dynamodb/dynamodb-fixture.ts';
import { Random } from '../fuzz/random.ts';
import { ModelTable } from './item-model.ts';
import { randomStep } from './item-steps.ts';

// Random calls of DynamoDB by the official client, conditions, transactions and indexes among them, against a small model.
// LAMBKIN_TEST_ITEM_STEPS says how many; LAMBKIN_TEST_SEED repeats a run.

const STEPS = Number(process.env['LAMBKIN_TEST_ITEM_STEPS'] ?? 800);
const SEED = Number(process.env['LAMBKIN_TEST_SEED'] ?? Date.now() % 1_000_000);
/** At the same moment, each on a table of its own. */
const SEQUENCES = 8;

test(`${STEPS} random steps on items come to what the model says`, { timeout: 600_000 }, async (t) => {
  t.diagnostic(`LAMBKIN_TEST_SEED=${SEED}`);
  const { client } = await openDynamoDb(t);
  const run = async (sequence: number): Promise<void> => {
    const TableName = `things-${sequence}`;
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'N' },
          { AttributeName: 'g', AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'by-group',
            KeySchema: [
              { AttributeName: 'g', KeyType: 'HASH' },
              { AttributeName: 'sk', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
      }),
    );
    const scene = { client, TableName, table: new ModelTable(), random: new Random(SEED + sequence) };
    for (let step = 0; step < STEPS / SEQUENCES; step += 1) await randomStep(scene);
  };
  await Promise.all(Array.from({ length: SEQUENCES }, (_, sequence) => run(sequence)));
});
