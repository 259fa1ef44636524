import type { EventSourceMappingConfiguration } from '@aws-sdk/client-lambda';
import type { Locality } from '../../../model/arn.ts';
import type { DocumentKey } from '../../../ports/metadata-store.ts';
import type { ControlContext } from '../../control-context.ts';
import { keyOf } from '../../documents.ts';

/** The kinds of event sources. */
export type SourceKindName = 'sqs' | 'sqs-fifo' | 'kinesis' | 'dynamodb' | 'msk' | 'self-managed-kafka' | 'mq' | 'documentdb';

/** What users say of a mapping, in AWS's names and as answers have it. */
export type MappingSettings = Omit<
  EventSourceMappingConfiguration,
  | 'UUID'
  | 'EventSourceMappingArn'
  | 'FunctionArn'
  | 'State'
  | 'StateTransitionReason'
  | 'LastModified'
  | 'LastProcessingResult'
  | 'StartingPositionTimestamp'
  | 'FilterCriteriaError'
>;

/** States of a mapping: those in which nothing may be asked of it pass by themselves. */
export type MappingState = 'Creating' | 'Enabling' | 'Enabled' | 'Disabling' | 'Disabled' | 'Updating' | 'Deleting';

/** A source that feeds a function. */
export interface EventSourceMappingDocument {
  readonly uuid: string;
  readonly source: SourceKindName;
  /** With the version or alias, if one was given. */
  readonly functionArn: string;
  readonly settings: MappingSettings;
  readonly state: MappingState;
  readonly stateTransitionReason: string;
  /** Until something is known of how it fares. */
  readonly lastProcessingResult?: string;
  readonly startingPositionMs?: number;
  readonly lastModifiedMs: number;
  readonly tags?: Readonly<Record<string, string>>;
}

export const MAPPING_KIND = 'event-source-mapping';

/** Key of a mapping. */
export function mappingKey(locality: Locality, uuid: string): DocumentKey {
  return keyOf(locality, MAPPING_KIND, uuid);
}

/** A mapping as it is answered, with how it fared last. */
export function answerOf(
  { mappingProgress }: Pick<ControlContext, 'mappingProgress'>,
  locality: Locality,
  mapping: EventSourceMappingDocument,
): EventSourceMappingConfiguration {
  const { uuid, startingPositionMs } = mapping;
  const { account, region } = locality;
  const lastProcessingResult = mappingProgress.lastResult({ account, region, uuid }) ?? mapping.lastProcessingResult;
  return {
    ...mapping.settings,
    UUID: uuid,
    EventSourceMappingArn: `arn:aws:lambda:${locality.region}:${locality.account}:event-source-mapping:${uuid}`,
    FunctionArn: mapping.functionArn,
    LastModified: new Date(mapping.lastModifiedMs),
    State: mapping.state,
    StateTransitionReason: mapping.stateTransitionReason,
    ...(lastProcessingResult === undefined ? {} : { LastProcessingResult: lastProcessingResult }),
    ...(startingPositionMs === undefined ? {} : { StartingPositionTimestamp: new Date(startingPositionMs) }),
  };
}

/** The same for an item of a list: filters that are encrypted with a key of the user are not shown there. */
export function listedAnswerOf(
  control: Pick<ControlContext, 'mappingProgress'>,
  locality: Locality,
  mapping: EventSourceMappingDocument,
): EventSourceMappingConfiguration {
  const answer = answerOf(control, locality, mapping);
  return answer.KMSKeyArn === undefined ? answer : { ...answer, FilterCriteria: undefined };
}
