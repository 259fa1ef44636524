import { type AttributeValue } from '../values/attribute-value.ts';
import { validation } from '../values/validation.ts';
import { documentPath } from './document-path.ts';
import type { Placeholders } from './placeholders.ts';
import type { Comparator, ConditionNode, OperandNode } from './syntax.ts';

/** What a key condition says of one attribute: a comparison with one value, `begins_with`, or `between` two. */
export interface KeyTest {
  readonly operator: '=' | '<' | '<=' | '>' | '>=' | 'begins_with' | 'between';
  readonly values: readonly [AttributeValue, ...AttributeValue[]];
}

const MIRRORED: Readonly<Record<string, Comparator>> = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

/**
 * What a checked condition says of each attribute, if it is one of keys: comparisons with values, joined by AND. Throws
 * ValidationException for all else. Which attributes are keys is not known here.
 */
export function keyTests(condition: ConditionNode, placeholders: Placeholders): ReadonlyMap<string, KeyTest> {
  const tests = new Map<string, KeyTest>();
  for (const each of partsOf(condition)) {
    checkOperator(each);
    const { name, test } = testOf(each as Extract<ConditionNode, { operands: unknown }>, placeholders);
    if (tests.has(name)) throw validation('KeyConditionExpressions must only contain one condition per key');
    tests.set(name, test);
  }
  return tests;
}

function partsOf(condition: ConditionNode): readonly ConditionNode[] {
  return condition.kind === 'and' ? condition.conditions.flatMap(partsOf) : [condition];
}

function checkOperator(condition: ConditionNode): void {
  const operator = operatorOf(condition);
  if (operator !== 'between' && operator !== 'begins_with' && !Object.hasOwn(MIRRORED, operator))
    throw validation(
      `Invalid operator used in KeyConditionExpression: ${condition.kind === 'call' ? operator : operator.toUpperCase()}`,
    );
}

function operatorOf(condition: ConditionNode): string {
  if (condition.kind === 'compare') return condition.operator;
  return condition.kind === 'call' ? condition.name : condition.kind;
}

function testOf(
  condition: Extract<ConditionNode, { operands: unknown }>,
  placeholders: Placeholders,
): { readonly name: string; readonly test: KeyTest } {
  const operands: readonly OperandNode[] = condition.operands;
  if (operands.some(({ kind }) => kind === 'call')) throw validation('KeyConditionExpressions cannot contain nested operations');
  const operator = operatorOf(condition);
  const at = operands.findIndex(({ kind }) => kind === 'path');
  if (condition.kind !== 'compare' && operands[0]?.kind !== 'path')
    throw invalidCondition(
      `${condition.kind === 'call' ? operator : operator.toUpperCase()} operator must have the key attribute as its first operand`,
    );
  const key = operands[at];
  if (key?.kind !== 'path') throw invalidCondition('No key attribute specified');
  if (operands.filter(({ kind }) => kind === 'path').length > 1)
    throw invalidCondition('Multiple attribute names used in one condition');
  const [name, ...steps] = documentPath(key, placeholders);
  if (steps.length > 0) throw validation('KeyConditionExpressions cannot have conditions on nested attributes');
  const values = operands.flatMap((operand) => (operand.kind === 'value' ? placeholders.value(operand.placeholder) : []));
  const told = at === 0 ? operator : MIRRORED[operator];
  return { name, test: { operator: told as KeyTest['operator'], values: values as unknown as KeyTest['values'] } };
}

function invalidCondition(what: string): Error {
  return validation(`Invalid condition in KeyConditionExpression: ${what}`);
}
