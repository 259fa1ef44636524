import { RevisionConflict } from '../../ports/metadata-store.ts';
import type { RequestContext } from '../../wire/service.ts';
import { existingConsumer } from './consumers.ts';
import { changeStream, existingStream, type KinesisContext } from './kinesis-context.ts';
import { kinesisError } from './kinesis-errors.ts';
import { parseArn } from './stream-record.ts';

/** What streams and consumers have in common, apart from records. */
export interface Resource {
  readonly tags: Readonly<Record<string, string>>;
  readonly policy?: string;
}

const TRIES_MAX = 100;

/** The stream or consumer of an ARN. Throws ResourceNotFoundException. */
export async function existingResource(kinesis: KinesisContext, arn: string, context: RequestContext): Promise<Resource> {
  if (!parseArn(arn)?.consumer) return (await existingStream(kinesis, { StreamARN: arn }, context)).record;
  return (await existingConsumer(kinesis, { ConsumerARN: arn })).body;
}

/** Changes the stream or consumer of an ARN; `change` may throw. Throws ResourceNotFoundException. */
export async function changeResource(
  kinesis: KinesisContext,
  arn: string,
  context: RequestContext,
  change: (resource: Resource) => Partial<Resource>,
): Promise<void> {
  if (!parseArn(arn)?.consumer) {
    await changeStream(kinesis, { StreamARN: arn }, context, (stream) => ({ ...stream, ...change(stream) }));
    return;
  }
  for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
    const { key, body, revision } = await existingConsumer(kinesis, { ConsumerARN: arn });
    try {
      await kinesis.store.commit([{ put: key, body: { ...body, ...change(body) }, expect: revision }]);
      return;
    } catch (error) {
      if (!(error instanceof RevisionConflict)) throw error;
    }
  }
  throw kinesisError('LimitExceededException', `${arn} is being changed by too many others.`);
}
