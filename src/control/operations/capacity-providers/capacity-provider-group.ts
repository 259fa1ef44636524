import { done, stored } from '../../../model/fidelity.ts';
import type { OperationGroup } from '../operation-group.ts';
import { createCapacityProvider } from './create-capacity-provider.ts';
import { deleteCapacityProvider } from './delete-capacity-provider.ts';
import { getCapacityProvider, listCapacityProviders, listFunctionVersionsByCapacityProvider } from './read-capacity-providers.ts';
import { updateCapacityProvider } from './update-capacity-provider.ts';

const NO_MACHINES = 'no machines are started; versions on the provider run in environments of this host';
/** The whole operation is stored only, and says so once for all its members. */
const withTheOperation = (): boolean => false;
const settings = (names: string): ReturnType<typeof stored> => stored(names, NO_MACHINES, withTheOperation);

/** Machines that functions run on. */
export const CAPACITY_PROVIDERS: OperationGroup = {
  title: 'Capacity providers',
  operations: {
    CreateCapacityProvider: {
      run: createCapacityProvider,
      state: 'stored only',
      note: NO_MACHINES,
      members: {
        ...done('CapacityProviderName Tags'),
        ...settings(
          'VpcConfig PermissionsConfig InstanceRequirements CapacityProviderScalingConfig KmsKeyArn PropagateTags TelemetryConfig',
        ),
      },
    },
    GetCapacityProvider: { run: getCapacityProvider, state: 'done', members: done('CapacityProviderName') },
    UpdateCapacityProvider: {
      run: updateCapacityProvider,
      state: 'stored only',
      note: NO_MACHINES,
      members: {
        ...done('CapacityProviderName'),
        ...settings('CapacityProviderScalingConfig PropagateTags TelemetryConfig'),
      },
    },
    DeleteCapacityProvider: { run: deleteCapacityProvider, state: 'done', members: done('CapacityProviderName') },
    ListCapacityProviders: { run: listCapacityProviders, state: 'done', members: done('State Marker MaxItems') },
    ListFunctionVersionsByCapacityProvider: {
      run: listFunctionVersionsByCapacityProvider,
      state: 'done',
      members: done('CapacityProviderName Marker MaxItems'),
    },
  },
  structures: {
    CapacityProviderVpcConfig: settings('SubnetIds SecurityGroupIds'),
    CapacityProviderPermissionsConfig: settings('CapacityProviderOperatorRoleArn'),
    InstanceRequirements: settings('Architectures AllowedInstanceTypes ExcludedInstanceTypes'),
    CapacityProviderScalingConfig: settings('MaxVCpuCount ScalingMode ScalingPolicies'),
    TargetTrackingScalingPolicy: settings('PredefinedMetricType TargetValue'),
    PropagateTags: settings('Mode ExplicitTags'),
    CapacityProviderTelemetryConfig: settings('LoggingConfig'),
    CapacityProviderLoggingConfig: settings('SystemLogLevel LogGroup'),
  },
};
