import type { CodeSigningConfig, CreateCodeSigningConfigRequest } from '@aws-sdk/client-lambda';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { type CodeSigningConfigDocument, codeSigningConfigKey } from '../../code-signing.ts';
import { lastModified } from '../../configuration.ts';
import type { ControlContext } from '../../control-context.ts';
import { write } from '../../documents.ts';
import { checkTags } from '../tags/tags.ts';

/** Characters of an id after its prefix. */
const ID_LENGTH = 17;

/** Creates a code signing configuration; it warns of unsigned code if nothing else is asked. */
export async function createCodeSigningConfig(
  control: ControlContext,
  input: CreateCodeSigningConfigRequest,
  context: RequestContext,
): Promise<OperationResult> {
  checkTags(input.Tags);
  const id = `csc-${control.ids.hex(ID_LENGTH).slice(0, ID_LENGTH)}`;
  const config: CodeSigningConfig = {
    CodeSigningConfigId: id,
    CodeSigningConfigArn: `arn:aws:lambda:${context.region}:${context.account}:code-signing-config:${id}`,
    ...(input.Description === undefined ? {} : { Description: input.Description }),
    AllowedPublishers: input.AllowedPublishers,
    CodeSigningPolicies: {
      UntrustedArtifactOnDeployment: input.CodeSigningPolicies?.UntrustedArtifactOnDeployment ?? 'Warn',
    },
    LastModified: lastModified(control.clock.now()),
  };
  const document: CodeSigningConfigDocument = { config, ...(input.Tags ? { tags: input.Tags } : {}) };
  await control.store.commit([write(codeSigningConfigKey(context, id), document, 'absent')]);
  return { output: { CodeSigningConfig: config } };
}
