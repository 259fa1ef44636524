import { type AttributeValue, attributeOf, type Item } from '../values/attribute-value.ts';
import { ExpressionFault } from './expression-fault.ts';
import type { Placeholders } from './placeholders.ts';
import type { PathNode, PathStep } from './syntax.ts';

/** A path with its placeholders filled in: names of attributes, and places in lists. The first step is a name. */
export type DocumentPath = readonly [string, ...(string | number)[]];

const STEPS_MAX = 32;

/** The path that a node stands for. Throws ExpressionFault for a placeholder that is not given. */
export function documentPath(node: PathNode, placeholders: Placeholders): DocumentPath {
  const steps = node.steps.map((step) => stepOf(step, placeholders));
  if (steps.length > STEPS_MAX)
    throw new ExpressionFault(`The document path has too many nesting levels; nesting levels: ${steps.length}`);
  return steps as unknown as DocumentPath;
}

/** What is at a path of an item; undefined where there is nothing. */
export function valueAt(item: Item, path: DocumentPath): AttributeValue | undefined {
  const [name, ...steps] = path;
  let value = attributeOf(item, name);
  for (const step of steps) {
    if (value === undefined) return undefined;
    value =
      typeof step === 'number'
        ? 'L' in value
          ? value.L[step]
          : undefined
        : 'M' in value
          ? attributeOf(value.M, step)
          : undefined;
  }
  return value;
}

/** As AWS's messages show a path. */
export function shownPath(path: DocumentPath): string {
  return `[${path.map((step) => (typeof step === 'number' ? `[${step}]` : step)).join(', ')}]`;
}

/** Whether two paths are the same. */
export function isSamePath(a: DocumentPath, b: DocumentPath): boolean {
  return a.length === b.length && a.every((step, index) => step === b[index]);
}

/** Two paths of one expression that are the same or one in the other, or take one attribute for a list and a map. */
export function checkApart(paths: readonly DocumentPath[]): void {
  for (const [index, path] of paths.entries()) {
    for (const other of paths.slice(0, index)) checkPair(other, path);
  }
}

function checkPair(one: DocumentPath, two: DocumentPath): void {
  const apart = one.findIndex((step, index) => index < two.length && step !== two[index]);
  const what = apart === -1 ? 'overlap' : typeof one[apart] === typeof two[apart] ? undefined : 'conflict';
  if (what === undefined) return;
  throw new ExpressionFault(
    `Two document paths ${what} with each other; must remove or rewrite one of these paths; path one: ${shownPath(one)}, path two: ${shownPath(two)}`,
  );
}

function stepOf(step: PathStep, placeholders: Placeholders): string | number {
  if ('index' in step) return Number(step.index);
  return 'name' in step ? step.name : placeholders.name(step.placeholder);
}
