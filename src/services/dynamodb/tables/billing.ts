import { invalidParameter, validation } from '../values/validation.ts';
import type { TableRecord, Throughput } from './table-record.ts';

/** Beyond it no capacity is taken. */
const UNITS_MAX = 1_000_000_000_000;

/** The billing of a new table. Throws ValidationException in AWS's words. */
export function checkedBilling(mode: string | undefined, throughput: Throughput | undefined): TableRecord['billing'] {
  if (mode === 'PAY_PER_REQUEST') {
    if (throughput) {
      throw invalidParameter(
        'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
      );
    }
    return { mode };
  }
  if (!throughput) {
    throw invalidParameter('ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED');
  }
  checkUnits(throughput);
  return { mode: 'PROVISIONED' };
}

/** Throws ValidationException for capacity that nobody gets. */
export function checkUnits(throughput: Throughput, index?: string): void {
  for (const name of ['ReadCapacityUnits', 'WriteCapacityUnits'] as const) {
    if (throughput[name] <= UNITS_MAX) continue;
    throw validation(
      `Given value ${throughput[name]} for ${name} is out of bounds${index === undefined ? '' : ` for index ${index}`}`,
    );
  }
}

/** The capacity of a global index of a new table, or of a new one. Throws ValidationException in AWS's words. */
export function checkedIndexThroughput(
  mode: TableRecord['billing']['mode'],
  index: string,
  throughput: Throughput | undefined,
): void {
  if (mode === 'PAY_PER_REQUEST' && throughput) {
    throw invalidParameter(
      `ProvisionedThroughput should not be specified for index: ${index} when BillingMode is PAY_PER_REQUEST`,
    );
  }
  if (mode === 'PROVISIONED' && !throughput)
    throw invalidParameter(`ProvisionedThroughput must be specified for index: ${index}`);
  if (throughput) checkUnits(throughput, index);
}
