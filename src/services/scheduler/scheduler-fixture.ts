import type { TestContext } from 'node:test';
import { CreateScheduleCommand, type CreateScheduleInput, SchedulerClient } from '@aws-sdk/client-scheduler';
import { FakeClock } from '../../adapters/memory/fake-clock.ts';
import { MemoryMetadataStore } from '../../adapters/memory/metadata-store.ts';
import { QuietLogger } from '../../adapters/memory/quiet-logger.ts';
import { systemIds } from '../../adapters/system/ids.ts';
import { FakeQueue } from '../../invoke/async/fake-queue.ts';
import type { TargetDelivery } from '../../ports/event-target.ts';
import type { InvokeRequest } from '../../ports/invoker.ts';
import type { OutgoingMessage } from '../../ports/message-queue.ts';
import type { TopicMessage } from '../../ports/topic-publisher.ts';
import { startListener } from '../../wire/wire-fixture.ts';
import { createScheduler, type EventBridgeScheduler } from './create-scheduler.ts';
import type { SchedulerQuotas } from './scheduler-context.ts';

/** For tests: the account of the client. */
export const ACCOUNT = '111122223333';
/** For tests: a function. */
export const FUNCTION = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:f`;
/** For tests: a role. */
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/r`;
/** For tests: ARN of a queue. */
export const queueNamed = (name: string): string => `arn:aws:sqs:us-east-1:${ACCOUNT}:${name}`;

/** For tests: something that reached a target, and when. */
export interface Delivered {
  readonly atMs: number;
  readonly delivery: TargetDelivery;
}

/** For tests: what API actions were called with. */
export interface Called {
  readonly action: string;
  readonly request: InvokeRequest | OutgoingMessage | TopicMessage;
  readonly arn?: string;
}

/** For tests: EventBridge Scheduler behind a listener, with targets that keep what they get. */
export interface SchedulerFixture {
  readonly client: SchedulerClient;
  readonly endpoint: string;
  readonly clock: FakeClock;
  readonly logger: QuietLogger;
  readonly queue: FakeQueue;
  readonly store: MemoryMetadataStore;
  readonly delivered: Delivered[];
  readonly called: Called[];
  /** Set to make a target reject: gets the delivery, throws. */
  refuse: (delivery: TargetDelivery) => void;
  /** Makes a schedule that calls {@link FUNCTION}, unless told otherwise. */
  create(input: Partial<CreateScheduleInput>): Promise<void>;
  /** Stops, lets something happen, and makes another one over the same store and queue, which the client does not see. */
  pause(meanwhile: () => Promise<void>): Promise<void>;
}

/** For tests: starts EventBridge Scheduler. */
export async function openScheduler(
  t: TestContext,
  given: { readonly startMs?: number; readonly quotas?: SchedulerQuotas } = {},
): Promise<SchedulerFixture> {
  const [store, clock, logger, ids] = [new MemoryMetadataStore(), new FakeClock(given.startMs), new QuietLogger(), systemIds()];
  const queue = new FakeQueue(clock);
  const make = (): EventBridgeScheduler => createScheduler({ store, queue, clock, ids, logger, ...given, ...targetsOf() });
  const call = (action: string, request: Called['request'], arn?: string): void =>
    void fixture.called.push({ action, request, ...(arn === undefined ? {} : { arn }) });
  const targetsOf = (): Pick<Parameters<typeof createScheduler>[0], 'targets' | 'queues' | 'topics' | 'invoker'> => ({
    targets: {
      deliver: async (delivery) => {
        fixture.refuse(delivery);
        fixture.delivered.push({ atMs: clock.now(), delivery });
      },
    },
    queues: {
      send: async (arn: string, message: OutgoingMessage) => {
        call('send', message, arn);
        return 'id';
      },
    } as never,
    topics: { publish: async (arn: string, message: TopicMessage) => call('publish', message, arn) } as never,
    invoker: {
      invoke: async (request) => {
        call('invoke', request);
        return { executedVersion: '$LATEST', payload: Buffer.from('null') };
      },
      accept: async (request) => call('accept', request),
      dryRun: async (request) => call('dryRun', request),
    },
  });
  let running = make();
  await running.start();
  t.after(() => running.close(0));
  const { port } = await startListener(t, [running.service], { logger });
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new SchedulerClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: ACCOUNT, secretAccessKey: 'x' },
    maxAttempts: 1,
  });
  t.after(() => client.destroy());
  const fixture: SchedulerFixture = {
    client,
    endpoint,
    clock,
    logger,
    queue,
    store,
    delivered: [],
    called: [],
    refuse: () => {},
    create: async (input) => {
      const FlexibleTimeWindow = { Mode: 'OFF' } as const;
      const Target = { Arn: FUNCTION, RoleArn: ROLE };
      const schedule = { Name: 's', ScheduleExpression: 'rate(1 minute)', FlexibleTimeWindow, Target };
      await client.send(new CreateScheduleCommand({ ...schedule, ...input }));
      await clock.advance(0);
    },
    pause: async (meanwhile) => {
      await running.close(0);
      await meanwhile();
      running = make();
      await running.start();
      await clock.advance(0);
    },
  };
  return fixture;
}
