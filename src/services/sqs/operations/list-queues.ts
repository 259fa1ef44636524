import { redrivePolicyOf } from '../redrive-policy.ts';
import { integer, type Members, text } from '../members.ts';
import { everyQueue, existingQueue, QUEUE_KIND, queueArn, queueUrl, type QueueRecord } from '../queue-records.ts';
import type { SqsOperation } from '../sqs-context.ts';
import { invalidValue } from '../sqs-errors.ts';

const RESULTS_MAX = 1_000;

/** ListQueues. A page has a token only when its size was asked for, as on AWS. */
export const listQueues: SqsOperation = async ({ store }, input, context) => {
  const { size, after, isPaged } = pageOf(input);
  const { account, region } = context;
  const prefix = text(input, 'QueueNamePrefix') ?? '';
  const start = after === undefined ? {} : { after };
  const page = await store.list<QueueRecord>({ account, region, kind: QUEUE_KIND, prefix, limit: size + 1, ...start });
  const records = page.slice(0, size).map(({ body }) => body);
  return {
    ...(records.length > 0 ? { QueueUrls: records.map((record) => queueUrl(context, record)) } : {}),
    ...nextToken(isPaged && page.length > size, records),
  };
};

/** ListDeadLetterSourceQueues. */
export const listDeadLetterSourceQueues: SqsOperation = async ({ store }, input, context) => {
  const target = await existingQueue(store, input, context);
  const { size, after, isPaged } = pageOf(input);
  const records: QueueRecord[] = [];
  for await (const record of everyQueue(store, target)) {
    if (after !== undefined && record.name <= after) continue;
    if (redrivePolicyOf(record)?.deadLetterTargetArn === queueArn(target)) records.push(record);
    if (records.length > size) break;
  }
  const page = records.slice(0, size);
  return {
    queueUrls: page.map((record) => queueUrl(context, record)),
    ...nextToken(isPaged && records.length > size, page),
  };
};

function pageOf(input: Members): { readonly size: number; readonly after?: string; readonly isPaged: boolean } {
  const size = integer(input, 'MaxResults', 1, RESULTS_MAX, `MaxResults must be an integer between 1 and ${RESULTS_MAX}.`);
  const token = text(input, 'NextToken');
  if (token === undefined || token === '') return { size: size ?? RESULTS_MAX, isPaged: size !== undefined };
  const after = Buffer.from(token, 'base64url').toString();
  if (!/^[A-Za-z0-9_.-]{1,80}$/.test(after)) throw invalidValue('Invalid or expired next token.');
  return { size: size ?? RESULTS_MAX, after, isPaged: true };
}

function nextToken(hasMore: boolean, page: readonly QueueRecord[]): { readonly NextToken?: string } {
  const last = page.at(-1);
  return hasMore && last ? { NextToken: Buffer.from(last.name).toString('base64url') } : {};
}
