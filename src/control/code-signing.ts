import type { CodeSigningConfig } from '@aws-sdk/client-lambda';
import type { Locality } from '../model/arn.ts';
import { lambdaError } from '../model/lambda-errors.ts';
import type { DocumentKey } from '../ports/metadata-store.ts';
import type { ControlContext } from './control-context.ts';
import { keyOf } from './documents.ts';

/** A code signing configuration as it is stored. */
export interface CodeSigningConfigDocument {
  readonly config: CodeSigningConfig;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Key of a code signing configuration, by its ARN; its id is the last part. */
export function codeSigningConfigKey(locality: Locality, arn: string): DocumentKey {
  return keyOf(locality, 'code-signing-config', arn.slice(arn.lastIndexOf(':') + 1));
}

/**
 * Holds new code against the function's code signing configuration. No signature can be verified here, for there is no
 * signing service, so every package counts as unsigned: `Warn` lets it in, `Enforce` does not. Throws
 * CodeSigningConfigNotFoundException and CodeVerificationFailedException.
 */
export async function checkCodeSigning(control: ControlContext, locality: Locality, arn: string | undefined): Promise<void> {
  if (!arn) return;
  const found = await control.store.get<CodeSigningConfigDocument>(codeSigningConfigKey(locality, arn));
  if (!found || found.body.config.CodeSigningConfigArn !== arn) throw codeSigningConfigMissing(arn);
  if (found.body.config.CodeSigningPolicies?.UntrustedArtifactOnDeployment !== 'Enforce') return;
  throw lambdaError(
    'CodeVerificationFailedException',
    'The code signature failed one or more of the validation checks for signature mismatch or expiry, and the code signing policy is set to ENFORCE. Lambda blocks the deployment.',
  );
}

/** The error for a configuration that a function refers to and that is not there. */
export function codeSigningConfigMissing(arn: string): Error {
  return lambdaError(
    'CodeSigningConfigNotFoundException',
    `The code signing configuration cannot be found. Check that the provided configuration is not deleted: ${arn}.`,
  );
}
