import { parseFunctionName } from '../../../model/arn.ts';
import { lambdaError } from '../../../model/lambda-errors.ts';
import type { Change, Document } from '../../../ports/metadata-store.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { lastModified } from '../../configuration.ts';
import type { ControlContext } from '../../control-context.ts';
import { keyOf, type VersionDocument, write } from '../../documents.ts';
import { getFunction } from '../../function-store.ts';
import { invalid } from '../../settings/invalid.ts';

/** Tags by key. */
export type Tags = Readonly<Record<string, string>>;

/** Something that has tags, read. */
export interface Tagged {
  readonly tags: Tags;
  /** The writes that give it other tags. */
  readonly changes: (tags: Tags) => Change[];
}

/** Resources besides functions: the word in their ARN, the kind of their documents, and what they are called when missing. */
const KINDS: Readonly<Record<string, { readonly kind: string; readonly missing: string }>> = {
  'event-source-mapping': { kind: 'event-source-mapping', missing: 'Event source mapping not found' },
  'code-signing-config': { kind: 'code-signing-config', missing: 'Code signing config not found' },
  'capacity-provider': { kind: 'capacity-provider', missing: 'Capacity provider not found' },
};

/**
 * Reads what an ARN names. Throws ResourceNotFoundException, and InvalidParameterValueException for versions and aliases,
 * which have no tags.
 */
export async function findTagged(control: ControlContext, context: RequestContext, arn: string): Promise<Tagged> {
  const [, , , region = '', account = '', type = '', id = ''] = arn.split(':');
  if (type === 'function') return findFunction(control, context, arn);
  const found = KINDS[type];
  if (account !== context.account) throw lambdaError('AccessDeniedException', '');
  const document =
    found && region === context.region
      ? await control.store.get<{ readonly tags?: Tags }>(keyOf(context, found.kind, id))
      : undefined;
  if (!document) throw lambdaError('ResourceNotFoundException', `${found?.missing ?? 'Resource not found'}: ${arn}`);
  return tagged(document);
}

function tagged(document: Document<{ readonly tags?: Tags }>): Tagged {
  return {
    tags: document.body.tags ?? {},
    changes: (tags) => [write(document.key, { ...document.body, tags }, document.revision)],
  };
}

async function findFunction(control: ControlContext, context: RequestContext, arn: string): Promise<Tagged> {
  const { functionName, qualifier } = parseFunctionName(arn, undefined, context);
  if (qualifier !== undefined)
    throw invalid('Tags on function aliases and versions are not supported. Please specify a function ARN.');
  const { shared, latest } = await getFunction(control.store, context, functionName);
  return {
    tags: shared.body.tags ?? {},
    changes: (tags) => [
      write(shared.key, { ...shared.body, tags }, shared.revision),
      // Tagging a function gives it a new revision, as on AWS.
      write(latest.key, touched(control, latest.body), latest.revision),
    ],
  };
}

function touched(control: ControlContext, latest: VersionDocument): VersionDocument {
  const configuration = {
    ...latest.configuration,
    RevisionId: control.ids.uuid(),
    LastModified: lastModified(control.clock.now()),
  };
  return { ...latest, configuration };
}
