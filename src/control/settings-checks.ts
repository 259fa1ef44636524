import type { CreateFunctionRequest, LoggingConfig, UpdateFunctionConfigurationRequest } from '@aws-sdk/client-lambda';
import { lambdaError } from '../model/lambda-errors.ts';
import { ENVIRONMENT_BYTES_MAX } from '../model/limits.ts';
import type { ServiceError } from '../model/service-error.ts';

/** Runtimes that can be created. */
export const RUNTIMES = [
  'nodejs20.x',
  'nodejs22.x',
  'nodejs24.x',
  'python3.9',
  'python3.10',
  'python3.11',
  'python3.12',
  'python3.13',
  'python3.14',
  'provided.al2023',
  'provided.al2',
];

/** Source: Lambda's page on reserved environment variables. */
const RESERVED_VARIABLES = new Set([
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

/** Largest values of functions that don't run on capacity providers; the model allows more. */
const TIMEOUT_SECONDS_MAX = 900;
const MEMORY_MB_MAX = 10_240;

type Settings = Partial<CreateFunctionRequest> & Partial<UpdateFunctionConfigurationRequest>;

/** Checks what is common to creating and updating. Throws InvalidParameterValueException in Lambda's words. */
export function checkSettings(input: Settings): void {
  if (input.Runtime !== undefined && !RUNTIMES.includes(input.Runtime)) {
    throw invalid(
      `Value ${input.Runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${RUNTIMES.join(', ')}] or be a valid ARN`,
    );
  }
  if ((input.Timeout ?? 0) > TIMEOUT_SECONDS_MAX) {
    throw invalid(
      `'Timeout' value failed to satisfy constraint: Member must have value less than or equal to ${TIMEOUT_SECONDS_MAX}`,
    );
  }
  if ((input.MemorySize ?? 0) > MEMORY_MB_MAX) {
    throw invalid(
      `'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to ${MEMORY_MB_MAX}`,
    );
  }
  if ((input.EphemeralStorage?.Size ?? 0) > MEMORY_MB_MAX) {
    throw invalid(
      `'EphemeralStorage.Size' value failed to satisfy constraint: Member must have value less than or equal to ${MEMORY_MB_MAX}`,
    );
  }
  if (input.Environment?.Variables) checkVariables(input.Environment.Variables);
}

function checkVariables(variables: Readonly<Record<string, string>>): void {
  const reserved = Object.keys(variables).filter((name) => RESERVED_VARIABLES.has(name));
  if (reserved.length > 0) {
    throw invalid(
      'Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys ' +
        `that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
    );
  }
  const measured = JSON.stringify(variables);
  if (Buffer.byteLength(measured) > ENVIRONMENT_BYTES_MAX) {
    throw invalid(
      'Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. ' +
        `String measured: ${measured}`,
    );
  }
  const withNul = Object.values(variables).some((value) => value.includes('\0'));
  if (withNul) throw invalid('Environment variables can not hold the NUL character.');
}

/** Merges a change into the logging settings. Levels belong to JSON alone and leave with it. */
export function mergeLogging(
  current: LoggingConfig | undefined,
  change: LoggingConfig | undefined,
  functionName: string,
): LoggingConfig {
  const merged: LoggingConfig = { LogGroup: `/aws/lambda/${functionName}`, LogFormat: 'Text', ...current, ...change };
  if (merged.LogFormat === 'JSON')
    return {
      ...merged,
      ApplicationLogLevel: merged.ApplicationLogLevel ?? 'INFO',
      SystemLogLevel: merged.SystemLogLevel ?? 'INFO',
    };
  if (change?.ApplicationLogLevel || change?.SystemLogLevel) {
    throw invalid(
      'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the LogFormat to "JSON" and try again.',
    );
  }
  return { LogFormat: 'Text', LogGroup: merged.LogGroup };
}

/** The error for a parameter that can't be taken. */
export function invalid(message: string): ServiceError {
  return lambdaError('InvalidParameterValueException', message);
}
