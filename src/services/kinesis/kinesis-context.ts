import { type JsonMemberRules, type JsonMemberValues, readJsonMembers } from '../../wire/aws-json/json-members.ts';
import type { RequestContext } from '../../wire/service.ts';
import { invalidArgument, kinesisError, noSuchStream } from './kinesis-errors.ts';
import type { KinesisGround } from './kinesis-ground.ts';
import type { Stream, StreamDirectory } from './stream-directory.ts';
import { parseArn, type StreamRecord, statusOf } from './stream-record.ts';
import type { ShardThroughput } from './shard-throughput.ts';
import type { StreamKeeper } from './stream-keeper.ts';
import type { Subscriptions } from './subscriptions.ts';

/** What every operation gets besides its input. */
export interface KinesisContext extends KinesisGround {
  readonly streams: StreamDirectory;
  readonly keeper: StreamKeeper;
  readonly subscriptions: Subscriptions;
  /** Undefined where shards are not held to it. */
  readonly throughput: ShardThroughput | undefined;
}

/** One operation of Kinesis. Throws ServiceErrors with the API's names. */
export type KinesisOperation = (
  kinesis: KinesisContext,
  input: Readonly<Record<string, unknown>>,
  context: RequestContext,
) => Promise<object>;

/** An operation behind the rules of its input; what it gets has been checked. */
export function kinesisOperation<const Rules extends JsonMemberRules>(
  rules: Rules,
  run: (kinesis: KinesisContext, input: JsonMemberValues<Rules>, context: RequestContext) => Promise<object>,
): KinesisOperation {
  return async (kinesis, input, context) => run(kinesis, readJsonMembers(rules, input), context);
}

/** How requests name a stream. */
export interface StreamName {
  readonly StreamName?: string | undefined;
  readonly StreamARN?: string | undefined;
}

/** The place that a request names. Throws InvalidArgumentException where it names none, or two. */
export function placeNamed(
  { StreamName, StreamARN }: StreamName,
  context: Pick<RequestContext, 'account' | 'region'>,
): { readonly account: string; readonly region: string; readonly name: string } {
  if (StreamARN === undefined) {
    if (StreamName === undefined) throw invalidArgument('Either StreamName or StreamARN must be specified.');
    return { account: context.account, region: context.region, name: StreamName };
  }
  const named = parseArn(StreamARN);
  if (!named || named.consumer) throw invalidArgument(`StreamARN ${StreamARN} is not valid.`);
  if (StreamName !== undefined && StreamName !== named.stream)
    throw invalidArgument(`StreamName ${StreamName} and StreamARN ${StreamARN} are not of the same stream.`);
  if (named.region !== context.region) throw noSuchStream(named.stream, named.account);
  return { account: named.account, region: named.region, name: named.stream };
}

/** The stream that a request names. Throws ResourceNotFoundException. */
export async function existingStream(
  { streams }: Pick<KinesisContext, 'streams'>,
  input: StreamName,
  context: Pick<RequestContext, 'account' | 'region'>,
): Promise<Stream> {
  const { name, ...locality } = placeNamed(input, context);
  const stream = await streams.find(locality, name);
  if (!stream) throw noSuchStream(name, locality.account);
  return stream;
}

/** The same where records can be put and read; a stream that is being made is not there yet. */
export async function usableStream(
  kinesis: Pick<KinesisContext, 'streams' | 'clock'>,
  input: StreamName,
  context: Pick<RequestContext, 'account' | 'region'>,
): Promise<Stream> {
  const stream = await existingStream(kinesis, input, context);
  if (statusOf(stream.record, kinesis.clock.now()) === 'CREATING') throw noSuchStream(stream.record.name, stream.record.account);
  return stream;
}

/** Changes a stream that exists; `change` may throw. Throws ResourceNotFoundException. */
export async function changeStream(
  { streams }: KinesisContext,
  input: StreamName,
  context: Pick<RequestContext, 'account' | 'region'>,
  change: (stream: StreamRecord) => StreamRecord | undefined,
): Promise<StreamRecord> {
  const { name, ...locality } = placeNamed(input, context);
  const changed = await streams.change(locality, name, change);
  if (!changed) throw noSuchStream(name, locality.account);
  return changed;
}

/** Throws ResourceInUseException for a stream that is on its way to another state. */
export function mustBeActive(stream: StreamRecord, nowMs: number): void {
  const status = statusOf(stream, nowMs);
  if (status !== 'ACTIVE')
    throw kinesisError(
      'ResourceInUseException',
      `Stream ${stream.name} under account ${stream.account} not ACTIVE, instead in state ${status}`,
    );
}
