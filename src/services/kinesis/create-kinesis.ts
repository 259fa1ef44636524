import type { StreamSource } from '../../ports/record-stream.ts';
import { cborForm } from '../../wire/aws-json/cbor-form.ts';
import { awsJsonService } from '../../wire/aws-json/aws-json-service.ts';
import { fidelityCheck } from '../../wire/fidelity/fidelity-check.ts';
import { KINESIS_OPERATIONS } from '../../wire/generated/kinesis.ts';
import type { Service } from '../../wire/service.ts';
import { existingConsumer } from './consumers.ts';
import type { KinesisContext } from './kinesis-context.ts';
import type { KinesisGround } from './kinesis-ground.ts';
import { kinesisError } from './kinesis-errors.ts';
import { KINESIS_FIDELITY } from './kinesis-fidelity.ts';
import { KINESIS_BUILT } from './kinesis-operations.ts';
import { subscribeToShard } from './operations/subscribe-to-shard.ts';
import { ShardThroughput } from './shard-throughput.ts';
import { StreamDirectory } from './stream-directory.ts';
import { StreamKeeper } from './stream-keeper.ts';
import { kinesisSource } from './kinesis-source.ts';
import { parseArn } from './stream-record.ts';
import { Subscriptions } from './subscriptions.ts';

/** The embedded Kinesis. */
export interface Kinesis {
  readonly service: Service;
  /** How functions are fed from its streams. */
  readonly source: StreamSource;
  /** Whether a stream, or a consumer, of that ARN is there. */
  exists(sourceArn: string): Promise<boolean>;
  /** Completes what a crash left half done and begins to remove what is too old. */
  start(): Promise<void>;
  /** Ends all subscriptions, so that nobody waits for them. */
  endSubscriptions(): void;
  close(): Promise<void>;
}

/** A request of 500 records with 10 MiB of data and keys, in base64. */
const BODY_BYTES_MAX = 16_777_216;

/** What CBOR, that the SDKs for Java speak, has types of its own for. */
const CBOR = cborForm({
  bytes: new Set(['Data']),
  times: new Set(['ApproximateArrivalTimestamp', 'ConsumerCreationTimestamp', 'StreamCreationTimestamp']),
});

/** Kinesis over a store of records; streams themselves are documents. Both belong to the caller. */
export function createKinesis(ground: KinesisGround): Kinesis {
  const streams = new StreamDirectory(ground.store);
  const keeper = new StreamKeeper(ground, streams);
  const subscriptions = new Subscriptions();
  const throughput = ground.limitsThroughput ? new ShardThroughput() : undefined;
  const kinesis: KinesisContext = { ...ground, streams, keeper, subscriptions, throughput };
  const service = awsJsonService({
    name: 'kinesis',
    targetPrefix: 'Kinesis_20131202.',
    operations: KINESIS_OPERATIONS,
    handlers: Object.fromEntries(
      Object.entries(KINESIS_BUILT).map(([name, run]) => [
        name,
        async (input, context) => ({ output: await run(kinesis, input, context) }),
      ]),
    ),
    streams: { SubscribeToShard: subscribeToShard(kinesis) },
    fidelity: fidelityCheck(KINESIS_FIDELITY, (message) => kinesisError('InvalidArgumentException', message), ground.logger),
    contentType: 'application/x-amz-json-1.1',
    bodyBytesMax: BODY_BYTES_MAX,
    otherForms: [CBOR],
    logger: ground.logger,
  });
  return {
    service,
    source: kinesisSource(kinesis),
    exists: async (sourceArn) => {
      const named = parseArn(sourceArn);
      const stream = named && (await streams.find(named, named.stream));
      if (!stream || stream.record.deletedAtMs !== undefined) return false;
      return (
        !named.consumer || (await existingConsumer(kinesis, { ConsumerARN: sourceArn }).catch(() => undefined)) !== undefined
      );
    },
    start: () => keeper.start(),
    endSubscriptions: () => subscriptions.endAll(),
    close: async () => {
      subscriptions.endAll();
      await keeper.close();
    },
  };
}
