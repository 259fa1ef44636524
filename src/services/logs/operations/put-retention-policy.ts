import { groupNotFound, logError } from '../log-errors.ts';
import { GROUP_NAME, missing, requiredText } from '../members.ts';
import type { LogsOperation } from '../operation.ts';

/** The days that the API reference allows. */
const RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/** PutRetentionPolicy. Older events are no longer shown at once; their segments are removed by the next sweep. */
export const putRetentionPolicy: LogsOperation = async ({ store }, input, context) => {
  const name = requiredText(input, 'logGroupName', GROUP_NAME);
  const retentionInDays = input['retentionInDays'] ?? missing('retentionInDays');
  if (typeof retentionInDays !== 'number' || !RETENTION_DAYS.includes(retentionInDays)) {
    throw logError(
      'InvalidParameterException',
      `1 validation error detected: Value '${String(retentionInDays)}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${RETENTION_DAYS.join(', ')}]`,
    );
  }
  if (!(await store.changeGroup(context, name, (settings) => ({ ...settings, retentionInDays })))) throw groupNotFound();
  return {};
};
