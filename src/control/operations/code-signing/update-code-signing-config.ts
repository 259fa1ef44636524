import type { CodeSigningConfig, UpdateCodeSigningConfigRequest } from '@aws-sdk/client-lambda';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { lastModified } from '../../configuration.ts';
import type { ControlContext } from '../../control-context.ts';
import { write } from '../../documents.ts';
import { commitOptimistically } from '../../function-store.ts';
import { getConfig } from './signing-config.ts';

/** Changes the members that are given; the functions' next deployments are held against them. */
export async function updateCodeSigningConfig(
  control: ControlContext,
  input: UpdateCodeSigningConfigRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const updated = await commitOptimistically(control.store, async () => {
    const { key, body, revision } = await getConfig(control, context, input.CodeSigningConfigArn ?? '');
    const policy = input.CodeSigningPolicies?.UntrustedArtifactOnDeployment;
    const config: CodeSigningConfig = {
      ...body.config,
      ...(input.Description === undefined ? {} : { Description: input.Description }),
      ...(input.AllowedPublishers ? { AllowedPublishers: input.AllowedPublishers } : {}),
      ...(policy ? { CodeSigningPolicies: { UntrustedArtifactOnDeployment: policy } } : {}),
      LastModified: lastModified(control.clock.now()),
    };
    return { changes: [write(key, { ...body, config }, revision)], result: config };
  });
  return { output: { CodeSigningConfig: updated } };
}
