import type { FilterCriteria } from '@aws-sdk/client-lambda';
import { EventPatternError } from '../../../model/event-filter/event-pattern-error.ts';
import { type EventPattern, parseEventPattern } from '../../../model/event-filter/event-pattern.ts';
import { invalid } from '../../settings/invalid.ts';
import type { SourceKind } from './source-kinds.ts';

/** Filters of one mapping. Source: Lambda's page on event filtering. */
const FILTERS_MAX = 5;

/**
 * Throws InvalidParameterValueException for too many filters, and for a pattern that is none; AWS has one text for all of
 * these, without a detail.
 */
export function checkFilters(kind: SourceKind, criteria: FilterCriteria | undefined): void {
  const filters = criteria?.Filters ?? [];
  if (filters.length > FILTERS_MAX) throw invalid(`Number of filters can not be greater than ${FILTERS_MAX}.`);
  for (const { Pattern } of filters) {
    const pattern = parsed(Pattern);
    // A record of streams is JSON, so a text or a number as its whole is no pattern for it.
    const isText = pattern.fields.some((field) => field.name === kind.jsonField && 'rules' in field);
    if (isText) throw noPattern();
  }
}

function parsed(text: string | undefined): EventPattern {
  try {
    return parseEventPattern(text ?? '');
  } catch (error) {
    if (error instanceof EventPatternError) throw noPattern();
    throw error;
  }
}

function noPattern(): Error {
  return invalid('Invalid filter pattern definition.');
}
