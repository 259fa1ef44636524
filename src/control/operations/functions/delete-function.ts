import type { DeleteFunctionRequest } from '@aws-sdk/client-lambda';
import { parseFunctionName } from '../../../model/arn.ts';
import { lambdaError } from '../../../model/lambda-errors.ts';
import type { Change } from '../../../ports/metadata-store.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { providerRelease } from '../../capacity-providers.ts';
import { codeSigningRelease } from '../../code-signing.ts';
import type { ControlContext } from '../../control-context.ts';
import {
  type AliasDocument,
  FUNCTION_OWNED_KINDS,
  functionKey,
  isVersionNumber,
  LATEST,
  LATEST_PUBLISHED,
  scopedKey,
  type VersionDocument,
  versionKey,
  write,
} from '../../documents.ts';
import { commitOptimistically, getFunction } from '../../function-store.ts';
import { type FunctionUrlDocument, urlIdRelease } from '../../function-urls.ts';
import { invalid } from '../../settings/invalid.ts';

/** More than any function has; a function beyond it is deleted in several goes by its caller. */
const DOCUMENTS_MAX = 10_000;

/** Deletes a function with all that belongs to it, or one of its versions. */
export async function deleteFunction(
  control: ControlContext,
  input: DeleteFunctionRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName, qualifier } = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context);
  const onCapacity =
    qualifier === undefined
      ? await deleteAll(control, context, functionName)
      : await deleteVersion(control, context, functionName, qualifier);
  control.changed(context, functionName);
  // Functions on capacity providers take a while on AWS, and are answered so.
  return { output: {}, status: onCapacity ? 202 : 204 };
}

function deleteAll(control: ControlContext, context: RequestContext, functionName: string): Promise<boolean> {
  return commitOptimistically(control.store, async () => {
    const { shared, latest } = await getFunction(control.store, context, functionName);
    const { account, region } = context;
    const owned = await Promise.all(
      FUNCTION_OWNED_KINDS.map((kind) =>
        control.store.list({ account, region, kind, prefix: `${functionName}/`, limit: DOCUMENTS_MAX }),
      ),
    );
    const changes: Change[] = owned.flat().map(({ key, revision }) => ({ remove: key, expect: revision }));
    const registered = (owned[0] ?? []).flatMap(({ body }) => providerRelease(context, (body as VersionDocument).configuration));
    const urls = owned
      .flat()
      .filter(({ key }) => key.kind === 'function-url')
      .flatMap(({ body }) => urlIdRelease(body as FunctionUrlDocument));
    return {
      changes: [
        ...changes,
        ...registered,
        ...urls,
        ...codeSigningRelease(context, shared.body.codeSigningConfigArn, functionName),
        { remove: functionKey(context, functionName), expect: shared.revision },
      ],
      result: latest.body.configuration.CapacityProviderConfig !== undefined,
    };
  });
}

function deleteVersion(
  control: ControlContext,
  context: RequestContext,
  functionName: string,
  qualifier: string,
): Promise<boolean> {
  return commitOptimistically(control.store, async () => {
    const { shared, latest } = await getFunction(control.store, context, functionName);
    if (qualifier === LATEST) throw invalid('$LATEST version cannot be deleted without deleting the function.');
    if (!isVersionNumber(qualifier) && qualifier !== LATEST_PUBLISHED)
      throw invalid('Deletion of aliases is not currently supported.');
    await refuseWhereReferred(control, context, functionName, qualifier);
    const owned = FUNCTION_OWNED_KINDS.filter((kind) => kind !== 'function-version' && kind !== 'alias');
    const version = await control.store.get<VersionDocument>(versionKey(context, functionName, qualifier));
    return {
      changes: [
        ...providerRelease(context, version?.body.configuration),
        { remove: versionKey(context, functionName, qualifier) },
        ...owned.map((kind) => ({ remove: scopedKey(context, kind, functionName, qualifier) })),
        // An alias made at the same moment must see, or be seen by, this deletion.
        write(shared.key, shared.body, shared.revision),
      ],
      result: latest.body.configuration.CapacityProviderConfig !== undefined,
    };
  });
}

async function refuseWhereReferred(
  control: ControlContext,
  context: RequestContext,
  functionName: string,
  version: string,
): Promise<void> {
  const { account, region } = context;
  const aliases = await control.store.list<AliasDocument>({
    account,
    region,
    kind: 'alias',
    prefix: `${functionName}/`,
    limit: DOCUMENTS_MAX,
  });
  const referring = aliases.filter(
    ({ body }) => body.FunctionVersion === version || version in (body.RoutingConfig?.AdditionalVersionWeights ?? {}),
  );
  if (referring.length === 0) return;
  const names = referring.map(({ body }) => body.Name).join(', ');
  throw lambdaError(
    'ResourceConflictException',
    `Unable to delete version because the following aliases reference it: [${names}]`,
  );
}
