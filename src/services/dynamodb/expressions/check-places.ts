import { ExpressionFault } from './expression-fault.ts';
import { isReservedWord } from './reserved-words.ts';
import type { ConditionNode, OperandNode, PathNode, SectionNode } from './syntax.ts';

type Place = 'condition' | 'operand' | 'update';

/** Where each function may stand, and how many operands it has. */
const FUNCTIONS: ReadonlyMap<string, { readonly place: Place; readonly operands: number }> = new Map([
  ['attribute_exists', { place: 'condition', operands: 1 }],
  ['attribute_not_exists', { place: 'condition', operands: 1 }],
  ['attribute_type', { place: 'condition', operands: 2 }],
  ['begins_with', { place: 'condition', operands: 2 }],
  ['contains', { place: 'condition', operands: 2 }],
  ['size', { place: 'operand', operands: 1 }],
  ['if_not_exists', { place: 'update', operands: 2 }],
  ['list_append', { place: 'update', operands: 2 }],
]);
const OPERATORS_MAX = 300;
const INDEX_MAX = 2_147_483_647;

/** Checks words, functions and where they stand, in the order in which they are written; placeholders are not looked at. */
export function checkConditionPlaces(condition: ConditionNode): void {
  checkCount(countOf(condition));
  visit(condition, 'condition');
}

/** The same for an update, whose sections may be there once each. */
export function checkUpdatePlaces(sections: readonly SectionNode[]): void {
  const operands = sections.flatMap(({ actions }) => actions.flatMap(({ operand }) => operand ?? []));
  checkCount(operands.reduce((sum, operand) => sum + countOf(operand), 0));
  for (const [index, { section, actions }] of sections.entries()) {
    for (const { path, operand } of actions) {
      checkPathPlaces(path);
      if (operand) visit(operand, 'update');
    }
    if (sections.slice(0, index).some((other) => other.section === section))
      throw new ExpressionFault(`The "${section}" section can only be used once in an update expression;`);
  }
}

/** Checks the words and places in lists of one path. */
export function checkPathPlaces(path: PathNode): void {
  for (const step of path.steps) {
    if ('name' in step && isReservedWord(step.name))
      throw new ExpressionFault(`Attribute name is a reserved keyword; reserved keyword: ${step.name}`);
    if ('index' in step && (step.index.length > 10 || Number(step.index) > INDEX_MAX))
      throw new ExpressionFault(`List index is not within the allowable range; index: [${step.index}]`);
  }
}

/** Throws ExpressionFault when a function has another number of operands than it needs. */
export function checkOperandCount(name: string, count: number): void {
  if (FUNCTIONS.get(name)?.operands === count) return;
  throw new ExpressionFault(
    `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${count}`,
  );
}

function visit(node: ConditionNode | OperandNode, place: Place): void {
  if (node.kind === 'value') return;
  if (node.kind === 'path') return checkPathPlaces(node);
  if (node.kind === 'call') checkFunctionPlace(node.name, node.operands.length, place);
  if ('conditions' in node) for (const condition of node.conditions) visit(condition, 'condition');
  else for (const operand of node.operands) visit(operand, place === 'update' ? 'update' : 'operand');
}

function checkFunctionPlace(name: string, operands: number, place: Place): void {
  const known = FUNCTIONS.get(name);
  if (!known) throw new ExpressionFault(`Invalid function name; function: ${name}`);
  if (known.place === place) {
    // Those of updates are counted with their placeholders.
    if (place !== 'update') checkOperandCount(name, operands);
    return;
  }
  if (place === 'update') throw new ExpressionFault(`The function is not allowed in an update expression; function: ${name}`);
  if (known.place === 'update')
    throw new ExpressionFault(`The function is not allowed in a condition expression; function: ${name}`);
  throw new ExpressionFault(`The function is not allowed to be used this way in an expression; function: ${name}`);
}

function countOf(node: ConditionNode | OperandNode): number {
  if (node.kind === 'path' || node.kind === 'value') return 0;
  const inner: readonly (ConditionNode | OperandNode)[] = 'conditions' in node ? node.conditions : node.operands;
  return inner.reduce((sum, each) => sum + countOf(each), 1);
}

function checkCount(count: number): void {
  if (count > OPERATORS_MAX) throw new ExpressionFault(`The expression contains too many operators; operator count: ${count}`);
}
