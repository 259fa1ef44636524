import type { TestContext } from 'node:test';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { FakeClock } from '../../adapters/memory/fake-clock.ts';
import { MemoryMetadataStore } from '../../adapters/memory/metadata-store.ts';
import { QuietLogger } from '../../adapters/memory/quiet-logger.ts';
import { systemIds } from '../../adapters/system/ids.ts';
import { FakeQueue } from '../../invoke/async/fake-queue.ts';
import type { TargetDelivery } from '../../ports/event-target.ts';
import { startListener } from '../../wire/wire-fixture.ts';
import { createEvents, type EventBridge } from './create-events.ts';

/** For tests: the account of the client. */
export const ACCOUNT = '111122223333';
/** For tests: ARN of a function whose policy lets EventBridge in, unless its name says otherwise. */
export const functionNamed = (name: string): string => `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${name}`;
/** For tests: ARN of a queue. */
export const queueNamed = (name: string): string => `arn:aws:sqs:us-east-1:${ACCOUNT}:${name}`;

/** For tests: EventBridge behind a listener, with targets that keep what they get. */
export interface EventsFixture {
  readonly client: EventBridgeClient;
  readonly clock: FakeClock;
  readonly logger: QuietLogger;
  readonly queue: FakeQueue;
  readonly delivered: TargetDelivery[];
  /** Set to make a target reject: gets the delivery, throws. */
  refuse: (delivery: TargetDelivery) => void;
  /** Ends this EventBridge and makes another one over the same store and queue, which the client does not see. */
  restart(): Promise<void>;
  /** The same with something happening in between. */
  pause(meanwhile: () => Promise<void>): Promise<void>;
}

/** For tests: starts EventBridge. Functions named `denied...` let nobody in, those named `absent...` do not exist. */
export async function openEvents(t: TestContext): Promise<EventsFixture> {
  const [store, clock, logger, ids] = [new MemoryMetadataStore(), new FakeClock(), new QuietLogger(), systemIds()];
  const queue = new FakeQueue(clock);
  const make = (): EventBridge =>
    createEvents({
      store,
      queue,
      targets: {
        deliver: async (delivery) => {
          fixture.refuse(delivery);
          fixture.delivered.push(delivery);
        },
      },
      permission: {
        check: async ({ functionArn, principal, sourceArn, sourceAccount }) => {
          const name = functionArn.split(':')[6] ?? '';
          if (name.startsWith('absent')) return 'absent';
          const isAsked = principal === 'events.amazonaws.com' && sourceArn?.includes(':rule/') && sourceAccount === ACCOUNT;
          return name.startsWith('denied') || !isAsked ? 'denied' : 'allowed';
        },
      },
      clock,
      ids,
      logger,
    });
  let running = make();
  await running.start();
  t.after(() => running.close(0));
  const { port } = await startListener(t, [running.service], { logger });
  const client = new EventBridgeClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: ACCOUNT, secretAccessKey: 'x' },
    maxAttempts: 1,
  });
  t.after(() => client.destroy());
  const fixture: EventsFixture = {
    client,
    clock,
    logger,
    queue,
    delivered: [],
    refuse: () => {},
    restart: () => fixture.pause(async () => {}),
    pause: async (meanwhile) => {
      await running.close(0);
      await meanwhile();
      running = make();
      await running.start();
    },
  };
  return fixture;
}
