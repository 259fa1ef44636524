import type { TableStream } from '../../../sources/dynamodb/table-streams.ts';
import type { DynamoDb } from '../dynamodb-context.ts';
import { validation } from '../values/validation.ts';

/** So many shards of a stream take records at a time. */
const LANES = 4;

/** The stream that a specification asks for; undefined when it asks for none. Throws ValidationException. */
export function newStream(
  { clock, ids }: Pick<DynamoDb, 'clock' | 'ids'>,
  table: Pick<TableStream, 'account' | 'region' | 'tableName' | 'keySchema'>,
  specification: { readonly StreamEnabled: boolean; readonly StreamViewType?: string },
): TableStream | undefined {
  const { StreamEnabled: isEnabled, StreamViewType: viewType } = specification;
  if (!isEnabled) {
    if (viewType === undefined) return undefined;
    throw validation('One or more parameter values were invalid: StreamViewType is not allowed when StreamEnabled is false');
  }
  if (viewType === undefined) {
    throw validation('One or more parameter values were invalid: StreamViewType is required when StreamEnabled is true');
  }
  const createdMs = clock.now();
  const label = new Date(createdMs).toISOString().slice(0, -1);
  return { ...table, id: ids.uuid(), label, viewType: viewType as TableStream['viewType'], lanes: LANES, createdMs };
}
