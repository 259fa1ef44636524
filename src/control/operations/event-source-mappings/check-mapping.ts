import type { CreateEventSourceMappingRequest } from '@aws-sdk/client-lambda';
import { checkDestination } from '../../destinations.ts';
import { isFilled } from '../../../model/fidelity.ts';
import { invalid } from '../../settings/invalid.ts';
import { checkFilters } from './filter-criteria.ts';
import type { MappingSettings } from './mapping-document.ts';
import { checkRegistry } from './schema-registry.ts';
import { checkSourceAccess } from './source-access.ts';
import { missing, unsupported } from './source-kind-of.ts';
import type { PollerRange, SourceKind } from './source-kinds.ts';

const AGE_SECONDS_MIN = 60;

/**
 * Holds the settings of a mapping, as they would be after a request, against the table of its source. Throws
 * InvalidParameterValueException for the first that does not fit.
 */
export function checkMapping(kind: SourceKind, settings: MappingSettings): void {
  checkBatches(kind, settings);
  const { MaximumRecordAgeInSeconds: age = -1, MetricsConfig, DestinationConfig, DocumentDBEventSourceConfig } = settings;
  if (age !== -1 && age < AGE_SECONDS_MIN)
    throw invalid(`MaximumRecordAgeInSeconds must be -1 or between ${AGE_SECONDS_MIN} and 604800.`);
  checkDestination(DestinationConfig ?? {}, 'OnFailure', new Set(kind.destinations));
  if (DestinationConfig?.OnFailure?.Destination === `kafka://${settings.Topics?.[0]}`)
    throw invalid('The destination topic must be another than the source topic.');
  const metric = MetricsConfig?.Metrics?.find((name) => !kind.metrics.includes(name));
  if (metric !== undefined) throw invalid(`Unsupported metric ${metric} for given event source mapping type.`);
  checkPollers(kind, settings);
  if (kind.access !== 'none') checkSourceAccess(kind.access, settings.SourceAccessConfigurations ?? []);
  checkFilters(kind, settings.FilterCriteria);
  checkKafka(settings);
  if (DocumentDBEventSourceConfig && DocumentDBEventSourceConfig.DatabaseName === undefined)
    throw missing('documentDBEventSourceConfig.databaseName');
}

/** Throws InvalidParameterValueException for a position that the source can not be read from. `nowMs` is Unix time. */
export function checkPosition(kind: SourceKind, input: CreateEventSourceMappingRequest, nowMs: number): void {
  const { StartingPosition: position, StartingPositionTimestamp: timestamp } = input;
  if (position !== undefined && !kind.positions.includes(position))
    throw invalid(`Unsupported starting position for arn type: ${input.EventSourceArn}`);
  if (position === 'AT_TIMESTAMP' && timestamp === undefined) throw invalid('Need to specify a timestamp');
  if (position !== 'AT_TIMESTAMP' && timestamp !== undefined)
    throw invalid('StartingPositionTimestamp is only valid with the starting position AT_TIMESTAMP.');
  if (timestamp !== undefined && timestamp.getTime() > nowMs)
    throw invalid('StartingPositionTimestamp can not be in the future.');
}

function checkBatches(kind: SourceKind, settings: MappingSettings): void {
  const { BatchSize: size = 0, MaximumBatchingWindowInSeconds: seconds = 0 } = settings;
  if (size > kind.batchSizeMax) throw invalid(`Maximum batch size must be between 1 and ${kind.batchSizeMax} inclusive`);
  if (!kind.hasWindow && seconds > 0) throw invalid('Batching window is not supported for FIFO queues');
  if (kind.sizeWithWindowMin !== undefined && size >= kind.sizeWithWindowMin && seconds === 0) {
    throw invalid(
      `Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than ${kind.sizeWithWindowMin - 1}`,
    );
  }
}

function checkPollers(kind: SourceKind, settings: MappingSettings): void {
  const { pollers, provisionedOnly = '' } = kind;
  const { ProvisionedPollerConfig: config, ScalingConfig } = settings;
  if (!config) {
    for (const name of provisionedOnly.split(' ') as (keyof MappingSettings)[])
      if (isFilled(settings[name]) && settings[name] !== -1) throw provisionedOnlyError(name);
    if (settings.DestinationConfig?.OnFailure?.Destination?.startsWith('kafka://'))
      throw provisionedOnlyError('a Kafka topic as DestinationConfig');
    return;
  }
  if (!pollers) return;
  if (ScalingConfig) throw invalid('ScalingConfig and ProvisionedPollerConfig can not be given together.');
  const { MinimumPollers: minimum = 0, MaximumPollers: maximum = 0, PollerGroupName } = config;
  checkRange('MinimumPollers', minimum, pollers.minimum);
  checkRange('MaximumPollers', maximum, pollers.maximum);
  if (minimum > maximum) throw invalid('MinimumPollers must be less than or equal to MaximumPollers.');
  if (PollerGroupName !== undefined && !pollers.hasGroups) throw unsupported('provisionedPollerConfig.pollerGroupName');
}

function checkRange(name: string, value: number, { min, max }: PollerRange): void {
  if (value < min || value > max) throw invalid(`${name} must be between ${min} and ${max} for given event source mapping type.`);
}

function checkKafka(settings: MappingSettings): void {
  const own = settings.SelfManagedKafkaEventSourceConfig;
  if (own?.ConsumptionMode === 'Queue') {
    if (settings.StartingPosition !== undefined) throw notInQueueMode('StartingPosition');
    if (settings.MaximumBatchingWindowInSeconds !== undefined) throw notInQueueMode('MaximumBatchingWindowInSeconds');
  }
  const registry = (own ?? settings.AmazonManagedKafkaEventSourceConfig)?.SchemaRegistryConfig;
  if (!registry) return;
  if (!settings.ProvisionedPollerConfig) throw provisionedOnlyError('SchemaRegistryConfig');
  checkRegistry(registry);
}

function notInQueueMode(name: string): Error {
  return invalid(`${name} can not be given with the consumption mode Queue.`);
}

function provisionedOnlyError(name: string): Error {
  return invalid(
    `${name} is only available for Provisioned Mode. To configure it, please enable Provisioned Mode by specifying ` +
      'MinimumPollers in ProvisionedPollerConfig.',
  );
}
