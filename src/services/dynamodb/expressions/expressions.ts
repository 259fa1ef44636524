import type { Item } from '../values/attribute-value.ts';
import { serialization, validation } from '../values/validation.ts';
import { applyUpdate } from './apply-update.ts';
import { checkActionOperands, checkConditionOperands, checkNames } from './check-operands.ts';
import { checkConditionPlaces, checkPathPlaces, checkUpdatePlaces } from './check-places.ts';
import { checkApart, type DocumentPath, documentPath } from './document-path.ts';
import { isTrueOf } from './evaluate-condition.ts';
import { ExpressionFault } from './expression-fault.ts';
import { type KeyTest, keyTests } from './key-condition.ts';
import { parseConditionText } from './parse-condition.ts';
import { parseProjectionText, parseUpdateText } from './parse-update.ts';
import { Placeholders, readPlaceholders } from './placeholders.ts';
import { project } from './project.ts';
import type { ActionNode, ConditionNode, ExpressionKind, PathNode } from './syntax.ts';

/** A condition or filter. */
export interface Condition {
  /** Every path that it looks at. */
  readonly paths: readonly DocumentPath[];
  isTrueOf(item: Item): boolean;
}

/** What an update says. */
export interface Update {
  /** What it changes. */
  readonly paths: readonly DocumentPath[];
  /** The item as it becomes. Throws ValidationException when the update does not fit the item. */
  apply(item: Item): Item;
}

/** What is wanted of items. */
export interface Projection {
  readonly paths: readonly DocumentPath[];
  of(item: Item): Item;
}

/** The expressions of one request; those that it does not have are undefined. */
export interface Expressions {
  readonly condition?: Condition;
  readonly filter?: Condition;
  readonly update?: Update;
  readonly projection?: Projection;
  readonly keyTests?: ReadonlyMap<string, KeyTest>;
}

/**
 * Reads the expressions of a request that has their texts, `ExpressionAttributeNames` and `ExpressionAttributeValues`; `kinds` are
 * those that its operation knows. Throws ValidationException with AWS's text for the first thing that is wrong with them.
 */
export function readExpressions(input: Readonly<Record<string, unknown>>, kinds: readonly ExpressionKind[]): Expressions {
  const placeholders = readPlaceholders(input, kinds);
  const read = <Result>(kind: ExpressionKind, make: (text: string, placeholders: Placeholders) => Result): Result | undefined => {
    const text = kinds.includes(kind) ? (input[kind] ?? undefined) : undefined;
    if (text === undefined) return undefined;
    if (typeof text !== 'string') throw serialization('Unexpected value type in payload');
    return inWordsOf(kind, () => make(text, placeholders));
  };
  const update = read('UpdateExpression', readUpdate);
  const condition = read('ConditionExpression', readCondition);
  const filter = read('FilterExpression', readCondition);
  const projection = read('ProjectionExpression', readProjection);
  const tests = read('KeyConditionExpression', (text, given) => keyTests(checkedCondition(text, given), given));
  placeholders.checkUsed();
  return {
    ...(update && { update }),
    ...(condition && { condition }),
    ...(filter && { filter }),
    ...(projection && { projection }),
    ...(tests && { keyTests: tests }),
  };
}

function readCondition(text: string, placeholders: Placeholders): Condition {
  const condition = checkedCondition(text, placeholders);
  return {
    paths: pathsOf(condition).map((path) => documentPath(path, placeholders)),
    isTrueOf: (item) => isTrueOf(condition, placeholders, item),
  };
}

function checkedCondition(text: string, placeholders: Placeholders): ConditionNode {
  const condition = parseConditionText(text);
  checkConditionPlaces(condition);
  checkConditionOperands(condition, placeholders);
  return condition;
}

/** AWS looks at paths that overlap first, then at actions from the last to the first: names, then values and types. */
function readUpdate(text: string, placeholders: Placeholders): Update {
  const sections = parseUpdateText(text);
  checkUpdatePlaces(sections);
  const actions: readonly ActionNode[] = sections.flatMap((section) => section.actions);
  const paths = actions.map(({ path }) => documentPath(path, placeholders));
  checkApart(paths);
  for (const { operand } of actions.toReversed()) if (operand) checkNames(operand, placeholders);
  for (const action of actions.toReversed()) checkActionOperands(action, placeholders);
  return { paths, apply: (item) => applyUpdate(actions, placeholders, item) };
}

function readProjection(text: string, placeholders: Placeholders): Projection {
  const nodes = parseProjectionText(text);
  for (const node of nodes) checkPathPlaces(node);
  const paths = nodes.map((node) => documentPath(node, placeholders));
  checkApart(paths);
  return { paths, of: (item) => project(item, paths) };
}

function pathsOf(node: ConditionNode | PathNode | ActionNode['operand']): readonly PathNode[] {
  if (node === undefined || node.kind === 'value') return [];
  if (node.kind === 'path') return [node];
  return 'conditions' in node ? node.conditions.flatMap(pathsOf) : node.operands.flatMap(pathsOf);
}

function inWordsOf<Result>(kind: ExpressionKind, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw error instanceof ExpressionFault ? validation(`Invalid ${kind}: ${error.message}`) : error;
  }
}
