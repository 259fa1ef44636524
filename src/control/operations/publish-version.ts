import type { FunctionConfiguration, PublishVersionRequest } from '@aws-sdk/client-lambda';
import { parseFunctionName } from '../../model/arn.ts';
import type { Document } from '../../ports/metadata-store.ts';
import type { OperationResult } from '../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../wire/service.ts';
import { answerConfiguration, executableOf, publishedPart } from '../configuration.ts';
import type { ControlContext } from '../control-context.ts';
import { functionKey, type VersionDocument, versionKey } from '../documents.ts';
import { checkChangeable, checkRevision, commitOptimistically, getFunction } from '../function-store.ts';
import { invalid } from '../settings-checks.ts';
import { refuseUnsupported } from '../unsupported-members.ts';

/** Publishes `$LATEST` under the next number; the last published version again when nothing has changed since. */
export async function publishVersion(
  control: ControlContext,
  input: PublishVersionRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName } = parseFunctionName(input.FunctionName ?? '', undefined, context);
  refuseUnsupported({ ...input }, control.architecture);
  const output = await commitOptimistically<FunctionConfiguration>(control.store, async () => {
    const { shared, latest } = await getFunction(control.store, context, functionName);
    const { configuration } = latest.body;
    checkRevision(input.RevisionId, configuration.RevisionId);
    checkChangeable(context, latest.body);
    if (input.CodeSha256 && input.CodeSha256 !== configuration.CodeSha256) {
      throw invalid(
        `CodeSHA256 (${input.CodeSha256}) is different from current CodeSHA256 in $LATEST (${configuration.CodeSha256}). Please try again with the CodeSHA256 in $LATEST.`,
      );
    }
    const last = await lastPublished(control, context, functionName, shared.body.nextVersion);
    if (
      last &&
      publishedPart(withoutDescription(last.body.configuration)) === publishedPart(withoutDescription(configuration)) &&
      isUndescribed(last, latest)
    ) {
      return { changes: [], result: answerConfiguration(context, last.body, last.body.configuration.Version) };
    }
    const Version = String(shared.body.nextVersion);
    const published: FunctionConfiguration = {
      ...configuration,
      Version,
      Description: input.Description ?? configuration.Description,
      RevisionId: control.ids.uuid(),
    };
    const active = executableOf(context, { configuration: published, codeBlobId: latest.body.codeBlobId }, control.ids.uuid());
    const version = {
      configuration: published,
      codeBlobId: latest.body.codeBlobId,
      active,
      sourceDescription: configuration.Description,
    };
    return {
      changes: [
        {
          put: latest.key,
          body: { ...latest.body, configuration: { ...configuration, RevisionId: control.ids.uuid() } },
          expect: latest.revision,
        },
        {
          put: functionKey(context, functionName),
          body: { ...shared.body, nextVersion: shared.body.nextVersion + 1 },
          expect: shared.revision,
        },
        { put: versionKey(context, functionName, Version), body: version, expect: 'absent' },
      ],
      result: answerConfiguration(context, version, Version),
    };
  });
  return { output };
}

async function lastPublished(
  control: ControlContext,
  context: RequestContext,
  functionName: string,
  nextVersion: number,
): Promise<Document<VersionDocument> | undefined> {
  return control.store.get<VersionDocument>(versionKey(context, functionName, String(nextVersion - 1)));
}

function withoutDescription({ Description: _description, ...rest }: FunctionConfiguration): FunctionConfiguration {
  return rest;
}

/** The description of `$LATEST` counts as a change, one given for the version alone does not. */
function isUndescribed(
  last: Document<VersionDocument & { readonly sourceDescription?: string }>,
  latest: Document<VersionDocument>,
): boolean {
  return (last.body.sourceDescription ?? last.body.configuration.Description) === latest.body.configuration.Description;
}
