import { lambdaError } from '../../../model/lambda-errors.ts';
import type { Document } from '../../../ports/metadata-store.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { type CodeSigningConfigDocument, codeSigningConfigKey } from '../../code-signing.ts';
import type { ControlContext } from '../../control-context.ts';

/**
 * Reads a code signing configuration by its ARN. Throws AccessDeniedException for another account's and
 * ResourceNotFoundException, which AWS answers without `Type` here.
 */
export async function getConfig(
  control: ControlContext,
  context: RequestContext,
  arn: string,
): Promise<Document<CodeSigningConfigDocument>> {
  const [, , , , account = ''] = arn.split(':');
  if (account !== context.account) throw lambdaError('AccessDeniedException', '');
  const found = await control.store.get<CodeSigningConfigDocument>(codeSigningConfigKey(context, arn));
  if (found && found.body.config.CodeSigningConfigArn === arn) return found;
  throw lambdaError('ResourceNotFoundException', `The Lambda code signing configuration ${arn} can not be found.`, {
    typeMember: false,
  });
}
