import type { FunctionConfiguration, UpdateFunctionCodeRequest } from '@aws-sdk/client-lambda';
import { type CodeSource, takePackage } from '../../code/package-intake.ts';
import { parseFunctionName } from '../../model/arn.ts';
import type { OperationResult } from '../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../wire/service.ts';
import { answerConfiguration, lastModified } from '../configuration.ts';
import type { ControlContext } from '../control-context.ts';
import { functionKey, LATEST, type VersionDocument, versionKey } from '../documents.ts';
import { checkChangeable, checkRevision, commitOptimistically, getFunction } from '../function-store.ts';
import { refuseUnsupported } from '../unsupported-members.ts';

/** Replaces the code of `$LATEST`; invokes run the code before it until the new one is ready. */
export async function updateFunctionCode(
  control: ControlContext,
  input: UpdateFunctionCodeRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName } = parseFunctionName(input.FunctionName ?? '', undefined, context);
  refuseUnsupported({ ...input }, control.architecture);
  const before = await getFunction(control.store, context, functionName);
  checkRevision(input.RevisionId, before.latest.body.configuration.RevisionId);
  checkChangeable(context, before.latest.body);
  const taken = await takePackage(control.packages, input as CodeSource, context);
  const output = await commitOptimistically(control.store, async () => {
    const { shared, latest } = await getFunction(control.store, context, functionName);
    checkRevision(input.RevisionId, latest.body.configuration.RevisionId);
    checkChangeable(context, latest.body);
    const configuration = updated(control, latest.body.configuration, {
      CodeSha256: taken.codeSha256,
      CodeSize: taken.sizeBytes,
      ...(input.Architectures ? { Architectures: input.Architectures } : {}),
    });
    if (input.DryRun) return { changes: [], result: answerConfiguration(context, { ...latest.body, configuration }, undefined) };
    const body: VersionDocument = { ...latest.body, configuration, codeBlobId: taken.blobId };
    const put = { put: latest.key, body, expect: latest.revision };
    if (!input.Publish) return { changes: [put], result: configuration };
    const Version = String(shared.body.nextVersion);
    const version: VersionDocument = {
      configuration: publishedConfiguration(control, configuration, Version),
      codeBlobId: taken.blobId,
    };
    return {
      changes: [
        put,
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
  if (!input.DryRun) control.changed(context, functionName);
  return { output };
}

function publishedConfiguration(
  control: ControlContext,
  configuration: FunctionConfiguration,
  Version: string,
): FunctionConfiguration {
  const {
    LastUpdateStatus: _status,
    LastUpdateStatusReason: _reason,
    LastUpdateStatusReasonCode: _code,
    ...rest
  } = configuration;
  const pending = { State: 'Pending', StateReason: 'The function is being created.', StateReasonCode: 'Creating' } as const;
  return { ...rest, ...pending, Version, RevisionId: control.ids.uuid() };
}

/** A configuration with a change that is on its way. The reason is Lambda's own wording for updates too. */
export function updated(
  control: ControlContext,
  configuration: FunctionConfiguration,
  change: FunctionConfiguration,
): FunctionConfiguration {
  return {
    ...configuration,
    ...change,
    Version: LATEST,
    RevisionId: control.ids.uuid(),
    LastModified: lastModified(control.clock.now()),
    LastUpdateStatus: 'InProgress',
    LastUpdateStatusReason: 'The function is being created.',
    // The service answers with a code that its own model lacks.
    LastUpdateStatusReasonCode: 'Creating' as never,
  };
}
