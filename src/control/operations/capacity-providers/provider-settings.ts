import type {
  CapacityProviderScalingConfig,
  CapacityProviderTelemetryConfig,
  CreateCapacityProviderRequest,
  InstanceRequirements,
  PropagateTags,
} from '@aws-sdk/client-lambda';
import { invalid } from '../../settings/invalid.ts';

/** Defaults. Source: Lambda's pages on capacity providers. */
const CPUS_MAX = 400;

/** What machines a provider starts. Throws InvalidParameterValueException when types are both listed and ruled out. */
export function instanceRequirements(given: CreateCapacityProviderRequest['InstanceRequirements']): InstanceRequirements {
  const { AllowedInstanceTypes: allowed = [], ExcludedInstanceTypes: excluded = [] } = given ?? {};
  if (allowed.length > 0 && excluded.length > 0)
    throw invalid('Only one of AllowedInstanceTypes and ExcludedInstanceTypes can be given.');
  return { Architectures: ['x86_64'], ...given };
}

/**
 * How far a provider grows: what is given over what is there. Throws InvalidParameterValueException for policies that
 * automatic scaling would not follow.
 */
export function scalingConfig(
  given: CapacityProviderScalingConfig | undefined,
  before?: CapacityProviderScalingConfig,
): CapacityProviderScalingConfig {
  const { ScalingPolicies, ...merged }: CapacityProviderScalingConfig = {
    MaxVCpuCount: CPUS_MAX,
    ScalingMode: 'Auto',
    ...before,
    ...given,
  };
  if (merged.ScalingMode === 'Manual') return ScalingPolicies ? { ...merged, ScalingPolicies } : merged;
  if (given?.ScalingPolicies) throw invalid('ScalingPolicies can be given when ScalingMode is Manual alone.');
  return merged;
}

/** Tags that go to what the provider makes. Throws InvalidParameterValueException for tags without their mode. */
export function propagatedTags(given: PropagateTags | undefined): PropagateTags | undefined {
  if (given === undefined) return undefined;
  const Mode = given.Mode ?? 'None';
  if (Mode === 'Explicit') return { Mode, ExplicitTags: given.ExplicitTags ?? {} };
  if (Object.keys(given.ExplicitTags ?? {}).length > 0)
    throw invalid('ExplicitTags can be given when the Mode of PropagateTags is Explicit alone.');
  return { Mode };
}

/** Where a provider's own log goes: what is given over what is there. */
export function telemetryConfig(
  name: string,
  given: CapacityProviderTelemetryConfig | undefined,
  before?: CapacityProviderTelemetryConfig,
): CapacityProviderTelemetryConfig {
  return {
    LoggingConfig: {
      SystemLogLevel: 'INFO',
      LogGroup: `/aws/lambda/capacity-provider/${name}`,
      ...before?.LoggingConfig,
      ...given?.LoggingConfig,
    },
  };
}
