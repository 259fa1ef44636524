import { ExpressionFault } from './expression-fault.ts';
import type { OperandNode, PathNode, PathStep } from './syntax.ts';
import type { TokenReader } from './token-reader.ts';

/** A document path: a name or placeholder, then `.name` and `[index]`. */
export function parsePath(reader: TokenReader): PathNode {
  const steps: PathStep[] = [parseName(reader)];
  for (;;) {
    if (reader.takes('.')) {
      steps.push(parseName(reader));
    } else if (reader.takes('[')) {
      steps.push({ index: reader.take('index') });
      reader.take(']');
    } else {
      return { kind: 'path', steps };
    }
  }
}

/** A path, a value or a function, perhaps in parentheses, but not in two of them. */
export function parseOperand(reader: TokenReader): OperandNode {
  return parseEnclosed(reader).operand;
}

/** What is between the parentheses of a function or of IN. */
export function parseOperands(reader: TokenReader): [OperandNode, ...OperandNode[]] {
  reader.take('(');
  const operands: [OperandNode, ...OperandNode[]] = [parseOperand(reader)];
  while (reader.takes(',')) operands.push(parseOperand(reader));
  reader.take(')');
  return operands;
}

function parseEnclosed(reader: TokenReader): { readonly operand: OperandNode; readonly isEnclosed: boolean } {
  if (!reader.takes('(')) return { operand: parseBare(reader), isEnclosed: false };
  const inner = reader.within(() => parseEnclosed(reader));
  reader.take(')');
  if (inner.isEnclosed) throw new ExpressionFault('The expression has redundant parentheses;');
  return { operand: inner.operand, isEnclosed: true };
}

function parseBare(reader: TokenReader): OperandNode {
  if (reader.peek() === ':') return { kind: 'value', placeholder: reader.take() };
  if (reader.peek() !== 'name' || reader.peek(1) !== '(') return parsePath(reader);
  const name = reader.take();
  return { kind: 'call', name, operands: reader.within(() => parseOperands(reader)) };
}

function parseName(reader: TokenReader): PathStep {
  return reader.peek() === '#' ? { placeholder: reader.take() } : { name: reader.take('name') };
}
