import { readJsonMembers } from '../../../wire/aws-json/json-members.ts';
import type { DynamoDbOperation } from '../dynamodb-context.ts';
import { noTableNamed } from '../dynamodb-errors.ts';
import { checkedTableName, TABLE } from '../tables/schema-rules.ts';
import { leftoverKey, type LeftoverRecord, type TableRecord } from '../tables/table-record.ts';
import { validation } from '../values/validation.ts';

const SPECIFICATION = {
  type: 'structure',
  required: true,
  members: {
    Enabled: { type: 'flag', required: true },
    AttributeName: { type: 'text', charactersMin: 1, charactersMax: 255, required: true },
  },
} as const;

/** UpdateTimeToLive. Items that are there already are looked at in the background. */
export const updateTimeToLive: DynamoDbOperation = async (dynamodb, given, context) => {
  const input = readJsonMembers({ TableName: TABLE, TimeToLiveSpecification: SPECIFICATION }, given);
  const nameOrArn = checkedTableName(input.TableName);
  const { Enabled: isEnabled, AttributeName: attribute } = input.TimeToLiveSpecification;
  const { name, place } = dynamodb.tables.named(context, nameOrArn);
  await dynamodb.tables.inTurn(place, name, async () => {
    const table = dynamodb.tables.find(place, name);
    if (!table) throw noTableNamed(name);
    const { timeToLive: current, ...rest } = table.record;
    checkChange(current, isEnabled, attribute);
    const index = dynamodb.ids.uuid();
    const record: TableRecord = isEnabled ? { ...rest, timeToLive: { attribute, index, status: 'ENABLING' } } : rest;
    const leftover: LeftoverRecord = { tables: [], indexes: current ? [current.index] : [] };
    await dynamodb.tables.put(place, name, record, () =>
      current ? [{ put: leftoverKey(place, current.index), body: leftover }] : [],
    );
    dynamodb.workWaits();
  });
  return { TimeToLiveSpecification: { Enabled: isEnabled, AttributeName: attribute } };
};

/** DescribeTimeToLive. */
export const describeTimeToLive: DynamoDbOperation = async ({ tables }, given, context) => {
  const name = checkedTableName(readJsonMembers({ TableName: TABLE }, given).TableName);
  const { timeToLive } = tables.named(context, name).record;
  return {
    TimeToLiveDescription: timeToLive
      ? { TimeToLiveStatus: timeToLive.status, AttributeName: timeToLive.attribute }
      : { TimeToLiveStatus: 'DISABLED' },
  };
};

function checkChange(current: TableRecord['timeToLive'], isEnabled: boolean, attribute: string): void {
  if (!current) {
    if (!isEnabled) throw validation('TimeToLive is already disabled');
    return;
  }
  if (isEnabled && current.attribute === attribute) throw validation('TimeToLive is already enabled');
  if (current.attribute !== attribute)
    throw validation(`TimeToLive is active on a different AttributeName: current AttributeName is ${current.attribute}`);
}
