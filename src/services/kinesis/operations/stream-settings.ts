import { changeStream, kinesisOperation, mustBeActive } from '../kinesis-context.ts';
import { invalidArgument } from '../kinesis-errors.ts';
import { MODE, required, STREAM, STREAM_ARN } from '../member-rules.ts';
import { PASSING_MS, streamArn, type StreamRecord } from '../stream-record.ts';

const HOURS_MIN = 24;
const HOURS_MAX = 8_760;
const HOURS = required({ type: 'integer', lowest: -2_147_483_648, highest: 2_147_483_647 });
const KEY = {
  ...STREAM,
  EncryptionType: required({ type: 'text', choices: ['NONE', 'KMS'] }),
  KeyId: required({ type: 'text', charactersMin: 1, charactersMax: 2_048 }),
} as const;
const EVERY_METRIC = [
  'IncomingBytes',
  'IncomingRecords',
  'IteratorAgeMilliseconds',
  'OutgoingBytes',
  'OutgoingRecords',
  'ReadProvisionedThroughputExceeded',
  'WriteProvisionedThroughputExceeded',
] as const;
const METRICS = {
  ...STREAM,
  ShardLevelMetrics: required({
    type: 'list',
    countMin: 1,
    countMax: 7,
    of: { type: 'text', choices: [...EVERY_METRIC, 'ALL'] },
  }),
} as const;

/** IncreaseStreamRetentionPeriod. Throws ResourceNotFoundException, ResourceInUseException and InvalidArgumentException. */
export const increaseStreamRetentionPeriod = kinesisOperation(
  { ...STREAM, RetentionPeriodHours: HOURS },
  async ({ clock, ...kinesis }, input, context) => {
    const hours = boundedHours(input.RetentionPeriodHours);
    await changeStream({ clock, ...kinesis }, input, context, (stream) => {
      mustBeActive(stream, clock.now());
      if (hours < stream.retentionHours)
        throw invalidArgument(
          `Requested retention period (${hours} hours) for stream ${stream.name} can not be shorter than existing retention period` +
            ` (${stream.retentionHours} hours). Use DecreaseRetentionPeriod API.`,
        );
      return withHours(stream, hours, clock.now());
    });
    return {};
  },
);

/** DecreaseStreamRetentionPeriod. Throws ResourceNotFoundException, ResourceInUseException and InvalidArgumentException. */
export const decreaseStreamRetentionPeriod = kinesisOperation(
  { ...STREAM, RetentionPeriodHours: HOURS },
  async ({ clock, ...kinesis }, input, context) => {
    const hours = boundedHours(input.RetentionPeriodHours);
    await changeStream({ clock, ...kinesis }, input, context, (stream) => {
      mustBeActive(stream, clock.now());
      if (hours > stream.retentionHours)
        throw invalidArgument(
          `Requested retention period (${hours} hours) for stream ${stream.name} can not be longer than existing retention period` +
            ` (${stream.retentionHours} hours). Use IncreaseRetentionPeriod API.`,
        );
      return withHours(stream, hours, clock.now());
    });
    return {};
  },
);

/** UpdateStreamMode. Shards stay as they are, as on AWS. Throws ResourceNotFoundException and ResourceInUseException. */
export const updateStreamMode = kinesisOperation(
  { StreamARN: required(STREAM_ARN), StreamModeDetails: required(MODE) },
  async (kinesis, input, context) => {
    const nowMs = kinesis.clock.now();
    const mode = input.StreamModeDetails.StreamMode === 'ON_DEMAND' ? 'ON_DEMAND' : 'PROVISIONED';
    await changeStream(kinesis, input, context, (stream) => {
      mustBeActive(stream, nowMs);
      return { ...stream, mode, passing: passing(nowMs) };
    });
    return {};
  },
);

/** UpdateMaxRecordSize. Throws ResourceNotFoundException and ResourceInUseException. */
export const updateMaxRecordSize = kinesisOperation(
  { StreamARN: required(STREAM_ARN), MaxRecordSizeInKiB: required({ type: 'integer', lowest: 1_024, highest: 10_240 }) },
  async (kinesis, input, context) => {
    const nowMs = kinesis.clock.now();
    await changeStream(kinesis, input, context, (stream) => {
      mustBeActive(stream, nowMs);
      return { ...stream, maxRecordSizeKib: input.MaxRecordSizeInKiB, passing: passing(nowMs) };
    });
    return {};
  },
);

/** StartStreamEncryption; nothing is encrypted. Throws ResourceNotFoundException and ResourceInUseException. */
export const startStreamEncryption = kinesisOperation(KEY, async (kinesis, input, context) => {
  if (input.EncryptionType !== 'KMS') throw invalidArgument('EncryptionType must be KMS.');
  await changeStream(kinesis, input, context, (stream) => {
    mustBeActive(stream, kinesis.clock.now());
    return { ...stream, keyId: input.KeyId, passing: passing(kinesis.clock.now()) };
  });
  return {};
});

/** StopStreamEncryption. Throws ResourceNotFoundException and ResourceInUseException. */
export const stopStreamEncryption = kinesisOperation(KEY, async (kinesis, input, context) => {
  await changeStream(kinesis, input, context, (stream) => {
    mustBeActive(stream, kinesis.clock.now());
    const { keyId: _keyId, ...rest } = stream;
    return { ...rest, passing: passing(kinesis.clock.now()) };
  });
  return {};
});

/** EnableEnhancedMonitoring; nothing is counted by shard. Throws ResourceNotFoundException. */
export const enableEnhancedMonitoring = kinesisOperation(METRICS, async (kinesis, input, context) => {
  return changeMetrics(kinesis, input, context, (present, named) => [...new Set([...present, ...named])].toSorted());
});

/** DisableEnhancedMonitoring. Throws ResourceNotFoundException. */
export const disableEnhancedMonitoring = kinesisOperation(METRICS, async (kinesis, input, context) => {
  return changeMetrics(kinesis, input, context, (present, named) => present.filter((name) => !named.includes(name)));
});

async function changeMetrics(
  kinesis: Parameters<typeof changeStream>[0],
  input: Parameters<typeof changeStream>[1] & { readonly ShardLevelMetrics: readonly string[] },
  context: Parameters<typeof changeStream>[2],
  change: (present: readonly string[], named: readonly string[]) => string[],
): Promise<object> {
  const named = input.ShardLevelMetrics.includes('ALL') ? EVERY_METRIC : input.ShardLevelMetrics;
  let before: readonly string[] = [];
  const changed = await changeStream(kinesis, input, context, (stream) => {
    before = stream.shardLevelMetrics;
    return { ...stream, shardLevelMetrics: change(before, named) };
  });
  return {
    StreamName: changed.name,
    StreamARN: streamArn(changed),
    CurrentShardLevelMetrics: before,
    DesiredShardLevelMetrics: changed.shardLevelMetrics,
  };
}

function passing(nowMs: number): NonNullable<StreamRecord['passing']> {
  return { status: 'UPDATING', untilMs: nowMs + PASSING_MS };
}

function withHours(stream: StreamRecord, retentionHours: number, nowMs: number): StreamRecord | undefined {
  return retentionHours === stream.retentionHours ? undefined : { ...stream, retentionHours, passing: passing(nowMs) };
}

function boundedHours(hours: number): number {
  if (hours < HOURS_MIN)
    throw invalidArgument(
      `Minimum allowed retention period is ${HOURS_MIN} hours. Requested retention period (${hours} hours) is too short.`,
    );
  if (hours > HOURS_MAX)
    throw invalidArgument(
      `Maximum allowed retention period is ${HOURS_MAX} hours. Requested retention period (${hours} hours) is too long.`,
    );
  return hours;
}
