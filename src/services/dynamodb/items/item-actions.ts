import { ServiceError } from '../../../model/service-error.ts';
import type { ItemRef } from '../../../ports/item-store.ts';
import type { Expressions } from '../expressions/expressions.ts';
import type { OpenTable } from '../tables/open-table.ts';
import type { Item } from '../values/attribute-value.ts';
import { checkDepth, itemSize } from '../values/item-size.ts';
import { validation } from '../values/validation.ts';
import { conditionFailed } from './item-errors.ts';
import { checkItemKeys, checkKey, checkKeyPaths, checkUpdatedPaths } from './key-checks.ts';

/** What is to become of one item, if its condition is true of it. */
export interface ItemAction {
  readonly table: OpenTable;
  readonly ref: ItemRef;
  /** The key, in the request's words. */
  readonly key: Item;
  readonly expressions: Expressions;
  /** A failed condition is answered with the item. */
  readonly showsFailed: boolean;
  /** The item as it becomes; undefined when it goes. Throws ValidationException. */
  outcome(before: Item | undefined): Item | undefined;
}

const ITEM_BYTES_MAX = 409_600;

interface Given {
  readonly expressions: Expressions;
  readonly showsFailed: boolean;
}

/** Puts an item in the place of whatever is there. Throws ValidationException for an item that the table can't have. */
export function putAction(table: OpenTable, item: Item, given: Given): ItemAction {
  checkSize(item, 'Item size has exceeded the maximum allowed size');
  checkItemKeys(table, item);
  checkConditionPaths(table, given.expressions);
  return { table, ref: table.refOf(item), key: table.keyOf(item), ...given, outcome: () => item };
}

/** Removes an item, if there is one. Throws ValidationException for a key that is none of the table's. */
export function deleteAction(table: OpenTable, key: Item, given: Given): ItemAction {
  checkKey(table, key);
  checkConditionPaths(table, given.expressions);
  return { table, ref: table.refOf(key), key, ...given, outcome: () => undefined };
}

/** Looks only at the condition. */
export function checkAction(table: OpenTable, key: Item, given: Given): ItemAction {
  return { ...deleteAction(table, key, given), outcome: (before) => before };
}

/** Changes an item, or makes one that has the key only and changes that. */
export function updateAction(table: OpenTable, key: Item, given: Given): ItemAction {
  const { update } = given.expressions;
  checkKey(table, key);
  if (update) checkUpdatedPaths(table, update.paths);
  checkConditionPaths(table, given.expressions);
  return {
    table,
    ref: table.refOf(key),
    key,
    ...given,
    outcome: (before) => {
      const after = update ? update.apply(before ?? key) : (before ?? key);
      checkSize(after, 'Item size to update has exceeded the maximum allowed size');
      checkDepth(after);
      checkItemKeys(table, after);
      return after;
    },
  };
}

/** The item as an action makes it. Throws ConditionalCheckFailedException and ValidationException. */
export function outcomeOf(action: ItemAction, before: Item | undefined): Item | undefined {
  const { condition } = action.expressions;
  if (condition && !condition.isTrueOf(before ?? {})) throw conditionFailed(action.showsFailed ? before : undefined);
  return action.outcome(before);
}

/** Whether an error is about the request, in a way that other actions of a transaction don't share. */
export function isOfAction(error: unknown): error is ServiceError {
  return (
    error instanceof ServiceError && (error.code === 'ValidationException' || error.code === 'ConditionalCheckFailedException')
  );
}

function checkConditionPaths(table: OpenTable, { condition }: Expressions): void {
  if (condition) checkKeyPaths(table, condition.paths);
}

function checkSize(item: Item, message: string): void {
  if (itemSize(item) > ITEM_BYTES_MAX) throw validation(message);
}
