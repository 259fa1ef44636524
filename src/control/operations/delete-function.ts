import type { DeleteFunctionRequest } from '@aws-sdk/client-lambda';
import { parseFunctionName } from '../../model/arn.ts';
import { lambdaError } from '../../model/lambda-errors.ts';
import type { Change } from '../../ports/metadata-store.ts';
import type { OperationResult } from '../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../wire/service.ts';
import type { ControlContext } from '../control-context.ts';
import { type AliasDocument, functionKey, isVersionNumber, LATEST, policyKey, versionKey } from '../documents.ts';
import { commitOptimistically, getFunction } from '../function-store.ts';
import { invalid } from '../settings-checks.ts';

/** More than any function has; a function beyond it is deleted in several goes by its caller. */
const DOCUMENTS_MAX = 10_000;

/** Deletes a function with all that belongs to it, or one of its versions. */
export async function deleteFunction(
  control: ControlContext,
  input: DeleteFunctionRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName, qualifier } = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context);
  if (qualifier === undefined) await deleteAll(control, context, functionName);
  else await deleteVersion(control, context, functionName, qualifier);
  control.changed(context, functionName);
  return { output: {}, status: 204 };
}

function deleteAll(control: ControlContext, context: RequestContext, functionName: string): Promise<void> {
  return commitOptimistically(control.store, async () => {
    const { shared } = await getFunction(control.store, context, functionName);
    const { account, region } = context;
    const owned = await Promise.all(
      ['function-version', 'alias', 'policy'].map((kind) =>
        control.store.list({ account, region, kind, prefix: `${functionName}/`, limit: DOCUMENTS_MAX }),
      ),
    );
    const changes: Change[] = owned.flat().map(({ key, revision }) => ({ remove: key, expect: revision }));
    return { changes: [...changes, { remove: functionKey(context, functionName), expect: shared.revision }], result: undefined };
  });
}

function deleteVersion(control: ControlContext, context: RequestContext, functionName: string, qualifier: string): Promise<void> {
  return commitOptimistically(control.store, async () => {
    const { shared } = await getFunction(control.store, context, functionName);
    if (qualifier === LATEST) throw invalid('$LATEST version cannot be deleted without deleting the function.');
    if (!isVersionNumber(qualifier)) throw invalid('Deletion of aliases is not currently supported.');
    const { account, region } = context;
    const aliases = await control.store.list<AliasDocument>({
      account,
      region,
      kind: 'alias',
      prefix: `${functionName}/`,
      limit: DOCUMENTS_MAX,
    });
    const referring = aliases.filter(
      ({ body }) => body.FunctionVersion === qualifier || qualifier in (body.RoutingConfig?.AdditionalVersionWeights ?? {}),
    );
    if (referring.length > 0) {
      const names = referring.map(({ body }) => body.Name).join(', ');
      throw lambdaError(
        'ResourceConflictException',
        `Unable to delete version because the following aliases reference it: [${names}]`,
      );
    }
    return {
      changes: [
        { remove: versionKey(context, functionName, qualifier) },
        { remove: policyKey(context, functionName, qualifier) },
        // An alias made at the same moment must see, or be seen by, this deletion.
        { put: shared.key, body: shared.body, expect: shared.revision },
      ],
      result: undefined,
    };
  });
}
