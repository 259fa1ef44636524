import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import { configurationHash, lastModified } from '../../configuration.ts';
import type { ControlContext } from '../../control-context.ts';
import { LATEST } from '../../documents.ts';

/** A configuration with a change that is on its way. The reason is Lambda's own wording for updates too. */
export function changingConfiguration(
  control: ControlContext,
  configuration: FunctionConfiguration,
  change: FunctionConfiguration,
): FunctionConfiguration {
  const changed: FunctionConfiguration = {
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
  return changed.CapacityProviderConfig ? { ...changed, ConfigSha256: configurationHash(changed) } : changed;
}
