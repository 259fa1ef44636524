import type { Document } from '../../ports/metadata-store.ts';
import { eachDocument } from '../events/paging.ts';
import type { KinesisContext } from './kinesis-context.ts';
import { invalidArgument, kinesisError } from './kinesis-errors.ts';
import { CONSUMER_KIND, consumerArn, consumerKey, type ConsumerRecord, parseArn, type StreamRecord } from './stream-record.ts';

/** How requests name a consumer. */
export interface ConsumerName {
  readonly StreamARN?: string | undefined;
  readonly ConsumerName?: string | undefined;
  readonly ConsumerARN?: string | undefined;
}

/** All consumers of a stream, by name. */
export async function consumersOf(
  { store }: Pick<KinesisContext, 'store'>,
  { account, region, name, incarnation }: StreamRecord,
): Promise<ConsumerRecord[]> {
  const consumers: ConsumerRecord[] = [];
  const request = { account, region, kind: CONSUMER_KIND, prefix: `${name}/` };
  for await (const { body } of eachDocument<ConsumerRecord>(store, request)) {
    if (body.incarnation === incarnation) consumers.push(body);
  }
  return consumers;
}

/** The consumer that a request names, with its stream's name. Throws ResourceNotFoundException and InvalidArgumentException. */
export async function existingConsumer(
  { store, streams }: Pick<KinesisContext, 'store' | 'streams'>,
  { StreamARN, ConsumerName: given, ConsumerARN }: ConsumerName,
): Promise<Document<ConsumerRecord>> {
  if (ConsumerARN === undefined && (StreamARN === undefined || given === undefined))
    throw invalidArgument('Either ConsumerARN or both StreamARN and ConsumerName must be specified.');
  const named = parseArn(ConsumerARN ?? StreamARN ?? '');
  const name = given ?? named?.consumer?.name ?? '';
  const found = named && (await store.get<ConsumerRecord>(consumerKey(named, named.stream, name)));
  const isMeant = found && (ConsumerARN === undefined || consumerArn(found.body) === ConsumerARN);
  const stream = isMeant ? await streams.find(found.body, found.body.stream) : undefined;
  if (found && stream?.record.incarnation === found.body.incarnation) return found;
  throw kinesisError('ResourceNotFoundException', `Consumer ${ConsumerARN ?? name}, account ${named?.account ?? ''} not found.`);
}

/** What the API tells of a consumer. */
export function consumerShape(consumer: ConsumerRecord, nowMs: number): object {
  return {
    ConsumerName: consumer.name,
    ConsumerARN: consumerArn(consumer),
    ConsumerStatus: nowMs < consumer.activeAtMs ? 'CREATING' : 'ACTIVE',
    ConsumerCreationTimestamp: consumer.createdAtMs / 1_000,
  };
}
