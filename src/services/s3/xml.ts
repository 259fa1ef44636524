import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { s3Error } from './s3-errors.ts';

/** What can stand inside an element: text, or elements; a list repeats its element. */
export type XmlContent = string | number | boolean | Date | XmlElements | undefined;
/** Elements by name, in order. Undefined ones are left out. */
export interface XmlElements {
  readonly [name: string]: XmlContent | readonly XmlContent[];
}

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';
const DEPTH_MAX = 12;

/** A whole document with S3's namespace. */
export function xmlDocument(root: string, content: XmlContent): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${NAMESPACE}">${render(content)}</${root}>`;
}

/** A document without namespace, as errors are. */
export function plainXmlDocument(root: string, content: XmlContent): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}>${render(content)}</${root}>`;
}

function render(content: XmlContent): string {
  if (content === undefined) return '';
  if (content instanceof Date) return content.toISOString();
  if (typeof content !== 'object') return escape(String(content));
  return Object.entries(content)
    .flatMap(([name, value]) =>
      Array.isArray(value) ? value.map((item) => element(name, item as XmlContent)) : [element(name, value as XmlContent)],
    )
    .join('');
}

function element(name: string, content: XmlContent): string {
  return content === undefined ? '' : `<${name}>${render(content)}</${name}>`;
}

/** Characters that XML 1.0 can't hold at all become the replacement character. */
function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#13;')
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
}

/** An element that was read: its text, or its children by name without prefix. Repeated ones are a list. */
export type XmlNode = string | { readonly [name: string]: XmlNode | readonly XmlNode[] };

const parser = new XMLParser({
  ignoreAttributes: true,
  removeNSPrefix: true,
  parseTagValue: false,
  trimValues: false,
  processEntities: { enabled: true, maxEntityCount: 0, maxTotalExpansions: 1_000_000 } as never,
  ignoreDeclaration: true,
  ignorePiTags: true,
});

/** Reads a document whose root must be `root`. Throws MalformedXML; documents with a DTD or deep nesting are refused unread. */
export function parseXml(body: Buffer, root: string): { readonly [name: string]: XmlNode | readonly XmlNode[] } {
  const text = body.toString('utf8');
  if (
    text.includes('<!DOCTYPE') ||
    text.includes('<!ENTITY') ||
    depthOf(text) > DEPTH_MAX ||
    XMLValidator.validate(text) !== true
  )
    throw s3Error('MalformedXML');
  let parsed: Record<string, XmlNode>;
  try {
    parsed = parser.parse(text) as Record<string, XmlNode>;
  } catch {
    throw s3Error('MalformedXML');
  }
  const node = parsed[root];
  if (node === '') return {};
  if (typeof node !== 'object') throw s3Error('MalformedXML');
  return node as { readonly [name: string]: XmlNode | readonly XmlNode[] };
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  // A tag ends before the next begins: a pattern that ran over `<` would take hours for a megabyte of them.
  for (const [tag] of text.matchAll(/<[^<>]*>/g)) {
    if (tag.startsWith('</')) depth -= 1;
    else if (!tag.startsWith('<?') && !tag.startsWith('<!') && !tag.endsWith('/>')) depth += 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

/** The children of that name, none, one or many. */
export function childrenOf(node: XmlNode | undefined, name: string): readonly XmlNode[] {
  if (typeof node !== 'object') return [];
  const value = Object.hasOwn(node, name) ? node[name] : undefined;
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly XmlNode[]) : [value as XmlNode];
}

/** Text of the first child of that name. */
export function textOf(node: XmlNode | undefined, name: string): string | undefined {
  const [child] = childrenOf(node, name);
  return typeof child === 'string' ? child : undefined;
}
