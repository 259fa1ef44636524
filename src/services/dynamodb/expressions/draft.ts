import { type AttributeValue, attributeOf, type Item, newItem } from '../values/attribute-value.ts';
import { validation } from '../values/validation.ts';
import type { DocumentPath } from './document-path.ts';

/** A list while it is changed: removed elements leave gaps, so that places mean the same until the end. */
type DraftList = (AttributeValue | undefined)[];
/** What is changed at the moment: the attributes of an item or map, or the elements of a list. */
type Draft = Record<string, AttributeValue> | DraftList;

/** An item that is changed while the original stays as it is: only what is on the way to a change is copied. */
export class ItemDraft {
  readonly #item: Record<string, AttributeValue>;
  readonly #own = new Set<object>();
  /** Lists whose gaps go in the end. */
  readonly #lists = new Set<DraftList>();

  constructor(original: Item) {
    this.#item = newItem(original);
  }

  /** Puts a value in a place. A place behind the end of a list is its end. Throws ValidationException without a map or list around it. */
  set(path: DocumentPath, value: AttributeValue): void {
    const [draft, step] = this.#parent(path);
    if (Array.isArray(draft)) {
      // Kept beyond the end, if need be, so that several that are behind it stay in their order.
      draft[step as number] = value;
      this.#lists.add(draft);
    } else draft[step] = value;
  }

  /** Takes a value out of its place; see {@link ItemDraft.set}. Does nothing where there is none. */
  remove(path: DocumentPath): void {
    const [draft, step] = this.#parent(path);
    if (!Array.isArray(draft)) {
      delete draft[step];
    } else if ((step as number) < draft.length) {
      draft[step as number] = undefined;
      this.#lists.add(draft);
    }
  }

  /** The item as it has become. To be called once, at the end. */
  finish(): Item {
    for (const list of this.#lists) {
      const elements = Object.values(list).filter((element) => element !== undefined);
      list.length = 0;
      for (const element of elements) list.push(element);
    }
    return this.#item;
  }

  #parent(path: DocumentPath): readonly [Draft, string | number] {
    let draft: Draft = this.#item;
    for (const [index, step] of path.slice(0, -1).entries()) draft = this.#inner(draft, step, path[index + 1]);
    return [draft, path.at(-1) as string | number];
  }

  #inner(draft: Draft, step: string | number, next: string | number | undefined): Draft {
    const value = Array.isArray(draft) ? draft[step as number] : attributeOf(draft, step as string);
    const inner = value === undefined ? undefined : 'M' in value ? value.M : 'L' in value ? value.L : undefined;
    if (inner === undefined || Array.isArray(inner) !== (typeof next === 'number'))
      throw validation('The document path provided in the update expression is invalid for update');
    if (this.#own.has(inner)) return inner as Draft;
    const copy: Draft = Array.isArray(inner) ? [...(inner as readonly AttributeValue[])] : newItem(inner as Item);
    this.#own.add(copy);
    const wrapped = (Array.isArray(copy) ? { L: copy } : { M: copy }) as AttributeValue;
    if (Array.isArray(draft)) draft[step as number] = wrapped;
    else draft[step] = wrapped;
    return copy;
  }
}
