import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';

const sns = new SNSClient({});
const TOPIC_ARN = process.env.TOPIC_ARN;
/** Money that this shop takes. */
const CURRENCIES = new Set((process.env.CURRENCIES ?? 'EUR').split(','));

/**
 * Confirms each order of a batch to whoever listens to the topic. Orders that can't be confirmed are named in the answer: they
 * alone come again, and end in the queue's dead-letter queue when that does not help.
 */
export async function handler(event) {
  const outcomes = await Promise.allSettled(event.Records.map(async ({ body }) => confirm(JSON.parse(body))));
  const batchItemFailures = [];
  for (const [index, { status, reason }] of outcomes.entries()) {
    const { messageId, attributes } = event.Records[index];
    if (status === 'fulfilled') continue;
    console.error(`order refused: ${reason.message} (message ${messageId}, try ${attributes.ApproximateReceiveCount})`);
    batchItemFailures.push({ itemIdentifier: messageId });
  }
  return { batchItemFailures };
}

async function confirm({ id, currency, items }) {
  if (!CURRENCIES.has(currency)) throw new Error(`${id}: ${currency} is no money that we take`);
  const cents = items.reduce((sum, { quantity, cents: each }) => sum + quantity * each, 0);
  await sns.send(
    new PublishCommand({
      TopicArn: TOPIC_ARN,
      Subject: `Order ${id}`,
      Message: JSON.stringify({ order: id, total: `${(cents / 100).toFixed(2)} ${currency}` }),
      MessageAttributes: { currency: { DataType: 'String', StringValue: currency } },
    }),
  );
  console.log(`order confirmed: ${id}`);
}
