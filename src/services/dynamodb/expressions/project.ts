import { type AttributeValue, attributeOf, type Item, newItem } from '../values/attribute-value.ts';
import type { DocumentPath } from './document-path.ts';

/** What is wanted below a place: all of it, or only some of what is in it. */
type Wanted = 'all' | Map<string | number, Wanted>;

/**
 * The part of an item that is at the paths. Maps and lists around it have nothing else in them, and lists no gaps; what is not
 * there is left out.
 */
export function project(item: Item, paths: readonly DocumentPath[]): Item {
  const wanted: Wanted = new Map();
  for (const path of paths) want(wanted, path);
  return projectItem(item, wanted);
}

function want(wanted: Map<string | number, Wanted>, path: readonly (string | number)[]): void {
  const [step, ...rest] = path;
  if (step === undefined) return;
  const inner = wanted.get(step);
  if (rest.length === 0) wanted.set(step, 'all');
  else if (inner === undefined) {
    const made: Wanted = new Map();
    wanted.set(step, made);
    want(made, rest);
  } else if (inner !== 'all') want(inner, rest);
}

function projectItem(item: Item, wanted: ReadonlyMap<string | number, Wanted>): Item {
  const projected = newItem();
  for (const [step, inner] of wanted) {
    const value = typeof step === 'string' ? attributeOf(item, step) : undefined;
    const part = value && projectValue(value, inner);
    if (part) projected[step] = part;
  }
  return projected;
}

function projectValue(value: AttributeValue, wanted: Wanted): AttributeValue | undefined {
  if (wanted === 'all') return value;
  if ('M' in value) {
    const part = projectItem(value.M, wanted);
    return Object.keys(part).length > 0 ? { M: part } : undefined;
  }
  if (!('L' in value)) return undefined;
  const places = [...wanted.keys()].filter((step) => typeof step === 'number').toSorted((a, b) => a - b);
  const elements = places.flatMap((place) => {
    const element = value.L[place];
    const inner = wanted.get(place);
    return (element && inner && projectValue(element, inner)) ?? [];
  });
  return elements.length > 0 ? { L: elements } : undefined;
}
