import type {
  AmazonManagedKafkaEventSourceConfig,
  CreateEventSourceMappingRequest,
  DestinationConfig,
  ProvisionedPollerConfig,
  SelfManagedKafkaEventSourceConfig,
  UpdateEventSourceMappingRequest,
} from '@aws-sdk/client-lambda';
import { isFilled } from '../../../model/fidelity.ts';
import type { MappingSettings } from './mapping-document.ts';
import { lowerFirst, unsupported } from './source-kind-of.ts';
import type { SourceKind } from './source-kinds.ts';

type Given = Partial<CreateEventSourceMappingRequest> & Omit<UpdateEventSourceMappingRequest, 'UUID'>;
type Name = keyof MappingSettings & keyof Given;

/** How a member is kept: from what was given, and what was kept before. Undefined: it is not. */
type Form = (given: never, before: MappingSettings, kind: SourceKind) => unknown;

const asGiven: Form = (given) => given;
/** An empty one takes the member away. */
const unlessEmpty: Form = (given) => (isFilled(given) ? given : undefined);

const FORMS: Readonly<Record<Name, Form>> = {
  EventSourceArn: asGiven,
  SelfManagedEventSource: unlessEmpty,
  StartingPosition: asGiven,
  Topics: unlessEmpty,
  Queues: unlessEmpty,
  BatchSize: asGiven,
  MaximumBatchingWindowInSeconds: asGiven,
  ParallelizationFactor: asGiven,
  TumblingWindowInSeconds: asGiven,
  MaximumRecordAgeInSeconds: asGiven,
  MaximumRetryAttempts: asGiven,
  BisectBatchOnFunctionError: asGiven,
  FunctionResponseTypes: asGiven,
  FilterCriteria: ({ Filters }: NonNullable<Given['FilterCriteria']>) => (Filters?.length ? { Filters } : undefined),
  KMSKeyArn: unlessEmpty,
  MetricsConfig: unlessEmpty,
  LoggingConfig: unlessEmpty,
  ScalingConfig: unlessEmpty,
  SourceAccessConfigurations: unlessEmpty,
  DestinationConfig: ({ OnFailure }: DestinationConfig) => ({ OnFailure: isFilled(OnFailure) ? OnFailure : {} }),
  ProvisionedPollerConfig: pollersOf,
  AmazonManagedKafkaEventSourceConfig: kafkaOf,
  SelfManagedKafkaEventSourceConfig: kafkaOf,
  DocumentDBEventSourceConfig: (given: object, before) => ({ ...before.DocumentDBEventSourceConfig, ...given }),
};

/** The settings with what a request says of them; members that the kind of source does not know are empty and left out. */
export function withGiven(kind: SourceKind, before: MappingSettings, given: Given): MappingSettings {
  const known = new Set(['EventSourceArn', 'BatchSize', 'MaximumBatchingWindowInSeconds', ...kind.members.split(' ')]);
  const settings: Record<string, unknown> = { ...before };
  for (const [name, form] of Object.entries(FORMS)) {
    const value = given[name as Name];
    if (value === undefined || !known.has(name)) continue;
    const kept = form(value as never, before, kind);
    if (kept === undefined) delete settings[name];
    else settings[name] = kept;
  }
  return settings as MappingSettings;
}

/**
 * Throws InvalidParameterValueException where an update gives what is fixed when a mapping is made, also if it is the
 * same.
 */
export function checkChangeable(given: Given): void {
  for (const name of ['AmazonManagedKafkaEventSourceConfig', 'SelfManagedKafkaEventSourceConfig'] as const) {
    const config: SelfManagedKafkaEventSourceConfig = given[name] ?? {};
    for (const fixed of ['ConsumerGroupId', 'ConsumptionMode'] as const)
      if (config[fixed] !== undefined) throw unsupported(`${lowerFirst(name)}.${lowerFirst(fixed)}`);
  }
}

function pollersOf(
  given: ProvisionedPollerConfig,
  { ProvisionedPollerConfig: before }: MappingSettings,
  { pollers }: SourceKind,
): ProvisionedPollerConfig | undefined {
  if (!isFilled(given)) return undefined;
  const { PollerGroupName, ...kept } = { ...before, ...given };
  return {
    MinimumPollers: pollers?.minimum.normal,
    MaximumPollers: pollers?.maximum.normal,
    ...kept,
    ...(PollerGroupName ? { PollerGroupName } : {}),
  };
}

/** An empty registry takes it away; everything else stays as it was unless it is given. */
function kafkaOf(
  given: SelfManagedKafkaEventSourceConfig,
  before: MappingSettings,
): AmazonManagedKafkaEventSourceConfig | SelfManagedKafkaEventSourceConfig {
  const earlier = before.SelfManagedKafkaEventSourceConfig ?? before.AmazonManagedKafkaEventSourceConfig;
  const { SchemaRegistryConfig, ...kept } = { ...earlier, ...given };
  return { ...kept, ...(isFilled(SchemaRegistryConfig) ? { SchemaRegistryConfig } : {}) };
}
