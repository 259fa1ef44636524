import { compileJsonPath, type JsonPath } from './json-path.ts';

/** A transformer as PutTargets takes it. */
export interface InputTransformer {
  readonly InputPathsMap?: Readonly<Record<string, string>>;
  readonly InputTemplate: string;
}

/** What the reserved variables tell besides the event. */
export interface TransformedDelivery {
  readonly event: Readonly<Record<string, unknown>>;
  readonly ruleArn: string;
  readonly ruleName: string;
  /** When the event came in, ISO 8601. */
  readonly ingestionTime: string;
}

/** Makes the text that a target gets; undefined when it gets none. */
export type InputTransform = (delivery: TransformedDelivery) => string | undefined;

/** A template names a variable that there is not; the message is EventBridge's. */
export class InputTemplateError extends Error {
  constructor(targetId: string, name: string) {
    super(`InputTemplate for target ${targetId} contains invalid placeholder ${name}.`);
    this.name = 'InputTemplateError';
  }
}

/** What an event may take up for any target. Values are put in as often as a template says, so the event's size is no bound. */
const RESULT_CHARACTERS_MAX = 1_048_576;

const RESERVED = new Map<string, (delivery: TransformedDelivery) => unknown>([
  ['aws.events.rule-arn', ({ ruleArn }) => ruleArn],
  ['aws.events.rule-name', ({ ruleName }) => ruleName],
  ['aws.events.event.ingestion-time', ({ ingestionTime }) => ingestionTime],
  ['aws.events.event', ({ event }) => envelopeOf(event)],
  ['aws.events.event.json', ({ event }) => event],
]);

/** A piece of a template: text as it is, or a variable's value. */
type Piece = string | { readonly name: string; readonly isQuoted: boolean };

/**
 * Compiles a transformer. A template is JSON, or texts in quotes, each on a line of its own. Outside of quotes a variable's
 * value stands as JSON; within quotes it stands bare, and is not escaped. What then is no JSON is not delivered.
 * `<` and `>` can't be escaped. Throws {@link InputTemplateError}.
 * Source: EventBridge's page on input transformation.
 */
export function compileInputTransformer(transformer: InputTransformer, targetId: string): InputTransform {
  const pieces = piecesOf(transformer.InputTemplate);
  const paths = new Map<string, JsonPath>();
  for (const [name, path] of Object.entries(transformer.InputPathsMap ?? {})) paths.set(name, compileJsonPath(path));
  for (const piece of pieces) {
    if (typeof piece !== 'string' && !RESERVED.has(piece.name) && !paths.has(piece.name))
      throw new InputTemplateError(targetId, piece.name);
  }
  const isText = transformer.InputTemplate.trimStart().startsWith('"');
  return (delivery) => {
    let result = '';
    for (const piece of pieces) {
      if (typeof piece === 'string') result += piece;
      else {
        const { name, isQuoted } = piece;
        const reserved = RESERVED.get(name);
        const value = reserved ? reserved(delivery) : paths.get(name)?.(delivery.event);
        result += isQuoted ? bare(value, isText) : (JSON.stringify(value) ?? '""');
      }
      if (result.length > RESULT_CHARACTERS_MAX) return undefined;
    }
    const lines = isText ? result.trim().split('\n') : [result];
    return lines.every(isJson) ? result : undefined;
  };
}

function piecesOf(template: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let isQuoted = false;
  // Of the list that a split with a group makes, every other item is a name.
  for (const [index, part] of template.split(/<([^<>]*)>/).entries()) {
    if (index % 2 === 1) pieces.push({ name: part, isQuoted });
    else {
      pieces.push(part);
      for (const [token] of part.matchAll(/\\[^]|"/g)) if (token === '"') isQuoted = !isQuoted;
    }
  }
  return pieces;
}

/** Objects and lists lose their quotes in texts. Within JSON they keep them, so that most end what they stand in. */
function bare(value: unknown, isText: boolean): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  const json = JSON.stringify(value);
  return isText ? json.replaceAll('"', '') : json;
}

/** The event without its detail; the name with a dash is written otherwise. */
function envelopeOf(event: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const members = Object.entries(event).filter(([name]) => name !== 'detail');
  return Object.fromEntries(members.map(([name, value]) => [name === 'detail-type' ? 'detailType' : name, value]));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
