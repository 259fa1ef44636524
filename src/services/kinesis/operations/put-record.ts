import { existingStream, kinesisOperation } from '../kinesis-context.ts';
import { invalidArgument, kinesisError } from '../kinesis-errors.ts';
import { HASH_KEY, required, SEQUENCE_NUMBER, STREAM } from '../member-rules.ts';
import { putRecords as put } from '../put.ts';
import { parseSequenceNumber } from '../sequence-numbers.ts';

/** Of all data and keys of a request. Source: PutRecords in the Kinesis API reference. */
const BATCH_BYTES_MAX = 10_485_760;
const KEY_CHARACTERS_MAX = 256;

const ENTRY = {
  Data: required({ type: 'text' }),
  PartitionKey: required({ type: 'text', charactersMin: 1, charactersMax: KEY_CHARACTERS_MAX }),
  ExplicitHashKey: HASH_KEY,
} as const;

/** PutRecord. Numbers of a shard grow anyway, so that SequenceNumberForOrdering has nothing to add. See {@link put} for what it throws. */
export const putRecord = kinesisOperation(
  { ...STREAM, ...ENTRY, SequenceNumberForOrdering: SEQUENCE_NUMBER },
  async (kinesis, input, context) => {
    const { SequenceNumberForOrdering: ordering, StreamName = '' } = input;
    if (ordering !== undefined && parseSequenceNumber(ordering) === undefined)
      throw invalidArgument(
        `ExclusiveMinimumSequenceNumber ${ordering} used in PutRecord on stream ${StreamName} under account ${context.account} is invalid.`,
      );
    const [answer] = await put(kinesis, input, context, [input], () => '');
    if (answer && 'ErrorCode' in answer) throw kinesisError('ProvisionedThroughputExceededException', answer.ErrorMessage);
    return answer ?? {};
  },
);

/** PutRecords. Records fail alone only where shards are held to their throughput. See {@link put} for what it throws. */
export const putRecords = kinesisOperation(
  {
    ...STREAM,
    Records: required({ type: 'list', countMin: 1, countMax: 500, of: { type: 'structure', members: ENTRY } }),
  },
  async (kinesis, input, context) => {
    const bytes = input.Records.reduce((sum, { Data, PartitionKey }) => {
      return sum + Buffer.byteLength(Data, 'base64') + Buffer.byteLength(PartitionKey);
    }, 0);
    if (bytes > BATCH_BYTES_MAX) throw invalidArgument('Records size exceeds 10 MB limit');
    const Records = await put(kinesis, input, context, input.Records, (index) => `records.${index + 1}.member.`);
    const { record } = await existingStream(kinesis, input, context);
    return {
      FailedRecordCount: Records.filter((answer) => 'ErrorCode' in answer).length,
      Records: Records.map((answer) => {
        if ('ErrorCode' in answer) return answer;
        return { ShardId: answer.ShardId, SequenceNumber: answer.SequenceNumber };
      }),
      EncryptionType: record.keyId === undefined ? 'NONE' : 'KMS',
    };
  },
);
