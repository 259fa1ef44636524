import { ENVIRONMENT_BYTES_MAX } from '../../model/limits.ts';
import { invalid } from './invalid.ts';

/** Source: Lambda's page on reserved environment variables. */
const RESERVED_VARIABLES: ReadonlySet<string> = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_LAMBDA_RUNTIME_API',
  'LAMBDA_TASK_ROOT',
  'LAMBDA_RUNTIME_DIR',
  'AWS_LAMBDA_MAX_CONCURRENCY',
  'AWS_LAMBDA_METADATA_API',
  'AWS_LAMBDA_METADATA_TOKEN',
]);

/** Throws InvalidParameterValueException for reserved names, for more than 4 KB, and for what no process can be given. */
export function checkVariables(variables: Readonly<Record<string, string>>): void {
  const cannot = 'Lambda was unable to configure your environment variables because the environment variables you have provided';
  const reserved = Object.keys(variables).filter((name) => RESERVED_VARIABLES.has(name));
  if (reserved.length > 0) {
    throw invalid(
      `${cannot} contains reserved keys that are currently not supported for modification. ` +
        `Reserved keys used in this request: ${reserved.join(', ')}`,
    );
  }
  const measured = JSON.stringify(variables);
  if (Buffer.byteLength(measured) > ENVIRONMENT_BYTES_MAX)
    throw invalid(`${cannot} exceeded the 4KB limit. String measured: ${measured}`);
  const withNul = Object.values(variables).some((value) => value.includes('\0'));
  if (withNul) throw invalid('Environment variables can not hold the NUL character.');
}
