import type { ControlContext } from '../../control-context.ts';
import { invalid } from '../../settings/invalid.ts';
import type { EventSourceMappingDocument } from './mapping-document.ts';

/**
 * Looks whether the stream, or the consumer, that is to feed a function is there; other sources are not looked at. Throws
 * InvalidParameterValueException.
 */
export async function checkStream(
  { streamExists }: Pick<ControlContext, 'streamExists'>,
  { source, settings }: Pick<EventSourceMappingDocument, 'source' | 'settings'>,
): Promise<void> {
  if (source !== 'kinesis' && source !== 'dynamodb') return;
  const { EventSourceArn: arn = '' } = settings;
  if ((await streamExists[source]?.(arn)) === false) throw invalid(`Stream not found: ${arn}`);
}
