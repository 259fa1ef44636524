import { ExpressionFault } from './expression-fault.ts';
import { parseOperand, parseOperands } from './parse-operand.ts';
import type { Comparator, ConditionNode, OperandNode } from './syntax.ts';
import { TokenReader } from './token-reader.ts';

const COMPARATORS: ReadonlySet<string> = new Set<Comparator>(['=', '<>', '<', '<=', '>', '>=']);

/**
 * What was read where a condition or the left side of a comparison may stand: with an opening parenthesis it is not known yet
 * which of them it is.
 */
interface Read {
  readonly node: ConditionNode | OperandNode;
  readonly isEnclosed: boolean;
}

/** Reads a condition: OR binds least, then AND, then NOT, then comparisons. Throws ExpressionFault. */
export function parseConditionText(text: string): ConditionNode {
  const reader = new TokenReader(text);
  const { node } = parseOr(reader);
  if (reader.peek() !== 'end') throw reader.fault();
  return conditionOf(reader, node);
}

function parseOr(reader: TokenReader): Read {
  return parseChain(reader, 'OR', 'or', (inner) => parseChain(inner, 'AND', 'and', parseNot));
}

function parseChain(reader: TokenReader, word: string, kind: 'and' | 'or', parsePart: (reader: TokenReader) => Read): Read {
  let read = parsePart(reader);
  while (reader.peek() === word) {
    const left = conditionOf(reader, read.node);
    reader.take();
    const right = conditionOf(reader, parsePart(reader).node);
    read = { node: { kind, conditions: [left, right] }, isEnclosed: false };
  }
  return read;
}

function parseNot(reader: TokenReader): Read {
  if (!reader.takes('NOT')) return parseComparison(reader);
  const { node } = reader.within(() => parseNot(reader));
  return { node: { kind: 'not', conditions: [conditionOf(reader, node)] }, isEnclosed: false };
}

function parseComparison(reader: TokenReader): Read {
  const read = reader.peek() === '(' ? parseEnclosed(reader) : { node: parseOperand(reader), isEnclosed: false };
  const { node } = read;
  const next = reader.peek();
  if (!isOperand(node)) return read;
  if (COMPARATORS.has(next)) {
    const operator = reader.take() as Comparator;
    return { node: { kind: 'compare', operator, operands: [node, parseOperand(reader)] }, isEnclosed: false };
  }
  if (reader.takes('BETWEEN')) {
    const low = parseOperand(reader);
    reader.take('AND');
    return { node: { kind: 'between', operands: [node, low, parseOperand(reader)] }, isEnclosed: false };
  }
  if (reader.takes('IN')) return { node: { kind: 'in', operands: [node, ...parseOperands(reader)] }, isEnclosed: false };
  return read;
}

function parseEnclosed(reader: TokenReader): Read {
  reader.take('(');
  const inner = reader.within(() => parseOr(reader));
  reader.take(')');
  if (inner.isEnclosed) throw new ExpressionFault('The expression has redundant parentheses;');
  return { node: inner.node, isEnclosed: true };
}

function isOperand(node: ConditionNode | OperandNode): node is OperandNode {
  return node.kind === 'path' || node.kind === 'value' || node.kind === 'call' || node.kind === 'sum';
}

function conditionOf(reader: TokenReader, node: ConditionNode | OperandNode): ConditionNode {
  if (node.kind === 'path' || node.kind === 'value' || node.kind === 'sum') throw reader.fault();
  return node;
}
