import { type AttributeValue, contentOf, type Item, typeOf } from '../values/attribute-value.ts';
import { compareValues, equalValues } from '../values/compare-values.ts';
import { documentPath, valueAt } from './document-path.ts';
import type { Placeholders } from './placeholders.ts';
import type { CallNode, Comparator, ConditionNode, OperandNode } from './syntax.ts';

/** Whether a checked condition is true of an item. Comparisons with what is not there are false, and so are those between types. */
export function isTrueOf(condition: ConditionNode, placeholders: Placeholders, item: Item): boolean {
  const test = (each: ConditionNode): boolean => isTrueOf(each, placeholders, item);
  switch (condition.kind) {
    case 'and':
      return condition.conditions.every(test);
    case 'or':
      return condition.conditions.some(test);
    case 'not':
      return !test(condition.conditions[0]);
    case 'call':
      return isCallTrue(condition, placeholders, item);
  }
  const [value, ...others] = condition.operands.map((operand) => operandValue(operand, placeholders, item));
  if (condition.kind === 'compare') return isComparisonTrue(condition.operator, value, others[0]);
  if (condition.kind === 'in') return others.some((other) => isComparisonTrue('=', value, other));
  return isComparisonTrue('>=', value, others[0]) && isComparisonTrue('<=', value, others[1]);
}

/** What an operand of a condition is for an item; undefined where there is nothing. */
export function operandValue(operand: OperandNode, placeholders: Placeholders, item: Item): AttributeValue | undefined {
  if (operand.kind === 'value') return placeholders.value(operand.placeholder);
  if (operand.kind === 'path') return valueAt(item, documentPath(operand, placeholders));
  const [first] = operand.operands;
  const value = first && operandValue(first, placeholders, item);
  const length = value && lengthOf(value);
  return length === undefined ? undefined : { N: String(length) };
}

function isComparisonTrue(operator: Comparator, a: AttributeValue | undefined, b: AttributeValue | undefined): boolean {
  // What is not there is unequal to everything that is.
  if (a === undefined || b === undefined) return operator === '<>' && a !== b;
  if (operator === '=') return equalValues(a, b);
  if (operator === '<>') return !equalValues(a, b);
  const order = compareValues(a, b);
  if (order === undefined) return false;
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

function isCallTrue({ name, operands }: CallNode, placeholders: Placeholders, item: Item): boolean {
  const [value, argument] = operands.map((operand) => operandValue(operand, placeholders, item));
  switch (name) {
    case 'attribute_exists':
      return value !== undefined;
    case 'attribute_not_exists':
      return value === undefined;
    case 'attribute_type':
      return value !== undefined && argument !== undefined && typeOf(value) === contentOf(argument);
    case 'begins_with':
      return value !== undefined && argument !== undefined && beginsWith(value, argument);
    default:
      return value !== undefined && argument !== undefined && contains(value, argument);
  }
}

function beginsWith(value: AttributeValue, prefix: AttributeValue): boolean {
  if ('S' in value && 'S' in prefix) return value.S.startsWith(prefix.S);
  if (!('B' in value) || !('B' in prefix)) return false;
  const bytes = Buffer.from(prefix.B, 'base64');
  return Buffer.from(value.B, 'base64').subarray(0, bytes.length).equals(bytes);
}

function contains(value: AttributeValue, part: AttributeValue): boolean {
  if ('S' in value) return 'S' in part && value.S.includes(part.S);
  if ('B' in value) return 'B' in part && Buffer.from(value.B, 'base64').includes(Buffer.from(part.B, 'base64'));
  if ('SS' in value) return 'S' in part && value.SS.includes(part.S);
  if ('NS' in value) return 'N' in part && value.NS.includes(part.N);
  if ('BS' in value) return 'B' in part && value.BS.includes(part.B);
  return 'L' in value && value.L.some((element) => equalValues(element, part));
}

/** What `size` says: characters (as Java counts them: in UTF-16), bytes, or how many are in it; undefined for what has no size. */
function lengthOf(value: AttributeValue): number | undefined {
  if ('S' in value) return value.S.length;
  if ('B' in value) return Buffer.byteLength(value.B, 'base64');
  if ('M' in value) return Object.keys(value.M).length;
  if ('SS' in value) return value.SS.length;
  if ('NS' in value) return value.NS.length;
  if ('BS' in value) return value.BS.length;
  return 'L' in value ? value.L.length : undefined;
}
