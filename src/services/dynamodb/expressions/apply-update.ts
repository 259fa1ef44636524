import { type AttributeValue, type Item, typeOf } from '../values/attribute-value.ts';
import { addNumbers, subtractNumbers } from '../values/numbers.ts';
import { validation } from '../values/validation.ts';
import { type DocumentPath, documentPath, valueAt } from './document-path.ts';
import { ItemDraft } from './draft.ts';
import type { Placeholders } from './placeholders.ts';
import type { ActionNode, OperandNode } from './syntax.ts';

/** What an action makes of its path; undefined takes it away. */
interface Change {
  readonly path: DocumentPath;
  readonly value: AttributeValue | undefined;
}

/**
 * What a checked update makes of an item. All that is read is read of the item as it was, so the order of the actions does not
 * matter. Throws ValidationException in AWS's words for paths and values that don't fit the item.
 */
export function applyUpdate(actions: readonly ActionNode[], placeholders: Placeholders, item: Item): Item {
  const changes = actions.flatMap((action) => changeOf(action, placeholders, item) ?? []);
  const draft = new ItemDraft(item);
  for (const { path, value } of changes) {
    if (value) draft.set(path, value);
    else draft.remove(path);
  }
  return draft.finish();
}

function changeOf({ section, path: node, operand }: ActionNode, placeholders: Placeholders, item: Item): Change | undefined {
  const path = documentPath(node, placeholders);
  if (!operand) return { path, value: undefined };
  const value = resolve(operand, placeholders, item);
  if (section === 'SET') return { path, value };
  const before = valueAt(item, path);
  if (before !== undefined && typeOf(before) !== typeOf(value)) throw wrongType();
  if (section === 'ADD') return { path, value: before ? added(before, value) : value };
  return before && { path, value: without(before, value) };
}

function resolve(operand: OperandNode, placeholders: Placeholders, item: Item): AttributeValue {
  switch (operand.kind) {
    case 'value':
      return placeholders.value(operand.placeholder);
    case 'path': {
      const value = valueAt(item, documentPath(operand, placeholders));
      if (value) return value;
      throw validation('The provided expression refers to an attribute that does not exist in the item');
    }
    case 'sum': {
      const [left, right] = operand.operands.map((each) => resolve(each, placeholders, item));
      if (!left || !right || !('N' in left) || !('N' in right)) throw wrongType();
      return { N: operand.operator === '+' ? addNumbers(left.N, right.N) : subtractNumbers(left.N, right.N) };
    }
    case 'call':
      return resolveCall(operand.name, operand.operands as readonly [OperandNode, OperandNode], placeholders, item);
  }
}

function resolveCall(
  name: string,
  [first, second]: readonly [OperandNode, OperandNode],
  placeholders: Placeholders,
  item: Item,
): AttributeValue {
  if (name === 'if_not_exists') {
    const found = first.kind === 'path' ? valueAt(item, documentPath(first, placeholders)) : undefined;
    return found ?? resolve(second, placeholders, item);
  }
  const [left, right] = [resolve(first, placeholders, item), resolve(second, placeholders, item)];
  if (!('L' in left) || !('L' in right)) throw wrongType();
  return { L: [...left.L, ...right.L] };
}

/** The sum of numbers, or the union of sets; both values are of one type. */
function added(before: AttributeValue, value: AttributeValue): AttributeValue {
  if ('N' in before && 'N' in value) return { N: addNumbers(before.N, value.N) };
  if ('SS' in before && 'SS' in value) return { SS: [...new Set([...before.SS, ...value.SS])] };
  if ('NS' in before && 'NS' in value) return { NS: [...new Set([...before.NS, ...value.NS])] };
  if ('BS' in before && 'BS' in value) return { BS: [...new Set([...before.BS, ...value.BS])] };
  throw wrongType();
}

/** What is left of a set; undefined when nothing is, for there are no empty sets. */
function without(before: AttributeValue, value: AttributeValue): AttributeValue | undefined {
  const left = (set: readonly string[], gone: readonly string[]): readonly string[] => set.filter((each) => !gone.includes(each));
  const of = (set: readonly string[], make: (set: readonly string[]) => AttributeValue): AttributeValue | undefined =>
    set.length > 0 ? make(set) : undefined;
  if ('SS' in before && 'SS' in value) return of(left(before.SS, value.SS), (SS) => ({ SS }));
  if ('NS' in before && 'NS' in value) return of(left(before.NS, value.NS), (NS) => ({ NS }));
  if ('BS' in before && 'BS' in value) return of(left(before.BS, value.BS), (BS) => ({ BS }));
  throw wrongType();
}

function wrongType(): Error {
  return validation('An operand in the update expression has an incorrect data type');
}
