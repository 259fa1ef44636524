import { groupNotFound, logError } from '../log-errors.ts';
import { GROUP_NAME, requiredText, STREAM_NAME } from '../members.ts';
import type { LogsOperation } from '../operation.ts';

/** CreateLogStream. */
export const createLogStream: LogsOperation = async ({ store }, input, context) => {
  const group = requiredText(input, 'logGroupName', GROUP_NAME);
  const stream = requiredText(input, 'logStreamName', STREAM_NAME);
  const outcome = await store.createStream({ account: context.account, region: context.region, group, stream });
  if (outcome === 'group absent') throw groupNotFound();
  if (outcome === 'stream exists') throw logError('ResourceAlreadyExistsException', 'The specified log stream already exists');
  return {};
};
