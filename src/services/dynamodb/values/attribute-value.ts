/**
 * A value as the API spells it, and as it is kept: numbers in their canonical form, bytes in base64. Sets have no order of their
 * own and are kept in the one that they were given in.
 */
export type AttributeValue =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: true }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly BS: readonly string[] }
  | { readonly L: readonly AttributeValue[] }
  | { readonly M: Item };

/** Attributes by name. Has no prototype when it was made here; look into it by {@link attributeOf}, whoever made it. */
export interface Item {
  readonly [name: string]: AttributeValue;
}

/** The name of a value's type. */
export type AttributeType = 'S' | 'N' | 'B' | 'BOOL' | 'NULL' | 'SS' | 'NS' | 'BS' | 'L' | 'M';
/** What keys may be. */
export type KeyType = 'S' | 'N' | 'B';
/** A value that a key may have. */
export type KeyValue = { readonly S: string } | { readonly N: string } | { readonly B: string };

/** The type of a value. */
export function typeOf(value: AttributeValue): AttributeType {
  for (const type in value) return type as AttributeType;
  throw new TypeError('a value has a type');
}

/** What the value holds, whatever its type. */
export function contentOf(value: AttributeValue): string | boolean | readonly string[] | readonly AttributeValue[] | Item {
  return (value as unknown as Record<string, string>)[typeOf(value)] as string;
}

/** An attribute, undefined where there is none: also of names that every object of JavaScript has. */
export function attributeOf(item: Item, name: string): AttributeValue | undefined {
  return Object.hasOwn(item, name) ? item[name] : undefined;
}

/** An item to be filled: any name is a name like others in it. */
export function newItem(from?: Item): Record<string, AttributeValue> {
  return Object.assign(Object.create(null) as Record<string, AttributeValue>, from);
}
