import type { Locality } from '../../model/arn.ts';
import type { Document, DocumentKey, MetadataStore } from '../../ports/metadata-store.ts';
import type { RequestContext } from '../../wire/service.ts';
import { type Members, requiredText } from './members.ts';
import { queueDoesNotExist, sqsError } from './sqs-errors.ts';

/** A queue as it is stored. */
export interface QueueRecord {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  /** Random: a queue of the same name that is made later is another one, and has none of its messages. */
  readonly incarnation: string;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
  /** Those that were set, by their names in SQS. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** Kind of the documents that queues are stored in. */
export const QUEUE_KIND = 'sqs-queue';

const ARN = /^arn:aws[a-z-]*:sqs:([a-z0-9-]+):(\d{12}):([A-Za-z0-9_-]{1,80}(?:\.fifo)?)$/;

/** Where a queue's document is. */
export function queueKey(locality: Locality, name: string): DocumentKey {
  return { account: locality.account, region: locality.region, kind: QUEUE_KIND, id: name };
}

/** ARN of a queue. */
export function queueArn({ account, region, name }: Pick<QueueRecord, 'account' | 'region' | 'name'>): string {
  return `arn:aws:sqs:${region}:${account}:${name}`;
}

/** The name that the queue's messages are kept by. */
export function eventQueueOf(record: QueueRecord): string {
  return `${queueArn(record)}#${record.incarnation}`;
}

/** The ARN in a name of {@link eventQueueOf}. */
export function arnOfEventQueue(name: string): string {
  return name.slice(0, name.indexOf('#'));
}

/** Whether a queue keeps order. */
export function isFifo(record: Pick<QueueRecord, 'name'>): boolean {
  return record.name.endsWith('.fifo');
}

/** The queue's address, at the host by which the caller reached us. */
export function queueUrl(context: Pick<RequestContext, 'origin'>, record: QueueRecord): string {
  return `${context.origin}/${record.account}/${record.name}`;
}

/** The queue that `QueueUrl` names, of whichever account; the host counts for nothing. Throws QueueDoesNotExist. */
export async function existingQueue(store: MetadataStore, input: Members, context: RequestContext): Promise<QueueRecord> {
  return (await existingDocument(store, input, context)).body;
}

/** The same with its revision. */
export async function existingDocument(
  store: MetadataStore,
  input: Members,
  context: RequestContext,
): Promise<Document<QueueRecord>> {
  const url = requiredText(input, 'QueueUrl');
  const [, account, name] = /(?:^|\/)(\d{12})\/([^/?#]+)\/?$/.exec(url) ?? [];
  if (account === undefined || name === undefined) {
    throw sqsError('InvalidAddress', `The address ${url.slice(0, 1_024)} is not valid for this endpoint.`);
  }
  const found = await store.get<QueueRecord>(queueKey({ account, region: context.region }, name));
  if (!found) throw queueDoesNotExist();
  return found;
}

/** The queue of an ARN; undefined when there is none. */
export async function queueOfArn(store: MetadataStore, arn: string): Promise<QueueRecord | undefined> {
  const [, region, account, name] = ARN.exec(arn) ?? [];
  if (region === undefined || account === undefined || name === undefined) return undefined;
  return (await store.get<QueueRecord>(queueKey({ account, region }, name)))?.body;
}

const PAGE = 500;

/** Every queue of an account in a region whose name begins with `prefix`, in the order of their names. */
export async function* everyQueue(store: MetadataStore, locality: Locality, prefix = ''): AsyncGenerator<QueueRecord> {
  const { account, region } = locality;
  for (let after: string | undefined; ;) {
    const start = after === undefined ? {} : { after };
    const page = await store.list<QueueRecord>({ account, region, kind: QUEUE_KIND, prefix, limit: PAGE, ...start });
    for (const { body } of page) yield body;
    after = page.at(-1)?.key.id;
    if (page.length < PAGE || after === undefined) return;
  }
}

/** Writes a queue's record anew. A rival write makes it reject with RevisionConflict. */
export async function rewriteQueue(
  store: MetadataStore,
  { key, revision, body }: Document<QueueRecord>,
  changes: Partial<QueueRecord>,
): Promise<void> {
  await store.commit([{ put: key, body: { ...body, ...changes }, expect: revision }]);
}
