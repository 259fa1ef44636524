import type {
  FunctionScalingConfig,
  GetFunctionScalingConfigRequest,
  PutFunctionScalingConfigRequest,
} from '@aws-sdk/client-lambda';
import { functionArn, parseFunctionName } from '../../../model/arn.ts';
import { lambdaError } from '../../../model/lambda-errors.ts';
import type { Document } from '../../../ports/metadata-store.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { scopedKey, type VersionDocument, write } from '../../documents.ts';
import { type ScalingDocument, stops } from '../../function-scaling.ts';
import { checkChangeable, commitOptimistically, getFunction, getVersion } from '../../function-store.ts';
import { invalid } from '../../settings/invalid.ts';

/** In force where nothing is set. Source: Lambda's page on scaling managed instances. */
const DEFAULT: FunctionScalingConfig = { MinExecutionEnvironments: 3 };

/** Bounds the environments of a published version on a capacity provider; without settings, back to the default. */
export async function putFunctionScalingConfig(
  control: ControlContext,
  input: PutFunctionScalingConfigRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName, qualifier } = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context);
  const config = input.FunctionScalingConfig;
  const FunctionState = await commitOptimistically(control.store, async () => {
    const { shared } = await getFunction(control.store, context, functionName, qualifier);
    const version = await managedVersion(control, context, functionName, qualifier);
    checkChangeable(context, version.body);
    checkBounds(config);
    const key = scopedKey(context, 'scaling-config', functionName, qualifier);
    const body = scaled(control, version.body, stops(config));
    return {
      changes: [
        write(shared.key, shared.body, shared.revision),
        write(version.key, body, version.revision),
        config && Object.keys(config).length > 0 ? write(key, config) : { remove: key },
      ],
      result: body.configuration.State,
    };
  });
  control.changed(context, functionName);
  return { output: { FunctionState } };
}

/** What is in force; what is asked for beside it only while a version is still being made ready. */
export async function getFunctionScalingConfig(
  control: ControlContext,
  input: GetFunctionScalingConfigRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName, qualifier } = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context);
  const version = await managedVersion(control, context, functionName, qualifier);
  const found = await control.store.get<ScalingDocument>(scopedKey(context, 'scaling-config', functionName, qualifier));
  const config = found?.body ?? DEFAULT;
  const FunctionArn = functionArn(context, functionName, qualifier);
  return {
    output:
      version.body.configuration.State === 'Pending'
        ? { FunctionArn, RequestedFunctionScalingConfig: config }
        : { FunctionArn, AppliedFunctionScalingConfig: config },
  };
}

/** A version on a capacity provider. Throws AccessDeniedException for any other, as AWS does. */
async function managedVersion(
  control: ControlContext,
  context: RequestContext,
  functionName: string,
  qualifier: string | undefined,
): Promise<Document<VersionDocument>> {
  const { version } = await getVersion(control.store, context, functionName, qualifier);
  if (version.body.configuration.CapacityProviderConfig) return version;
  throw lambdaError(
    'AccessDeniedException',
    'The function provided by the arn does not contain a capacity provider configuration',
  );
}

function checkBounds(config: FunctionScalingConfig | undefined): void {
  const { MinExecutionEnvironments: min = 0, MaxExecutionEnvironments: max = Number.POSITIVE_INFINITY } = config ?? {};
  if (min > max) throw invalid('MinExecutionEnvironments can not be greater than MaxExecutionEnvironments.');
}

/** The version stopped, or running again after it was; failed ones stay so. */
function scaled(control: ControlContext, document: VersionDocument, isToStop: boolean): VersionDocument {
  const { configuration } = document;
  const State = isToStop ? 'Deactivated' : 'Active';
  if (configuration.State === State || configuration.State === 'Failed') return document;
  return { ...document, configuration: { ...configuration, State, RevisionId: control.ids.uuid() } };
}
