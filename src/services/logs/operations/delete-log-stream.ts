import { streamNotFound } from '../log-errors.ts';
import { GROUP_NAME, requiredText, STREAM_NAME } from '../members.ts';
import { existingGroup, existingStream, type LogsOperation } from '../operation.ts';

/** DeleteLogStream, with all its events. */
export const deleteLogStream: LogsOperation = async (service, input, context) => {
  requiredText(input, 'logGroupName', GROUP_NAME);
  const name = requiredText(input, 'logStreamName', STREAM_NAME);
  await service.writer.drain();
  const group = await existingGroup(service, input, context);
  const stream = await existingStream(group, name);
  if (!(await service.store.deleteStream(group, stream))) throw streamNotFound();
  return {};
};
