import type { RequestContext } from '../../wire/service.ts';
import type { Clock } from '../../ports/clock.ts';
import { groupNotFound, streamNotFound } from './log-errors.ts';
import { namedGroup } from './log-arns.ts';
import type { Members } from './members.ts';
import type { LogGroup } from './store/log-group.ts';
import type { LogStore } from './store/log-store.ts';
import type { LogStream } from './store/log-stream.ts';
import type { LogWriter } from './store/log-writer.ts';
import type { SubscriptionFunctions } from './subscriptions/subscription-functions.ts';

/** What every operation gets besides its input. */
export interface LogsService {
  readonly store: LogStore;
  readonly writer: LogWriter;
  readonly clock: Clock;
  readonly functions: SubscriptionFunctions;
}

/** One operation of CloudWatch Logs. Throws ServiceErrors with the API's names. */
export type LogsOperation = (service: LogsService, input: Members, context: RequestContext) => Promise<object>;

/** The group that the input names. Throws ResourceNotFoundException. */
export async function existingGroup(service: LogsService, input: Members, context: RequestContext): Promise<LogGroup> {
  const name = namedGroup(context, input);
  const group = name === undefined ? undefined : await service.store.group(context, name);
  if (group === undefined) throw groupNotFound();
  return group;
}

/** A stream of the group. Throws ResourceNotFoundException. */
export async function existingStream(group: LogGroup, name: string): Promise<LogStream> {
  const stream = (await group.streams()).get(name);
  if (stream === undefined) throw streamNotFound();
  return stream;
}
