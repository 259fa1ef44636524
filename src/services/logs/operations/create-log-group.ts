import { logError } from '../log-errors.ts';
import { mergedTags, tagsOf } from '../log-tags.ts';
import { GROUP_NAME, refuse, requiredText, text } from '../members.ts';
import type { LogsOperation } from '../operation.ts';

/** CreateLogGroup. */
export const createLogGroup: LogsOperation = async ({ store }, input, context) => {
  const name = requiredText(input, 'logGroupName', GROUP_NAME);
  refuse(input, 'kmsKeyId', 'deletionProtectionEnabled');
  const logGroupClass = text(input, 'logGroupClass') ?? 'STANDARD';
  if (logGroupClass !== 'STANDARD') {
    throw logError('InvalidParameterException', `logGroupClass ${logGroupClass} is not supported by Lambkin.`);
  }
  if (!(await store.createGroup(context, name, { tags: mergedTags({}, tagsOf(input) ?? {}) }))) {
    throw logError('ResourceAlreadyExistsException', 'The specified log group already exists');
  }
  return {};
};
