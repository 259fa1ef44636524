import { type AttributeType, type AttributeValue, contentOf, typeOf } from '../values/attribute-value.ts';
import { compareValues } from '../values/compare-values.ts';
import { checkOperandCount } from './check-places.ts';
import { documentPath, isSamePath, shownPath } from './document-path.ts';
import { ExpressionFault } from './expression-fault.ts';
import type { Placeholders } from './placeholders.ts';
import type { ActionNode, CallNode, ConditionNode, OperandNode } from './syntax.ts';

const CHOICES_MAX = 100;
const ORDERED: readonly AttributeType[] = ['S', 'N', 'B'];
const MEASURED: readonly AttributeType[] = ['S', 'B', 'SS', 'NS', 'BS', 'L', 'M'];
const SETS: readonly AttributeType[] = ['SS', 'NS', 'BS'];
const TYPES: readonly string[] = ['S', 'N', 'B', 'SS', 'NS', 'BS', 'L', 'M', 'NULL', 'BOOL'];
/** AWS's spelling of "any". */
const ANY_TYPE = '{SS,M,DECIMAL,DOUBLESET,HDS,N,B,DICT,INTSET,BOOL,HD,BS,INT,DECIMALSET,NULL,FLOAT,FS,S,L,NS,DOUBLE}';
const LONG_TYPES: Readonly<Record<AttributeType, string>> = {
  S: 'STRING',
  N: 'NUMBER',
  B: 'BINARY',
  BOOL: 'BOOLEAN',
  NULL: 'NULL',
  L: 'LIST',
  M: 'MAP',
  SS: 'STRING_SET',
  NS: 'NUMBER_SET',
  BS: 'BINARY_SET',
};

/** Checks placeholders, operands and as far as they are known their types. Throws ExpressionFault. */
export function checkConditionOperands(condition: ConditionNode, placeholders: Placeholders): void {
  if ('conditions' in condition) {
    for (const each of condition.conditions) checkConditionOperands(each, placeholders);
    return;
  }
  if (condition.kind === 'call') return checkCall(condition, placeholders);
  const [first, ...others] = condition.operands;
  for (const operand of condition.operands) checkOperand(operand, placeholders);
  if (condition.kind === 'in' && others.length > CHOICES_MAX)
    throw new ExpressionFault(`The IN operator is provided with too many operands; number of operands: ${others.length}`);
  const operator = condition.kind === 'compare' ? condition.operator : condition.kind.toUpperCase();
  checkDistinct(operator, first, others, placeholders);
  if (condition.kind === 'in' || operator === '=' || operator === '<>') return;
  for (const operand of condition.operands) checkType(operator, operand, ORDERED, placeholders);
  if (condition.kind === 'between') checkBounds(condition.operands[1], condition.operands[2], placeholders);
}

/** The same for one action of an update. */
export function checkActionOperands({ section, path, operand }: ActionNode, placeholders: Placeholders): void {
  documentPath(path, placeholders);
  if (!operand) return;
  checkOperand(operand, placeholders);
  if (section !== 'ADD' && section !== 'DELETE') return;
  const type = knownType(operand, placeholders);
  if (type === undefined || SETS.includes(type) || (section === 'ADD' && type === 'N')) return;
  throw new ExpressionFault(
    `Incorrect operand type for operator or function; operator: ${section}, operand type: ${LONG_TYPES[type]}, typeSet: ALLOWED_FOR_${section}_OPERAND`,
  );
}

/** Throws ExpressionFault for the first name that an operand uses and that is not given. */
export function checkNames(operand: OperandNode, placeholders: Placeholders): void {
  if (operand.kind === 'path') documentPath(operand, placeholders);
  else if (operand.kind !== 'value') for (const each of operand.operands) checkNames(each, placeholders);
}

function checkOperand(operand: OperandNode, placeholders: Placeholders): void {
  switch (operand.kind) {
    case 'path':
      documentPath(operand, placeholders);
      return;
    case 'value':
      placeholders.value(operand.placeholder);
      return;
    case 'call':
      return checkCall(operand, placeholders);
    case 'sum':
      for (const each of operand.operands) checkOperand(each, placeholders);
      for (const each of operand.operands) checkType(operand.operator, each, ['N'], placeholders);
  }
}

function checkCall({ name, operands }: CallNode, placeholders: Placeholders): void {
  checkOperandCount(name, operands.length);
  for (const operand of operands) checkOperand(operand, placeholders);
  const [first, second] = operands as readonly [OperandNode, OperandNode];
  if (/^(attribute_|if_not_exists)/.test(name) && first.kind !== 'path')
    throw new ExpressionFault(`Operator or function requires a document path; operator or function: ${name}`);
  if (name !== 'size' && name !== 'list_append') checkDistinct(name, first, operands.slice(1), placeholders);
  if (name === 'size') checkType(name, first, MEASURED, placeholders);
  if (name === 'begins_with') for (const operand of operands) checkType(name, operand, ['S', 'B'], placeholders);
  if (name === 'list_append') for (const operand of operands) checkType(name, operand, ['L'], placeholders);
  if (name === 'attribute_type') checkTypeName(second, placeholders);
}

function checkTypeName(operand: OperandNode, placeholders: Placeholders): void {
  const type = knownType(operand, placeholders);
  if (operand.kind !== 'value' || type !== 'S') throw wrongType('attribute_type', type ?? ANY_TYPE);
  const name = contentOf(placeholders.value(operand.placeholder)) as string;
  if (!TYPES.includes(name))
    throw new ExpressionFault(`Invalid attribute type name found; type: ${name}, valid types: {N,BS,L,B,NULL,M,S,SS,NS,BOOL}`);
}

function checkDistinct(operator: string, first: OperandNode, others: readonly OperandNode[], placeholders: Placeholders): void {
  if (first.kind !== 'path') return;
  const path = documentPath(first, placeholders);
  for (const other of others) {
    if (other.kind === 'path' && isSamePath(path, documentPath(other, placeholders)))
      throw new ExpressionFault(
        `The first operand must be distinct from the remaining operands for this operator or function; operator: ${operator}, first operand: ${shownPath(path)}`,
      );
  }
}

function checkBounds(low: OperandNode, high: OperandNode, placeholders: Placeholders): void {
  if (low.kind !== 'value' || high.kind !== 'value') return;
  const [lower, upper] = [placeholders.value(low.placeholder), placeholders.value(high.placeholder)];
  const order = compareValues(lower, upper);
  if (order !== undefined && order <= 0) return;
  const rule =
    order === undefined ? 'same data type for lower and upper bounds' : 'upper bound to be greater than or equal to lower bound';
  throw new ExpressionFault(
    `The BETWEEN operator requires ${rule}; lower bound operand: ${shownBound(lower)}, upper bound operand: ${shownBound(upper)}`,
  );
}

/** Bytes are shown as Java shows a buffer of them. */
function shownBound(value: AttributeValue): string {
  if (!('B' in value)) return `AttributeValue: {${typeOf(value)}:${contentOf(value) as string}}`;
  const bytes = Buffer.byteLength(value.B, 'base64');
  return `AttributeValue: {B:java.nio.HeapByteBuffer[pos=0 lim=${bytes} cap=${bytes}]}`;
}

function checkType(operator: string, operand: OperandNode, allowed: readonly AttributeType[], placeholders: Placeholders): void {
  const type = knownType(operand, placeholders);
  if (type !== undefined && !allowed.includes(type)) throw wrongType(operator, type);
}

/** The type that an operand has whatever the item. */
function knownType(operand: OperandNode, placeholders: Placeholders): AttributeType | undefined {
  if (operand.kind === 'value') return typeOf(placeholders.value(operand.placeholder));
  return operand.kind === 'call' && operand.name === 'size' ? 'N' : undefined;
}

function wrongType(operator: string, type: string): ExpressionFault {
  return new ExpressionFault(
    `Incorrect operand type for operator or function; operator or function: ${operator}, operand type: ${type}`,
  );
}
