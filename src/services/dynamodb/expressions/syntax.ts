/** Which expression of a request; AWS's messages begin with it. */
export type ExpressionKind =
  | 'ConditionExpression'
  | 'FilterExpression'
  | 'KeyConditionExpression'
  | 'ProjectionExpression'
  | 'UpdateExpression';

/** A step of a document path as it is written: a name, a `#placeholder` or a place in a list. */
export type PathStep = { readonly name: string } | { readonly placeholder: string } | { readonly index: string };
/** A document path. */
export interface PathNode {
  readonly kind: 'path';
  readonly steps: readonly PathStep[];
}
/** A `:value`. */
export interface ValueNode {
  readonly kind: 'value';
  readonly placeholder: string;
}
/** A function. */
export interface CallNode {
  readonly kind: 'call';
  readonly name: string;
  readonly operands: readonly OperandNode[];
}
/** Only in updates. */
export interface SumNode {
  readonly kind: 'sum';
  readonly operator: '+' | '-';
  readonly operands: readonly [OperandNode, OperandNode];
}
/** What stands on either side of an operator. */
export type OperandNode = PathNode | ValueNode | CallNode | SumNode;

/** How two values are compared. */
export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';
/** What is true or false of an item. */
export type ConditionNode =
  | { readonly kind: 'and' | 'or'; readonly conditions: readonly [ConditionNode, ConditionNode] }
  | { readonly kind: 'not'; readonly conditions: readonly [ConditionNode] }
  | { readonly kind: 'compare'; readonly operator: Comparator; readonly operands: readonly [OperandNode, OperandNode] }
  | { readonly kind: 'between'; readonly operands: readonly [OperandNode, OperandNode, OperandNode] }
  /** The first operand is looked for among the others. */
  | { readonly kind: 'in'; readonly operands: readonly [OperandNode, ...OperandNode[]] }
  | CallNode;

/** A section of an update. */
export type Section = 'SET' | 'REMOVE' | 'ADD' | 'DELETE';
/** One change of one path; without an operand only in REMOVE. */
export interface ActionNode {
  readonly section: Section;
  readonly path: PathNode;
  readonly operand?: OperandNode;
}
/** What follows the word of a section. */
export interface SectionNode {
  readonly section: Section;
  readonly actions: readonly ActionNode[];
}
