import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';

const events = new EventBridgeClient({});
const EVENT_BUS = process.env.EVENT_BUS;

/**
 * Closes the day that has ended and tells the bus of it. A schedule runs it at least once, so whoever listens tells two reports
 * of one night apart by `execution`, which is the same in both.
 */
export async function handler({ scheduledTime, execution, attempt }) {
  const day = new Date(Date.parse(scheduledTime) - 86_400_000).toISOString().slice(0, 10);
  const { FailedEntryCount, Entries } = await events.send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: EVENT_BUS,
          Source: 'nightly',
          DetailType: 'Day Closed',
          Detail: JSON.stringify({ day, scheduledTime, execution }),
        },
      ],
    }),
  );
  // The call succeeds also when the bus did not take the event.
  if (FailedEntryCount > 0) throw new Error(`the bus did not take the event: ${Entries[0].ErrorMessage}`);
  console.log(`closed ${day}, attempt ${attempt}`);
  return { day };
}
