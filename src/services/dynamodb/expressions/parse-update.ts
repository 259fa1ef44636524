import { parseOperand, parsePath } from './parse-operand.ts';
import type { ActionNode, OperandNode, PathNode, Section, SectionNode } from './syntax.ts';
import { TokenReader } from './token-reader.ts';

/** Reads an update: sections in any order, one of a kind as often as it is written. Throws ExpressionFault. */
export function parseUpdateText(text: string): readonly SectionNode[] {
  const reader = new TokenReader(text);
  const sections: SectionNode[] = [];
  do sections.push(parseSection(reader));
  while (reader.peek() !== 'end');
  return sections;
}

/** Reads the paths of a projection. Throws ExpressionFault. */
export function parseProjectionText(text: string): readonly PathNode[] {
  const reader = new TokenReader(text);
  const paths = [parsePath(reader)];
  while (reader.takes(',')) paths.push(parsePath(reader));
  if (reader.peek() !== 'end') throw reader.fault();
  return paths;
}

function parseSection(reader: TokenReader): SectionNode {
  const kind = reader.peek();
  if (kind !== 'SET' && kind !== 'REMOVE' && kind !== 'ADD' && kind !== 'DELETE') throw reader.fault();
  reader.take();
  const actions = [parseAction(reader, kind)];
  while (reader.takes(',')) actions.push(parseAction(reader, kind));
  return { section: kind, actions };
}

function parseAction(reader: TokenReader, section: Section): ActionNode {
  const path = parsePath(reader);
  if (section === 'REMOVE') return { section, path };
  if (section !== 'SET') return { section, path, operand: { kind: 'value', placeholder: reader.take(':') } };
  reader.take('=');
  return { section, path, operand: parseSum(reader) };
}

/** One sign at most, and it may be in parentheses as a whole. */
function parseSum(reader: TokenReader): OperandNode {
  const left = parseOperand(reader);
  const operator = reader.peek();
  if (operator !== '+' && operator !== '-') return left;
  reader.take();
  return { kind: 'sum', operator, operands: [left, parseOperand(reader)] };
}
