import type { CodeSigningConfig } from '@aws-sdk/client-lambda';
import type { Locality } from '../model/arn.ts';
import { lambdaError } from '../model/lambda-errors.ts';
import type { Change, Document, DocumentKey } from '../ports/metadata-store.ts';
import type { ControlContext } from './control-context.ts';
import { keyOf, write } from './documents.ts';

/** A code signing configuration as it is stored. */
export interface CodeSigningConfigDocument {
  readonly config: CodeSigningConfig;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Key of a code signing configuration, by its ARN; its id is the last part. */
export function codeSigningConfigKey(locality: Locality, arn: string): DocumentKey {
  return keyOf(locality, 'code-signing-config', arn.slice(arn.lastIndexOf(':') + 1));
}

/** A note that a function has a configuration, so that its functions are found without looking at all of them. */
export interface CodeSigningUseDocument {
  readonly functionName: string;
}

/** Kind of {@link CodeSigningUseDocument}; ids are the configuration's id, a slash and the function's name. */
export const CODE_SIGNING_USE = 'code-signing-use';

/**
 * Holds new code against the function's code signing configuration. No signature can be verified here, for there is no
 * signing service, so every package counts as unsigned: `Warn` lets it in, `Enforce` does not. Throws
 * CodeSigningConfigNotFoundException and CodeVerificationFailedException.
 */
export async function checkCodeSigning(control: ControlContext, locality: Locality, arn: string | undefined): Promise<void> {
  if (!arn) return;
  const { body } = await configForFunction(control, locality, arn);
  if (body.config.CodeSigningPolicies?.UntrustedArtifactOnDeployment !== 'Enforce') return;
  throw lambdaError(
    'CodeVerificationFailedException',
    'The code signature failed one or more of the validation checks for signature mismatch or expiry, and the code signing policy is set to ENFORCE. Lambda blocks the deployment.',
  );
}

/** The configuration that a function refers to, or is to refer to. Throws CodeSigningConfigNotFoundException. */
export async function configForFunction(
  control: ControlContext,
  locality: Locality,
  arn: string,
): Promise<Document<CodeSigningConfigDocument>> {
  const found = await control.store.get<CodeSigningConfigDocument>(codeSigningConfigKey(locality, arn));
  if (found && found.body.config.CodeSigningConfigArn === arn) return found;
  throw lambdaError(
    'CodeSigningConfigNotFoundException',
    `The code signing configuration cannot be found. Check that the provided configuration is not deleted: ${arn}.`,
  );
}

/** The writes that note a function with its configuration, which is touched, so that it is not deleted at the same moment. */
export function codeSigningUse(config: Document<CodeSigningConfigDocument>, functionName: string): Change[] {
  const use: CodeSigningUseDocument = { functionName };
  return [write(config.key, config.body, config.revision), write(useKey(config.key, config.key.id, functionName), use)];
}

/** Takes the note back. */
export function codeSigningRelease(locality: Locality, arn: string | undefined, functionName: string): Change[] {
  return arn ? [{ remove: useKey(locality, codeSigningConfigKey(locality, arn).id, functionName) }] : [];
}

function useKey(locality: Locality, configId: string, functionName: string): DocumentKey {
  return keyOf(locality, CODE_SIGNING_USE, `${configId}/${functionName}`);
}
