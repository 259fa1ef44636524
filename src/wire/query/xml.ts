/** What an answer can hold. A list repeats `member`; a Map is written as entries; undefined members are left out. */
export type QueryOutput = string | number | boolean | Date | QueryStructure | undefined;
/** A list whose items are repeated under the list's own name, without `member`. */
export class FlatList {
  readonly items: readonly QueryOutput[];
  constructor(items: readonly QueryOutput[]) {
    this.items = items;
  }
}
/** Members of an answer, in order. */
export interface QueryStructure {
  readonly [name: string]: QueryOutput | readonly QueryOutput[] | ReadonlyMap<string, string> | FlatList;
}

/** One element with what is in it. `attributes` are written as they are. */
export function xmlElement(name: string, content: QueryStructure[string], attributes = ''): string {
  if (content === undefined) return '';
  if (content instanceof FlatList) return content.items.map((item) => xmlElement(name, item, attributes)).join('');
  return `<${name}${attributes}>${render(content)}</${name}>`;
}

function render(content: Exclude<QueryStructure[string], undefined | FlatList>): string {
  if (content instanceof Date) return timestamp(content);
  if (content instanceof Map) {
    return [...content].map(([key, value]) => xmlElement('entry', { key: String(key), value: String(value) })).join('');
  }
  if (Array.isArray(content)) return content.map((item) => xmlElement('member', item as QueryOutput)).join('');
  if (typeof content !== 'object') return escape(String(content));
  return Object.entries(content as QueryStructure)
    .map(([name, value]) => xmlElement(name, value))
    .join('');
}

/** Whole seconds, as IAM and STS write them. */
function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Characters that XML 1.0 can't hold, escaped or not, become the replacement character (XML 1.0, section 2.2). */
function escape(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#13;')
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
}
