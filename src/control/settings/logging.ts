import type { LoggingConfig } from '@aws-sdk/client-lambda';
import { invalid } from './invalid.ts';

/** Throws InvalidParameterValueException for a level beside `Text`. */
export function checkLevels(format: LoggingConfig['LogFormat'], change: LoggingConfig | undefined): void {
  if (format === 'JSON' || (!change?.ApplicationLogLevel && !change?.SystemLogLevel)) return;
  throw invalid(
    'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the LogFormat to "JSON" and try again.',
  );
}

/** Merges a change into the logging settings. Levels belong to JSON alone and leave with it. */
export function mergeLogging(
  current: LoggingConfig | undefined,
  change: LoggingConfig | undefined,
  functionName: string,
): LoggingConfig {
  const merged: LoggingConfig = { LogFormat: 'Text', LogGroup: `/aws/lambda/${functionName}`, ...current, ...change };
  if (merged.LogFormat === 'JSON')
    return {
      LogFormat: 'JSON',
      ApplicationLogLevel: merged.ApplicationLogLevel ?? 'INFO',
      SystemLogLevel: merged.SystemLogLevel ?? 'INFO',
      LogGroup: merged.LogGroup,
    };
  return { LogFormat: 'Text', LogGroup: merged.LogGroup };
}
