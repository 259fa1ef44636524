import type { PublishVersionRequest } from '@aws-sdk/client-lambda';
import { parseFunctionName } from '../../../model/arn.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { write } from '../../documents.ts';
import { checkChangeable, checkRevision, checkUnqualified, commitOptimistically, getFunction } from '../../function-store.ts';
import { publication } from '../../publication.ts';
import { invalid } from '../../settings/invalid.ts';

/** Publishes `$LATEST` under the next number; the last published version again when nothing has changed since. */
export async function publishVersion(
  control: ControlContext,
  input: PublishVersionRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const name = parseFunctionName(input.FunctionName ?? '', undefined, context);
  checkUnqualified(name);
  const output = await commitOptimistically(control.store, async () => {
    const { shared, latest } = await getFunction(control.store, context, name.functionName);
    const { configuration } = latest.body;
    checkRevision(input.RevisionId, configuration.RevisionId);
    checkChangeable(context, latest.body);
    if (input.CodeSha256 && input.CodeSha256 !== configuration.CodeSha256) {
      throw invalid(
        `CodeSHA256 (${input.CodeSha256}) is different from current CodeSHA256 in $LATEST (${configuration.CodeSha256}). Please try again with the CodeSHA256 in $LATEST.`,
      );
    }
    const published = await publication(control, context, shared, latest.body, {
      description: input.Description,
      to: input.PublishTo,
      pending: configuration.State === 'Failed',
    });
    if (published.changes.length === 0) return { changes: [], result: published.answer };
    const touched = { ...latest.body, configuration: { ...configuration, RevisionId: control.ids.uuid() } };
    return { changes: [write(latest.key, touched, latest.revision), ...published.changes], result: published.answer };
  });
  control.changed(context, name.functionName);
  return { output };
}
