import type { ServiceError } from '../../../model/service-error.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { readJsonMembers } from '../../../wire/aws-json/json-members.ts';
import type { DynamoDb, Input } from '../dynamodb-context.ts';
import { type Expressions, readExpressions } from '../expressions/expressions.ts';
import type { ExpressionKind } from '../expressions/syntax.ts';
import type { OpenTable } from '../tables/open-table.ts';
import type { Item } from '../values/attribute-value.ts';
import { parseItem } from '../values/parse-value.ts';
import { validation } from '../values/validation.ts';
import { checkAction, deleteAction, type ItemAction, isOfAction, putAction, updateAction } from './item-actions.ts';
import type { CancellationReason } from './item-errors.ts';
import { FAILURE_VALUES, REQUIRED, TABLE_NAME } from './request-members.ts';

type Make = (
  table: OpenTable,
  item: Item,
  given: { readonly expressions: Expressions; readonly showsFailed: boolean },
) => ItemAction;

interface Kind {
  readonly make: Make;
  readonly read: (members: Input) => { readonly TableName: string; readonly item: unknown };
  readonly expressions: readonly ExpressionKind[];
}

const NAMED = { TableName: TABLE_NAME, ReturnValuesOnConditionCheckFailure: FAILURE_VALUES } as const;
const KEYED = { ...NAMED, Key: REQUIRED } as const;
const byKey = (members: { readonly TableName: string; readonly Key: unknown }): ReturnType<Kind['read']> => ({
  TableName: members.TableName,
  item: members.Key,
});

const KINDS: Readonly<Record<string, Kind>> = {
  Put: {
    make: putAction,
    read: (members) => {
      const { TableName, Item: item } = readJsonMembers({ ...NAMED, Item: REQUIRED }, members);
      return { TableName, item };
    },
    expressions: ['ConditionExpression'],
  },
  Delete: {
    make: deleteAction,
    read: (members) => byKey(readJsonMembers(KEYED, members)),
    expressions: ['ConditionExpression'],
  },
  ConditionCheck: {
    make: checkAction,
    read: (members) => byKey(readJsonMembers({ ...KEYED, ConditionExpression: REQUIRED }, members)),
    expressions: ['ConditionExpression'],
  },
  Update: {
    make: updateAction,
    read: (members) => byKey(readJsonMembers({ ...KEYED, UpdateExpression: REQUIRED }, members)),
    expressions: ['UpdateExpression', 'ConditionExpression'],
  },
};

/**
 * Reads one action of a transaction. What is wrong with it for its table alone is a reason to cancel the transaction; anything else
 * is thrown.
 */
export function readAction(dynamodb: DynamoDb, action: unknown, context: RequestContext): ItemAction | CancellationReason {
  const { kind, members } = kindOf(action);
  const { TableName, item: given } = kind.read(members);
  const item = parseItem(given);
  const expressions = readExpressions(members, kind.expressions);
  const table = dynamodb.tables.open(context, TableName);
  const showsFailed = members['ReturnValuesOnConditionCheckFailure'] === 'ALL_OLD';
  try {
    return kind.make(table, item, { expressions, showsFailed });
  } catch (error) {
    if (!isOfAction(error)) throw error;
    return reasonOf(error);
  }
}

/** Why an action can't be done. */
export function reasonOf(error: ServiceError): CancellationReason {
  if (error.code !== 'ConditionalCheckFailedException') return { Code: 'ValidationError', Message: error.message };
  const item = error.members['Item'] as Item | undefined;
  return { Code: 'ConditionalCheckFailed', Message: error.message, ...(item ? { Item: item } : {}) };
}

function kindOf(given: unknown): { readonly kind: Kind; readonly members: Input } {
  const actions = Object.entries((given ?? {}) as Input).filter(([name, value]) => Object.hasOwn(KINDS, name) && value !== null);
  const [action] = actions;
  const kind = action && KINDS[action[0]];
  if (!action || !kind || actions.length > 1)
    throw validation('TransactItems can only contain one of Check, Put, Update or Delete');
  return { kind, members: (action[1] ?? {}) as Input };
}
