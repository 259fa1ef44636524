import type { KafkaSchemaRegistryConfig } from '@aws-sdk/client-lambda';
import { invalid } from '../../settings/invalid.ts';
import { missing } from './source-kind-of.ts';

/** Members that a registry can not do without. Source: Lambda's page on schema registries with Kafka. */
const REQUIRED = ['SchemaRegistryURI', 'EventRecordFormat', 'SchemaValidationConfigs'] as const;

/** Throws InvalidParameterValueException for a schema registry that can not be asked. */
export function checkRegistry(registry: KafkaSchemaRegistryConfig): void {
  for (const name of REQUIRED) {
    const value = registry[name];
    if (value === undefined || value.length === 0)
      throw missing(`schemaRegistryConfig.${name.charAt(0).toLowerCase()}${name.slice(1)}`);
  }
  const { SchemaRegistryURI: uri = '', AccessConfigs = [], SchemaValidationConfigs = [] } = registry;
  if (!/^(https:\/\/.|arn:aws[a-z-]*:glue:)/.test(uri)) throw invalid(`The schema registry URI ${uri} is invalid.`);
  if (AccessConfigs.some(({ Type, URI }) => Type === undefined || !URI))
    throw invalid('Every access configuration of a schema registry needs a Type and a URI.');
  if (SchemaValidationConfigs.some(({ Attribute }) => Attribute === undefined))
    throw missing('schemaRegistryConfig.schemaValidationConfigs.attribute');
}
