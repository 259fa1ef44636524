import { consumersOf } from '../consumers.ts';
import { changeStream, existingStream, kinesisOperation } from '../kinesis-context.ts';
import { kinesisError } from '../kinesis-errors.ts';
import { STREAM } from '../member-rules.ts';

/** DeleteStream. Throws ResourceNotFoundException, and ResourceInUseException while the stream has consumers and their end is not asked for. */
export const deleteStream = kinesisOperation(
  { ...STREAM, EnforceConsumerDeletion: { type: 'flag' } },
  async (kinesis, input, context) => {
    const { record } = await existingStream(kinesis, input, context);
    if (input.EnforceConsumerDeletion !== true && (await consumersOf(kinesis, record)).length > 0)
      throw kinesisError(
        'ResourceInUseException',
        `Stream ${record.name} under account ${record.account} has consumers registered. Deregister them, or set EnforceConsumerDeletion.`,
      );
    const deletedAtMs = kinesis.clock.now();
    const deleted = await changeStream(kinesis, input, context, (stream) =>
      stream.deletedAtMs === undefined ? { ...stream, deletedAtMs } : undefined,
    );
    kinesis.keeper.deleted(deleted);
    return {};
  },
);
