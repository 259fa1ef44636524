import type { MessageQueues } from '../../ports/message-queue.ts';
import { SdkMessageQueues } from './sdk-message-queues.ts';
import type { QueueEndpoint } from './sqs-clients.ts';

/** Queues that are elsewhere, by their ARNs. */
export interface ExternalQueues extends QueueEndpoint {
  /** `*` stands for any characters, `?` for one. */
  readonly arns: readonly string[];
}

/** The queues of this server and those of elsewhere as one. */
export interface EveryQueue {
  readonly queues: MessageQueues;
  /** Ends the connections to elsewhere; calls under way fail. */
  close(): void;
}

/** ARNs whose place is remembered. */
const PLACES_MAX = 10_000;

/**
 * Sends each call to where the ARN's queue is: the first entry with a pattern that fits, else the embedded queues. The
 * official SDK is loaded here and only when there are entries, for it takes 90 ms and 28 MB.
 */
export async function withExternalQueues(embedded: MessageQueues, entries: readonly ExternalQueues[]): Promise<EveryQueue> {
  if (entries.length === 0) return { queues: embedded, close: () => {} };
  const { SQS } = await import('@aws-sdk/client-sqs');
  const places = entries.map(({ arns, ...endpoint }) => ({
    fits: arns.map(patternOf),
    queues: new SdkMessageQueues((config) => new SQS(config), endpoint),
  }));
  const known = new Map<string, MessageQueues>();
  const at = (arn: string): MessageQueues => {
    const found = known.get(arn) ?? places.find(({ fits }) => fits.some((pattern) => pattern.test(arn)))?.queues ?? embedded;
    if (known.size >= PLACES_MAX) known.clear();
    known.set(arn, found);
    return found;
  };
  return {
    queues: {
      describe: async (arn) => at(arn).describe(arn),
      send: async (arn, message) => at(arn).send(arn, message),
      receive: async (arn, request) => at(arn).receive(arn, request),
      delete: async (arn, handles) => at(arn).delete(arn, handles),
      changeVisibility: async (arn, handles, seconds) => at(arn).changeVisibility(arn, handles, seconds),
    },
    close: () => {
      for (const { queues } of places) queues.close();
    },
  };
}

function patternOf(arn: string): RegExp {
  const text = arn
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${text}$`);
}
